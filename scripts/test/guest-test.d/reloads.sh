# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: reloads.sh MEMMAP OTHER
#
# The same parameters give the same windows at each load: again at once, after
# another pool, of OTHER, has come and gone, after the heap was used, and after a
# driver has come that stays. The log says how large each window is, and which
# default gave way. Of the descriptors there are about 8 bytes a frame.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

memmap=$1 other=$2

windows() { log_lines | sed -n 's/^annex: windows: //p'; }

# The windows as layout has them, written as the log does.
windows_of_layout() {
	awk 'function size(name) { return (name in kb) ? kb[name] : 0 }
		$1 ~ /^(mem_map|page_owner|lowmem|kmap_local|scratch|pkmap):?$/ && /pages:/ {
			sub(/:$/, "", $1)
			kb[$1] = kb_of($0)
		}
		/^ *annex vm *:/ { kb["vmalloc"] = kb_of($0) }
		function kb_of(line) {
			sub(/^[^(]*\( */, "", line)
			return line + 0
		}
		END {
			printf "mem_map %d kB, page_owner %d kB, lowmem %d kB, kmap_local %d kB, scratch %d kB, pkmap %d kB, vmalloc %d kB\n",
				size("mem_map"), size("page_owner"), size("lowmem"), size("kmap_local"),
				size("scratch"), size("pkmap"), size("vmalloc")
		}' $annex/layout
}

first_load() {
	forget_log
	load "memmap=$memmap" || { log_lines && return 1; }
	windows | tee /tmp/windows
	[ -s /tmp/windows ]
}

log_is_as_layout() { same "$(cat /tmp/windows)" "$(windows_of_layout)"; }

# loads_the_same ROUND
loads_the_same() {
	forget_log
	load "memmap=$memmap" || { log_lines && return 1; }
	if ! same "$(cat /tmp/windows)" "$(windows)" ||
		! same "$(cat /tmp/windows)" "$(windows_of_layout)"; then
		unload
		return 1
	fi
}

again() {
	for round in 2 3 4 5 6 7 8 9 10; do
		loads_the_same || { echo "round $round" && return 1; }
		unload || return 1
	done
}

another_comes_and_goes() {
	load "memmap=$memmap" "claim=$other" || return 1
	status=0
	valid || status=1
	unload || status=1
	return $status
}

# Per-CPU memory for caches, and what else use makes the host keep.
is_used() {
	loads_the_same || return 1
	insmod $modules/annex_exercise.ko || return 1
	status=0
	{ exercise heap ops=2000 threads=2 seed=7 && exercise random ops=300 seed=7; } || status=1
	rmmod annex_exercise || status=1
	unload || status=1
	return $status
}

# What comes while the windows are there is behind them, in the middle of the space.
driver_comes_and_stays() {
	loads_the_same || return 1
	insmod $modules/annex_squatter.ko start=0x1000000000 size=0x1000 || return 1
	unload
}

driver_goes() { rmmod annex_squatter; }

# A default that has no room is said, with a remedy; nothing is said of one that has.
gives_way() {
	forget_log
	load "memmap=$memmap" "lowmem=$1" || { log_lines && return 1; }
	log_lines | tee /tmp/lines | grep -cE "^annex: vmalloc space has no room for the defaults:.* vmalloc=[0-9]+M instead of 32M.*; boot with vmalloc=[0-9]+M$"
	status=$?
	grep -q 'windows: .* vmalloc 32768 kB' /tmp/lines && status=1
	unload && return $status
}

# Is something said if and only if a default gave way?
said_if_so() {
	case $(cat /tmp/windows) in
	*"lowmem 32768 kB,"*"pkmap 2048 kB, vmalloc 32768 kB") same 0 "$(no_room_lines)" ;;
	*) same 1 "$(no_room_lines)" ;;
	esac
}

no_room_lines() { log_lines | grep -c 'no room for the defaults'; }

# Enough lowmem that vmalloc's 32 MB do not fit beside it any more.
too_much_lowmem() {
	awk '/^ *vmalloc *:/ { sub(/^[^(]*\( */, ""); print int($0 / 1024) - 36 "M" }' $annex/layout
}

small_default_is_said() {
	load "memmap=$memmap" || return 1
	# What the descriptors take is missing as well.
	lowmem=$(($(too_much_lowmem | tr -d M) - $(sed 's/mem_map \([0-9]*\).*/\1/' /tmp/windows) / 1024))
	unload || return 1
	gives_way "${lowmem}M"
}

check 'nothing of annex is there before' remember
check 'it loads' first_load
check 'it is said if a default gave way' said_if_so
check 'the windows of the log are those of layout' log_is_as_layout
check 'it goes' unload
check 'nine more loads have the same windows' again
check 'another pool comes and goes' another_comes_and_goes
check 'and then the windows are the same' loads_the_same
check 'it goes again' unload
check 'it is used' is_used
check 'and then they are the same' loads_the_same
check 'it goes once more' unload
check 'a driver comes and stays' driver_comes_and_stays
check 'and beside it they are the same' loads_the_same
check 'it goes for the last time' unload
check 'the driver goes' driver_goes
check 'a default that gives way is said' small_default_is_said
check 'nothing of annex is left' unchanged
finish
