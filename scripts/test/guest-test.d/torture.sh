# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# annex_torture.ko for twenty seconds, in memory that is watched by annex_isolate.ko:
# see scripts/test/guest-torture, which says what the guest's memory is. And that both
# can find what they are for.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=scripts/test/guest-torture
[ "${PLAN:-}" ] || . /torture/guest-torture

verdict_is_ok() {
	wait_for_verdict >/tmp/verdict
	cat /tmp/verdict
	grep -q '^torture: ok ' /tmp/verdict
}

# In the middle of it all a CPU goes and comes back, twice.
torture_for_a_while() {
	load_torture seconds=20 seed=1 || return 1
	for _ in 1 2; do
		sleep 3
		echo 0 >/sys/devices/system/cpu/cpu1/online
		sleep 1
		echo 1 >/sys/devices/system/cpu/cpu1/online
	done
	verdict_is_ok
}

# Each kind of operation was done, and there is none that is not named here.
kinds='pages bulk burst kmap local vmalloc vmap ioremap heap kv caches lru lists folio writeback
	lock mm isolate shrinker drain shared exact split objects text rcu bio'
all_kinds() {
	for kind in $kinds; do
		grep -qE " $kind=[1-9][0-9]* " /tmp/verdict || { echo "no $kind" && return 1; }
	done
	sed 's/.* ops=[0-9]* //; s/ denied=.*//' /tmp/verdict | tr ' ' '\n' | sed 's/=.*//' | sort >/tmp/shown
	echo "$kinds" | tr -s ' \t\n' '\n' | sort | diff - /tmp/shown
}

nothing_refused() {
	same 0 "$(refused)" || return 1
	log_lines | unasked >/tmp/lines
	cat /tmp/lines
	[ ! -s /tmp/lines ]
}

# sequence SEED: what a short run draws.
sequence() {
	load_torture seconds=100 "seed=$1" pressure=0 mix=all=0,local=1,bulk=1 >&2 || return 1
	until ! is_running || sed 's/.* ops=\([0-9]*\).*/\1/' "$torture/status" | awk '{ exit $1 < 9000 }'; do
		sleep 1
	done
	echo stop >"$torture/run"
	wait_for_verdict >/tmp/short
	rmmod annex_torture
	sed 's/.*sequence=//' /tmp/short
}

sequences_are_of_the_seed() {
	a=$(sequence 5) b=$(sequence 5) c=$(sequence 6)
	echo "$a $b $c"
	[ "$a" != 0x0 ] && [ "$a" = "$b" ] && [ "$a" != "$c" ]
}

goes_in_the_middle() {
	for seed in 1 2 3; do
		load_torture seconds=100 "seed=$seed" || return 1
		sleep 2
		rmmod annex_torture || return 1
		valid || return 1
	done
}

# Threads keep what they kmap at first: when they end all slots may be taken.
ends_when_all_slots_are_taken() {
	for seed in 1 2 3 4 5; do
		load_torture seconds=1 "seed=$seed" threads=12 pressure=0 mix=all=0,kmap=40,pages=10 || return 1
		verdict_is_ok || return 1
		rmmod annex_torture || return 1
	done
}

# There is no device any more.
without_a_device() {
	rmmod annex_blk && forget_log && load_torture seconds=2 seed=1 mix=all=0,bio=1,local=1 || return 1
	verdict_is_ok && grep -q ' bio=0 ' /tmp/verdict || return 1
	log_lines | grep 'annex_torture: bio: left out: /dev/annexblk0 cannot be opened (errno 2)' && rmmod annex_torture
}

# A window of 4 MB is too small. Who finds no place is told what there is, by then:
# now and then somebody has given up addresses meanwhile.
small_window_is_told_of() {
	unload && load_annex vmalloc=4M || return 1
	forget_log
	load_torture seconds=5 seed=1 mix=all=0,vmalloc=10,vmap=5 || return 1
	verdict_is_ok || return 1
	log_lines | grep 'refused (-ENOSPC)' >/tmp/lines
	tail -n 1 /tmp/lines
	told=$(wc -l </tmp/lines) untrue=$(unasked </tmp/lines | wc -l)
	echo "$told lines, $untrue of them no longer true"
	[ "$told" -gt 0 ] && [ $((20 * untrue)) -le "$told" ] && same 0 "$(refused)" &&
		rmmod annex_torture && valid
}

# isolated [check_ranges]: not a byte has changed.
isolated() {
	cat "$isolate/${1:-check}" >/tmp/isolated
	cat /tmp/isolated
	grep -q '^isolate: ok ' /tmp/isolated
}

# A byte that is turned over is found, and so is that it was turned back.
poke_is_found() {
	case $1 in
	host) look=check ;;
	*) look=check_ranges ;;
	esac
	echo "$1" >"$isolate/poke" || return 1
	! isolated $look || return 1
	same 'isolate: FAILED' "$(tail -n 1 /tmp/isolated | cut -d ' ' -f 1-2)" &&
		same changed=1 "$(tail -n 1 /tmp/isolated | sed 's/.* //')" || return 1
	grep -q '^isolate: 0x[0-9a-f]* has changed, at word [0-9]*' /tmp/isolated || return 1
	echo "$1" >"$isolate/poke" && isolated $look
}

nothing_is_lost() {
	unload && ! log_lines | grep 'never given back'
}

[ "${PLAN:-}" ] || set_ranges
check 'nothing of annex is there before' remember
check 'memory around the pool and of the host is filled' load_isolate 60
check 'a pool between two bands loads' load_annex
check 'a device loads' load_blk
check 'torture finds nothing' torture_for_a_while
[ "${PLAN:-}" ] || say "note $(cat /tmp/verdict)"
check 'operations of each kind were done' all_kinds
check 'annex refused nothing and said nothing' nothing_refused
check 'the books balance' valid
check 'the torture goes' rmmod annex_torture
check 'what is drawn depends on the seed' sequences_are_of_the_seed
check 'the torture goes in the middle of it' goes_in_the_middle
check 'the torture ends when all slots are taken' ends_when_all_slots_are_taken
check 'without a device there are no bios, and that is said' without_a_device
check 'where addresses run short, it is told what there is' small_window_is_told_of
check 'no byte of what annex must not touch has changed' isolated
[ "${PLAN:-}" ] || say "note $(cat /tmp/isolated)"
check 'a byte below the pool that changes is found' poke_is_found "$((first - 1))M"
check 'a byte above the pool that changes is found' poke_is_found "$((first + 257))M"
check 'one in the first megabyte is found' poke_is_found "$((first * 1048576 + 123456))"
check 'one of a reserved range is found' poke_is_found "$((first + 65))M"
check 'one of the memory of the host is found' poke_is_found host
check 'annex goes, and has all its frames' nothing_is_lost
check 'the bands are given back' rmmod annex_isolate
check 'nothing of annex is left' unchanged
finish
