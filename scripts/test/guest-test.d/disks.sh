# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the scripts of annex_blk share: blk.sh, recipes.sh, swap.sh.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

dev=/dev/annexblk0
attributes=/sys/block/annexblk0
# shellcheck disable=SC2034 # for blk.sh and recipes.sh
control=/sys/class/annex-control

attribute() { cat "$attributes/$1"; }
used() { attribute mem_used_total; }

# Frames of the pool that are free, with those that CPUs have put by.
pool_free() { awk '/nr_free_pages/ || /count:/ { n += $2 } END { print n }' $annex/zoneinfo; }
remember_pool() { pool_free >/tmp/pool_free; }

# The frames that a table has freed come back after a grace period.
all_back() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[ "$(pool_free)" != "$(cat /tmp/pool_free)" ] || break
		sleep 0.2
	done
	same "$(cat /tmp/pool_free)" "$(pool_free)" && valid
}

load_blk() {
	insmod $modules/annex_blk.ko "$@" || { log_lines && return 1; }
}

vmstat() { awk -v name="$1" '$1 == name { print $2 }' /proc/vmstat; }
swap_used() { awk -v dev="$1" '$1 == dev { print $4 }' /proc/swaps; }

# Of slots that are free the frames are, but for the header's.
slots_are_free() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		in_use=$(swap_used $dev)
		[ "$(used)" -gt $(((in_use << 10) + (4 << 20))) ] || return 0
		sleep 0.5
	done
	echo "$(used) bytes are used for $in_use kB"
	return 1
}

# comes SECONDS COMMAND...: it holds by then.
comes() {
	tries=$(($1 * 2))
	shift
	until "$@" >/tmp/comes 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || { cat /tmp/comes && return 1; }
		sleep 0.5
	done
}
