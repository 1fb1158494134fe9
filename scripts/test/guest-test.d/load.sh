# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# annex_blk under load, for scripts/test/blk-load: in a guest whose kernel has 512 MB,
# with memmap=4G$4G, two CPUs, the kernel's modules for disks, and programs for disks.
#
# load.sh swap SECONDS [cgroups]   as swap
# load.sh oom SECONDS              the same without annex
# load.sh disk SECONDS             as a disk

# shellcheck source=scripts/test/guest-test.d/disks.sh
. "${0%/*}/disks.sh"
# shellcheck source=scripts/test/guest-test.d/programs.sh
. "${0%/*}/programs.sh"

export PATH=/usr/bin:/bin
seconds=$2

# What a step found out, which its check prints only if it does not hold.
tell() { echo "note $*" | tee -a /tmp/notes; }

# Of the largest blocks, all but the few that a CPU's pages may hold open.
large_blocks() { awk '{ n += $NF } END { print n }' $annex/buddyinfo; }

blocks_are_back() {
	[ "$(large_blocks)" -ge $(($(cat /tmp/large_blocks) - 8)) ] || {
		echo "$(large_blocks) large blocks, not $(cat /tmp/large_blocks)"
		cat $annex/buddyinfo
		return 1
	}
}

# Nothing was swapped out in vain, and nobody was killed.
no_harm() {
	same '' "$(log_lines | grep -iE 'out of memory|oom-kill|refused|error' | head -n 3)"
}

begin_swap() {
	forget_log
	load_blk "disks=$1" && mkswap $dev >/dev/null && swapon $dev
}

end_swap() { swapoff $dev && rmmod annex_blk && all_back && blocks_are_back; }

# stamped COUNT MB ROUNDS: so many processes, each of which finds what it wrote.
stamped() {
	children='' broken=0
	for _ in $(seq "$1"); do
		/test/blkio memory "$2" "$3" &
		children="$children $!"
	done
	for child in $children; do
		status=0
		wait "$child" || status=$?
		[ $status -eq 0 ] || { echo "a process ended with $status" && broken=1; }
	done
	return $broken
}

# Of memory, since it needs no shared objects, and in /tmp.
stress() {
	(cd /tmp && stress-ng --vm 4 --vm-bytes 150% --verify --timeout "$1" --metrics-brief) \
		>/tmp/stress 2>&1 || { tail -n 5 /tmp/stress && return 1; }
	tell "stress-ng: $(sed -n 's/.*metrc:.*\] vm  *//p' /tmp/stress)"
	! grep -E 'fail:|oom|restart' /tmp/stress && grep -q 'successful run completed' /tmp/stress
}

swapped_out() {
	out=$(($(vmstat pswpout) - $(cat /tmp/pswpout)))
	tell "$out pages were swapped out"
	[ $out -gt "$1" ]
}
remember_swap() { vmstat pswpout >/tmp/pswpout; }

verified_stamps() { remember_swap && stamped 2 1024 1 && swapped_out 300000 && no_harm && valid; }

verified_stress() {
	remember_swap
	stress "$1" && swapped_out 20000 && no_harm && valid && slots_are_free
}

swapoff_under_load() {
	/test/blkio memory 250 6 &
	load=$!
	sleep 3
	swapoff $dev || return 1
	wait $load && swapon $dev && valid
}

# All the while the second CPU goes and comes back.
with_hotplug() {
	cpu=/sys/devices/system/cpu/cpu1/online
	while [ ! -e /tmp/plugged ]; do
		echo 0 >$cpu && sleep 0.3 && echo 1 >$cpu && sleep 0.3
		echo >>/tmp/plugs
	done &
	plugging=$!
	verified_stress "$1"
	status=$?
	: >/tmp/plugged
	wait $plugging
	echo 1 >$cpu 2>/dev/null
	plugs=$(wc -l </tmp/plugs)
	tell "the CPU was away $plugs times"
	[ $status -eq 0 ] && [ "$plugs" -gt 3 ]
}

# One request for a frame of twenty fails. The page stays in memory, and goes later.
with_faults() {
	for point in page memory; do
		echo 5 >$annex/fail/$point/probability
		echo -1 >$annex/fail/$point/times
	done
	remember_swap
	stamped 2 280 0
	status=$?
	for point in page memory; do
		echo 0 >$annex/fail/$point/probability
	done
	failed=$(cat $annex/fail/page/failed)
	tell "$failed requests for a frame failed"
	[ $status -eq 0 ] && [ "$failed" -gt 200 ] && swapped_out 10000 && valid
}

# The pool has no more for it. What needs the memory is killed; another is not.
when_short() {
	forget_log
	echo 100M >$attributes/mem_limit
	/test/blkio memory 60 40 &
	bystander=$!
	status=0
	/test/blkio memory 900 1 || status=$?
	wait $bystander || { echo "the other ended with $?" && return 1; }
	echo "the large one ended with $status"
	[ $status -ne 0 ] || return 1
	echo 0 >$attributes/mem_limit
	log_lines | grep -q 'annexblk0: write to sector [0-9]* refused: mem_limit' || return 1
	log_lines | grep -q 'Out of memory: Killed process [0-9]* (blkio)' && slots_are_free && valid
}

# 80 MB for a process that needs 400.
in_a_cgroup() {
	group=/tmp/cgroup/small
	mkdir -p /tmp/cgroup
	grep -q ' /tmp/cgroup ' /proc/mounts || mount -t cgroup2 none /tmp/cgroup || return 1
	echo +memory >/tmp/cgroup/cgroup.subtree_control && mkdir $group || return 1
	echo 80M >$group/memory.max || return 1
	remember_swap
	# shellcheck disable=SC2016 # the other shell's
	sh -c 'echo $$ >"$0/cgroup.procs" && exec /test/blkio memory 400 2' $group || return 1
	awk '$1 == "oom_kill" && $2 { exit 1 }' $group/memory.events && swapped_out 80000 || return 1
	rmdir $group && slots_are_free && valid
}

nothing_left() { [ ! -e $control ] && unload && unchanged; }

# All that is asked for is promised: memory is short when it is touched.
promise_all() { echo 1 >/proc/sys/vm/overcommit_memory; }

begin() {
	promise_all
	load "memmap=4G\$4G" || return 1
	remember_pool
	large_blocks >/tmp/large_blocks
}

swap() {
	check 'nothing of annex is there before' remember
	check 'annex loads' begin
	check 'swap of 4 GB' begin_swap 4G
	check '2 GB of stamped pages are verified' verified_stamps
	check 'their frames are back' slots_are_free
	check "stress-ng verifies 150 % of the memory for $seconds s" verified_stress "$seconds"
	check 'swapoff under load' swapoff_under_load
	check 'a CPU goes and comes meanwhile' with_hotplug $((seconds / 4 + 10))
	check 'one request for a frame of twenty fails' with_faults
	[ -z "$1" ] || check 'a memory cgroup has less than its process needs' in_a_cgroup
	check 'a pool that is short harms those alone that need it' when_short
	check 'every frame is back' end_swap
	check 'nothing is left' nothing_left
}

# Without annex the same ends with a process killed.
killed_for() {
	forget_log
	status=0
	"$@" || status=$?
	log_lines | grep 'Out of memory: Killed process'
}

oom() {
	promise_all
	check 'without annex, 2 GB of stamped pages end in the OOM killer' killed_for stamped 2 1024 1
	check 'without annex, so does stress-ng' killed_for stress "$seconds"
}

# fio_jobs OPTION...: four of fio, which verify what they write.
fio_jobs() {
	(cd /tmp && fio --name=verify --numjobs=4 --thread --ioengine=psync --verify=crc32c \
		--verify_fatal=1 --group_reporting --output=/tmp/fio "$@") >/tmp/fio-says 2>&1 || {
		cat /tmp/fio-says && tail -n 5 /tmp/fio
		return 1
	}
}

# verify RW BLOCK DIRECT: each job with a part of the device. Once more without the page
# cache, which has what was written.
verify() {
	size=16m
	[ "$2" != 512 ] || size=2m
	set -- --filename=$dev --size=$size --offset_increment=64m --rw="$1" --bs="$2" --direct="$3"
	fio_jobs "$@" --do_verify=1 || return 1
	echo 3 >/proc/sys/vm/drop_caches
	fio_jobs "$@" --verify_only
}

# The same again until its time has passed.
verify_for() {
	until=$(($(date +%s) + seconds / 32))
	while :; do
		verify "$@" || return 1
		[ "$(date +%s)" -lt $until ] || break
	done
	[ "$(used)" -gt 0 ] && valid && emptied blkdiscard -f $dev
}

# emptied COMMAND...: no frame is left, and it reads as zeros.
emptied() {
	sync
	"$@" || return 1
	same 0 "$(used)" && all_empty
}

all_empty() { same 0 "$(dd if=$dev bs=1M count=64 2>/dev/null | tr -d '\0' | wc -c)"; }

zeroed() { verify randwrite 64k 1 && emptied blkdiscard -f -z $dev; }

partitions() {
	printf 'n\np\n1\n\n+64M\nn\np\n2\n\n\nw\n' | /bin/busybox fdisk -u $dev >/tmp/fdisk 2>&1
	comes 10 ls ${dev}p1 ${dev}p2 || { cat /tmp/fdisk && return 1; }
	/test/blkio fill ${dev}p1 4 64 && /test/blkio fill ${dev}p2 5 64 || return 1
	/test/blkio check ${dev}p1 4 64 && /test/blkio check ${dev}p2 5 64 || return 1
	blkdiscard -f ${dev}p1 && /test/blkio check ${dev}p2 5 64 && blkdiscard -f ${dev}p2 || return 1
	emptied blkdiscard -f $dev && blockdev --rereadpt $dev
}

# fio in files, and then files that go.
use() {
	fio_jobs --directory=/mnt --size=12m --rw=randwrite --bsrange=512-64k --do_verify=1 || return 1
	sync
	before=$(used)
	[ "$before" -gt $((40 << 20)) ] && rm /mnt/verify.* || return 1
	comes 30 trimmed
}

# XFS frees the blocks of a deleted file later.
trimmed() {
	sync
	fstrim /mnt && now=$(used) || return 1
	[ $((before - now)) -gt $((40 << 20)) ] || { echo "$before bytes, then $now" && return 1; }
}

# file_system TYPE FSCK...
file_system() {
	type=$1
	shift
	mkdir -p /mnt
	load_kernel "$type" || return 1
	"mkfs.$type" $dev >/tmp/said 2>&1 || { tail -n 3 /tmp/said && return 1; }
	for _ in 1 2; do
		mount -t "$type" $dev /mnt || { log_lines | tail -n 3 && return 1; }
		use && umount /mnt || return 1
		"$@" >/tmp/said 2>&1 || { tail -n 5 /tmp/said && return 1; }
	done
	valid && emptied blkdiscard -f $dev
}

disk() {
	check 'nothing of annex is there before' remember
	check 'annex loads' begin
	check 'a disk of 1 GB' load_blk disks=1G
	for rw in write randwrite; do
		for bs in 512 4k 64k 1m; do
			check "fio: $rw of $bs, buffered" verify_for $rw $bs 0
			check "fio: $rw of $bs, past the page cache" verify_for $rw $bs 1
		done
	done
	check 'blkdiscard -z leaves nothing' zeroed
	check 'partitions' partitions
	check 'ext4' file_system ext4 e2fsck -fn $dev
	check 'XFS' file_system xfs xfs_repair -n $dev
	check 'Btrfs' file_system btrfs btrfs check $dev
	check 'every frame is back' eval 'rmmod annex_blk && all_back && blocks_are_back'
	check 'nothing is left' nothing_left
}

case $1 in
swap) swap "${3:-}" ;;
*) "$1" ;;
esac
[ "${PLAN:-}" ] || cat /tmp/notes 2>/dev/null
finish
