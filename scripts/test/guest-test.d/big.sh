# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: big.sh SIZE$START PAGES CASE [SIZE$START]
#
# A pool from end to end, of the range or of the part that the second one claims, and what it costs to make. Costs are counted where
# the guest's time stamp counter counts instructions (scripts/test/guest --icount).

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

# Of a pool of 1 GB most is the host's vmap(), which maps 17,441 pages of windows, and is
# dearer in newer kernels.
cheap() {
	case $(uname -r) in
	6.1.*) most=10 ;;
	*) most=11.5 ;;
	esac
	log_lines | grep '^annex: initialised in' | tee /tmp/cost
	sed 's/.*, \([0-9.]*\) a frame$/\1/' /tmp/cost |
		awk -v most=$most '{ cost = $1 + 0 } END { exit !(cost > 0 && cost <= most) }'
}

works() {
	insmod $modules/annex_exercise.ko || return 1
	exercise "$@"
	status=$?
	rmmod annex_exercise || return 1
	return $status
}

goes() { unload && unchanged; }

check 'nothing of annex is there before' remember
check 'it loads' load "memmap=$1" ${4:+"claim=$4"}
check 'making it costs 10 instructions a frame or less, or 11.5 on newer kernels' cheap
capture 'pool' "pages=$2"
capture_tables 'page tables' "pages=$2" "case=$3"
check 'its last megabyte keeps contents' works last_megabyte "pages=$2"
check 'a random load' works random ops=500 seed=1
check 'it is valid' valid
check 'it goes and leaves nothing' goes
[ "${PLAN:-}" ] || log_lines | grep 'initialised in' >&2
finish
