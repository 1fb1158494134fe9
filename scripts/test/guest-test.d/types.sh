# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# What keeping frames apart by type does for a pool of 1 GB, and what is without
# it. In a guest of 5 GB with memmap=1G$5G.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

tracing=/sys/kernel/tracing
event=$tracing/events/annex/mm_page_alloc_extfrag/enable

# fallback FIELDS COMMAND...: the one event of fallback that the command makes.
fallback() {
	fields=$1
	shift
	[ -e $event ] || mount -t tracefs tracefs $tracing || return 1
	echo >$tracing/trace
	echo 1 >$event
	"$@"
	status=$?
	echo 0 >$event
	grep -v '^#' $tracing/trace | tee /tmp/trace
	same 1 "$(wc -l </tmp/trace)" || return 1
	grep -qE "mm_page_alloc_extfrag: pfn=0x[0-9a-f]+ $fields\$" /tmp/trace && return $status
}

# Four frames in five are used; then some of those are free, here and there.
all_but_a_few_are_movable() {
	! exercise hold blocks=300000 gfp=movable || return 1
	exercise drop every=2000 && valid
}

drops_all() { exercise drop && valid; }

# blocks_of TYPE: pageblocks of it.
blocks_of() {
	awk -v type="$1" '
		/^Number of blocks/ { for (i = 5; i <= NF; i++) if ($i == type) at = i }
		at && /^Node/ { n += $at }
		END { print n }' $annex/pagetypeinfo
}

there_is_one_type() { same 0 "$(blocks_of Movable)" && same 512 "$(blocks_of Unmovable)"; }

# shares FILE: what is in large blocks after the traffic, a line for each seed.
shares() {
	for seed in 1 2 3; do
		exercise fragment pages=262144 seed=$seed && valid || return 1
		sed -n "s/.*drained \([0-9.]*\) %, full \([0-9.]*\) %\$/$seed \1 \2/p" $drive/report
	done >"$1"
	same 3 "$(wc -l <"$1")"
}

four_times_more() {
	paste -d ' ' /tmp/with /tmp/without |
		awk '{ print; bad = bad || $1 != $4 || $2 < 4 * $5 } END { exit bad || NR != 3 }'
}

tell() {
	paste -d ' ' /tmp/with /tmp/without | while read -r seed drained full _ drained0 full0; do
		say "note seed $seed: of the free memory, $drained % is in blocks of order 9 and 10 with types," \
			"$drained0 % without; at 80 % fill $full % and $full0 %"
	done
}

check 'nothing of annex is there before' remember
check 'a pool loads' load "memmap=1G\$5G"
check 'a module that uses annex loads' insmod $modules/annex_exercise.ko
check 'what is not movable claims a pageblock' fallback \
	'alloc_order=0 fallback_order=(9|10) pageblock_order=9 alloc_migratetype=0 fallback_migratetype=1 fragmenting=0 change_ownership=1' \
	exercise hold blocks=1 gfp=highuser
check 'all else is used for what is movable' all_but_a_few_are_movable
check 'and has to give a frame of a pageblock of its own' fallback \
	'alloc_order=3 fallback_order=[3-8] pageblock_order=9 alloc_migratetype=0 fallback_migratetype=1 fragmenting=1 change_ownership=0' \
	exercise hold blocks=1 order=3 gfp=highuser
check 'all of it is given back' drops_all
check 'traffic with types' shares /tmp/with
capture 'pool after traffic' pages=262144
check 'the user of annex goes' rmmod annex_exercise
check 'annex goes' unload

check 'a pool without grouping loads' load "memmap=1G\$5G" grouping=0
check 'all its pageblocks are of one type' there_is_one_type
check 'the user of annex loads' insmod $modules/annex_exercise.ko
check 'traffic without types' shares /tmp/without
check 'and all its pageblocks are of one type still' there_is_one_type
capture 'pool without types' pages=262144
check 'types keep four times as much in large blocks' four_times_more
[ "${PLAN:-}" ] || tell
check 'the user of it goes' rmmod annex_exercise
check 'it goes' unload
check 'nothing of annex is left' unchanged
finish
