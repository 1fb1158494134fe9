# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# Reclaim at work: a page cache with three times the pages that a pool of 64 MB
# has, a third of the accesses writes, two threads, a million accesses. In a
# guest of 5 GB and two CPUs with memmap=1G$5G.
#
# While it runs, zoneinfo is read again and again: no zone is ever seen below
# min, and after it, what vmstat and zoneinfo counted has to agree.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

count() { awk -v name="$1" '$1 == name { print $2 }' $annex/vmstat; }
sum_of() {
	awk -v names=" $* " 'index(names, " " $1 " ") { n += $2 } END { print n }' $annex/vmstat
}

# watch: until /tmp/stop is there; for each zone, the least that free was above
# min, and how often that was looked at.
watch() {
	while [ ! -e /tmp/stop ]; do
		awk '/^Node/ { zone = $4 }
		     $1 == "pages" && $2 == "free" { free = $3 }
		     $1 == "min" { min = $2 }
		     $1 == "managed" && $2 { print zone, free - min }' $annex/zoneinfo
	done | awk '!($1 in least) || $2 < least[$1] { least[$1] = $2 }
		    { looks[$1]++ }
		    END { for (zone in least) print zone, least[zone], looks[zone] }'
}

million() {
	rm -f /tmp/stop
	watch >/tmp/least &
	status=0
	exercise cache pages=48000 ops=1000000 seed="$1" threads=2 || status=1
	touch /tmp/stop
	wait
	return $status
}

# The lowest that each zone was seen at, which is told, too.
never_below_min() {
	cat /tmp/least
	awk '$2 < 0 || $3 < 20 { bad = 1 } END { exit bad || NR != 2 }' /tmp/least
}

# Both rates, as the report has them: "N hits of OPS, first-in-first-out M, ...".
hits_more_than_fifo() {
	sed -n 's/^\([0-9]*\) hits of \([0-9]*\), first-in-first-out \([0-9]*\), .*/\1 \3 \2/p' \
		$drive/report >/tmp/hits
	cat /tmp/hits
	awk '{ exit !($1 >= $2 && $3 == 1000000) }' /tmp/hits
}

wrote_and_released() {
	grep -E '^[1-9][0-9]* pages written, [1-9][0-9]* released, 0 requests failed$' $drive/report
}

# What kswapd and the requests themselves took was looked at before, and came
# from the file lists; nothing is left in any list.
counters_agree() {
	same "$(count pgsteal_file)" "$(sum_of pgsteal_kswapd pgsteal_direct)" || return 1
	same "$(count pgscan_file)" "$(sum_of pgscan_kswapd pgscan_direct)" || return 1
	[ "$(count pgsteal_file)" -gt 0 ] && [ "$(count pgsteal_kswapd)" -gt 0 ] || return 1
	[ "$(count pgscan_file)" -ge "$(count pgsteal_file)" ] || return 1
	[ "$(count pgactivate)" -gt 0 ] && [ "$(count pgdeactivate)" -gt 0 ] || return 1
	[ "$(count nr_dirtied)" -ge "$(count nr_written)" ] || return 1
	same 0 "$(sum_of nr_inactive_file nr_active_file nr_isolated_file nr_file_pages \
		nr_dirty nr_writeback nr_zone_write_pending)" || return 1
	same "$(count pgfree)" "$(sum_of pgalloc_dma pgalloc_dma32 pgalloc_normal \
		pgalloc_high pgalloc_movable)"
}

kswapd_is_there() {
	for name in /proc/[0-9]*/comm; do
		grep -qx 'annex/kswapd' "$name" 2>/dev/null && return 0
	done
	echo 'no thread is called annex/kswapd' && return 1
}

kswapd_is_gone() { ! kswapd_is_there; }

check 'nothing of annex is there before' remember
check 'a pool of 64 MB loads' load "memmap=1G\$5G" "claim=64M\$5G"
check 'kswapd is there' kswapd_is_there
check 'a module that uses annex loads' insmod $modules/annex_exercise.ko
check 'a million accesses: no request fails, no content is wrong' million 7
check 'pages were written and released' wrote_and_released
check 'as many hits as first-in-first-out, or more' hits_more_than_fifo
check 'no zone was seen below min' never_below_min
check 'the counters agree' counters_agree
check 'the books balance' valid
check 'the user of annex goes' rmmod annex_exercise
check 'annex goes' unload
check 'and kswapd' kswapd_is_gone
check 'nothing of annex is left' unchanged
finish
