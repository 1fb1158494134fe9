# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# Users that go without giving back what they have: annex stays, and says who
# has what; and if it is to go all the same, what they have stays. In a guest
# of 5 GB with memmap=1G$5G, of which each pool takes a part: some never come
# back.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

force=/sys/module/annex/parameters/force_unload
hibernation_line='hibernation is not refused any more and would lose it: do not hibernate before that'
stays_line='so it stays; with 1 in /sys/module/annex/parameters/force_unload it can be unloaded, and its range is kept until the machine is booted anew'
owner_unknown='; load annex with page_owner=1 to see whose they are'

# pool MEGABYTE PARAMETER...: 16 MB from there on.
pool() {
	at=$1
	shift
	load "memmap=1G\$5G" "claim=16M\$$((5120 + at))M" vmalloc=2M "$@"
}

references() { awk '$1 == "annex" { print $3 }' /proc/modules; }

# rmmod is refused, and annex works on.
stays() {
	! rmmod annex 2>/tmp/refusal || { echo 'it went' && return 1; }
	cat /tmp/refusal
	grep -q 'Resource temporarily unavailable' /tmp/refusal && valid &&
		same 1 "$(references)"
}

goes() { unload && unchanged; }

# says PATTERN...: the log since forget_log, line by line.
says() {
	log_lines | tee /tmp/lines
	same $# "$(wc -l </tmp/lines)" || return 1
	for pattern; do
		read -r line
		echo "$line" | grep -qxE "annex: $pattern" || { echo "no '$pattern'" && return 1; }
	done </tmp/lines
}

leaker_goes() {
	dmesg >/tmp/leaked
	forget_log
	rmmod annex_leaker
}

user_gives_back() {
	pool 0 && leak late=16 && leaker_goes && says && goes
}

frame_stays() {
	pool 0 page_owner=1 && leak frames=1 && leaker_goes || return 1
	says 'module annex_leaker has gone, and nobody is left to give back what is held:' \
		'1 frames are held' \
		'1 of them, in 1 blocks from 0x[0-9a-f]+ on, were allocated by insmod with pid [0-9]+ in take_frame\+0x.* \[annex_leaker\]' \
		"$stays_line" && stays
}

frame_is_given_back() {
	leak give_back="$(sed -n 's/.*annex_leaker: frame //p' /tmp/leaked)" || return 1
	forget_log
	rmmod annex_leaker && says 'all was given back: it can be unloaded again' && goes
}

# Nobody is asked while another one is there.
last_user_is_asked() {
	pool 0 && insmod $modules/annex_exercise.ko && leak frames=1 && leaker_goes && says &&
		rmmod annex_exercise || return 1
	says 'module annex_exercise has gone, and nobody is left to give back what is held:' \
		"1 frames are held$owner_unknown" "$stays_line" &&
		stays && frame_is_given_back
}

# One whose init fails has been a user, too.
refused_user_is_asked() {
	pool 0 || return 1
	forget_log
	status=0
	/test/finit $modules/annex_leaker.ko frames=2 refuse=1 || status=$?
	same 1 $status && log_lines | grep 'annex: 2 frames are held' && stays
}

frames_go_by_force() {
	forget_log
	echo 1 >$force && unload || return 1
	says 'force_unload=1: it can be unloaded again' '2 frames were never given back' \
		'what was not given back may be in use: 0x140000000-0x140ffffff is kept, as it is, until the machine is booted anew' \
		"$hibernation_line" unloaded && is_kept 140000000-140ffffff
}

# by NUMBER BLOCKS FUNCTION: the line of who has frames.
by() {
	echo "$1 of them, in $2 blocks from 0x[0-9a-f]+ on, were allocated by insmod with pid [0-9]+ in $3\+0x.* \[annex_leaker\]"
}

# 3 frames; 2 areas of 3; 4 frames that are mapped; 2 processes, each with a first
# level, two tables more and a frame; and slabs, of which the records know nothing.
each_kind_is_told() {
	pool 16 page_owner=1 && leak frames=3 areas=2 kmaps=4 mms=2 objects=7 && leaker_goes || return 1
	says 'module annex_leaker has gone, and nobody is left to give back what is held:' \
		'[0-9]+ frames are held' "$(by 4 4 take_mm)" "$(by 2 2 take_mm)" \
		"$(by 3 3 take_frame)" "$(by 6 6 take_area)" "$(by 2 2 take_mm)" "$(by 4 4 take_kmap)" \
		'2 areas of vmalloc, vmap or ioremap are held, the first has 3 pages and was made by take_area\+.* \[annex_leaker\]' \
		"4 frames are mapped by annex_kmap\(\), the first is 0x[0-9a-f]+" \
		'page tables of 2 processes are held, the first maps 1 frames and was made by insmod with pid [0-9]+' \
		'1 caches and 7 objects are held, some of leaky' "$stays_line" || return 1
	sed -n 's/.*annex_leaker: .* at //p' /tmp/leaked >/tmp/addresses
	stays
}

force_can_be_taken_back() {
	forget_log
	echo 1 >$force && says 'force_unload=1: it can be unloaded again' || return 1
	same Y "$(cat $force)" && same 0 "$(references)" || return 1
	echo 0 >$force && same N "$(cat $force)" && stays
}

nonsense_is_refused() {
	! echo maybe >$force && stays
}

all_goes_by_force() {
	echo 1 >$force || return 1
	forget_log
	unload || return 1
	says '[0-9]+ frames were never given back' 'page tables of 2 processes were never destroyed' \
		'2 areas of vmalloc, vmap or ioremap were never given back' \
		'4 frames were never given to annex_kunmap\(\)' \
		'what was not given back may be in use: 0x141000000-0x141ffffff is kept, as it is, until the machine is booted anew' \
		"$hibernation_line" unloaded && is_kept 141000000-141ffffff && [ ! -e $annex ] && ! grep '^annex ' /proc/modules
}

# is_refused ERRNO MODULE PARAMETER...
is_refused() {
	errno=$1 status=0
	shift
	/test/finit "$@" || status=$?
	same "$errno" $status
}

nobody_gets_the_range() {
	is_refused 16 $modules/annex_squatter.ko start=0x141800000 size=0x1000 &&
		is_refused 16 $modules/annex.ko "memmap=1G\$5G"
}

# The rest of the range is as good as ever, and so are other addresses.
another_pool_works() {
	remember
	pool 32 vmalloc=8M && insmod $modules/annex_exercise.ko && exercise random ops=2000 seed=1 &&
		exercise vmalloc ops=2000 seed=1 && exercise heap ops=2000 seed=1 && valid &&
		rmmod annex_exercise && unload && diff /tmp/iomem /proc/iomem
}

stamp_is_at() {
	insmod $modules/annex_squatter.ko addr="0x$1" word=0x1eafc0de && rmmod annex_squatter
}

stamps_are_there() {
	same 13 "$(wc -l </tmp/addresses)" || return 1
	while read -r addr; do
		stamp_is_at "$addr" || { echo "$addr" && return 1; }
	done </tmp/addresses
}

another_stamp_is_not() {
	is_refused 5 $modules/annex_squatter.ko addr="0x$(head -n 1 /tmp/addresses)" word=1
}

asked_for_at_load() {
	pool 48 force_unload=1 && leak frames=1 areas=1 && leaker_goes && same 0 "$(references)" || return 1
	says 'module annex_leaker has gone, and nobody is left to give back what is held:' \
		"4 frames are held$owner_unknown" \
		'1 areas of vmalloc, vmap or ioremap are held, the first has 3 pages and was made by take_area\+.* \[annex_leaker\]' &&
		unload && is_kept 143000000-143ffffff
}

# While another user is there: reclaim looks at lists and shrinkers on its behalf, and
# vmstat is read.
nobody_calls_the_gone() {
	pool 64 && insmod $modules/annex_exercise.ko && leak folios=6 shrinker=1 counters=1 || return 1
	grep -qx 'leaky_events 0' $annex/vmstat && leaker_goes || return 1
	says 'module annex_leaker has gone with 1 shrinkers registered, which are not asked any more' \
		'module annex_leaker has gone with 6 folios in lists, which reclaim leaves alone from now on' \
		'module annex_leaker has gone with counters registered, which vmstat does not show any more' || return 1
	! grep leaky $annex/vmstat && valid && exercise dry && exercise drop && valid && rmmod annex_exercise
}

called_go_by_force() {
	stays && echo 1 >$force && unload && is_kept 144000000-144ffffff
}

check 'nothing of annex is there before' remember
check 'a user that gives all back holds nothing up' user_gives_back
check 'a frame is left, and annex stays' frame_stays
check 'another user gives it back, and annex goes' frame_is_given_back
check 'of two users the last is asked' last_user_is_asked
check 'so is one whose loading fails' refused_user_is_asked
check 'with force_unload=1 annex goes, and the range is kept' frames_go_by_force
check 'each kind that is left is told of' each_kind_is_told
check 'force_unload=0 holds annex again' force_can_be_taken_back
check 'force_unload=maybe is refused' nonsense_is_refused
check 'with force_unload=1 annex goes' all_goes_by_force
check 'nobody gets the range' nobody_gets_the_range
check 'the rest of it makes a pool' another_pool_works
check 'what had an address is still there' stamps_are_there
check 'and nothing else' another_stamp_is_not
check 'force_unload=1 can be asked for at load' asked_for_at_load
check 'reclaim leaves alone whose owner is gone' nobody_calls_the_gone
check 'and they hold annex' called_go_by_force
finish
