# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# The recipes of Documentation/recipes.rst, which is /test/recipes.rst here: its very
# lines are run. In a guest whose kernel has 512 MB, with memmap=2G$4G, the kernel's
# modules for disks, and programs for disks.

# shellcheck source=scripts/test/guest-test.d/disks.sh
. "${0%/*}/disks.sh"

# shellcheck source=scripts/test/guest-test.d/programs.sh
. "${0%/*}/programs.sh"

# There is no udev, for which dmsetup would wait.
export PATH=/usr/bin:/bin DM_DISABLE_UDEV=1 disk=/dev/ram0

# recipe NAME: runs the lines of the block behind that mark, each of which must succeed.
recipe() {
	awk -v mark=".. recipe: $1" '
		$0 == mark { on = 1; next }
		on && sub(/^    /, "") { print; some = 1; next }
		some && NF { exit }' /test/recipes.rst >/tmp/recipe
	[ -s /tmp/recipe ] || { echo "the document has no recipe $1" && return 1; }
	sh -euc '. /test/programs.sh && . /tmp/recipe' || { dmesg | tail -n 3 && return 1; }
}

undo() { recipe "$1-undo" && all_back; }

# The disk is memory of the guest, and becomes it as it is written.
prepare() {
	mkdir -p /mnt
	head -c 5000000 /dev/urandom >/tmp/noise
	load_kernel loop ext4 xfs btrfs brd rd_nr=1 rd_size=262144
}

priorities() {
	same '100 10' "$(awk -v a=$dev -v b="$disk" '
		$1 == a { first = $5 } $1 == b { second = $5 } END { print first, second }' /proc/swaps)"
}

# While a process needs more memory than there is, the disk's swap stays empty.
swaps_in_order() {
	before=$(vmstat pswpout)
	/test/blkio memory 500 0 &
	load=$!
	while kill -0 $load 2>/dev/null; do
		most=$(swap_used "$disk")
		[ "${most:-0}" = 0 ] || { echo "the disk has $most kB" && kill $load && return 1; }
		sleep 0.5
	done
	wait $load || return 1
	out=$(($(vmstat pswpout) - before))
	[ $out -gt 5000 ] || { echo "$out pages were swapped out" && return 1; }
	[ "$(attribute mem_used_max)" -gt $((5000 << 12)) ] && slots_are_free
}

# zswap keeps what compresses, the pool gets the rest.
compresses() {
	before=$(vmstat zswpout)
	/test/blkio sparse 500 0 || return 1
	out=$(($(vmstat zswpout) - before))
	[ $out -gt 5000 ] || { echo "zswap got $out pages" && return 1; }
}

passes_on() {
	before=$(vmstat pswpout)
	/test/blkio memory 500 0 || return 1
	out=$(($(vmstat pswpout) - before))
	[ $out -gt 5000 ] || { echo "the pool got $out pages" && return 1; }
	slots_are_free
}

# fill_files DIRECTORY: 40 MB, whose sums are in /tmp/sums.
fill_files() {
	for i in 0 1 2 3 4 5 6 7; do
		{ echo "$i" && cat /tmp/noise; } >"$1/$i" || return 1
	done
	sync
	(cd "$1" && md5sum [0-7]) >/tmp/sums
}

has_files() {
	echo 3 >/proc/sys/vm/drop_caches
	(cd /mnt && md5sum -c /tmp/sums >/dev/null)
}

# dropped_by BYTES COMMAND: what a command makes the file system give back. XFS frees the
# blocks of a deleted file later, and gives them back when its log has that.
dropped_by() {
	sync
	$2
	now=$(used)
	[ $((before - now)) -gt "$1" ] || { echo "$before bytes, then $now" && return 1; }
}

# Deleted files give their frames back by themselves, and later if fstrim asks.
gives_back() {
	before=$(used)
	[ "$before" -gt 38000000 ] && rm /mnt/[0-7] || return 1
	comes 30 dropped_by 38000000 : || return 1
	mount -o remount,nodiscard /mnt && fill_files /mnt || return 1
	before=$(used)
	rm /mnt/[0-7] && comes 30 dropped_by 38000000 'fstrim /mnt' && valid
}

# is_sound FSCK...: files are there after another mount, and the file system is clean.
is_sound() {
	options=$(awk '$2 == "/mnt" { print $4 }' /proc/mounts)
	has_files && umount /mnt && "$@" || return 1
	mount -o "$options" $dev /mnt && has_files
}

cached() {
	dmsetup status fast | tee /tmp/status
	[ "$(awk '{ print ($8 > 0 && $13 > 0 && $14 == 0) }' /tmp/status)" = 1 ]
}

# What is read again and again comes from the pool.
hits() {
	fill_files /mnt || return 1
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		has_files || return 1
		! cached || return 0
	done
	return 1
}

# The disk has everything, once the cache is gone.
disk_is_whole() {
	e2fsck -fn "$disk" && mount -o ro "$disk" /mnt && has_files && umount /mnt
}

nothing_left() {
	[ ! -e $control ] && unload && unchanged
}

check 'nothing of annex is there before' remember
check 'annex loads' load "memmap=2G\$4G"
[ "${PLAN:-}" ] || remember_pool
check 'the guest is prepared' prepare
check 'the disk has swap' mkswap "$disk"
check 'swap beside a disk' recipe swap
check 'swap beside a disk: the priorities' priorities
check 'swap beside a disk: the pool goes first, and gives back' swaps_in_order
check 'swap beside a disk: undone' undo swap
check 'zswap in front' recipe zswap
check 'zswap in front: it gets what compresses' compresses
check 'zswap in front: the pool gets the rest' passes_on
check 'zswap in front: undone' undo zswap
file_system() {
	kind=$1
	shift
	check "$kind" recipe "$kind"
	check "$kind: files" fill_files /mnt
	check "$kind: sound" is_sound "$@"
	check "$kind: what is deleted is given back" gives_back
	check "$kind: undone" undo file-system
}
file_system ext4 e2fsck -fn $dev
file_system xfs xfs_repair -n $dev
file_system btrfs btrfs check $dev
check 'the disk has a file system' mkfs.ext4 -q "$disk"
check 'a cache before a disk' recipe cache
check 'a cache before a disk: it is hit' hits
check 'a cache before a disk: undone' undo cache
check 'a cache before a disk: the disk is whole' disk_is_whole
check 'nothing is left' nothing_left
finish
