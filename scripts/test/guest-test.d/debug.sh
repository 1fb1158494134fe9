# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# What helps to find a mistake: poison, owner records, trace events. In a guest
# of 5 GB with memmap=1G$5G.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

tracing=/sys/kernel/tracing

mode_is() { same "$1" "$(stat -c %a "$annex/$2")"; }
corrupt() { awk '$1 == "annex_poison_corrupt" { print $2 }' $annex/vmstat; }
reported_frame() { sed -n 's/^frame //p' $drive/report; }

clean_load() {
	exercise random ops=2000 threads=2 && valid && same 0 "$(corrupt)"
}

# paragraphs: a line for each block of page_owner: its three lines and more,
# with a ; between two.
paragraphs() {
	awk 'BEGIN { RS = ""; FS = "\n"; OFS = ";" } { $1 = $1; print }' $annex/page_owner
}

# Each paragraph is as the kernel's, and names who holds the block.
holders_are_named() {
	exercise hold blocks=12 order=2 gfp=movable || return 1
	paragraphs >/tmp/owners
	same 12 "$(wc -l </tmp/owners)" || return 1
	head='Page allocated via order 2, mask 0x[0-9a-f]*[(]GFP_HIGHUSER_MOVABLE[^)]*[)], '
	head=$head'pid [0-9]+, tgid [0-9]+ [(]sh[)], ts [0-9]+ ns, free_ts [0-9]+ ns'
	second='PFN [0-9]+ type Movable Block [0-9]+ type [A-Za-z]+ Flags 0x[0-9a-f]*[(][a-z0-9_|]*zone=HighMem[)]'
	grep -vE "^$head;$second(; [^;]+)+\$" /tmp/owners && return 1
	same 12 "$(grep -c 'hold_block+0x[^;]*\[annex_exercise\]' /tmp/owners)"
}

# The frames that page_owner lists are those that are held.
frames_are_right() {
	sed 's/.*;PFN \([0-9]*\) .*/\1/' /tmp/owners | sort -n >/tmp/pfns
	sort -nu /tmp/pfns | diff /tmp/pfns - || return 1
	awk '{ if ($1 % 4) print "not aligned:", $1 }' /tmp/pfns | grep . && return 1
	exercise drop && same 0 "$(paragraphs | wc -l)"
}

many_are_listed() {
	exercise hold blocks=1000 gfp=movable && exercise hold blocks=100 order=3 gfp=kernel &&
		exercise drop every=2 || return 1
	same 550 "$(grep -c '^Page allocated via order' $annex/page_owner)" || return 1
	/test/reread $annex/page_owner || return 1
	exercise drop && valid
}

# found KIND ZONE OFFSETS ARGUMENT...: one line, with the frame that was written
# to, whom it had belonged to, and one more in the counter.
found() {
	kind=$1 zone=$2 offsets=$3
	shift 3
	before=$(corrupt)
	forget_log
	exercise stray "$@" || return 1
	log_lines >/tmp/lines
	cat /tmp/lines
	same 1 "$(grep -cE 'memory corruption|single bit' /tmp/lines)" || return 1
	grep -qF "annex: $kind: frame $(reported_frame) ($zone) was written to while it was free: $offsets" \
		/tmp/lines || return 1
	same $((before + 1)) "$(corrupt)" || return 1
	grep -q 'page_owner tracks the page as freed' /tmp/lines &&
		grep -q 'exercise_stray+0x.*\[annex_exercise\]' /tmp/lines && valid
}

# What is freed comes back without damage.
found_once() {
	before=$(corrupt)
	exercise random ops=500 && same "$before" "$(corrupt)"
}

refusal_names_the_owner() {
	forget_log
	exercise bad name=free_locked
	log_lines | tee /tmp/lines
	same 1 "$(grep -c 'free refused' /tmp/lines)" || return 1
	grep -q 'page_owner tracks the page as allocated' /tmp/lines &&
		grep -q 'page last allocated via order 0' /tmp/lines &&
		grep -q ' exercise_bad_call+0x.*\[annex_exercise\]' /tmp/lines
}

events_are_there() {
	mount -t tracefs tracefs $tracing 2>/dev/null || [ -d $tracing/events ] || return 1
	for event in mm_page_alloc mm_page_free mm_page_alloc_extfrag mm_shrink_slab_start \
		mm_shrink_slab_end mm_vmscan_kswapd_sleep mm_vmscan_kswapd_wake \
		mm_vmscan_wakeup_kswapd mm_vmscan_direct_reclaim_begin mm_vmscan_direct_reclaim_end \
		mm_vmscan_lru_isolate mm_vmscan_lru_shrink_inactive mm_vmscan_lru_shrink_active \
		mm_vmscan_write_folio; do
		[ -e $tracing/events/annex/$event/enable ] || { echo "no $event" && return 1; }
	done
}

# trace COMMAND...: what the events say of it, in /tmp/trace.
trace() {
	echo >$tracing/trace
	echo 1 >$tracing/events/annex/enable
	"$@"
	status=$?
	echo 0 >$tracing/events/annex/enable
	grep -v '^#' $tracing/trace >/tmp/trace
	return $status
}

# The same frame comes, goes, comes and goes.
events_tell_the_frame() {
	trace exercise stray order=2 gfp=highuser offset=0 bits=0 || return 1
	head=$(printf '0x%x' $(($(reported_frame) - 3)))
	sed 's/.*: \(mm_page_[a-z]*: .*\)/\1/' /tmp/trace >/tmp/said
	cat >/tmp/expected <<-END
		mm_page_alloc: pfn=$head order=2 migratetype=0 gfp_flags=GFP_HIGHUSER
		mm_page_free: pfn=$head order=2
		mm_page_alloc: pfn=$head order=2 migratetype=0 gfp_flags=GFP_HIGHUSER
		mm_page_free: pfn=$head order=2
	END
	grep -E '^mm_page_(alloc|free):' /tmp/said | diff /tmp/expected -
}

off_again() {
	exercise stray gfp=kernel bits=0 || return 1
	grep -v '^#' $tracing/trace | diff /tmp/trace -
}

refused() {
	forget_log
	! /test/finit $modules/annex.ko "$@" || { unload && return 1; }
	log_lines | tee /tmp/lines
	grep -qE '^annex: .* kB of descriptors, page_owner records and mappings, .*; (boot with vmalloc=[0-9]+M|no vmalloc= .*)$' \
		/tmp/lines && unchanged
}

silent_without() {
	load "$@" && insmod $modules/annex_exercise.ko || return 1
	status=0
	forget_log
	case $* in
	*page_owner*) [ -e $annex/page_owner ] || status=1 ;;
	*) [ ! -e $annex/page_owner ] || status=1 ;;
	esac
	{ exercise stray gfp=highuser bits=1 && same '' "$(log_lines)"; } || status=1
	valid || status=1
	rmmod annex_exercise && unload && return $status
}

check 'nothing of annex is there before' remember
check 'a pool with both watchers loads' load "memmap=1G\$5G" poison=1 page_owner=1
capture 'watched pool' pages=262144 page_owner=14336
check 'page_owner has mode 400' mode_is 400 page_owner
check 'a module that uses annex loads' insmod $modules/annex_exercise.ko
check 'a random load leaves no complaint' clean_load

check 'page_owner names the holders' holders_are_named
check 'and their frames' frames_are_right
check 'hundreds of blocks are listed, and read in pieces' many_are_listed

check 'a flipped bit of a free frame is found' found 'single bit error' HighMem \
	'offsets 100 to 100, 1 bytes no longer 0xaa: ba' gfp=highuser offset=100 bits=16
check 'and one of lowmem, in a larger block' found 'single bit error' Normal \
	'offsets 4095 to 4095, 1 bytes no longer 0xaa: a8' order=3 gfp=kernel offset=4095 bits=2
check 'a byte that was written to is found' found 'memory corruption' DMA \
	'offsets 0 to 0, 1 bytes no longer 0xaa: 55' gfp=dma offset=0 bits=255
check 'what was found is not found again' found_once
check 'a refusal names the owner' refusal_names_the_owner

check 'trace events are there' events_are_there
check 'and tell which frame comes and goes' events_tell_the_frame
check 'and can be turned off' off_again
capture 'watched pool after that' pages=262144 page_owner=14336

check 'the user of annex goes' rmmod annex_exercise
check 'annex goes' unload
check 'nothing of annex is left' unchanged
check 'a pool without watchers says nothing' silent_without "memmap=1G\$5G"
check 'nor does one with page_owner alone' silent_without "memmap=1G\$5G" page_owner=1
check 'page_owner that does not fit is refused with advice' \
	refused "memmap=1G\$5G" lowmem=104M page_owner=1
check 'and loads of it leave nothing' unchanged
finish
