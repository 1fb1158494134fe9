# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# vmalloc, vmap and ioremap at work, in a guest of 5 GB and two CPUs with
# memmap=512M$5632M and memmap=64M$5G: the pool, and memory that is nobody's.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

count() { awk -v name="$1" '$1 == name { print $2 }' $annex/vmstat; }

no_areas() { same '' "$(cat $annex/vmallocinfo)"; }

# How much waits for a purge is never more than 1 MB and what two CPUs were about
# to add when it was full. Not what is larger by itself: that asks for a purge, and
# is there until it comes.
watch() {
	while [ ! -e /tmp/stop ]; do
		awk '/unpurged/ && $2 <= 1048576 { n += $2 } END { print n + 0 }' $annex/vmallocinfo
	done | sort -n | tail -n 1 >/tmp/lazy
}

scenarios() {
	rm -f /tmp/stop
	cp $annex/buddyinfo /tmp/buddyinfo
	forget_log
	watch &
	status=0
	exercise vmalloc ops="$1" seed="$2" threads=2 || status=1
	touch /tmp/stop
	wait
	cat $drive/report
	diff /tmp/buddyinfo $annex/buddyinfo || status=1
	same '' "$(log_lines)" || status=1
	return $status
}

lazy_is_bounded() {
	cat /tmp/lazy
	[ "$(cat /tmp/lazy)" -gt 0 ] && [ "$(cat /tmp/lazy)" -le $((3 << 20)) ]
}

# 5 GB, frame 0x140000: what the host's ioremap() of 6.1 and 6.12 makes of it has lost
# its upper bits, and is somebody else's memory.
ioremap_reaches() {
	case $(uname -r) in
	6.1.* | 6.12.*) theirs=0x0000000040000000 ;;
	*) theirs=0x0000000140000000 ;;
	esac
	exercise ioremap pages=$((0x140000)) || return 1
	same "annex reaches 0x0000000140000000, the host $theirs" \
		"$(cat $drive/report)"
}

# 4, 8 and 16 kB, and nothing when they are given back.
areas_are_seen() {
	exercise areas blocks=3 || return 1
	cat $drive/report
	same 3 "$(grep -c 'can be read, the page behind faults' $drive/report)" || return 1
	same '8192 12288 20480' "$(awk '{ print $2 }' $annex/vmallocinfo | xargs)" || return 1
	exercise areas blocks=0 && no_areas
}

ram_is_refused() {
	! exercise ioremap pages=$((0x1000)) >/dev/null || return 1
	dmesg | grep -q 'annex: ioremap refused .* overlaps System RAM'
}

pool_is_refused() {
	! exercise ioremap pages=$((0x168000)) >/dev/null || return 1
	dmesg | grep -q 'annex: ioremap refused .* is of the pool itself'
}

# Two threads have given up some 23,000 areas of 17 pages on average, and 5,000 of
# a few: with at most 128 pages that wait, and 2,000 that ask for a purge.
purges_are_few() {
	echo "$(count tlb_shootdowns) purges"
	[ "$(count tlb_shootdowns)" -gt 100 ] && [ "$(count tlb_shootdowns)" -lt 12000 ]
}

none_is_missing() { ! dmesg | grep 'never given back'; }

check 'nothing of annex is there before' remember
check 'a pool of 512 MB loads' load "memmap=512M\$5632M"
check 'a module that uses annex loads' insmod $modules/annex_exercise.ko
check 'no area is there' no_areas
check 'areas come and go on two CPUs: no content is wrong' scenarios 8000 7
check 'what waits for a purge is bounded' lazy_is_bounded
check 'no area is left' no_areas
check 'the same with another seed' scenarios 3000 11
check 'the books balance' valid
check 'areas are there to be seen, and the page behind each is not' areas_are_seen
check 'ioremap reaches what the host does not' ioremap_reaches
check 'System RAM is refused' ram_is_refused
check 'the pool is refused' pool_is_refused
check 'no area of these is left' no_areas
check 'TLBs were invalidated for many areas at once' purges_are_few
check 'the user of annex goes' rmmod annex_exercise
check 'annex goes' unload
check 'and misses no frame' none_is_missing
check 'nothing of annex is left' unchanged
finish
