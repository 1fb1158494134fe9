# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# annexfs: files in the pool. In a guest whose kernel has 512 MB, with memmap=512M$4G.

# shellcheck source=scripts/test/guest-test.d/disks.sh
. "${0%/*}/disks.sh"

at=/tmp/fs

mounted() { mkdir -p $at && mount -t annexfs "$@" none $at; }
mounts() { mounted "$@" || { log_lines | tail -n 3 && return 1; }; }
unmounts() { umount $at && all_back; }

# with_fs OPTIONS COMMAND...: all frames are back afterwards, whatever becomes of it.
with_fs() {
	mounts -o "$1" || return 1
	shift
	status=0
	"$@" || status=$?
	unmounts && return $status
}

options() { awk -v at=$at '$2 == at { print $4 }' /proc/mounts; }

shows() { same "$1" "$(options)"; }

defaults() {
	shows rw,relatime && same 1777 "$(stat -c %a $at)" || return 1
	# Half of the pool.
	half=$(awk '/managed/ { n += $2 } END { print int(n / 2) }' $annex/zoneinfo)
	same "$half" "$(stat -f -c %b $at)"
}

bad_options() {
	cat <<'EOF'
size=x
size=
size=10Q
size=-1
size=5%%
size=99999999999999999999
nr_blocks=1x
nr_blocks=3G
nr_inodes=-4
nr_inodes=
mode=9
uid=x
gid=-1
huge=always
nothing
EOF
}

# One line says what is wrong.
is_bad_option() {
	forget_log
	! mounted -o "$1" || { umount $at && echo "mounts" && return 1; }
	same 1 "$(log_lines | grep -c annexfs)"
}

takes_options() {
	shows rw,relatime,size=4096k,nr_inodes=9,mode=750,uid=7,gid=8 || return 1
	same '750 7 8' "$(stat -c '%a %u %g' $at)" && same '1024 9' "$(stat -f -c '%b %c' $at)"
}

remounts() {
	head -c 40960 /dev/urandom >$at/a
	! mount -o remount,size=36k $at 2>/dev/null || { echo 'below use' && return 1; }
	! mount -o remount,nr_inodes=1 $at 2>/dev/null || { echo 'inodes below use' && return 1; }
	mount -o remount,size=40k $at && same 10 "$(stat -f -c %b $at)" || return 1
	! dd if=/dev/zero of=$at/b bs=1 count=1 2>/dev/null || { echo 'a byte more' && return 1; }
	mount -o remount,size=44k $at && head -c 1 /dev/zero >$at/b
}

# A file of 8 MB is what was written, in parts of any size.
reads_back() {
	head -c 8388608 /dev/urandom >/tmp/noise
	cp /tmp/noise $at/a && cmp /tmp/noise $at/a || return 1
	dd if=/tmp/noise of=$at/b bs=12345 2>/dev/null && cmp /tmp/noise $at/b || return 1
	dd if=$at/b bs=777 2>/dev/null | cmp - /tmp/noise || return 1
	same 16384 "$(stat -c %b $at/a)" && valid || return 1
	cat $at/a >>$at/b && tail -c 8388608 $at/b | cmp - /tmp/noise && rm $at/b
	rm /tmp/noise
}

# The file system's size is the frames of files.
is_full() {
	! dd if=/dev/zero of=$at/a bs=64k 2>/tmp/full || return 1
	grep -q 'No space left' /tmp/full && same 0 "$(stat -f -c %f $at)" || return 1
	same 1048576 "$(stat -c %s $at/a)" || return 1
	rm $at/a && same 256 "$(stat -f -c %f $at)" && head -c 1048576 /dev/zero >$at/a
}

pool_is_full() {
	! dd if=/dev/zero of=$at/a bs=1M 2>/tmp/full || return 1
	grep -q 'No space left' /tmp/full && valid && rm $at/a && echo again >$at/b && same again "$(cat $at/b)"
}

inodes_are_limited() {
	touch $at/a $at/b $at/c && ! touch $at/d 2>/dev/null && ! ln $at/a $at/d 2>/dev/null || return 1
	rm $at/a && ln $at/b $at/d && ! mkdir $at/e 2>/dev/null && rm $at/b && mkdir $at/e
}

# Holes read as zeros and take no frame.
is_sparse() {
	dd if=/dev/urandom of=$at/a bs=4k count=1 seek=1048576 2>/dev/null || return 1
	same 4294971392 "$(stat -c %s $at/a)" && same 8 "$(stat -c %b $at/a)" || return 1
	head -c 65536 $at/a | tr -d '\0' | wc -c | grep -qx 0 || return 1
	truncate -s 60G $at/a && same 8 "$(stat -c %b $at/a)" || return 1
	truncate -s 4G $at/a && same 0 "$(stat -c %b $at/a)" && valid || return 1
	! truncate -s 65G $at/a 2>/dev/null
}

# What stood behind the end is not seen when the file grows.
tail_is_zeros() {
	yes | head -c 4096 >$at/a
	truncate -s 100 $at/a && truncate -s 4096 $at/a || return 1
	same 100 "$(tr -d '\0' <$at/a | wc -c)"
}

allocates() {
	fallocate -l 400000 $at/a && same 400000 "$(stat -c %s $at/a)" && same 784 "$(stat -c %b $at/a)" || return 1
	tr -d '\0' <$at/a | wc -c | grep -qx 0 || return 1
	! fallocate -l 2M $at/b 2>/dev/null || return 1
	same 784 "$(stat -f -c '%b %f' $at | awk '{ print ($1 - $2) * 8 }')"
}

# In a shell of its own, whose directory does not keep the mount.
names() (
	cd $at || return 1
	mkdir -p d/e && echo x >d/f && ln d/f g && ln -s d/f l && mkfifo p && mknod n c 1 3 || return 1
	same x "$(cat l)" && same 2 "$(stat -c %h g)" && mv d/f d/e/f && same x "$(cat d/e/f)" || return 1
	! rmdir d 2>/dev/null && mv d k && same x "$(cat k/e/f)" && rm -r k g l p n && same '' "$(ls)"
)

# An open file without a name goes with its last user.
unlinked() {
	exec 3>$at/a
	head -c 100000 /dev/urandom >&3
	rm $at/a && same 25 "$(stat -f -c '%b %f' $at | awk '{ print $1 - $2 }')" || return 1
	exec 3>&-
	same 0 "$(stat -f -c '%b %f' $at | awk '{ print $1 - $2 }')"
}

runs_programs() {
	cp /bin/busybox $at/busybox && same hello "$($at/busybox echo hello)"
}

maps() { /test/fsmap "$@"; }

counters_are_there() {
	grep '^annexfs_' $annex/vmstat | cut -d ' ' -f 1 >/tmp/counters
	echo annexfs_read annexfs_write annexfs_fault annexfs_fault_around annexfs_cow annexfs_nospc |
		tr ' ' '\n' | cmp - /tmp/counters
}

several() {
	mkdir -p /tmp/other && mount -t annexfs -o size=1M none /tmp/other && echo 1 >/tmp/other/a && echo 2 >$at/a || return 1
	same 1 "$(cat /tmp/other/a)" && same 2 "$(cat $at/a)" && umount /tmp/other
}

# A mount keeps the module; a file keeps the mount.
in_use() {
	! rmmod annexfs 2>/dev/null || { echo 'it goes' && return 1; }
	exec 3>$at/a
	! umount $at 2>/dev/null || { echo 'it is unmounted' && return 1; }
	exec 3>&-
}

many_files() {
	i=0
	while [ $i -lt 500 ]; do
		echo $i >$at/$i
		i=$((i + 1))
	done
	same 499 "$(cat $at/499)" && valid && rm $at/* && valid
}

nothing_left() { rmmod annexfs && unload && same '' "$(grep annex /proc/modules)"; }

# shellcheck disable=SC2016 # the $ of a range is to stay one
check 'annex loads' load 'memmap=512M$4G'
check 'its frames' remember_pool
check 'annexfs loads' insmod $modules/annexfs.ko
check 'its counters are in vmstat' counters_are_there
check 'it is mounted without options' with_fs rw defaults
bad_options | while read -r option; do
	check "bad value: $option" is_bad_option "$option"
done
check 'options' with_fs size=4M,nr_inodes=9,mode=0750,uid=7,gid=8 takes_options
check 'a part of the pool' with_fs size=25% shows "rw,relatime,size=$([ "${PLAN:-}" ] || awk '/managed/ { n += $2 } END { print int(n / 4) * 4 }' $annex/zoneinfo)k"
check 'no limits' with_fs size=0,nr_inodes=0 shows rw,relatime,size=0k,nr_inodes=0
check 'remount' with_fs size=1M,nr_inodes=9 remounts
check 'files are read as written' with_fs size=64M reads_back
check 'size= is kept' with_fs size=1M is_full
check 'nr_inodes= is kept' with_fs nr_inodes=4 inodes_are_limited
check 'a full pool' with_fs size=0 pool_is_full
check 'sparse files' with_fs size=1M is_sparse
check 'the tail of a page' with_fs size=1M tail_is_zeros
check 'fallocate' with_fs size=1M allocates
check 'names' with_fs size=1M names
check 'an unlinked file' with_fs size=1M unlinked
check 'programs run from it' with_fs size=16M runs_programs
check 'two processes share a mapping' with_fs size=1M maps shared $at/a
check 'private mappings' with_fs size=1M maps private $at/a
check 'truncate under a mapping' with_fs size=1M maps truncate $at/a
check 'a hole under a mapping' with_fs size=1M maps punch $at/a
check 'a fault when it is full' with_fs size=164k maps full $at/a
check 'calls for mappings' with_fs size=1M maps populate $at/a
check 'a shared futex' with_fs size=1M maps futex $at/a
check 'two mounts' with_fs size=1M several
check 'in use' with_fs size=1M in_use
check 'many files' with_fs size=16M many_files
check 'nothing is left' nothing_left
finish
