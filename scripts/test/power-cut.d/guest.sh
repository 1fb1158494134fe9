# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: guest.sh MB WRITERS SEED
#
# What scripts/test/power-cut runs in its guest: a device, and processes that write to it
# until the guest is killed.

die() { echo "FAILED: $*" && exit 1; }

insmod /lib/annex/annex.ko "memmap=1G\$4G" || die 'annex does not load'
insmod /lib/annex/annex_blk.ko "disks=$1M" || die 'annex_blk does not load'
writer=0
while [ $writer -lt "$2" ]; do
	/test/cutwriter /dev/annexblk0 "$1" $writer "$2" "$3" &
	writer=$((writer + 1))
done
# Some thousand pages, before the first cut.
until [ "$(cat /sys/block/annexblk0/mem_used_total)" -gt 16777216 ]; do
	sleep 0.1
done
echo writing
wait
die 'a writer has ended'
