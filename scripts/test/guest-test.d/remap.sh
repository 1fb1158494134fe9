# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# Ten million frames, one after the other, at 64 addresses, on two CPUs: what
# each reads is the frame that it asked for. In a guest of 5 GB and two CPUs
# with memmap=1G$5G, whose CPUs take turns: 64 remaps need an interrupt of the
# other CPU, and with two threads of the machine each of them can cost 10 ms.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

count() { awk -v name="$1" '$1 == name { print $2 }' $annex/vmstat; }

ten_million() {
	exercise kmap_remap ops=10000000 threads=2 pages=1024 seed=1 && valid || return 1
	sed -n '2p' $drive/report >/tmp/figures
	grep -q '^10000000 remaps of ' /tmp/figures
}

# Of 64 slots at most 64 are freed by one invalidation.
one_invalidation_for_many() {
	flushes=$(count pkmap_flushes) shootdowns=$(count tlb_shootdowns)
	echo "note $(cat /tmp/figures), $flushes flushes, $shootdowns TLB shootdowns" | tee /tmp/note
	[ "$flushes" -ge $((10000000 / 64)) ] && [ "$shootdowns" -lt 1000000 ]
}

# With all slots but a few held, those are invalidated one by one.
few_at_a_time() {
	exercise kmap_remap ops=1000000 threads=2 pages=1024 seed=2 held=30 && valid || return 1
	echo "note $(sed -n 2p $drive/report), with 60 of 64 slots held" >>/tmp/note
}

stale_translations_are_found() {
	! exercise kmap_remap ops=10000000 threads=2 pages=1024 seed=1 keep_tlb=1 || return 1
	cat $drive/report
	grep -qE '^after kmap\(\), after [0-9]+ calls, 0x[0-9a-f]{8} does not show frame 0x[0-9a-f]+$' $drive/report && valid
}

# What the TLBs had kept is gone.
right_again() { exercise kmap_remap ops=100000 threads=2 pages=1024 && valid; }

goes() { rmmod annex_exercise && unload && unchanged; }

check 'nothing of annex is there before' remember
check 'a pool with 64 slots loads' load "memmap=1G\$5G" pkmap=64
check 'a module that uses annex loads' insmod $modules/annex_exercise.ko
check 'ten million remaps show the right frames' ten_million
check 'for many of them TLBs are invalidated once' one_invalidation_for_many
check 'a million, of a few slots at a time, do so too' few_at_a_time
check 'translations that TLBs keep would have been found' stale_translations_are_found
check 'and are gone when they have not to be kept' right_again
check 'it goes, and nothing is left' goes
[ "${PLAN:-}" ] || cat /tmp/note
finish
