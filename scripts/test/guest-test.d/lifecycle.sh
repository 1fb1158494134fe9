# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# The machine sleeps and wakes while a pool is in use, by those who hold something
# and by torture, and CPUs go and come while it is under load. In a guest of 5 GB and two CPUs with memmap=1G$5G.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

cpu1=/sys/devices/system/cpu/cpu1/online
torture=/sys/kernel/debug/annex_torture

# Areas, mapped frames and objects with a stamp, held until the end.
take_some() {
	insmod $modules/annex_leaker.ko areas=2 kmaps=4 objects=7 mms=1 || return 1
	dmesg | sed -n 's/.*annex_leaker: .* at //p' >/tmp/addresses
	same 13 "$(wc -l </tmp/addresses)"
}

stamps_are_there() {
	while read -r addr; do
		insmod $modules/annex_squatter.ko addr="0x$addr" word=0x1eafc0de || return 1
		rmmod annex_squatter || return 1
	done </tmp/addresses
}

# The kernel waits for that long where it turns back: 5 s, if nobody says less.
torture_begins() {
	echo 1 >/sys/module/suspend/parameters/pm_test_delay || return 1
	insmod $modules/annex_torture.ko seconds=300 seed=8 threads=1
}

is_running() { grep '^running' $torture/status; }

# sleeps STATE LEVEL: as far as LEVEL, and wakes after a second. At "core" all is
# done but to call the firmware, which this guest does not come back from. Torture's
# threads are the kernel's and are not frozen; kswapd is.
sleeps() {
	echo "$2" >/sys/power/pm_test || return 1
	forget_log
	echo "$1" >/sys/power/state || { log_lines | tail -n 3 && return 1; }
	log_lines | grep -E 'PM: suspend exit' && is_running && stamps_are_there && valid
}

torture_is_ok() {
	echo stop >$torture/run
	while is_running; do sleep 1; done
	cat $torture/status >/tmp/verdict
	cat /tmp/verdict
	grep -q '^torture: ok ' /tmp/verdict && rmmod annex_torture && valid
}

all_works() {
	exercise last_megabyte pages=262144 && exercise random ops=500 seed=1 &&
		exercise heap ops=500 seed=1 && exercise vmalloc ops=500 seed=1 && valid
}

# One CPU goes and comes until the file is gone; how often is noted.
goes_and_comes() {
	n=0
	while [ -e /tmp/on ]; do
		echo 0 >$cpu1 && echo 1 >$cpu1 || echo "it does not at $n" >>/tmp/stuck
		n=$((n + 1))
		echo $n >/tmp/turns
	done
}

# under_hotplug COMMAND...: at least three times, however long it takes.
under_hotplug() {
	: >/tmp/on
	: >/tmp/stuck
	echo 0 >/tmp/turns
	goes_and_comes &
	status=0 rounds=0
	while [ $status -eq 0 ] && { [ $rounds -lt 1 ] || [ "$(cat /tmp/turns)" -lt 3 ]; }; do
		exercise "$@" || status=1
		rounds=$((rounds + 1))
	done
	rm /tmp/on
	wait
	echo 1 >$cpu1 2>/dev/null
	cat /tmp/stuck
	echo "$* $(cat /tmp/turns)" >>/tmp/hotplug
	[ $status -eq 0 ] && [ ! -s /tmp/stuck ] && valid
}

# A CPU's frames, objects and areas are not lost with it.
goes() {
	rmmod annex_exercise && rmmod annex_leaker || return 1
	echo 1 >/sys/module/annex/parameters/force_unload && unload
}

goes_clean() { rmmod annex_exercise && unload && unchanged; }

pool() { load "memmap=1G\$5G" && insmod $modules/annex_exercise.ko; }

# CPU 1 takes a frame and frees it, which leaves frames in its per-CPU lists.
cpu1_has_frames() {
	forget_log
	taskset 2 insmod $modules/annex_leaker.ko frames=1 && rmmod annex_leaker || return 1
	taskset 2 insmod $modules/annex_leaker.ko \
		give_back="$(log_lines | sed -n 's/.*annex_leaker: frame //p')" && rmmod annex_leaker || return 1
	cached=$(awk '$1 == "cpu:" { cpu = $2 } $1 == "count:" && cpu == 1 { n += $2 } END { print n }' $annex/zoneinfo)
	[ "$cached" -gt 0 ] || { echo 'CPU 1 has none' && return 1; }
}

# Loaded with one CPU, used with two, gone with one.
cpu_comes_later() {
	echo 0 >$cpu1 && pool && echo 1 >$cpu1 || return 1
	exercise random ops=2000 threads=2 seed=2 && exercise heap ops=2000 threads=2 seed=2 &&
		exercise vmalloc ops=500 seed=2 && exercise kmap_local_pairs ops=20000 threads=2 &&
		cpu1_has_frames && echo 0 >$cpu1 && valid && goes_clean || return 1
	echo 1 >$cpu1
}

check 'nothing of annex is there before' remember
check 'a CPU comes when annex is loaded, and goes before it' cpu_comes_later
check 'annex and its user load' pool
for load in 'random ops=2000 threads=2 seed=3' 'heap ops=20000 threads=2 seed=3' \
	'vmalloc ops=500 seed=3' 'kmap_local_pairs ops=50000 threads=2' \
	'kmap_hold ops=20 threads=64 pages=128'; do
	# shellcheck disable=SC2086 # words
	check "a CPU goes and comes under ${load%% *}" under_hotplug $load
done
check 'annex goes, and nothing is lost' goes_clean

check 'annex and its user load again' pool
check 'some of each kind is taken' take_some
check 'the torture begins' torture_begins
for level in freezer devices platform processors core; do
	check "all is there after suspend to RAM as far as $level, under torture" sleeps mem $level
done
check 'and after suspend to idle as far as devices' sleeps freeze devices
check 'the torture has found nothing' torture_is_ok
[ "${PLAN:-}" ] || say "note $(cut -c 1-150 /tmp/verdict)"
check 'all works' all_works
check 'annex goes' goes
[ "${PLAN:-}" ] || sed 's/^/note CPU 1 went and came: /' /tmp/hotplug
finish
