# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the scripts share that run in the guest for scripts/test/guest-test, which
# reads what they print:
#
#   plan CASE           it will be reported
#   ok CASE             it holds
#   not ok CASE: WHY    it does not
#   capture NAME|CHECKER WORDS
#                       files follow, for a program on the host
#   file NAME           one of them; its lines follow, each after a |
#   found NAME VALUE    something for another guest to be booted with
#   note WORDS          a figure, shown below the cases
#   end                 the script has reached its end
#
# With PLAN=1 a script prints its plan and does nothing else. For that, all
# that it does is done by check, capture, and functions given to check.

annex=/sys/kernel/debug/annex
drive=/sys/kernel/debug/annex_exercise
modules=/lib/annex

say() { [ "${PLAN:-}" ] || echo "$@"; }

# check CASE COMMAND...: the case holds if the command succeeds. What the
# command prints says why it does not. In a shell of its own, so that what it
# breaks is one case.
check() {
	case=$1
	shift
	if [ "${PLAN:-}" ]; then
		echo "plan $case"
	elif ("$@") >/tmp/why 2>&1; then
		echo "ok $case"
	else
		echo "not ok $case: $(tr '\n' ' ' </tmp/why | cut -c 1-400)"
	fi
}

# Does this rather than fail silently: says what was expected.
same() {
	[ "$1" = "$2" ] || { echo "is '$2', not '$1'" && return 1; }
}

# send NAME FILE: a file as it is, to the last blank.
send() {
	echo "file $1"
	sed 's/^/|/' "$2"
}

# capture_for CHECKER NAME WORD...: begins a capture, which "file end" ends.
# CHECKER.py is given the files and the words. Fails where nothing is done.
capture_for() {
	checker=$1 what=$2
	shift 2
	echo "${PLAN:+plan-}capture $what|$checker${*:+ $*}"
	[ ! "${PLAN:-}" ]
}

# capture NAME WORD...: all that annex shows, with what the host's kernel says
# of itself.
capture() {
	capture_for check_files "$@" || return 0
	for file in zoneinfo buddyinfo pagetypeinfo vmstat vmallocinfo layout pool_map pkmap kmap_local \
		validate memblock/memory memblock/reserved; do
		send "$file" "$annex/$file"
	done
	for file in zoneinfo buddyinfo pagetypeinfo vmstat vmallocinfo iomem; do
		send "proc/$file" "/proc/$file"
	done
	echo "file end"
}

# capture_tables NAME WORD...: the page tables of the pool.
capture_tables() {
	capture_for check_page_tables "$@" || return 0
	for file in page_tables/provisional page_tables/final page_tables/process layout validate \
		memblock/memory; do
		send "$file" "$annex/$file"
	done
	echo "file end"
}

finish() { say end; }

load() { insmod $modules/annex.ko "$@"; }
unload() { rmmod annex; }
valid() { same ok "$(cat $annex/validate)"; }
meminfo() { awk -v name="$1:" '$1 == name { print $2 }' /proc/meminfo; }

# kB that the host's kernel has free, with what its CPUs have put by.
host_free() {
	awk '$1 == "nr_free_pages" || $1 == "count:" { n += $2 } END { print n * 4 }' /proc/zoneinfo
}

# settled_free: host_free without caches. Compaction is asked for because it begins by
# emptying the CPUs' batches of pages that are on their way to an LRU list, and may be free
# already. Two measurements are to be made with as many shells alive: each is 60 kB.
settled_free() {
	sleep 1
	echo 3 >/proc/sys/vm/drop_caches
	echo 1 >/proc/sys/vm/compact_memory
	host_free
}

# zone NAME FIELD: a number of zoneinfo.
zone() {
	awk -v zone="$1" -v field="$2" '
		/^Node/ { mine = $4 == zone }
		mine && $1 == "pages" && field == "free" { print $3 }
		mine && $1 == field { print $2; exit }' $annex/zoneinfo
}

# What the log has since forget_log, without the time.
forget_log() { dmesg -c >/dev/null; }
# And without what a kernel says whose machine was busy with something else, or of
# its clocks some seconds after it has booted.
log_lines() {
	dmesg | sed 's/^\[ *[0-9.]*\] //
		/^hrtimer: interrupt took/d; /^tsc: /d; /^clocksource: /d'
}

exercise() {
	if ! echo "$*" >$drive/run; then
		cat $drive/report
		return 1
	fi
}

# Bytes of the kernel's vmalloc areas. VmallocUsed is late by what CPUs count on their own
# in newer kernels.
vmalloc_used() { awk '!/unpurged/ { n += $2 } END { print n + 0 }' /proc/vmallocinfo; }

# remember, then unchanged: nothing of annex is left that was not there.
remember() {
	cat /proc/iomem >/tmp/iomem
	windows_there >/tmp/windows_there
}

# Windows, which have no name on 6.1, and are sparse on newer kernels: both kinds of areas
# are annex's alone in these guests.
windows_there() { awk '/ vm_map_ram$/ || / sparse vmap$/ { n++ } END { print n + 0 }' /proc/vmallocinfo; }

unchanged() {
	diff /tmp/iomem /proc/iomem || return 1
	! grep '^annex ' /proc/modules || return 1
	! grep annex_ /proc/vmallocinfo || return 1
	same "$(cat /tmp/windows_there)" "$(windows_there)" || return 1
	[ ! -e $annex ] || { echo "$annex is there" && return 1; }
}

# refused ERRNO LINE ARGUMENT...
refused() {
	errno=$1 line=$2
	shift 2
	forget_log
	status=0
	/test/finit $modules/annex.ko "$@" || status=$?
	[ $status -ne 0 ] || { unload && echo 'it was loaded' && return 1; }
	log_lines | tee /tmp/lines
	same "$(number_of "$errno")" $status || return 1
	same 1 "$(wc -l </tmp/lines)" || return 1
	grep -qE "^annex: $line" /tmp/lines || return 1
	unchanged
}

number_of() {
	case $1 in
	EIO) echo 5 ;;
	ENXIO) echo 6 ;;
	E2BIG) echo 7 ;;
	EAGAIN) echo 11 ;;
	ENOMEM) echo 12 ;;
	EBUSY) echo 16 ;;
	ENODEV) echo 19 ;;
	EINVAL) echo 22 ;;
	ENOSPC) echo 28 ;;
	ERANGE) echo 34 ;;
	esac
}

# bad_load "NAME|ERRNO|LINE|ARGUMENT...": a row of a list of such loads.
bad_load() {
	set -f
	IFS='|'
	# shellcheck disable=SC2086 # to be split, not to be matched
	set -- $1
	unset IFS
	set +f
	shift
	refused "$@"
}

# leak PARAMETER...: a module that takes of the pool, and gives nothing back when it goes.
leak() { insmod $modules/annex_leaker.ko "$@"; }

is_kept() {
	grep -E "^ *$1 : annex \(unloaded, in use\)\$" /proc/iomem
}

# The image would not have the pool. Asked as a user would.
hibernation_is_refused() {
	forget_log
	grep disk /sys/power/state || { echo 'this kernel never hibernates' && return 1; }
	! echo disk >/sys/power/state || return 1
	log_lines >/tmp/lines
	grep '^annex: hibernation refused: the pool would be lost' /tmp/lines
}

# At 128 blocks of 4 MB a stage: 1 GB of the machine's memory, for two stages.
every_page() { exercise sweep name=local blocks=128 && valid; }

# All but what the watermarks keep from everybody, and a CPU has put by.
nearly_all() {
	managed=$(awk '$1 == "managed" { n += $2 } END { print n }' $annex/zoneinfo)
	swept=$(sed -n 's/ of .*//p' $drive/report)
	echo "$swept of $managed frames"
	[ "$swept" -le "$managed" ] && [ "$swept" -ge $((managed - 512)) ]
}

# What a sweep has found, for receipts.py's.
capture_receipts() {
	capture_for check_receipts receipts || return 0
	send report $drive/report
	echo 'file end'
}
