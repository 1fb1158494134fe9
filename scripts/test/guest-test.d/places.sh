# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# Pools in the middle of RAM and at its ends. In a guest of 6 GB, whose RAM is
# at 0-3 and 4-7 GB, with memmap=64M$1G, RAM before and behind it, and
# memmap=2112M$3008M, which has the end of RAM below 4 GB, the hole and the
# first gigabyte above it. A pool across 4 GB cannot be had: the reset vector of a
# PC, and so its firmware, is right below, and no machine of QEMU's has RAM there.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

# NAME | memmap= | claim= | frames
places() {
	cat <<-'END'
		in the middle of RAM|64M$1G|64M$1G|16384
		in the middle, at an odd frame|64M$1G|32772K$0x40003000|8193
		at the end of RAM below 4 GB|2112M$3008M|65408K$3008M|16352
		at the start of RAM above 4 GB|2112M$3008M|64M$4G|16384
		there, at an odd frame|2112M$3008M|65528K$0x100001000|16382
	END
}

spans() { same "$1" "$(awk '$1 == "spanned" { n += $2 } END { print n }' $annex/zoneinfo)"; }

works() {
	insmod $modules/annex_exercise.ko || return 1
	status=0
	{ exercise random ops=300 seed=6 && exercise heap ops=1000 seed=6; } || status=1
	valid || status=1
	rmmod annex_exercise || status=1
	return $status
}

goes() { unload && unchanged; }

# refused PATTERN PARAMETER...
refused() {
	pattern=$1 status=0
	shift
	forget_log
	/test/finit $modules/annex.ko "$@" || status=$?
	log_lines | tee /tmp/lines
	same 6 $status && grep -qE "^annex: $pattern" /tmp/lines && unchanged
}

check 'nothing of annex is there before' remember
places | while IFS='|' read -r name memmap claim frames; do
	check "$name: it loads" load "memmap=$memmap" "claim=$claim"
	check "$name: it is all there" spans "$frames"
	check "$name: it can be used" works
	check "$name: it goes and leaves nothing" goes
done
check 'across 4 GB: it is refused' refused \
	'0xfe000000-0x101ffffff has memory that firmware keeps \(Reserved\)' \
	"memmap=2112M\$3008M" "claim=64M\$4064M"
check 'across the end of RAM below 4 GB: it is refused' refused \
	'0xbe000000-0xc1ffffff has memory that firmware keeps \(Reserved\)' \
	"memmap=2112M\$3008M" "claim=64M\$3040M"
finish
