# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the parameters make of a pool, and pools of odd places and sizes. In a
# guest of 5 GB with memmap=1G$5G memmap=1G$1G. A pool across 4 GB cannot be
# tried: a PC has a hole there.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

# NAME | words for check_files.py | arguments | what zoneinfo has
pools() {
	cat <<-'END'
		much lowmem|pages=262144|memmap=1G$5G lowmem=0x4000000|DMA spanned 4096,Normal spanned 12288,HighMem spanned 245760
		little lowmem|pages=262144|memmap=1G$5G lowmem=8M|DMA spanned 2048,Normal spanned 0,HighMem spanned 260096
		nothing but lowmem|pages=16384|memmap=1G$5G claim=64M$5G lowmem=64M vmalloc=4M|Normal spanned 12288,Normal present 12288,Normal managed 12237,HighMem spanned 0
		reserved ranges|pages=262144|memmap=1G$5G vmalloc=16M reserve=1M@16M,64K@900M,8K@901M,4K@0|DMA managed 3840,Normal managed 3815,HighMem managed 253420
		its top reserved|pages=262144|memmap=1G$5G reserve=1M@1023M|HighMem managed 253182
		half of it reserved|pages=262144|memmap=1G$5G reserve=512M@256M|HighMem managed 122366
		DMA32 under 4 GB|pages=262144|memmap=1G$1G dma32=1|DMA spanned 4096,DMA32 spanned 4096,Normal spanned 0
		DMA32 not asked for|pages=262144|memmap=1G$1G|DMA32 spanned 0,Normal spanned 4096
		DMA32 above 4 GB|pages=262144|memmap=1G$5G dma32=1|DMA32 spanned 0,Normal spanned 4096
		DMA32 with little lowmem|pages=262144|memmap=1G$1G dma32=y lowmem=16M|DMA spanned 4096,DMA32 spanned 0,Normal spanned 0
		a Movable zone|pages=262144|memmap=1G$5G movable=256M|HighMem spanned 188416,Movable spanned 65536
		all highmem Movable|pages=262144|memmap=1G$5G movable=992M|HighMem spanned 0,Movable spanned 253952
		min_free_kbytes|pages=262144 min_free_kbytes=2048|memmap=1G$5G min_free_kbytes=2048|DMA managed 3840
		too little min_free_kbytes|pages=262144 min_free_kbytes=1|memmap=1G$5G min_free_kbytes=1|DMA managed 3840
		watermark_scale|pages=262144 watermark_scale=100|memmap=1G$5G watermark_scale=100|DMA managed 3840
		the largest watermark_scale|pages=262144 watermark_scale=3000|memmap=1G$5G watermark_scale=3000|DMA managed 3840
		a memory test|pages=4096|memmap=1G$5G claim=16M$5G memtest=2|DMA spanned 1024,HighMem spanned 3072
		a start not of 4 MB|pages=25600|memmap=1G$5G claim=100M$5121M|DMA spanned 4096,Normal spanned 2304,HighMem spanned 19200
		a start and an end of odd frames|pages=25601|memmap=1G$5G claim=102404K$0x140103000|DMA spanned 4096,HighMem managed 19148
		the smallest|pages=1024|memmap=1G$5G claim=4M$5G|DMA spanned 512,DMA managed 237,HighMem managed 509
		all at once|pages=76800 min_free_kbytes=1024 watermark_scale=50|memmap=1G$5G claim=300M$0x140007000 lowmem=24M movable=100M reserve=1M@30M,12K@20M dma32=1 min_free_kbytes=1024 watermark_scale=50|DMA32 spanned 0,Normal spanned 2048,Normal managed 2014,HighMem spanned 45056,HighMem managed 44800,Movable spanned 25600
	END
}

# has ZONE FIELD VALUE
has() { same "$3" "$(zone "$1" "$2")" || { echo "($1 $2)" && return 1; }; }

works() {
	insmod $modules/annex_exercise.ko || return 1
	status=0
	if [ "$1" = pages=1024 ]; then
		# Too small for blocks of 4 MB, and its last megabyte is a third
		# of it, some of which is kept.
		{ exercise hold blocks=100 order=1 gfp=movable && exercise drop; } || status=1
	else
		exercise last_megabyte "$1" || status=1
		exercise random ops=300 || status=1
	fi
	valid || status=1
	rmmod annex_exercise || status=1
	return $status
}

goes() { unload && unchanged; }

# try NAME WORDS ARGUMENTS EXPECTATIONS
try() {
	pool=$1 words=$2 numbers=$4
	set -f
	# shellcheck disable=SC2086 # to be split
	check "$pool: it loads" load $3
	# shellcheck disable=SC2086
	capture "$pool" $words
	IFS=,
	for number in $numbers; do
		unset IFS
		# shellcheck disable=SC2086
		check "$pool: $number" has $number
	done
	unset IFS
	set +f
	check "$pool: it can be used" works "${words%% *}"
	check "$pool: it goes and leaves nothing" goes
}

check 'nothing of annex is there before' remember
pools | while IFS='|' read -r pool words arguments numbers; do
	try "$pool" "$words" "$arguments" "$numbers"
done
finish
