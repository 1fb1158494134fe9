# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# A pool of 1 GB at 5 GB: its files, a random load, the calls that a user must
# not make. In a guest with memmap=1G$5G: of 5 GB, whose RAM ends there, and of 6 GB,
# where RAM lies above the pool.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

# taken_by_a_load: kB of the host's; the pool stays. What CPUs have put by makes it more or
# less by some 50 kB, so the least of three counts.
taken_by_a_load() {
	sync
	before=$(host_free)
	load "memmap=1G\$5G" || return 1
	echo $((before - $(host_free)))
}

# Loaded once before, so that page tables of the kernel's, which it keeps, and
# the like are there.
metadata_is_small() {
	load "memmap=1G\$5G" && unload || return 1
	taken=$(taken_by_a_load) || return 1
	for _ in 2 3; do
		unload || return 1
		now=$(taken_by_a_load) || return 1
		[ "$now" -ge "$taken" ] || taken=$now
	done
	descriptors=$(sed -n 's/^    pool .*descriptors \([0-9]*\) kB.*/\1/p' $annex/layout)
	echo "$descriptors kB of descriptors, $taken kB of the host's, module and all"
	# 0.25 % of 1 GB; newer kernels have the module itself in more pages: 0.27 %.
	case $(uname -r) in
	6.1.*) most=2621 ;;
	*) most=2831 ;;
	esac
	[ $((descriptors + taken)) -lt $most ] && [ "$descriptors" -ge 2048 ]
}

iomem_shows_the_pool() {
	cat >/tmp/expected <<-END
		  140000000-17fffffff : annex
		    140000000-140ffffff : annex DMA
		    141000000-141ffffff : annex Normal
		      141fe3000-141ff3fff : annex page tables
		      141ff4000-141ffbfff : annex vmalloc
		      141ffc000-141ffffff : annex pkmap
		    142000000-17fffffff : annex HighMem
		      17fdfe000-17fffffff : annex descriptors
	END
	grep annex /proc/iomem >/tmp/found
	diff /tmp/expected /tmp/found
}

# dry_counts: what the three runs of "dry" are to get of each zone, by zoneinfo:
# more than min and what the zone keeps from the request has to be left. A
# request that cannot wait goes three eighths as deep.
dry_counts() {
	awk '
		function take(zone, mark, reserve) {
			n = free[zone] - mark - reserve
			if (n < 0)
				n = 0
			free[zone] -= n
			return n
		}
		function run(name, top, atomic) {
			line = name
			for (i = 1; i <= 3; i++) {
				mark = min[zones[i]]
				if (atomic) {
					mark -= int(mark / 2)
					mark -= int(mark / 4)
				}
				line = line " " zones[i] " " (i > top ? 0 : take(zones[i], mark, reserve[zones[i], top]))
			}
			print line
		}
		/^Node/ { zone = $4 }
		$1 == "pages" && $2 == "free" { free[zone] = $3 }
		$1 == "min" { min[zone] = $2 }
		$1 == "protection:" {
			gsub(/[(),]/, "")
			reserve[zone, 2] = $4
			reserve[zone, 3] = $5
		}
		END {
			split("DMA Normal HighMem", zones)
			run("GFP_HIGHUSER", 3, 0)
			run("GFP_KERNEL", 2, 0)
			run("GFP_ATOMIC", 2, 1)
			for (i = 1; i <= 3; i++)
				print zones[i], free[zones[i]]
		}' $annex/zoneinfo
}

# To the frame, and what zoneinfo says is left is what is left.
runs_dry_as_zoneinfo_says() {
	dry_counts >/tmp/expected
	exercise dry || return 1
	{
		cat $drive/report
		for name in DMA Normal HighMem; do
			echo "$name $(zone $name free)"
		done
	} >/tmp/found
	cat /tmp/found
	diff /tmp/expected /tmp/found && valid
}

refuses_one_more() { ! exercise hold blocks=1 gfp=atomic; }

comes_back_whole() {
	exercise drop && free_lists_are_as_before && valid
}

stays_in_use() { ! unload; }
mode_is() { same "$1" "$(stat -c %a "$annex/$2")"; }
reads_backwards() { /test/reread "$annex/$1"; }

# The zones with pageblocks that are kept for atomic requests, by now.
zones_kept_for_atomic() {
	awk '/^Number of blocks type/ {
		for (i = 1; i <= NF; i++)
			if ($i == "HighAtomic")
				column = i
		next
	     }
	     column && $column { print $4 }' $annex/pagetypeinfo
}

remember_free_lists() {
	cp $annex/buddyinfo /tmp/buddyinfo
	zones_kept_for_atomic >/tmp/kept
}

# fold ZONES FILE: buddyinfo, with blocks of order 10 as two of order 9 in those
# zones and as they are in all others.
fold() {
	awk 'FILENAME == ARGV[1] { folded[$1] = 1; next }
	     $4 in folded { $14 += 2 * $15; $15 = "" }
	     { print }' "$1" "$2"
}

# What was allocated and freed leaves the free lists as they were: the largest
# blocks that the frames can make are always the same ones. But what is kept for
# atomic requests does not merge with what is not: in a zone that has, or had,
# such pageblocks, and only there, a block of order 10 may be two of order 9.
free_lists_are_as_before() {
	{ cat /tmp/kept && zones_kept_for_atomic; } >/tmp/folded
	fold /tmp/folded /tmp/buddyinfo >/tmp/lists.before
	fold /tmp/folded $annex/buddyinfo >/tmp/lists
	diff /tmp/lists.before /tmp/lists
}

heals_after() {
	remember_free_lists
	exercise "$@" || return 1
	free_lists_are_as_before
}

events_add_up() {
	awk '/^pgalloc_/ { a += $2 } /^pgfree / { f = $2 }
	     END { print a, "frames allocated,", f, "freed"; exit !(a && a == f) }' $annex/vmstat
}

bad_call() {
	forget_log
	exercise bad "name=$1" || return 1
	valid || return 1
	log_lines >/tmp/lines
	cat /tmp/lines
	if [ "$2" = - ]; then
		[ ! -s /tmp/lines ]
	else
		same 1 "$(wc -l </tmp/lines)" && grep -qE "^annex: $2" /tmp/lines
	fi
}

# The caller that the line names, not a function of annex's.
caller_is_named() {
	forget_log
	exercise bad name=free_locked
	log_lines | tee /tmp/lines
	grep -q 'called by free_locked \[annex_exercise\]' /tmp/lines
}

list_is_complete() {
	bad_calls | cut -d ' ' -f 1 | sort >/tmp/here
	sort $drive/bad_calls >/tmp/there
	diff /tmp/here /tmp/there
}

# The log's line, or - where the caller is told and the log is not. The log
# takes 50 refusals in 5 seconds: hence the pause before those of vmalloc.
bad_calls() {
	cat <<-'END'
		double_free free refused \(-EALREADY\): frame 0x[0-9a-f]+ \([A-Za-z]+\) is free already: cached, order 0,
		double_free_merged free refused \(-EALREADY\): frame 0x[0-9a-f]+ \([A-Za-z]+\) is free already: inner,
		free_null free refused \(-EFAULT\): NULL is no descriptor;
		free_foreign free refused \(-EFAULT\): [+-][0-9]+ bytes from the first of the pool's 262144 descriptors is none;
		free_misaligned free refused \(-EFAULT\): \+[0-9]+ bytes from the first of the pool's 262144 descriptors is none;
		free_below_mem_map free refused \(-EFAULT\): -8 bytes from the first of the pool's 262144 descriptors is none;
		free_beyond_mem_map free refused \(-EFAULT\): \+134217720 bytes from the first of the pool's 262144 descriptors is none;
		free_reserved free refused \(-EPERM\): frame 0x0 \(DMA\) is reserved or annex's own, and never handed out
		free_descriptor free refused \(-EPERM\): frame 0x3fdfe \(HighMem\) is reserved or annex's own, and never handed out
		free_order_11 free refused \(-ERANGE\): frame .* is a block of another order: used, order 0,
		free_order_too_small free refused \(-ERANGE\): frame .* is a block of another order: used, order 3,
		free_order_too_large free refused \(-ERANGE\): frame .* is a block of another order: used, order 3,
		free_tail free refused \(-EINVAL\): frame .* lies inside a block, whose head is to be given: inner,
		free_tail_of_compound free refused \(-EINVAL\): frame .* lies inside a block, whose head is to be given: inner,
		free_odd_pfn free refused \(-EINVAL\): frame .* lies inside a block, whose head is to be given: inner,
		free_locked free refused \(-EBUSY\): frame .* is relied on still, .* flags 0x8,
		free_slab free refused \(-EBUSY\): frame .* is relied on still, .* flags 0x40,
		free_private free refused \(-EBUSY\): frame .* is relied on still, .* flags 0x100,
		put_locked put refused \(-EBUSY\): frame .* is relied on still, .* flags 0x8,
		put_after_free put refused \(-EALREADY\): frame .* is free already
		put_unbalanced put refused \(-EALREADY\): frame .* is free already
		put_reserved put refused \(-EPERM\): frame 0x0 \(DMA\) is reserved or annex's own, and never handed out
		put_foreign put refused \(-EFAULT\): [+-][0-9]+ bytes from the first of the pool's 262144 descriptors is none;
		put_tail put refused \(-EINVAL\): frame .* lies inside a block
		get_free get refused \(-EALREADY\): frame .* is free already
		get_reserved get refused \(-EPERM\): frame 0x3fdfe \(HighMem\) is reserved or annex's own, and never handed out
		get_null get refused \(-EFAULT\): NULL is no descriptor;
		get_tail get refused \(-EINVAL\): frame .* \(HighMem\) lies inside a block
		alloc_order_11 alloc refused \(-EINVAL\): the order is beyond 10, the largest
		alloc_order_32 alloc refused \(-EINVAL\): the order is beyond 10, the largest
		alloc_dma_highmem alloc refused \(-EINVAL\): the gfp flags name more than one of DMA, DMA32 and HIGHMEM
		alloc_dma_dma32 alloc refused \(-EINVAL\): the gfp flags name more than one of DMA, DMA32 and HIGHMEM
		pfn_beyond_pool pfn_to_page refused \(-ERANGE\): the pool has no such frame
		page_to_pfn_foreign page_to_pfn refused \(-EFAULT\): \+[0-9]+ bytes from the first of the pool's 262144 descriptors is none;
		page_to_phys_foreign page_to_pfn refused \(-EFAULT\): NULL is no descriptor;
		page_address_foreign address refused \(-EFAULT\): NULL is no descriptor;
		va_outside_lowmem va refused \(-ERANGE\): the physical address is not one of lowmem
		pa_outside_lowmem pa refused \(-ERANGE\): the address is not in the pool's direct map
		private_too_wide set_page_private refused \(-ERANGE\): the value has more than 24 bits
		private_of_free set_page_private refused \(-EINVAL\): frame .* (is in no state for this|lies inside a block)
		flag_of_annex flag refused \(-EINVAL\): it is none, or one that annex keeps for itself
		flag_of_heap flag refused \(-EINVAL\): it is none, or one that annex keeps for itself
		flag_beyond flag refused \(-EINVAL\): it is none, or one that annex keeps for itself
		flag_foreign flag refused \(-EFAULT\): NULL is no descriptor
		flag_of_free -
		isolate_beyond_pool isolate refused \(-ERANGE\): the pool has no such frame
		isolate_twice isolate refused \(-EALREADY\): the pageblock is isolated already
		unisolate_what_is_not unisolate refused \(-EALREADY\): the pageblock is not isolated
		free_with_second_user -
		vfree_twice vfree refused \(-EINVAL\): no area begins there, or it was given up before;
		vfree_purged vfree refused \(-EINVAL\): no area begins there, or it was given up before;
		vfree_inside vfree refused \(-EINVAL\): it lies inside an area, whose first address is to be given;
		vfree_foreign vfree refused \(-EINVAL\): no area begins there, or it was given up before;
		vfree_of_vmap vfree refused \(-EINVAL\): annex_vfree\(\) is for vmalloc,
		vunmap_of_vmalloc vunmap refused \(-EINVAL\): annex_vfree\(\) is for vmalloc,
		unmap_ram_of_another_number vm_unmap_ram refused \(-EINVAL\): the area there has another number of frames, or ends before that;
		vmalloc_of_nothing vmalloc refused \(-EINVAL\): it is for nothing; ask for a byte or more;
		vmalloc_too_large vmalloc refused \(-ENOSPC\): the vmalloc window has no place for [0-9]+ pages and a guard page: of its [0-9]+ pages [0-9]+ are free, [0-9]+ at most in a row; load annex with a larger vmalloc=;
		vmalloc_where_no_window_is vmalloc refused \(-ENOSPC\): the vmalloc window has no place for 2 pages and a guard page at a multiple of 2097152 kB: of its [0-9]+ pages [0-9]+ are free, [0-9]+ at most in a row; load annex with a larger vmalloc=;
		vmalloc_in_atomic_context vmalloc refused \(-EINVAL\): in atomic context nobody may sleep for it;
		vmalloc_at_odd_places vmalloc refused \(-EINVAL\): an alignment is a power of two;
		vmap_of_no_frame vmap refused \(-EFAULT\): NULL is no descriptor;
		vmap_of_null vmap refused \(-EFAULT\): NULL has no frames;
		map_ram_of_null vmap refused \(-EFAULT\): NULL has no frames;
		vmap_that_nobody_sees vmap refused \(-EINVAL\): its protection has no present bit; try PAGE_KERNEL;
		vmap_that_gives_frames_away vmap refused \(-EINVAL\): annex knows no flag but VM_MAP here;
		ioremap_of_ram ioremap refused \(-EBUSY\): 0x1000000-0x1000fff overlaps System RAM
		ioremap_of_the_pool ioremap refused \(-EBUSY\): .* is of the pool itself; use annex_kmap\(\) or annex_vmap\(\)
		ioremap_beyond_the_cpu ioremap refused \(-ERANGE\): .* lies beyond the 40 address bits
		ioremap_that_wraps ioremap refused \(-ERANGE\): 0xfffffffffffff000 plus the size is beyond the largest address;
		drain_irqs_off drain_all_pages refused \(-EINVAL\): in atomic context nobody may sleep for it;
		drain_preempt_off drain_all_pages refused \(-EINVAL\): in atomic context nobody may sleep for it;
		unmap_aliases_irqs_off vm_unmap_aliases refused \(-EINVAL\): in atomic context nobody may sleep for it;
		unmap_aliases_preempt_off vm_unmap_aliases refused \(-EINVAL\): in atomic context nobody may sleep for it;
		isolate_irqs_off isolate refused \(-EINVAL\): in atomic context nobody may sleep for it;
		lock_irqs_off lock_page refused \(-EINVAL\): in atomic context nobody may sleep for it;
		lock_preempt_off lock_page refused \(-EINVAL\): in atomic context nobody may sleep for it;
		wait_on_page_irqs_off wait_on_page_locked refused \(-EINVAL\): in atomic context nobody may sleep for it;
		wait_writeback_irqs_off wait_writeback refused \(-EINVAL\): in atomic context nobody may sleep for it;
		register_irqs_off register_shrinker refused \(-EINVAL\): in atomic context nobody may sleep for it;
		unregister_irqs_off unregister_shrinker refused \(-EINVAL\): in atomic context nobody may sleep for it;
		register_null register_shrinker refused \(-EFAULT\): NULL is no shrinker;
		unregister_null unregister_shrinker refused \(-EFAULT\): NULL is no shrinker;
		free_table free refused \(-EBUSY\): frame .* is relied on still, .* flags 0x80,
		clear_table_flag flag refused \(-EPERM\): the frame is a page table;
		flag_on_a_table flag refused \(-EPERM\): the frame is a page table;
		lock_table lock_page refused \(-EPERM\): frame .* is reserved or annex's own, and never handed out: used,
		trylock_table trylock_page refused \(-EPERM\): frame .* is reserved or annex's own, and never handed out: used,
		private_of_table set_page_private refused \(-EBUSY\): frame .* is relied on still, .* flags 0x80,
		flag_of_tables flag refused \(-EINVAL\): it is none, or one that annex keeps for itself;
	END
}

check 'nothing of annex is there before' remember
check 'metadata takes less than 0.25 % of 1 GB, or 0.27 on newer kernels' metadata_is_small
check '/proc/iomem shows the pool and its parts' iomem_shows_the_pool
capture 'pool' pages=262144
for file in zoneinfo buddyinfo vmstat memblock/memory memblock/reserved; do
	check "$file has mode 444" mode_is 444 $file
	check "$file can be read backwards" reads_backwards $file
done
for file in pagetypeinfo slabinfo layout validate; do
	check "$file has mode 400" mode_is 400 $file
	check "$file can be read backwards" reads_backwards $file
done

check 'a module that uses annex loads' insmod $modules/annex_exercise.ko
check 'a random load' heals_after random ops=5000 seed=1
check 'the pool is valid after it' valid
check 'a random load by two threads' heals_after random ops=4000 threads=2
check 'the pool is valid after that' valid
check 'a random load by four threads' heals_after random ops=2000 threads=4
check 'the pool is valid after that too' valid
check 'the last megabyte keeps contents' heals_after last_megabyte pages=262144
check 'what was allocated was freed' events_add_up

check 'blocks are held' exercise hold blocks=20000 gfp=movable
check 'and some in lowmem' exercise hold blocks=500 order=2 gfp=kernel
check 'and the pool is in pieces' exercise drop every=3
capture 'pool in pieces' pages=262144
check 'and whole again' exercise drop
check 'freeing many frames lets others run, but not where nobody may sleep' exercise resched
capture 'pool whole again' pages=262144

check 'a pool driven dry stops where zoneinfo says' runs_dry_as_zoneinfo_says
check 'dry, it refuses the next one' refuses_one_more
check 'and all of it comes back' comes_back_whole

check 'the list of bad calls is complete' list_is_complete
bad_calls | while read -r call line; do
	[ "$call" != vfree_twice ] || [ "${PLAN:-}" ] || sleep 6
	check "bad call: $call" bad_call "$call" "$line"
done
check 'a refusal names the caller' caller_is_named
capture 'pool after bad calls' pages=262144

check 'hibernation is refused' hibernation_is_refused
check 'annex does not go while it is in use' stays_in_use
check 'the user of annex goes' rmmod annex_exercise
check 'annex goes' unload
check 'nothing of annex is left' unchanged
finish
