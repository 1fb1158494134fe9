# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# Pools of twenty sizes from 4 MB to 57 GB, every second of which begins at a
# frame that is no multiple of 4 MB. In a guest of 60 GB with memmap=57G$4G and
# vmalloc=192M.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

# NAME | frames | first frame behind 4 GB
sizes() {
	cat <<-'END'
		4 MB|1024|0
		5 MB|1280|1
		7 MB|1792|1024
		8 MB|2048|1023
		12 MB|3072|2048
		16 MB|4096|3
		24 MB|6144|8192
		33 MB|8448|513
		64 MB|16384|16384
		100 MB|25600|777
		128 MB|32768|1048576
		255 MB and a frame|65281|1048575
		512 MB|131072|2097152
		1 GB|262144|2097153
		2 GB|524288|4194304
		4 GB|1048576|1021
		8 GB|2097152|0
		16 GB|4194304|4195
		32 GB|8388608|1024
		57 GB|14942208|0
	END
}

# loads_at FRAMES FIRST
loads_at() {
	load "memmap=57G\$4G" "claim=$(($1 * 4))K\$$((4294967296 + $2 * 4096))" || return 1
	spanned=$(awk '$1 == "spanned" { n += $2 } END { print n }' $annex/zoneinfo)
	same "$1" "$spanned"
}

works() {
	insmod $modules/annex_exercise.ko || return 1
	status=0
	{
		exercise hold blocks=60 order=1 gfp=movable && exercise drop &&
			{ [ "$1" -lt 16384 ] || exercise random ops=200 seed=5; }
	} || status=1
	valid || status=1
	rmmod annex_exercise || status=1
	return $status
}

goes() { unload && unchanged; }

check 'nothing of annex is there before' remember
sizes | while IFS='|' read -r name frames first; do
	check "$name: it loads" loads_at "$frames" "$first"
	check "$name: it can be used" works "$frames"
	check "$name: it goes and leaves nothing" goes
done
finish
