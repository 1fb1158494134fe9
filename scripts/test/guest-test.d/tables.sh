# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# Page tables of pools of every kind, and the loads that are refused for them. In
# a guest of 7 GB with memmap=3G$5G and memmap=1G$1G.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

# NAME | words for check_page_tables.py | arguments | what the log says
pools() {
	cat <<-'END'
		512 MB|pages=131072 case=1|memmap=3G$5G claim=512M$5G|524288 kB from 0xc0000000 on, case 1 of 3: all is mapped
		3 GB|pages=786432 case=2|memmap=3G$5G|kB from 0xc0000000 on, case 2 of 3: highmem up to 4 GB
		PAGE_OFFSET 2 GB|pages=786432 case=2 page_offset=2|memmap=3G$5G page_offset=2G|kB from 0x80000000 on, case 2 of 3
		PAGE_OFFSET 1 GB|pages=786432 case=2 page_offset=1|memmap=3G$5G page_offset=1G|kB from 0x40000000 on, case 2 of 3
		all of 2 GB|pages=524288 case=1 page_offset=1|memmap=3G$5G claim=2G$5G page_offset=0x40000000|2097152 kB from 0x40000000 on, case 1 of 3
		under 4 GB|pages=262144 case=2|memmap=1G$1G|case 2 of 3
		an odd start|pages=25600 case=1|memmap=3G$5G claim=100M$0x140007000|102400 kB from 0xc0007000 on, case 1 of 3
		odd ends|pages=131075 case=1 page_offset=2|memmap=3G$5G claim=524300K$0x1401ff000 page_offset=2G|524300 kB from 0x801ff000 on, case 1 of 3
		an odd start of much|pages=524288 case=2|memmap=3G$5G claim=2G$0x140001000|kB from 0xc0001000 on, case 2 of 3
		the smallest|pages=1024 case=1|memmap=3G$5G claim=4M$5G|4096 kB from 0xc0000000 on, case 1 of 3
		1 MB further on|pages=1024 case=1|memmap=3G$5G claim=4M$5121M|4096 kB from 0xc0100000 on, case 1 of 3
		little provisional|pages=131072 case=1 provisional=2|memmap=3G$5G claim=512M$5G provisional=2M|case 1 of 3
		much provisional|pages=131072 case=1 provisional=512|memmap=3G$5G claim=512M$5G provisional=512M|case 1 of 3
		much lowmem|pages=786432 case=2|memmap=3G$5G lowmem=48M|case 2 of 3
	END
}

bad_loads() {
	cat <<-'END'
		page_offset= of 4 GB|EINVAL|page_offset=4G is none of 3G, 2G and 1G$|memmap=3G$5G|page_offset=4G
		page_offset= of 3.5 GB|EINVAL|page_offset=3584M is none of 3G, 2G and 1G$|memmap=3G$5G|page_offset=3584M
		page_offset= zero|EINVAL|page_offset=0 is none of 3G, 2G and 1G$|memmap=3G$5G|page_offset=0
		page_offset= a word|EINVAL|page_offset=high is not a size|memmap=3G$5G|page_offset=high
		page_offset= negative|EINVAL|page_offset=-1G is not a size|memmap=3G$5G|page_offset=-1G
		provisional= zero|EINVAL|provisional=0: give 2M or more, or leave it out for the default$|memmap=3G$5G|provisional=0
		provisional= not of 2 MB|EINVAL|provisional=3M is not a multiple of 2M$|memmap=3G$5G|provisional=3M
		provisional= beyond the pool|EINVAL|provisional=18M is more than the direct map's 16M$|memmap=3G$5G|claim=16M$5G|provisional=18M
		provisional= beyond lowmem's limit|EINVAL|provisional=896M is more than the direct map's 8[89][0-9]M$|memmap=3G$5G|provisional=896M
		provisional= a word|EINVAL|provisional=all is not a size|memmap=3G$5G|provisional=all
		provisional= more than lowmem has room for|ENOMEM|no 1[0-9][0-9][0-9] kB of lowmem in one piece for page tables; reserve less, or load with a smaller provisional=$|memmap=3G$5G|lowmem=2M|provisional=512M
		page tables with no room|ENOMEM|no 72 kB of lowmem in one piece for page tables; reserve less|memmap=3G$5G|reserve=31680K@1M
	END
}

says() { log_lines | grep "^annex: pool 0x.* $1"; }
mode_is() { same "$1" "$(stat -c %a "$annex/$2")"; }
reads_backwards() { /test/reread "$annex/$1"; }
goes() { unload && unchanged; }

loads() {
	forget_log
	load "$@" || { log_lines && return 1; }
}

# try NAME WORDS ARGUMENTS LINE
try() {
	set -f
	# shellcheck disable=SC2086 # to be split
	check "$1: it loads" loads $3
	# shellcheck disable=SC2086
	capture_tables "$1" $2
	set +f
	check "$1: the log says which case it is" says "$4"
	check "$1: it goes and leaves nothing" goes
}

check 'nothing of annex is there before' remember
pools | while IFS='|' read -r pool words arguments line; do
	try "$pool" "$words" "$arguments" "$line"
done
bad_loads | while read -r row; do
	check "bad load: ${row%%|*}" bad_load "$row"
done
check 'it loads' load "memmap=3G\$5G"
for file in provisional final process; do
	check "page_tables/$file has mode 400" mode_is 400 page_tables/$file
done
for file in provisional final; do
	check "page_tables/$file can be read backwards" reads_backwards page_tables/$file
done
check 'it goes and leaves nothing' goes
finish
