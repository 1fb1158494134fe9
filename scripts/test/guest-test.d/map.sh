# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# Addresses for high frames, on page tables and TLBs as they are: kmap(),
# kmap_local(), the helpers, and the calls that a user must not make. In a guest
# of 5 GB and two CPUs with memmap=1G$5G.
#
# usage: map.sh threads    with the least table of slots, for which many threads
#                          are too many, and one load
#        map.sh params     other tables, and a pool that goes while frames are mapped

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

count() { awk -v name="$1" '$1 == name { print $2 }' $annex/vmstat; }

works() { exercise "$@" && valid; }
fails() { ! exercise "$@" && valid; }

# Slots, by what the last line of pkmap says: "N slots: N used by N, ...".
slots() { tail -n 1 $annex/pkmap; }

all_are_free() { exercise kmap_flush && same '64 slots: 0 used by 0, 0 unused, 64 free, 0 waiting' "$(slots)"; }

# More users than slots: they have waited, and all of them got on.
many_want_slots() {
	waits=$(count pkmap_waits)
	works kmap_hold ops=40 threads=257 pages=1024 || return 1
	sed -n '2s/^/note /p' $drive/report >>/tmp/notes
	same "$((257 * 40))" "$(sed -n '2s/ mappings.*//p' $drive/report)" || return 1
	[ "$(count pkmap_waits)" -gt "$waits" ]
}

# Threads sleep with mappings while others map at the same addresses.
mappings_last_across_sleep() {
	works kmap_local ops=150 threads=200 || return 1
	sed -n '2,$p' $drive/report | tr '\n' ' ' | sed 's/^/note kmap_local across sleep: /; s/$/\n/' >>/tmp/notes
}

# Sets tlb and cal to the sums of these rows. Without another program, for the end
# of one can be a reason to ask a CPU for its TLB.
read_interrupts() {
	while read -r row first second _; do
		case $row in
		TLB:) tlb=$((first + second)) ;;
		CAL:) cal=$((first + second)) ;;
		esac
	done </proc/interrupts
}

# What the CPUs ask each other meanwhile is a few calls for the kernel's own sake,
# and nothing for TLBs: by what the exercise saw, by /proc/interrupts, and by
# annex's own count.
ten_million_pairs() {
	ours=$(count tlb_shootdowns)
	read_interrupts
	tlb_before=$tlb cal_before=$cal
	exercise kmap_local_pairs ops=10000000 threads=2 || return 1
	read_interrupts
	echo "note kmap_local: $(cat $drive/report); /proc/interrupts says TLB +$((tlb - tlb_before)), CAL +$((cal - cal_before))" |
		tee -a /tmp/notes
	grep -q '^10000000 pairs in [0-9]* ms, 0 TLB interrupts, [0-9]* calls$' $drive/report || return 1
	same "$ours" "$(count tlb_shootdowns)" && same "$tlb_before" "$tlb" || return 1
	[ $((cal - cal_before)) -lt 1000 ] && valid
}

# One interrupt may be the kernel's own. Those of 10,000,000 pairs come again.
pairs_interrupt_nobody() { ten_million_pairs || ten_million_pairs; }

sweeps() {
	works sweep "name=$1" || return 1
	sed "s/^/note sweep by $1: /" $drive/report >>/tmp/notes
}

list_is_complete() {
	{ bad_maps | cut -d ' ' -f 1 && echo local_lowmem_is_mapped; } | sort >/tmp/here
	sort $drive/bad_maps >/tmp/there
	diff /tmp/here /tmp/there
}

bad_map() {
	forget_log
	before=$(count annex_bad_map)
	exercise bad_map "name=$1" || return 1
	valid || return 1
	log_lines >/tmp/lines
	cat /tmp/lines
	after=$(count annex_bad_map)
	if [ "$2" = - ]; then
		[ ! -s /tmp/lines ] && same "$before" "$after"
	else
		same 1 "$(wc -l </tmp/lines)" && grep -qE "^annex: $2" /tmp/lines &&
			same $((before + 1)) "$after"
	fi
}

# The log's line, or - where the caller is told and the log is not.
bad_maps() {
	foreign='[+-][0-9]+ bytes from the first of the pool.s 262144 descriptors is none;'
	atomic='frame 0x[0-9a-f]+ is wanted in atomic context, where nobody may sleep for a slot; use annex_kmap_local_page\(\); called by kmap_'
	nobody='frame 0x[0-9a-f]+ has no user; call it once for each annex_kmap\(\); called by kunmap_'
	null='refused \(-EFAULT\): NULL is no descriptor; called by'
	slot='kunmap_local refused \(-EINVAL\): slot'
	strange="kunmap_local refused \\(-EINVAL\\): the address is none of this CPU's slots; called by local_"
	beyond='refused \(-ERANGE\): the bytes go beyond the end of the page; called by'
	cat <<-END
		kmap_null kmap refused \\(-EFAULT\\): NULL is no descriptor;
		kmap_foreign kmap refused \\(-EFAULT\\): $foreign
		kmap_misaligned kmap refused \\(-EFAULT\\): $foreign
		kmap_preempt_off kmap refused \\(-EINVAL\\): $atomic
		kmap_irqs_off kmap refused \\(-EINVAL\\): $atomic
		kmap_irqs_off_lowmem kmap refused \\(-EINVAL\\): $atomic
		flush_irqs_off kmap_flush_unused refused \\(-EINVAL\\): in atomic context nobody may wait for the other CPUs;
		kunmap_null kunmap refused \\(-EFAULT\\): NULL is no descriptor;
		kunmap_foreign kunmap refused \\(-EFAULT\\): $foreign
		kunmap_never_mapped kunmap refused \\(-EALREADY\\): $nobody
		kunmap_unbalanced kunmap refused \\(-EALREADY\\): $nobody
		kunmap_after_flush kunmap refused \\(-EALREADY\\): $nobody
		high_get_foreign kmap_high_get refused \\(-EFAULT\\): NULL is no descriptor;
		local_null kmap_local $null local_null
		local_foreign kmap_local refused \\(-EFAULT\\): $foreign
		local_beyond_pool kmap_local refused \\(-EFAULT\\): the pool has no such frame; called by local_beyond_pool
		atomic_foreign kmap_atomic $null atomic_foreign
		local_too_many kmap_local refused \\(-ENOSPC\\): this CPU's 16 slots are in use; .*called by local_too_many
		local_wrong_order $slot 0 of this CPU was not the last to be mapped, unmap slot 1 first; called by local_wrong_order
		local_twice $slot 0 of this CPU is not mapped; called by local_twice
		local_null_address $strange
		local_strange_address $strange
		local_address_of_kmap $strange
		local_address_of_atomic $slot 0 of this CPU was mapped by annex_kmap_atomic\\(\\); called by local_address_of_atomic
		atomic_address_of_local kunmap_atomic refused \\(-EINVAL\\): slot 0 of this CPU was mapped by annex_kmap_local_page\\(\\); called by atomic_address_of_local
		local_from_interrupt $slot 0 of this CPU was mapped by the context that this one has interrupted; called by intrude
		to_page_too_long memcpy_to_page $beyond to_page_too_long
		to_page_offset memcpy_to_page $beyond to_page_offset
		to_page_wraps memcpy_to_page $beyond to_page_wraps
		to_page_foreign kmap_local $null to_page_foreign
		from_page_too_long memcpy_from_page $beyond from_page_too_long
		from_page_foreign kmap_local refused \\(-EFAULT\\): $foreign
		memcpy_page_to_too_long memcpy_page $beyond memcpy_page_to_too_long
		memcpy_page_from_too_long memcpy_page $beyond memcpy_page_from_too_long
		memcpy_page_foreign kmap_local $null memcpy_page_foreign
		memset_too_long memset_page $beyond memset_too_long
		zero_user_too_long (zero_user|memset_page) $beyond zero_user_too_long
		copy_foreign kmap_local $null copy_foreign
		copy_to_foreign kmap_local $null copy_to_foreign
		clear_foreign kmap_local $null clear_foreign
		local_lowmem_is_direct -
		kmap_to_page_foreign -
	END
}

lost() { awk '/^cpu / { n += $NF } END { print n }' $annex/kmap_local; }

# A thread that ends with mappings is told of, and they are undone.
thread_ends_with_mappings() {
	before=$(lost)
	forget_log
	works kmap_local_lose blocks=3 || return 1
	same $((before + 3)) "$(lost)" || return 1
	log_lines | tee /tmp/lines
	same 1 "$(wc -l </tmp/lines)" &&
		grep -qE '^annex: thread [0-9]+ has ended with mappings of annex_kmap_local_page\(\), .*; on CPU [01], [0-9]+ such mappings were undone' /tmp/lines
}

# In pkmap stand those frames that were mapped, and nothing else.
pkmap_has_what_is_used() {
	exercise kmap_keep blocks=5 && exercise kmap_flush || return 1
	same '64 slots: 5 used by 5, 0 unused, 59 free, 0 waiting' "$(slots)" &&
		same 7 "$(wc -l <$annex/pkmap)" && valid
}

# What annex says when it goes, though five frames are mapped; see unplug.sh.
says_at_unload() {
	forget_log
	rmmod annex_exercise || return 1
	log_lines | tee /tmp/lines
	grep -q '^annex: 5 frames are mapped by annex_kmap(), the first is 0x' /tmp/lines || return 1
	echo 1 >/sys/module/annex/parameters/force_unload
	forget_log
	unload || return 1
	log_lines | tee /tmp/lines
	for line in '3 kmap_local mappings were never undone' '5 frames were never given to annex_kunmap\(\)' unloaded; do
		grep -qxE "annex: $line" /tmp/lines || { echo "no line $line" && return 1; }
	done
	grep -q '^annex: what was not given back may be in use' /tmp/lines &&
		grep -q '^annex: hibernation is not refused any more' /tmp/lines && same 5 "$(wc -l </tmp/lines)"
}

mode_is() { same "$1" "$(stat -c %a "$annex/$2")"; }
reads_backwards() { /test/reread "$annex/$1"; }

slots_are() {
	same "$1 slots: 0 used by 0, 0 unused, $1 free, 0 waiting" "$(slots)" && valid
}

pool_with() {
	load "memmap=1G\$5G" "$@" && insmod $modules/annex_exercise.ko
}

# The kernel is patched while one CPU is up; see scripts/test/guest --at-once.
second_cpu() {
	echo "$1" >/sys/devices/system/cpu/cpu1/online
	same "$1" "$(cat /sys/devices/system/cpu/cpu1/online)" && valid
}

goes() { rmmod annex_exercise && unload && unchanged; }

check 'nothing of annex is there before' remember
case $1 in
threads)
	check 'a pool with 64 slots loads' pool_with pkmap=64
	check 'and a second CPU comes' second_cpu 1
	capture 'pool' pages=262144 pkmap=64
	for file in pkmap kmap_local; do
		check "$file has mode 400" mode_is 400 $file
		check "$file can be read backwards" reads_backwards $file
	done
	check 'on two CPUs, remaps show the right frames' works kmap_remap ops=50000 threads=2 pages=256
	check 'what is still mapped may have another owner' works random ops=2000 threads=2
	check 'four times as many threads as slots get theirs' many_want_slots
	check 'and none of it is left' all_are_free
	check 'mappings of kmap_local last across sleep, under interrupts' mappings_last_across_sleep
	check 'and an interrupt in the middle of each call' works kmap_local_watch ops=1000
	check 'ten million pairs of kmap_local interrupt no CPU' pairs_interrupt_nobody
	check 'the helpers do to frames what they do to memory' works helpers ops=20000
	check 'all of the pool is written and verified by kmap_local' sweeps local
	check 'a page every 2 MB by kmap' sweeps kmap
	capture 'pool after that' pages=262144 pkmap=64

	check 'the list of bad calls is complete' list_is_complete
	bad_maps | while read -r call line; do
		check "bad mapping: $call" bad_map "$call" "$line"
	done
	check 'the second CPU goes' second_cpu 0
	check 'it goes' goes
	;;
params)
	check 'a pool with 4096 slots loads' pool_with pkmap=4096
	capture 'pool with 4096 slots' pages=262144 pkmap=4096
	check 'they are there' slots_are 4096
	check 'and are used' works kmap_remap ops=20000 threads=2 pages=8192
	check 'it goes' goes

	check 'a pool that maps lowmem loads' pool_with kmap_force=1
	capture 'pool that maps lowmem' pages=262144 kmap_force=1
	check 'it has the default of 512 slots' slots_are 512
	check 'frames of lowmem are mapped, too' works bad_map name=local_lowmem_is_mapped
	check 'and have no address for ever then' fails bad_map name=local_lowmem_is_direct
	check 'and the helpers work' works helpers ops=5000
	check 'and all of the pool' sweeps local
	check 'it goes' goes

	check 'a pool with 64 slots loads' pool_with pkmap=64
	check 'a thread that ends with mappings is told of' thread_ends_with_mappings
	check 'pkmap has the frames that are mapped' pkmap_has_what_is_used
	capture 'pool with frames mapped' pages=262144 pkmap=64
	check 'annex goes, and tells what was never undone' says_at_unload
	;;
esac
[ "${PLAN:-}" ] || [ ! -e /tmp/notes ] || cat /tmp/notes
finish
