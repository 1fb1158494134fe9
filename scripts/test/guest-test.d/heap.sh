# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# The heap: a million calls on two CPUs, as it is and watched; what its users get
# wrong; slabinfo. In a guest of 5 GB with memmap=1G$5G and two CPUs.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

mode_is() { same "$1" "$(stat -c %a "$annex/$2")"; }
vm() { awk -v name="$1" '$1 == name { print $2 }' $annex/vmstat; }

# All that slabinfo has of users' objects; and frames of slabs.
active() { awk 'NR > 2 { n += $2 } END { print n + 0 }' $annex/slabinfo; }
slab_frames() { echo $(($(vm nr_slab_reclaimable) + $(vm nr_slab_unreclaimable))); }

# Every frame is back, in blocks as large as before, and nobody complained.
all_back() {
	same 0 "$(active)" && same 0 "$(slab_frames)" || return 1
	diff /tmp/buddyinfo $annex/buddyinfo && valid
}

# traffic_of COMMAND ARGUMENT...
traffic_of() {
	cp $annex/buddyinfo /tmp/buddyinfo
	forget_log
	exercise "$@" || return 1
	cat $drive/report
	same '' "$(log_lines)" && all_back
}

# All requests of more than a page became areas, none of them with a word.
falls_back() {
	traffic_of kvmalloc ops=2000 seed=6 every=2 || return 1
	grep -qx '[1-9][0-9]* of 2000 were areas, 0 of a page or less; 0 larger ones were none' $drive/report
}

bad_heap() {
	forget_log
	exercise bad_heap "name=$1" || return 1
	log_lines >/tmp/lines
	cat /tmp/lines
	all_back || return 1
	if [ "$2" = - ]; then
		[ ! -s /tmp/lines ]
	else
		same 1 "$(wc -l </tmp/lines)" && grep -qE "^annex: $2" /tmp/lines
	fi
}

list_is_complete() {
	bad_calls | cut -d ' ' -f 1 | sort >/tmp/here
	sort $drive/bad_heap >/tmp/there
	diff /tmp/here /tmp/there
}

# The log's line, or - where the kernel's own answer is silence.
bad_calls() {
	cat <<-'END'
		kfree_twice kfree refused \(-EALREADY\): frame 0x[0-9a-f]+\+0x[0-9a-f]+ \(kmalloc-64\): the object is free already; called by kfree_twice
		kfree_twice_with_others_between kfree refused \(-EALREADY\): frame .* \(kmalloc-64\): the object is free already;
		kfree_large_twice kfree refused \(-EALREADY\): frame 0x[0-9a-f]+\+0x0 \(no object\): its frame is free: it was given back already;
		kfree_interior kfree refused \(-EINVAL\): frame .* \(no object\): it lies inside an object or between two;
		kfree_odd kfree refused \(-EINVAL\): frame .* it lies inside an object or between two;
		kfree_interior_of_large kfree refused \(-EINVAL\): frame .* it lies inside a large object;
		kfree_of_stack kfree refused \(-EFAULT\): it is no address of the pool's lowmem;
		kfree_of_host kfree refused \(-EFAULT\): it is no address of the pool's lowmem;
		kfree_of_frame kfree refused \(-EPERM\): frame .* its frame is none of the heap's objects;
		kfree_of_free_frame kfree refused \(-EALREADY\): frame .* its frame is free
		kfree_of_reserved kfree refused \(-EPERM\): frame 0x0\+0x0 \(no object\): its frame is none of the heap's objects;
		kfree_null -
		kfree_of_nothing -
		kmalloc_too_large kmalloc refused \(-E2BIG\): the largest block has 4 MB;
		kmalloc_wrapped kmalloc refused \(-E2BIG\): the largest block has 4 MB;
		kmalloc_array_overflows -
		ksize_of_freed ksize refused \(-EALREADY\): frame .* \(kmalloc-64\): the object is free already;
		krealloc_of_freed ksize refused \(-EALREADY\): frame .* \(kmalloc-64\): the object is free already;
		flag_on_a_slab flag refused \(-EPERM\): the frame is the heap's;
		kvfree_twice kvfree refused \(-EINVAL\): no area begins there, or it was given up before;
		kvfree_interior kvfree refused \(-EINVAL\): it lies inside an area, whose first address is to be given;
		kvfree_odd kvfree refused \(-EINVAL\): it lies inside an area, whose first address is to be given;
		kvfree_of_host kfree refused \(-EFAULT\): it is no address of the pool's lowmem;
		kvfree_object_twice kfree refused \(-EALREADY\): frame .* \(kmalloc-128\): the object is free already;
		kvfree_null -
		kvfree_of_nothing -
		kvmalloc_array_overflows -
		kvcalloc_overflows -
		kvmalloc_too_large vmalloc refused \(-ENOSPC\): the vmalloc window has no place for [0-9]+ pages and a guard page: of its [0-9]+ pages [0-9]+ are free, [0-9]+ at most in a row; load annex with a larger vmalloc=;
		kvmalloc_of_2_gb kvmalloc refused \(-E2BIG\): nobody has 2 GB in one piece;
		cache_free_twice kmem_cache_free refused \(-EALREADY\): frame .* \(exercise\): the object is free already;
		cache_free_of_another kmem_cache_free refused \(-EXDEV\): frame .* \(kmalloc-128\): the object is of another cache;
		cache_destroy_busy kmem_cache_destroy refused \(-EBUSY\): cache exercise still has 1 objects;
		cache_destroy_foreign kmem_cache_destroy refused \(-EINVAL\): the argument is no cache that a caller has made;
		cache_alloc_from_none heap alloc refused \(-EINVAL\): the argument is no cache, or one that was destroyed;
		cache_with_a_blank kmem_cache_create refused \(-EINVAL\): the name has blanks
		rcu_twice kvfree_rcu refused \(-EALREADY\): frame .* \(kmalloc-64\): the object is free already;
		rcu_and_kfree kfree refused \(-EALREADY\): frame .* \(no object\): the large object was given back, and waits for its readers;
		rcu_head_elsewhere kvfree_rcu refused \(-ERANGE\): the rcu_head does not lie in the object;
		rcu_of_host kvfree_rcu refused \(-EFAULT\): it is no address of the pool's lowmem;
		rcu_area_twice kvfree_rcu refused \(-EINVAL\): no area begins there, or it was given up before;
		rcu_wait_irqs_off kvfree_rcu refused \(-EINVAL\): in atomic context nobody may sleep for it;
		bulk_free_twice kfree refused \(-EALREADY\): frame .* \(kmalloc-64\): the object is free already
		pages_exact_twice free refused \(-EALREADY\): frame
		pages_exact_of_nothing alloc_pages_exact refused \(-EINVAL\): from 1 byte to 4 MB can be had in one piece;
		pages_by_wrong_address free_pages refused \(-EINVAL\): no frame begins at that address;
		split_of_compound split_page refused \(-EBUSY\): frame
		cache_with_a_colon kmem_cache_create refused \(-EINVAL\): the name has a colon
		cache_with_a_hash kmem_cache_create refused \(-EINVAL\): the name begins with #
		cache_with_foreign_letters kmem_cache_create refused \(-EINVAL\): the name has blanks or bytes that are no printable ASCII;
		cache_of_nothing kmem_cache_create refused \(-EINVAL\): objects have from 1 byte to 4 MB;
		cache_that_panics kmem_cache_create refused \(-EINVAL\): it has flags that annex does not know or cannot honour;
		cache_twice kmem_cache_create refused \(-EEXIST\): there is a cache of that name;
		cache_create_irqs_off kmem_cache_create refused \(-EINVAL\): in atomic context nobody may sleep for it;
		cache_shrink_irqs_off kmem_cache_shrink refused \(-EINVAL\): in atomic context nobody may sleep for it;
		cache_destroy_irqs_off kmem_cache_destroy refused \(-EINVAL\): in atomic context nobody may sleep for it;
		drop_slab_irqs_off drop_slab refused \(-EINVAL\): in atomic context nobody may sleep for it;
	END
}

# capture_slabinfo NAME WORD...
capture_slabinfo() {
	capture_for check_slabinfo "$@" || return 0
	send slabinfo $annex/slabinfo
	send vmstat $annex/vmstat
	send proc/slabinfo /proc/slabinfo
	echo 'file end'
}

# Frames run short, and the heap gives back what it does not use.
dry() { exercise dry && exercise drop && all_back; }

# A double free of an object that is watched: the line, and then its owners.
owners_are_named() {
	forget_log
	exercise bad_heap name=kfree_twice || return 1
	log_lines | tee /tmp/lines
	same 1 "$(grep -c 'kfree refused' /tmp/lines)" || return 1
	grep -qE '^annex: object last allocated by pid [0-9]+ on CPU [0-9]+, [0-9]+ jiffies ago$' /tmp/lines &&
		grep -qE '^annex: object last freed by pid [0-9]+ ' /tmp/lines &&
		same 2 "$(grep -c 'kfree_twice+0x.*\[annex_exercise\]' /tmp/lines)"
}

check 'nothing of annex is there before' remember
check 'annex loads' load "memmap=1G\$5G"
check 'a module that uses annex loads' insmod $modules/annex_exercise.ko
check 'slabinfo has mode 400' mode_is 400 slabinfo
check 'slabinfo can be read backwards' /test/reread $annex/slabinfo
capture_slabinfo 'a heap that is not used'
check 'a million calls on two CPUs' traffic_of heap ops=500000 threads=2
[ "${PLAN:-}" ] || say "note $(tail -n 1 $drive/report)"
check 'some more by four threads' traffic_of heap ops=20000 threads=4
check 'kvmalloc of either kind' traffic_of kvmalloc ops=20000 seed=5
check 'kvmalloc falls back where no frames are in a row' falls_back
check 'objects are held' exercise objects blocks=3000 seed=1
capture_slabinfo 'a heap in use' objects=3000
check 'and the pool is valid' valid
check 'they are given back' exercise objects
check 'all of them' all_back
check 'a dry pool gets its frames' dry

check 'the list of what users get wrong is complete' list_is_complete
bad_calls | while read -r call line; do
	check "bad use: $call" bad_heap "$call" "$line"
done
check 'memory is held that goes by RCU' exercise rcu blocks=2000 seed=3
check 'and others in its place' exercise rcu blocks=2000 seed=4
check 'the user of annex goes, and gives it back' rmmod annex_exercise
check 'annex goes, for nothing is held' unload

check 'a pool that is watched loads' load "memmap=1G\$5G" slab_debug=1
check 'the user of it loads' insmod $modules/annex_exercise.ko
check 'a million calls on two CPUs when watched' traffic_of heap ops=500000 threads=2
[ "${PLAN:-}" ] || say "note $(tail -n 1 $drive/report)"
check 'watched objects are held' exercise objects blocks=1000 seed=2
capture_slabinfo 'a heap that is watched' objects=1000
check 'the pool is valid with them' valid
check 'and without' exercise objects
check 'a refusal names the owners of an object' owners_are_named
check 'the user of it goes' rmmod annex_exercise
check 'it goes' unload
check 'nothing of annex is left' unchanged
finish
