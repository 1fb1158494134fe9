# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: cpus.sh N
#
# Load, use, validate, unload, on a machine of N CPUs. In a guest of 5 GB with
# memmap=1G$5G.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

# The CPUs' lists, batches and slots are for as many as there are.
has_cpus() {
	same "$1" "$(nproc)" && same "$1" "$(grep -c '^cpu ' $annex/kmap_local)" &&
		same "$1" "$(awk '/cpu:/ { seen[$2] = 1 } END { for (c in seen) n++; print n + 0 }' $annex/zoneinfo)"
}

works() {
	insmod $modules/annex_exercise.ko || return 1
	status=0
	{
		exercise random ops=500 threads="$1" seed=4 && exercise heap ops=2000 threads="$1" seed=4 &&
			exercise vmalloc ops=300 seed=4 &&
			exercise kmap_local_pairs ops=10000 threads="$1" && exercise dry && exercise drop
	} || status=1
	valid || status=1
	rmmod annex_exercise || status=1
	return $status
}

goes() { unload && unchanged; }

check 'nothing of annex is there before' remember
for round in 1 2; do
	check "it loads, round $round" load "memmap=1G\$5G" "claim=256M\$5G"
	check "all CPUs are known, round $round" has_cpus "$1"
	check "each of them uses it, round $round" works "$1"
	check "it goes and leaves nothing, round $round" goes
done
finish
