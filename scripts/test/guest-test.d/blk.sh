# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# annex_blk: disks and swap in the pool. In a guest whose kernel has 512 MB, with
# memmap=2G$4G, two CPUs, and the kernel's modules for disks.

# shellcheck source=scripts/test/guest-test.d/disks.sh
. "${0%/*}/disks.sh"

ROUNDS=100
# kB that so many rounds may cost the kernel: see cycles.sh.
SLACK=200

queue_has() { same "$2" "$(attribute "queue/$1")"; }

# size_is MB: it has that, and nothing in it.
size_is() {
	same $(($1 << 20)) "$(blockdev --getsize64 $dev)" || return 1
	same $(($1 << 20)) "$(attribute disksize)" || return 1
	same 0 "$(used)"
}

has_size() { echo "$1M" >$attributes/disksize && size_is "$1"; }
as_new() { echo 1 >$attributes/reset && same 0 "$(attribute disksize)" && all_back; }

limits() {
	queue_has logical_block_size 512 && queue_has physical_block_size 4096 || return 1
	queue_has discard_granularity 4096 && queue_has rotational 0 && queue_has write_cache 'write through' || return 1
	[ "$(attribute queue/write_zeroes_max_bytes)" -gt 0 ] && [ "$(attribute queue/discard_max_bytes)" -gt 0 ]
}

# What user space is told.
is_told() {
	# shellcheck disable=SC2016 # uevent sets them for the other shell
	echo 'echo $ACTION $DEVNAME >>/tmp/uevents' >/tmp/listen
	: >/tmp/uevents
	uevent sh /tmp/listen &
	listener=$!
	sleep 0.5
	"$@" || { kill $listener && return 1; }
	sleep 0.5
	kill $listener
	cat /tmp/uevents
	grep -qx 'change annexblk0' /tmp/uevents
}

reads_as_zeros() {
	dd if=$dev bs=1M 2>/dev/null | tr -d '\0' | wc -c | grep -qx 0 || return 1
	same 0 "$(used)"
}

# All of 64 MB, as two seeds, the second over the first.
whole() {
	/test/blkio fill $dev 1 64 && /test/blkio check $dev 1 64 || return 1
	/test/blkio fill $dev 2 64 && /test/blkio check $dev 2 64 || return 1
	# Frames of data, and one of entries for 4 MB.
	same $(((64 << 20) + (16 << 12))) "$(used)" && valid
}

zeros_take_none() {
	dd if=/dev/zero of=$dev bs=1M count=64 oflag=direct 2>/dev/null || return 1
	same 0 "$(used)" && reads_as_zeros && all_back
}

# both COMMAND...: does to the device and to its model what makes bytes of one
# another's; they are equal then.
both() {
	"$@" /tmp/model && "$@" $dev
}

write_at() {
	dd if=/tmp/noise of="$4" bs=512 skip="$1" seek="$2" count="$3" conv=notrunc 2>/dev/null
}

like_the_model() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	head -c 1048576 $dev | cmp - /tmp/model
}

# 512-byte blocks, at 40 places of a megabyte, that begin and end within pages.
sub_pages() {
	head -c 262144 /dev/urandom >/tmp/noise
	dd if=/dev/zero of=/tmp/model bs=1M count=1 2>/dev/null
	i=0
	while [ $i -lt 40 ]; do
		both write_at $((i * 7)) $((i * 37 % 1900)) $((1 + i * 5 % 23)) || return 1
		i=$((i + 1))
	done
	like_the_model && valid
}

# Past the page cache, and so each bvec may lie across pages of the device.
sub_pages_direct() {
	i=0
	while [ $i -lt 20 ]; do
		write_at $((i * 3)) $((i * 91 % 1900)) $((1 + i * 11 % 60)) /tmp/model || return 1
		dd if=/tmp/noise of=$dev bs=512 skip=$((i * 3)) seek=$((i * 91 % 1900)) \
			count=$((1 + i * 11 % 60)) conv=notrunc oflag=direct 2>/dev/null || return 1
		i=$((i + 1))
	done
	like_the_model && valid
}

zero_model() { dd if=/dev/zero of=/tmp/model bs=512 seek="$1" count="$2" conv=notrunc 2>/dev/null; }

# discards SECTOR COUNT: not only pages.
discards() {
	zero_model "$1" "$2"
	blkdiscard -o $(($1 * 512)) -l $(($2 * 512)) $dev && like_the_model
}

discards_parts() {
	discards 3 2 && discards 13 1 && discards 15 2 && discards 21 30 && discards 64 8 && discards 100 700 && valid
}

zeroes_parts() {
	for range in '1001 3' '1007 2' '1013 91' '1200 8' '1300 500'; do
		# shellcheck disable=SC2086 # two numbers
		set -- $range
		zero_model "$1" "$2"
		/test/blkio zeroout $dev $(($1 * 512)) $(($2 * 512)) || return 1
	done
	like_the_model && valid
}

# gives_back COMMAND...: it leaves no frame.
gives_back() {
	/test/blkio fill $dev 3 64 && "$@" || return 1
	same 0 "$(used)" && all_back && reads_as_zeros
}

no_wait() { /test/blkio nowait $dev; }

no_wait_when_full() {
	echo 4K >$attributes/mem_limit
	/test/blkio fill $dev 1 1
	blkdiscard -o 0 -l 4096 $dev
	# The limit is one frame, which is used again.
	dd if=/tmp/noise of=$dev bs=4096 seek=9 count=1 oflag=direct 2>/dev/null || return 1
	status=0
	/test/blkio nowait $dev || status=$?
	echo 0 >$attributes/mem_limit
	same 11 $status
}

partitions() {
	printf 'n\np\n1\n\n+16M\nn\np\n2\n\n\nw\n' | fdisk -u $dev >/tmp/fdisk 2>&1
	sleep 0.5
	ls ${dev}p1 ${dev}p2 || { cat /tmp/fdisk && return 1; }
	/test/blkio fill ${dev}p1 4 16 && /test/blkio fill ${dev}p2 5 16 || return 1
	/test/blkio check ${dev}p1 4 16 && /test/blkio check ${dev}p2 5 16
}

# A partition that is open keeps the disk.
partition_keeps() {
	exec 8<${dev}p2
	is_busy reset 1 || return 1
	exec 8<&-
}

partitions_go() { as_new && ! ls ${dev}p1 ${dev}p2; }

read_only() {
	/test/blkio fill $dev 6 1 && blockdev --setro $dev || return 1
	same 1 "$(blockdev --getro $dev)" || return 1
	! dd if=/dev/zero of=$dev bs=4096 count=1 oflag=direct 2>/dev/null || return 1
	blockdev --setrw $dev && /test/blkio check $dev 6 1
}

is_counted() {
	echo 1 >$attributes/queue/iostats
	before=$(awk '{ print $5 }' $attributes/stat)
	/test/blkio fill $dev 7 1 || return 1
	after=$(awk '{ print $5 }' $attributes/stat)
	echo 0 >$attributes/queue/iostats
	[ "$after" -gt "$before" ] || { echo "$before writes, then $after" && return 1; }
}

# Two that write and check their halves, while a third discards between.
at_once() {
	for seed in 1 2 3; do
		/test/blkio fill $dev $seed 24 && /test/blkio check $dev $seed 24 || return 1
	done &
	first=$!
	i=0
	while [ $i -lt 60 ]; do
		dd if=/tmp/noise of=$dev bs=256K seek=$((100 + i)) count=1 conv=notrunc oflag=direct 2>/dev/null
		blkdiscard -o $(((100 + i) << 18)) -l 262144 $dev
		i=$((i + 1))
	done
	wait $first && valid
}

# bad_value "NAME|FILE|VALUE|ERRNO|LINE"
bad_value() {
	set -f
	IFS='|'
	# shellcheck disable=SC2086 # to be split, not to be matched
	set -- $1
	unset IFS
	set +f
	is_refused "$2" "$3" "$4" "$5"
}

# is_refused FILE VALUE ERRNO LINE
is_refused() {
	file=$attributes/$1
	[ "$1" != hot_remove ] || file=$control/$1
	forget_log
	status=0
	/test/blkio put "$file" "$2" || status=$?
	log_lines | tee /tmp/lines
	same "$(number_of "$3")" $status || return 1
	same 1 "$(wc -l </tmp/lines)" || return 1
	grep -qE "^annex_blk: $4" /tmp/lines
}

is_busy() { is_refused "$1" "$2" EBUSY "annexblk0: $1 refused: it is open, mounted or swap;"; }

bad_values() {
	cat <<-'END'
		disksize of a word|disksize|abc|EINVAL|annexblk0: disksize "abc" is not a size: wants a number with K, M or G, such as 8G
		disksize of an unknown suffix|disksize|8X|EINVAL|annexblk0: disksize "8X" is not a size
		disksize of two suffixes|disksize|8GG|EINVAL|annexblk0: disksize "8GG" is not a size
		disksize of a terabyte|disksize|1T|E2BIG|annexblk0: disksize 1073741824 kB refused: a device has at most 64G
		disksize below zero|disksize|-1|EINVAL|annexblk0: disksize "-1" is not a size
		disksize with a sign|disksize|+8M|EINVAL|annexblk0: disksize "\+8M" is not a size
		disksize with a blank before|disksize| 8M|EINVAL|annexblk0: disksize " 8M" is not a size
		disksize with a blank between|disksize|8 M|EINVAL|annexblk0: disksize "8 M" is not a size
		disksize of a suffix alone|disksize|G|EINVAL|annexblk0: disksize "G" is not a size
		disksize of half a number|disksize|0x|EINVAL|annexblk0: disksize "0x" is not a size
		disksize of a fraction|disksize|1.5G|EINVAL|annexblk0: disksize "1.5G" is not a size
		disksize of a list|disksize|8M,16M|EINVAL|annexblk0: disksize "8M,16M" is not a size
		disksize of many letters|disksize|8888888888888888888888888888888888888888|EINVAL|annexblk0: disksize "8{32}" is not a size
		disksize of no letters|disksize|XX|EINVAL|annexblk0: disksize "XX" is not a size
		disksize zero|disksize|0|EINVAL|annexblk0: disksize 0 refused: give 4K to 64G
		disksize over 64G|disksize|65G|E2BIG|annexblk0: disksize 68157440 kB refused: a device has at most 64G
		disksize a page over 64G|disksize|67108868K|E2BIG|annexblk0: disksize 67108868 kB refused: a device has at most 64G
		disksize of more than 64 bits|disksize|99999999999999999999|ERANGE|annexblk0: disksize "99999999999999999999" refused: it has more than 64 bits
		disksize of more by its suffix|disksize|99999999999999G|ERANGE|annexblk0: disksize "99999999999999G" refused: it has more than 64 bits
		mem_limit of a word|mem_limit|all|EINVAL|annexblk0: mem_limit "all" is not a size
		mem_limit below zero|mem_limit|-1|EINVAL|annexblk0: mem_limit "-1" is not a size
		mem_limit of an unknown suffix|mem_limit|8X|EINVAL|annexblk0: mem_limit "8X" is not a size
		mem_limit of percents|mem_limit|50%|EINVAL|annexblk0: mem_limit "50%" is not a size
		mem_limit of more than 64 bits|mem_limit|99999999999999999999|ERANGE|annexblk0: mem_limit "9+" refused: it has more than 64 bits
		reset of zero|reset|0|EINVAL|annexblk0: reset "0" refused: write 1
		reset of a word|reset|yes|EINVAL|annexblk0: reset "yes" refused: write 1
		reset below zero|reset|-1|EINVAL|annexblk0: reset "-1" refused: write 1
		reset of much|reset|65536|EINVAL|annexblk0: reset "65536" refused: write 1
		mem_used_max of one|mem_used_max|1|EINVAL|annexblk0: mem_used_max "1" refused: write 0
		mem_used_max of a word|mem_used_max|none|EINVAL|annexblk0: mem_used_max "none" refused: write 0
		mem_used_max below zero|mem_used_max|-1|EINVAL|annexblk0: mem_used_max "-1" refused: write 0
		mem_used_max of more than 32 bits|mem_used_max|4294967296|EINVAL|annexblk0: mem_used_max "4294967296" refused: write 0
		thick of two|thick|2|EINVAL|annexblk0: thick "2" refused: write 0 or 1
		thick of a word|thick|yes|EINVAL|annexblk0: thick "yes" refused: write 0 or 1
		thick below zero|thick|-1|EINVAL|annexblk0: thick "-1" refused: write 0 or 1
		thick of a number and more|thick|1x|EINVAL|annexblk0: thick "1x" refused: write 0 or 1
		hot_remove of a name|hot_remove|annexblk0|EINVAL|hot_remove "annexblk0" refused: wants the number of a device, such as 0 for annexblk0
		hot_remove below zero|hot_remove|-1|EINVAL|hot_remove "-1" refused: wants the number
		hot_remove of more than 32 bits|hot_remove|99999999999|ERANGE|hot_remove "99999999999" refused: wants the number
		hot_remove of no device|hot_remove|7|ENODEV|hot_remove 7 refused: there is no annexblk7
	END
}

# NAME | errno | line | parameters
bad_disks() {
	cat <<-'END'
		of nothing|EINVAL|disks= refused: "" is not a size; wants numbers with K, M or G, such as 8G,16G|disks=
		of a word|EINVAL|disks=big refused: "big" is not a size|disks=big
		with a second one wrong|EINVAL|disks=8M,9X refused: "9X" is not a size|disks=8M,9X
		with nothing between|EINVAL|disks=8M,,9M refused: "" is not a size|disks=8M,,9M
		with nothing behind|EINVAL|disks=8M, refused: "" is not a size|disks=8M,
		of zero|ERANGE|disks=8M,0 refused: 0 is not from 4K to 64G|disks=8M,0
		over 64G|ERANGE|disks=65G refused: 65G is not from 4K to 64G|disks=65G
	END
}

# Nothing is left of a load that is refused.
bad_disks_are_refused() {
	set -f
	IFS='|'
	# shellcheck disable=SC2086 # to be split, not to be matched
	set -- $1
	unset IFS
	set +f
	forget_log
	status=0
	/test/finit $modules/annex_blk.ko "$4" || status=$?
	log_lines | tee /tmp/lines
	same "$(number_of "$2")" $status || return 1
	same 1 "$(wc -l </tmp/lines)" && grep -qE "^annex_blk: $3" /tmp/lines || return 1
	[ ! -e $control ] && [ ! -e $attributes ] && all_back
}

# held_open COMMAND...: while a file descriptor is.
held_open() {
	exec 9<$dev
	held=0
	"$@" || held=$?
	exec 9<&-
	return $held
}

stays_loaded() {
	! rmmod annex_blk || return 1
	grep -q '^annex_blk ' /proc/modules && ! rmmod annex && valid
}

ext4_loads() {
	load_kernel ext4 || return 1
	grep -w ext4 /proc/filesystems
}

file_system() {
	mke2fs $dev >/dev/null 2>&1 && mkdir -p /mnt || return 1
	mount -t ext4 $dev /mnt || { log_lines && return 1; }
	i=0
	while [ $i -lt 20 ]; do
		head -c $((100000 * i)) /dev/urandom >/mnt/$i
		i=$((i + 1))
	done
	(cd /mnt && md5sum [0-9]*) >/tmp/sums
	umount /mnt && echo 3 >/proc/sys/vm/drop_caches && mount -t ext4 $dev /mnt || return 1
	(cd /mnt && md5sum -c /tmp/sums >/dev/null) && valid
}

trim_gives_back() {
	sync
	before=$(used)
	rm /mnt/[0-9]* && sync && fstrim /mnt && sync || return 1
	after=$(used)
	# Of 19 MB little is left: what the file system itself has.
	[ $((before - after)) -gt 18000000 ] || { echo "$before bytes, then $after" && return 1; }
}

# Twice as much as the machine has, each page of it stamped.
swaps() {
	forget_log
	mkswap $dev >/dev/null && swapon $dev || return 1
	grep -q "^$dev " /proc/swaps || return 1
	/test/blkio memory 900 2 || { log_lines | tail -n 5 && return 1; }
	out=$(vmstat pswpout)
	[ "$out" -gt 100000 ] || { echo "$out pages were swapped out" && return 1; }
	same '' "$(log_lines | grep -v '^Adding ')" && valid
}

# While a process has its memory there.
swapoff_under_load() {
	/test/blkio memory 300 4 &
	load=$!
	sleep 2
	swapoff $dev || return 1
	wait $load || return 1
	! grep -q $dev /proc/swaps && valid
}

# fails_alone MB SEED: more than there is room for; an errno, one line, no harm.
fails_alone() {
	forget_log
	status=0
	/test/blkio fill $dev "$2" "$1" || status=$?
	same 28 $status || return 1
	log_lines | tee /tmp/lines | head -n 5
	same 1 "$(grep -c '^annex_blk: ' /tmp/lines)"
}

limited() {
	echo 16M >$attributes/mem_limit
	same 16777216 "$(attribute mem_limit)" && fails_alone 32 8 || return 1
	grep -q 'annexblk0: write to sector 32768 refused: mem_limit allows 4096 frames, and all are used; discard, or raise mem_limit' /tmp/lines || return 1
	/test/blkio check $dev 8 16 && same 16777216 "$(attribute mem_used_max)" || return 1
	echo 64M >$attributes/mem_limit
	/test/blkio fill $dev 9 32 && /test/blkio check $dev 9 32 && valid
}

# More than the pool has. What was written is there, and goes on being written.
full_pool() {
	fails_alone 3000 10 || return 1
	grep -q 'annexblk0: write to sector [0-9]* refused: the pool has no free frame, and this device has [0-9]*; discard, or free other memory of annex' /tmp/lines || return 1
	/test/blkio check $dev 10 1024 && valid || return 1
	blkdiscard -o 0 -l $((64 << 20)) $dev && sleep 0.5 || return 1
	/test/blkio fill $dev 11 32 && /test/blkio check $dev 11 32 && blkdiscard $dev && all_back
}

mm_stat_has() { same "$*" "$(attribute mm_stat | xargs)"; }

statistics() {
	/test/blkio fill $dev 1 8 || return 1
	mm_stat_has 8388608 8388608 8396800 0 8388608 0 0 0 0
}

# counter NAME: of all devices.
counter() { awk -v name="annexblk_$1" '$1 == name { print $2 }' $annex/vmstat; }

counters_are_there() {
	for name in read write discard slot_free nospc; do
		[ "$(counter $name)" ] || { echo "no annexblk_$name" && return 1; }
	done
}

# grew NAME NUMBER: since the counters were kept in /tmp/counters.
grew() {
	old=$(awk -v name="annexblk_$1" '$1 == name { print $2 }' /tmp/counters)
	same "$2" $(($(counter "$1") - old))
}

keep_counters() { grep '^annexblk_' $annex/vmstat >/tmp/counters; }

# 8 MB are 16384 sectors.
counts() {
	keep_counters
	dd if=/dev/zero of=$dev bs=1M count=8 oflag=direct 2>/dev/null || return 1
	grew write 16384 && grew read 0 || return 1
	dd if=$dev of=/dev/null bs=64K count=16 iflag=direct 2>/dev/null || return 1
	blkdiscard -o 1536 -l $((3 << 20)) $dev || return 1
	/test/blkio zeroout $dev 0 512 || return 1
	grew write 16384 && grew read 2048 && grew discard 6145 && grew nospc 0 && grew slot_free 0
}

io_stat_has() { same "$*" "$(attribute io_stat | xargs)"; }

# What a device could not do, and what all could not.
failures_are_counted() {
	io_stat_has 0 0 0 0 && keep_counters && echo 4K >$attributes/mem_limit || return 1
	dd if=/tmp/noise of=$dev bs=4096 count=1 oflag=direct 2>/dev/null || return 1
	for _ in 1 2 3; do
		! dd if=/tmp/noise of=$dev bs=4096 seek=5 count=1 oflag=direct 2>/dev/null || return 1
	done
	io_stat_has 0 3 0 0 && grew nospc 3 && grew write 32
}

# Slots that become free are the device's, and all its frames come back by them.
slots_are_counted() {
	set -- "$(attribute io_stat)"
	freed=$(echo "$1" | awk '{ print $4 }')
	[ "$freed" -gt 100000 ] || { echo "io_stat has $1" && return 1; }
	[ "$(counter slot_free)" -gt 100000 ]
}

# The most so far, from now on.
most_is_reset() {
	/test/blkio fill $dev 1 8 && blkdiscard -o 0 -l $((6 << 20)) $dev || return 1
	same 8388608 "$(attribute mem_used_max)" && echo 0 >$attributes/mem_used_max || return 1
	same 2097152 "$(attribute mem_used_max)" && /test/blkio fill $dev 1 1 || return 1
	same 3145728 "$(attribute mem_used_max)" && blkdiscard $dev && same 3145728 "$(attribute mem_used_max)"
}

# The files of a device without a size.
as_without_size() {
	same 0 "$(attribute initstate)" && echo 0 >$attributes/mem_used_max && same 0 "$(attribute mem_used_max)" && io_stat_has 0 0 0 0
}

# vmstat is read all the time while the module goes.
goes_while_read() {
	while [ ! -e /tmp/gone ]; do cat $annex/vmstat; done >/tmp/vmstats &
	reader=$!
	i=0
	while [ $i -lt 20 ]; do
		{ rmmod annex_blk && load_blk; } || { touch /tmp/gone && return 1; }
		i=$((i + 1))
	done
	touch /tmp/gone
	wait $reader
	grep -q '^annexblk_read [0-9]*$' /tmp/vmstats && rm /tmp/vmstats && rmmod annex_blk && ! grep annexblk $annex/vmstat && valid
}

thick_holds() {
	echo 1 >$attributes/thick && echo 32M >$attributes/disksize || return 1
	same $(((32 << 20) + (8 << 12))) "$(used)" || return 1
	dd if=$dev bs=1M 2>/dev/null | tr -d '\0' | wc -c | grep -qx 0 || return 1
	/test/blkio fill $dev 12 32 && /test/blkio check $dev 12 32 && blkdiscard $dev || return 1
	dd if=/dev/zero of=$dev bs=1M count=32 oflag=direct 2>/dev/null
	same $(((32 << 20) + (8 << 12))) "$(used)" && valid
}

thick_too_large() {
	echo 1 >$attributes/thick
	is_refused disksize 8G ENOSPC 'annexblk0: disksize 8388608 kB refused: it is thick, and the pool or mem_limit has not as many frames; choose less, or 0 for thick' || return 1
	echo 0 >$attributes/thick
	same 0 "$(attribute disksize)" && all_back
}

hot_add_and_remove() {
	same 1 "$(cat $control/hot_add)" && same 2 "$(cat $control/hot_add)" || return 1
	[ -b /dev/annexblk2 ] && echo 8M >/sys/block/annexblk2/disksize || return 1
	/test/blkio fill /dev/annexblk2 1 8 || return 1
	echo 1 >$control/hot_remove && [ ! -e /dev/annexblk1 ] || return 1
	same 1 "$(cat $control/hot_add)" || return 1
	echo 2 >$control/hot_remove && echo 1 >$control/hot_remove && all_back
}

many_at_load() {
	load_blk disks=8M,1G,64G || return 1
	same '8388608 1073741824 68719476736' \
		"$(cat /sys/block/annexblk[012]/disksize | xargs)" || return 1
	# The last page of the largest.
	dd if=/tmp/noise of=/dev/annexblk2 bs=4096 count=1 seek=16777215 oflag=direct 2>/dev/null || return 1
	dd if=/dev/annexblk2 bs=4096 count=1 skip=16777215 iflag=direct 2>/dev/null | cmp -n 4096 - /tmp/noise || return 1
	rmmod annex_blk && all_back
}

cycle() {
	i=0
	while [ $i -lt "$1" ]; do
		{ load_blk disks=8M && /test/blkio fill $dev 1 1 && rmmod annex_blk; } || { echo "round $i" && return 1; }
		i=$((i + 1))
	done
}

cycles() {
	cycle 20 || return 1
	vmalloc_used >/tmp/vmalloc
	for batch in 1 2 3; do
		free=$(settled_free)
		cycle $ROUNDS || return 1
		lost=$((free - $(settled_free)))
		echo "batch $batch: $lost kB are gone"
		[ "$lost" -gt $SLACK ] || break
	done
	[ "$lost" -le $SLACK ] && same "$(cat /tmp/vmalloc)" "$(vmalloc_used)" && all_back
}

nothing_left() {
	[ ! -e $control ] && ! ls /sys/block/annexblk* 2>/dev/null && unload && unchanged
}

check 'nothing of annex is there before' remember
check 'annex loads' load "memmap=2G\$4G"
[ "${PLAN:-}" ] || remember_pool
bad_disks | while read -r row; do
	check "bad value: disks= ${row%%|*}" bad_disks_are_refused "$row"
done
check 'annex_blk loads' load_blk
check 'a device without a size has none' same 0 "$([ "${PLAN:-}" ] || blockdev --getsize64 $dev)"
bad_values | while read -r row; do
	check "bad value: ${row%%|*}" bad_value "$row"
done
check 'its files without a size' as_without_size
check 'its counters are in vmstat' counters_are_there
check 'a size makes it a disk' has_size 64
check 'it says that it has a size' same 1 "$([ "${PLAN:-}" ] || attribute initstate)"
check 'its limits' limits
check 'bad value: disksize twice' is_refused disksize 16M EBUSY 'annexblk0: disksize refused: it has 65536 kB already; write 1 to reset first'
check 'bad value: thick with a size' is_refused thick 1 EBUSY 'annexblk0: thick refused: it has 65536 kB already; write 1 to reset first'
check 'it reads as zeros, which take no frame' reads_as_zeros
check 'all of it is written and verified, twice' whole
check 'pages of zeros leave no frame' zeros_take_none
check 'blocks of 512 bytes' sub_pages
check 'blocks of 512 bytes, past the page cache' sub_pages_direct
check 'parts of it are discarded' discards_parts
check 'parts of it are zeroed' zeroes_parts
check 'discard gives back the last frame' gives_back blkdiscard $dev
check 'zeroing does, too' gives_back /test/blkio zeroout $dev 0 $((64 << 20))
check 'a write that must not wait' no_wait
check 'is told to wait if there is no frame' no_wait_when_full
check 'reset makes it as new' as_new
check 'user space is told of a size' is_told has_size 64
check 'statistics' statistics
check 'sectors are counted' counts
check 'the most so far can be forgotten' most_is_reset
check 'two writers and discards at once' at_once
check 'partitions' partitions
check 'an open partition keeps the disk' partition_keeps
check 'partitions go with a reset' partitions_go
check 'a size after reset' has_size 64
check 'read-only' read_only
check 'I/O is counted if that is asked for' is_counted
check 'user space is told of a reset' is_told as_new
check 'reset: open' held_open is_busy reset 1
check 'hot_remove: open' held_open is_busy hot_remove 0
check 'rmmod: open' held_open stays_loaded
check 'ext4 loads' ext4_loads
check 'a size for a file system' has_size 256
check 'a file system' file_system
check 'reset: mounted' is_busy reset 1
check 'hot_remove: mounted' is_busy hot_remove 0
check 'rmmod: mounted' stays_loaded
check 'fstrim gives frames back' trim_gives_back
check 'it is unmounted, and reset' eval 'umount /mnt && as_new'
check 'a size for swap' has_size 1500
check 'memory is swapped and verified' swaps
check 'frames of free slots are back' slots_are_free
check 'free slots are counted' slots_are_counted
check 'reset: swap' is_busy reset 1
check 'hot_remove: swap' is_busy hot_remove 0
check 'rmmod: swap' stays_loaded
check 'swapoff under load' swapoff_under_load
check 'reset after swap gives back all' as_new
check 'a size for limits' has_size 64
check 'mem_limit ends writes, and loses nothing' limited
check 'reset ends the limit' as_new
check 'a size for failures' has_size 64
check 'failures are counted' failures_are_counted
check 'reset ends their limit' as_new
check 'reset forgets failures' as_without_size
check 'a size for a new limit' has_size 64
check 'mem_limit is told of again after a reset' limited
check 'reset ends that limit, too' as_new
check 'a size over the pool' has_size 4000
check 'a full pool ends writes, and loses nothing' full_pool
check 'reset of an empty one' as_new
check 'a thick device holds its frames' thick_holds
check 'reset of a thick one' as_new
check 'bad value: a thick one over the pool' thick_too_large
check 'devices come and go' hot_add_and_remove
check 'annex_blk goes while vmstat is read' goes_while_read
check 'many devices at load' many_at_load
check "$ROUNDS times insmod and rmmod" cycles
check 'nothing is left' nothing_left
finish
