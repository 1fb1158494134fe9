# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# Loads that are refused, each with its errno and one line in the log, and
# nothing left of it; and other spellings of a good one.
#
# In a guest of 6 GB, whose RAM is at 0-3 and 4-7 GB, with
#   memmap=1G$5G memmap=1G$1G	two ranges that can be had
#   memmap=1G$32G		one with no memory behind it
#   memmap=256M$6400M mem=6656M	one that ends at 6.5 GB, above which is RAM
#				that only firmware's map has

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

loads_and_goes() {
	load "$@" || { log_lines && return 1; }
	status=0
	valid || status=1
	unload || status=1
	return $status
}

same_pool() {
	load "memmap=$1" || { log_lines && return 1; }
	grep -c '140000000-17fffffff : annex$' /proc/iomem
	status=$?
	unload && return $status
}

# NAME | errno | line | arguments
bad_loads() {
	[ "${1:-}" = given-up ] || cat <<-'END'
		without memmap|EINVAL|memmap= is missing: give the SIZE\$START
	END
	cat <<-'END'
		empty|EINVAL|memmap= is malformed: wants SIZE\$START|memmap=
		without START|EINVAL|memmap=1G has no START|memmap=1G
		with $5 taken by a shell|EINVAL|memmap=1GG lost its \$ to a shell or boot loader: wants SIZE\$START such as 1G\$5G, in quotes$|memmap=1GG
		with $5 of $5632M taken|EINVAL|memmap=512M632M lost its \$|memmap=512M632M
		without SIZE|EINVAL|memmap=\$5G is malformed|memmap=$5G
		with a $ and nothing behind it|EINVAL|memmap=1G\$ is malformed|memmap=1G$
		with a word for SIZE|EINVAL|memmap=x\$5G is malformed|memmap=x$5G
		with a word for START|EINVAL|memmap=1G\$x is malformed|memmap=1G$x
		with @, which the kernel takes for RAM|EINVAL|memmap=1G@5G is not a reserved range|memmap=1G@5G
		with a letter too many|EINVAL|memmap=1Gz\$5G is malformed|memmap=1Gz$5G
		with a letter too many behind|EINVAL|memmap=1G\$5GB is malformed|memmap=1G$5GB
		with a negative SIZE|EINVAL|memmap=-1G\$5G is malformed|memmap=-1G$5G
		with half a hexadecimal number|EINVAL|memmap=1G\$0x is malformed|memmap=1G$0x
		with two ranges|EINVAL|memmap=1G\$5G,1G\$1G is a list|memmap=1G$5G,1G$1G
		with SIZE zero|EINVAL|memmap=0\$5G is empty|memmap=0$5G
		with SIZE not of pages|EINVAL|memmap=5000001\$5G is not page aligned|memmap=5000001$5G
		with START not of pages|EINVAL|memmap=1G\$5000000001 is not page aligned|memmap=1G$5000000001
		that wraps|ERANGE|memmap=1G\$0xfffffffffffff000 wraps around|memmap=1G$0xfffffffffffff000
		with a number of 67 bits|ERANGE|memmap=99999999999999999999\$5G has a number of more than 64 bits|memmap=99999999999999999999$5G
		with a suffix too large|ERANGE|memmap=1G\$32E has a number of more than 64 bits|memmap=1G$32E
		beyond the address bits|ERANGE|0x10000000000-0x1003fffffff lies beyond the 40 address bits that this CPU and kernel have|memmap=1G$0x10000000000
		across the address bits' end|ERANGE|0xffe0000000-0x1001fffffff lies beyond the 40 address bits|memmap=1G$0xffe0000000
		of RAM|EBUSY|0x180000000-0x19fffffff overlaps System RAM at 0x0000000180000000|memmap=512M$6G
		of RAM at its start|EBUSY|0x13ff00000-0x17fefffff overlaps System RAM at 0x000000013ff00000|memmap=1G$0x13ff00000
		of RAM at its end|EBUSY|0x140001000-0x180000fff overlaps System RAM at 0x0000000180000000|memmap=1G$0x140001000
		of the kernel itself|EBUSY|0x1000000-0x13fffff overlaps System RAM that is the kernel's own lowmem|memmap=4M$16M
		of nothing|ENXIO|0x500000000-0x53fffffff has no RAM at 0x500000000; choose a range that firmware calls usable|memmap=1G$20G
		of a device's addresses|ENXIO|0xd0000000-0xd3ffffff has no RAM at 0xd0000000|memmap=64M$0xd0000000
		of nothing at its end|ENXIO|0x1b0000000-0x1efffffff has no RAM at 0x1c0000000|memmap=1G$0x1b0000000
		of RAM that nobody reserved|ENXIO|0x1a0000000-0x1bfffffff is not reserved from 0x1a0000000 on; boot with memmap=512M\$6656M$|memmap=512M$0x1a0000000
		of RAM that is not reserved at its end|ENXIO|0x190000000-0x1afffffff is not reserved from 0x1a0000000 on|memmap=512M$0x190000000
		under 4 MB|EINVAL|0x140000000-0x1403fefff has 4092 kB; a pool needs 4 MB|memmap=4092K$5G
		over 63 GB|EINVAL|0x140000000-0x113fffffff has 65536 MB; a pool has at most 63 GB|memmap=64G$5G
		without memory behind it|ENXIO|0x800000000-0x83fffffff has no RAM at 0x800000000|memmap=1G$32G
		of what firmware keeps|ENXIO|0xfd00000000-0xfd3fffffff has memory that firmware keeps \(Reserved\)|memmap=1G$0xfd00000000
		claim= without START|EINVAL|claim=512M has no START|memmap=1G$5G|claim=512M
		claim= elsewhere|ERANGE|claim=1G\$1G is not a part of memmap=1G\$5G|memmap=1G$5G|claim=1G$1G
		claim= that reaches out|ERANGE|claim=512M\$5888M is not a part of|memmap=1G$5G|claim=512M$5888M
		claim= under 4 MB|EINVAL|.* has 2048 kB; a pool needs 4 MB|memmap=1G$5G|claim=2M$5G
		lowmem= larger than the pool|EINVAL|lowmem=32M is more than the pool's 16M$|memmap=1G$5G|claim=16M$5G|lowmem=32M
		lowmem= too small|EINVAL|lowmem=1M is less than 2M$|memmap=1G$5G|lowmem=1M
		lowmem= not of pages|EINVAL|lowmem=16385K is not a multiple of 4K$|memmap=1G$5G|lowmem=16385K
		lowmem= zero|EINVAL|lowmem=0: |memmap=1G$5G|lowmem=0
		lowmem= a word|EINVAL|lowmem=lots is not a size|memmap=1G$5G|lowmem=lots
		lowmem= negative|EINVAL|lowmem=-16M is not a size|memmap=1G$5G|lowmem=-16M
		lowmem= beyond the address space|ENOMEM|vmalloc space, whose largest gap has [0-9]+ kB, has no room for [0-9]+ kB of descriptors and mappings, 204800 kB of lowmem and 0 kB for the kernel; boot with vmalloc=[0-9]+M$|memmap=1G$5G|lowmem=200M
		lowmem= beyond any address space|ENOMEM|vmalloc space, whose largest gap .* 1048576 kB of lowmem .*; no vmalloc= leaves the kernel enough; ask for less$|memmap=1G$5G|lowmem=1G
		movable= beyond highmem|EINVAL|movable=1000M is more than the highmem's 992M$|memmap=1G$5G|movable=1000M
		movable= not of pages|EINVAL|movable=1025K is not a multiple of 4K$|memmap=1G$5G|movable=1025K
		movable= a word|EINVAL|movable=all is not a size|memmap=1G$5G|movable=all
		vmalloc= too small|EINVAL|vmalloc=512K is less than 1M$|memmap=1G$5G|vmalloc=512K
		vmalloc= too large|EINVAL|vmalloc=2G is more than 1G$|memmap=1G$5G|vmalloc=2G
		vmalloc= not of pages|EINVAL|vmalloc=1025K is not a multiple of 4K$|memmap=1G$5G|vmalloc=1025K
		vmalloc= a word|EINVAL|vmalloc=all is not a size|memmap=1G$5G|vmalloc=all
		vmalloc= beyond the address space|ENOMEM|vmalloc space, whose largest gap has [0-9]+ kB, has no room for [0-9]+ kB of descriptors and mappings|memmap=1G$5G|vmalloc=200M
		reserve= without OFFSET|EINVAL|reserve=1M has no OFFSET|memmap=1G$5G|reserve=1M
		reserve= with a $|EINVAL|reserve=1M\$16M has another sign than @|memmap=1G$5G|reserve=1M$16M
		reserve= outside|ERANGE|reserve=1M@1G leaves the pool|memmap=1G$5G|reserve=1M@1G
		reserve= that reaches out|ERANGE|reserve=64K@1M,2M@1023M leaves the pool|memmap=1G$5G|reserve=64K@1M,2M@1023M
		reserve= not of pages|EINVAL|reserve=1K@16M is not page aligned|memmap=1G$5G|reserve=1K@16M
		reserve= with a comma at its end|EINVAL|reserve=1M@16M, is malformed|memmap=1G$5G|reserve=1M@16M,
		reserve= of all|ENOMEM|no 2056 kB in one piece for the descriptors|memmap=1G$5G|reserve=1G@0
		min_free_kbytes= of all|EINVAL|min_free_kbytes=1000000 is more than half of lowmem|memmap=1G$5G|min_free_kbytes=1000000
		min_free_kbytes= a word|EINVAL|`few' invalid for parameter `min_free_kbytes'|memmap=1G$5G|min_free_kbytes=few
		watermark_scale= too large|EINVAL|watermark_scale=3001 is beyond 3000|memmap=1G$5G|watermark_scale=3001
		pkmap= no power of two|EINVAL|pkmap=100 is not a power of two, from 64 to 4096$|memmap=1G$5G|pkmap=100
		pkmap= one too few|EINVAL|pkmap=63 is not a power of two, from 64 to 4096$|memmap=1G$5G|pkmap=63
		pkmap= a power of two too small|EINVAL|pkmap=32 is less than 64$|memmap=1G$5G|pkmap=32
		pkmap= too large|EINVAL|pkmap=8192 is more than 4096$|memmap=1G$5G|pkmap=8192
		pkmap= zero|EINVAL|pkmap=0: high frames could not be mapped; leave it out for the default$|memmap=1G$5G|pkmap=0
		pkmap= negative|EINVAL|pkmap=-64 is not a power of two, from 64 to 4096$|memmap=1G$5G|pkmap=-64
		pkmap= a word|EINVAL|`many' invalid for parameter `pkmap'|memmap=1G$5G|pkmap=many
		pkmap= with its tables reserved|ENOMEM|no [0-9]+ kB of lowmem in one piece for pkmap's tables; reserve less$|memmap=1G$5G|reserve=32M@0
		kmap_force= a word|EINVAL|`maybe' invalid for parameter `kmap_force'|memmap=1G$5G|kmap_force=maybe
		dma32= a number|EINVAL|`2' invalid for parameter `dma32'|memmap=1G$5G|dma32=2
		memtest= negative|EINVAL|`-1' invalid for parameter `memtest'|memmap=1G$5G|memtest=-1
	END
}

in_the_way() {
	insmod $modules/annex_squatter.ko start=0x150000000 size=0x100000 || return 1
	refused_while_held
	status=$?
	rmmod annex_squatter || return 1
	return $status
}

# The rest of the range is free, and must not have been touched.
refused_while_held() {
	cp /tmp/iomem /tmp/iomem.without
	remember
	refused EBUSY '0x140000000-0x17fffffff, or some of it, is held by a driver' "memmap=1G\$5G" &&
		refused EBUSY '0x150000000-0x15fffffff, or some of it, is held by a driver' "memmap=1G\$5G" "claim=256M\$0x150000000" &&
		loads_and_goes "memmap=1G\$5G" "claim=256M\$5G" &&
		unchanged
	status=$?
	cp /tmp/iomem.without /tmp/iomem
	return $status
}

check 'it loads' load "memmap=1G\$5G"
check 'and goes' unload
check 'nothing of annex is there before' remember
bad_loads "${1:-}" | while read -r row; do
	check "bad load: ${row%%|*}" bad_load "$row"
done
check 'bad load: held by a driver' in_the_way

for memmap in "1G\$5G" "1g\$5g" "1024M\$5120M" "1048576k\$5242880K" "0x40000000\$0x140000000" \
	"1073741824\$5368709120" "010000000000\$050000000000" "0X400M\$0x1400m"; do
	check "good load: memmap=$memmap" same_pool "$memmap"
done
check 'good load: the other range' loads_and_goes "memmap=1G\$1G"
check 'nothing of annex is left' unchanged
finish
