# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: unmanaged.sh START PAGES REST
#
# RAM above 4 GB that the kernel has given up, as those since 6.15 do: annex takes it
# without memmap=, and nothing else. In a guest of 8 GB, whose RAM is at 0-3 and 4-9
# GB; START is the first byte of the longest range above 4 GB, PAGES its frames, and REST
# what the log says of other ranges.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

# NAME | errno | line | arguments
bad_loads() {
	cat <<-'END'
		of the first megabytes|EBUSY|0x0-0x3fffff overlaps System RAM that is the kernel's own lowmem|claim=4M$0
		of the kernel itself|EBUSY|0x1000000-0x13fffff overlaps System RAM that is the kernel's own lowmem|claim=4M$16M
		of lowmem|EBUSY|0x20000000-0x23ffffff overlaps System RAM that is the kernel's own lowmem|claim=64M$512M
		of the kernel's highmem|EBUSY|0x80000000-0x9fffffff overlaps System RAM at 0x0000000080000000-.*; choose a part of 0x100000000-0x[0-9a-f]+, which the kernel does not use$|claim=512M$2G
		of the end of its highmem|EBUSY|0xbf000000-0xbfffffff overlaps System RAM|claim=16M$0xbf000000
		of all of its RAM|EBUSY|.* overlaps System RAM that is the kernel's own lowmem|claim=3G$0
		of all RAM|EBUSY|.* overlaps System RAM that is the kernel's own lowmem|claim=9G$0
		across 4 GB|EBUSY|0xf0000000-0x12fffffff overlaps System RAM at 0x0000000100000000|claim=1G$0xf0000000
		across the end of RAM|EBUSY|0x220000000-0x25fffffff overlaps System RAM at 0x0000000220000000|claim=1G$0x220000000
		of RAM and the hole below 4 GB|EBUSY|0xa0000000-0x11fffffff overlaps System RAM|claim=2G$0xa0000000
		of no RAM|ENXIO|0x240000000-0x27fffffff has no RAM at 0x240000000|claim=1G$9G
		of a device's addresses|ENXIO|0xd0000000-0xd3ffffff has no RAM at 0xd0000000|claim=64M$0xd0000000
		of what firmware keeps|ENXIO|0xfd00000000-0xfd3fffffff has memory that firmware keeps \(Reserved\)|claim=1G$0xfd00000000
		beyond the address bits|ERANGE|.* lies beyond the 40 address bits|claim=1G$0x10000000000
		under 4 MB|EINVAL|.* has 4092 kB; a pool needs 4 MB|claim=4092K$5G
		over 63 GB|EINVAL|.* has 65536 MB; a pool has at most 63 GB|claim=64G$5G
		without START|EINVAL|claim=1G has no START|claim=1G
		not of pages|EINVAL|claim=5000001\$5G is not page aligned|claim=5000001$5G
		claim=auto beside memmap=|EINVAL|claim=auto is for RAM that the kernel has given up, memmap= for RAM that was kept from it: give one of them$|memmap=1G$5G|claim=auto
		memmap= of the kernel's RAM|EBUSY|0x80000000-0x9fffffff overlaps System RAM at 0x0000000080000000-|memmap=512M$2G
	END
}

# What the kernel says of its memory, before annex is there and after.
memory() { awk '$1 == "MemTotal:" || $1 == "LowTotal:" || $1 == "HighTotal:"' /proc/meminfo; }

loads_without_a_word() {
	memory >/tmp/memory
	load || { log_lines && return 1; }
	memory | diff /tmp/memory -
}

spans() {
	same "$1" "$(awk '$1 == "spanned" { n += $2 } END { print n }' $annex/zoneinfo)" || return 1
	grep -q "^  $2-.* : annex$" /proc/iomem || { grep annex /proc/iomem && return 1; }
}

spans_auto() {
	load claim=auto || { log_lines && return 1; }
	status=0
	spans "$@" || status=1
	unload && return $status
}

the_rest_is_told() {
	dmesg | grep "annex: .*given up" || return 1
	dmesg | grep -q "annex: $1"
}

# To read what the kernel tells of its memory harms nothing.
iomem_is_read() { cat /proc/iomem /proc/vmallocinfo /proc/kallsyms >/dev/null; }

goes() { rmmod annex_exercise && unload && unchanged; }

a_part() {
	load "$@" || { log_lines && return 1; }
	grep -c '  140000000-17fffffff : annex$' /proc/iomem
	status=$?
	valid || status=1
	unload && unchanged && return $status
}

hundred_times() {
	i=0
	while [ $i -lt 100 ]; do
		{ load && unload; } || { echo "round $i" && return 1; }
		i=$((i + 1))
	done
	unchanged
}

hibernates_not() {
	load || return 1
	status=0
	hibernation_is_refused || status=1
	unload && return $status
}

# kexec chooses the new kernel's place by /proc/iomem or firmware's map. It must choose none
# in the pool, and a pool in use must not notice.
kexec_loads() {
	kexec -d -l /kexec/kernel --append=quiet >/tmp/kexec 2>&1 || { tail /tmp/kexec && return 1; }
	same 1 "$(cat /sys/kernel/kexec_loaded)" || return 1
	sed -nE 's/^segment\[[0-9]+\]\.mem *= *0x([0-9a-f]+)$/\1/p' /tmp/kexec >/tmp/segments
	cat /tmp/segments
	[ -s /tmp/segments ] || { cat /tmp/kexec && return 1; }
	! grep -E '.{9}' /tmp/segments || return 1
	exercise random ops=2000 seed=1 && valid && kexec -u && same 0 "$(cat /sys/kernel/kexec_loaded)"
}

# is_left RANGE PARAMETER...: a pool is unloaded by force, and its range is kept.
is_left() {
	range=$1
	shift
	{ load force_unload=1 "$@" && leak frames=1 && rmmod annex_leaker && unload; } ||
		{ log_lines && return 1; }
	is_kept "$range" && remember
}

# While one pool is loaded there cannot be another: what was left by force stands for a
# second owner.
second_claims() {
	cat <<-'END'
		of what is claimed|EBUSY|0x140000000-0x17fffffff, or some of it, is held by a driver|claim=1G$5G
		of a part of it|EBUSY|0x150000000-0x153ffffff, or some of it, is held|claim=64M$0x150000000
		around it|EBUSY|0x100000000-0x1bfffffff, or some of it, is held|claim=3G$4G
		across its start|EBUSY|0x120000000-0x15fffffff, or some of it, is held|claim=1G$0x120000000
		across its end|EBUSY|0x160000000-0x19fffffff, or some of it, is held|claim=1G$0x160000000
		of its last page and more|EBUSY|0x17ffff000-0x183ffefff, or some of it, is held|claim=64M$0x17ffff000
	END
}

check 'nothing of annex is there before' remember
check 'it loads without a parameter, and the kernel has what it had' loads_without_a_word
check 'it has all of that range' spans "$2" "$1"
check 'the log says what is left' the_rest_is_told "$3"
check 'validate says ok' valid
check 'a module that uses annex loads' insmod $modules/annex_exercise.ko
check 'every page is written and verified by kmap_local' every_page
check 'that were nearly all of the frames' nearly_all
capture_receipts
check 'the kernel tells of its memory' iomem_is_read
check 'kexec -l chooses a place outside' kexec_loads
check 'it goes, and nothing is left' goes
bad_loads | while read -r row; do
	check "bad load: ${row%%|*}" bad_load "$row"
done
check 'good load: claim=auto' spans_auto "$2" "$1"
check 'good load: a part of it' a_part "claim=1G\$5G"
check 'good load: memmap= of a part of it' a_part "memmap=1G\$5G"
check 'hibernation is refused while it is loaded' hibernates_not
check 'a hundred times' hundred_times
check 'a forced unload leaves a range' is_left 140000000-17fffffff "claim=1G\$5G"
second_claims | while read -r row; do
	check "bad load: ${row%%|*}" bad_load "$row"
done
check 'without a parameter it has the longest range that is left' is_left 180000000-23fffffff
check 'then the other one' is_left 100000000-13fffffff claim=auto
check 'then none: bad load' refused EBUSY 'all RAM that this kernel has given up is claimed'
finish
