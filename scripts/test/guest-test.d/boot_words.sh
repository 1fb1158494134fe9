# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: boot_words.sh lost|half|pays|pays-not [RANGE]
#
# What annex says of how the machine was booted.
#
# lost: with memmap=1GG, what is left of memmap=1G$5G where $5 is a variable. The
# kernel has 1 GB then, and nothing is reserved. half: 6143 MB with
# memmap=3G$4G: firmware describes the last 2 MB of the range only up to their
# middle. pays: memmap=1G$5G, RAM above it; pays-not: memmap=3G$4G, which reaches
# to the end of RAM, or another RANGE where the kernel gives up all RAM from 4 GB on. A
# guest of 6 GB pays 40 bytes a page, 10 MB a gigabyte.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

price() { log_lines | grep 'the kernel still pays'; }

says_price() {
	forget_log
	load "memmap=$1" || return 1
	price >/tmp/price
	cat /tmp/price
	unload && same "annex: $2" "$(cat /tmp/price)"
}

says_no_price() {
	forget_log
	load "memmap=$1" || return 1
	unload && ! price
}

# low_total LEAST MOST: in kB.
low_total() {
	set -- "$1" "$2" "$(meminfo LowTotal)"
	echo "LowTotal is $3"
	[ "$3" -ge "$1" ] && [ "$3" -le "$2" ]
}

# The first load of all taints the kernel, which says so.
first_load_of_all() { ! insmod $modules/annex.ko memmap=1G; }

check 'nothing of annex is there before' remember
check 'a load without START fails' first_load_of_all
case $1 in
lost)
	check 'the load that fails says so' refused ENXIO \
		"0x140000000-0x17fffffff is not reserved from 0x140000000 on; boot with memmap=1G\\\$5G; this boot had memmap=1GG: if that was to have a \\\$, a shell or boot loader took it: write \\\\\\\$ or \\\\\\\\\\\\\\\$ there\$" \
		"memmap=1G\$5G"
	check 'so does one of what the kernel has' refused EBUSY \
		"0x38000000-0x3fffffff overlaps System RAM .*; boot with memmap=128M\\\$896M; this boot had memmap=1GG" \
		"memmap=128M\$896M"
	;;
half)
	check 'it is refused, before anything is written' refused ENXIO \
		'0x100000000-0x1bfffffff has no RAM at 0x1bff00000; choose' "memmap=3G\$4G"
	check 'the last step alone as well' refused ENXIO \
		'0x1bfc00000-0x1bfffffff has no RAM at 0x1bff00000; choose' "memmap=3G\$4G" "claim=4M\$0x1bfc00000"
	check 'but for a page it is' refused ENXIO \
		'0x100000000-0x1bff00fff has no RAM at 0x1bff00000; choose' "memmap=3G\$4G" "claim=3144708K\$4G"
	check 'what is RAM loads' load "memmap=3G\$4G" "claim=3071M\$4G"
	check 'and goes' unload
	;;
pays)
	check 'it is said, with the range that costs nothing' says_price "1G\$5G" \
		"the kernel still pays 10240 kB of its lowmem for this range, 40 bytes a page, since it has RAM above it; boot with memmap=1G\$6G, which ends where RAM does, and it pays nothing"
	check 'so it is' low_total 700000 760000
	;;
pays-not)
	check 'nothing is said' says_no_price "${2:-3G\$4G}"
	check 'so it is' low_total 840000 900000
	;;
esac
check 'nothing of annex is left' unchanged
finish
