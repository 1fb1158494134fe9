# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: swap.sh MB [no-cgroup]
#
# A device of 48 GB in a pool of 57 GB, and swap on it: MB of its first, its middle and its
# last gigabyte are written and verified, and what it costs the kernel is measured. In a
# guest whose kernel has 512 MB, so that what it pays is easily seen, and so that processes
# need the swap.

# shellcheck source=scripts/test/guest-test.d/disks.sh
. "${0%/*}/disks.sh"

GB=48
SLOTS=$((GB << 18))
# kB that may come and go with anything.
SLACK=400

# costs NAME COMMAND...: kB of the kernel's memory and of its vmalloc space, in cost_NAME.
costs() {
	name=$1
	shift
	free=$(settled_free) space=$(vmalloc_used)
	"$@" || return 1
	echo "memory=$((free - $(settled_free))) vmalloc=$((($(vmalloc_used) - space) >> 10))" >/tmp/cost_"$name"
	cat /tmp/cost_"$name"
}

cost() { sed "s/.*$2=\([-0-9]*\).*/\1/" /tmp/cost_"$1"; }

# between LEAST MOST NUMBER
between() {
	[ "$3" -lt "$1" ] || [ "$3" -gt "$2" ] || return 0
	echo "$3 kB, not $1 to $2"
	return 1
}

# Of the table the kernel has its root: 4 bytes for 4 MB.
root_is_all() {
	costs device load_blk disks=${GB}G || return 1
	same $((GB << 30)) "$(blockdev --getsize64 $dev)" || return 1
	between -$SLACK $(((GB << 10) / 1024 + SLACK)) "$(cost device memory)" &&
		between 0 $SLACK "$(cost device vmalloc)"
}

# The places of the samples, in MB: the middle is that of the device.
places() { echo 0 $((GB * 512)) $(((GB << 10) - $1)); }

write_all() {
	for place in $(places "$1"); do
		/test/blkio fill $dev $((place + 1)) "$1" "$place" || return 1
	done
}

# Frames come of the pool alone.
frames_cost_nothing() {
	costs frames write_all "$1" || return 1
	# Frames of data, and one of entries for 4 MB.
	same $(((3 * $1 << 20) + (3 * $1 / 4 << 12))) "$(used)" || return 1
	between -$SLACK $SLACK "$(cost frames memory)" && between 0 0 "$(cost frames vmalloc)"
}

all_is_there() {
	for place in $(places "$1"); do
		/test/blkio check $dev $((place + 1)) "$1" "$place" || { echo "at $place MB" && return 1; }
	done
	valid
}

swap_on() { mkswap $dev >/dev/null && swapon $dev; }

# swap_map is 1 byte a slot of vmalloc space, swap_cgroup 2 of lowmem, frontswap's bitmap an
# eighth; the rest, such as clusters, is less than another eighth. Newer kernels have other
# structures, which are to be no larger.
swap_costs() {
	costs swap swap_on || return 1
	map=$((SLOTS >> 10)) cgroup=$((2 * SLOTS >> 10)) eighth=$((SLOTS >> 13))
	[ "$1" != no-cgroup ] || cgroup=0
	lowmem=$(($(cost swap memory) - $(cost swap vmalloc)))
	case $(uname -r) in
	6.1.*)
		between $map $((map + 1024)) "$(cost swap vmalloc)" &&
			between $((cgroup + eighth - SLACK)) $((cgroup + 2 * eighth + SLACK)) $lowmem
		;;
	*) between 0 $((map + cgroup + 2 * eighth + SLACK)) "$(cost swap memory)" ;;
	esac
}

# Some more than the kernel has, in whichever slots.
swaps() {
	/test/blkio memory 560 0 || { log_lines | tail -n 5 && return 1; }
	out=$(vmstat pswpout)
	[ "$out" -gt 10000 ] || { echo "$out pages were swapped out" && return 1; }
	valid
}

goes() { swapoff $dev && rmmod annex_blk && unload && unchanged; }

check 'nothing of annex is there before' remember
check 'a pool of 57 GB loads' load "memmap=57G\$4G"
check "a device of $GB GB costs the kernel 4 bytes for 4 MB" root_is_all
check "its first, middle and last $1 MB cost it nothing" frames_cost_nothing "$1"
check 'they are verified' all_is_there "$1"
check 'swap on it costs as much as documented' swap_costs "${2:-}"
check 'memory is swapped and verified' swaps
check 'all of it goes and leaves nothing' goes
[ "${PLAN:-}" ] || say "note kB of the kernel's: device $(cat /tmp/cost_device), frames $(cat /tmp/cost_frames), swap $(cat /tmp/cost_swap)"
finish
