# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# A hundred times insmod and rmmod, and the host's kernel has what it had. In
# a guest of 5 GB with memmap=1G$5G.
#
# What is measured is free memory with the CPUs' lists, which hold and let go
# of thousands of frames as they like, after caches are dropped. The first
# rounds fill what the kernel keeps for good, page tables of vmalloc space and
# slabs: some 100 kB in all, and then no more, not in 800 rounds. After them a
# hundred rounds may cost SLACK kB, an eighth of a page each, more than a hundred
# rounds of a module that does nothing: to load one costs 7.2 a quarter of a page for good.
# A busy machine can make it more by chance: then a hundred more are run, and once more.
# What is lost each time is lost each of the three times.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

ROUNDS=100
WARM=30
SLACK=50

cycle() {
	i=0
	while [ $i -lt "$1" ]; do
		{ load "memmap=1G\$5G" && unload; } || { echo "round $i" && return 1; }
		i=$((i + 1))
	done
}

cycle_another() {
	i=0
	while [ $i -lt "$1" ]; do
		{ insmod $modules/annex_isolate.ko && rmmod annex_isolate; } || { echo "round $i" && return 1; }
		i=$((i + 1))
	done
}

# usual_loss: what a hundred rounds of another module cost.
usual_loss() {
	settled_free >/tmp/free.before
	cycle_another $ROUNDS || return 1
	echo $(($(cat /tmp/free.before) - $(settled_free)))
}

# Areas that are unmapped lazily come and go as the kernel likes.
areas() { grep -v unpurged /proc/vmallocinfo | sed 's/^[^ ]* *//' | sort; }

warm_up() {
	remember
	cycle $WARM || return 1
	settled_free >/tmp/free
	vmalloc_used >/tmp/vmalloc
	areas >/tmp/areas
	forget_log
}

memory_is_there() {
	for batch in 1 2 3; do
		settled_free >/tmp/free.after
		lost=$(($(cat /tmp/free) - $(cat /tmp/free.after)))
		echo "batch $batch: $lost kB are gone" | tee -a /tmp/batches
		[ $lost -gt $SLACK ] || return 0
		usual=$(usual_loss) || return 1
		echo "batch $batch: another module loses $usual kB" | tee -a /tmp/batches
		[ $((lost - usual)) -gt $SLACK ] || return 0
		settled_free >/tmp/free
		cycle $ROUNDS || return 1
	done
	return 1
}

vmalloc_is_unused() { same "$(cat /tmp/vmalloc)" "$(vmalloc_used)"; }

areas_are_as_before() {
	areas >/tmp/areas.after
	diff /tmp/areas /tmp/areas.after
}

# Three lines of a load, one of an unload.
log_has_nothing_else() {
	log_lines | grep -vE '^annex: (pool 0x|windows: |initialised in |unloaded)|drop_caches' >/tmp/other
	cat /tmp/other
	[ ! -s /tmp/other ]
}

check 'the first rounds' warm_up
check "$ROUNDS times insmod and rmmod" cycle $ROUNDS
check 'free memory is as before' memory_is_there
check 'vmalloc space is as before' vmalloc_is_unused
check '/proc/vmallocinfo is as before' areas_are_as_before
check '/proc/iomem is as before, and nothing of annex is left' unchanged
check 'the log has nothing else' log_has_nothing_else
[ "${PLAN:-}" ] || cat /tmp/batches >&2
finish
