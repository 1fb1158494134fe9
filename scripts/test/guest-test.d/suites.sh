# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# For scripts/test/coverage: the KUnit suites as a module, on a kernel that has KUnit.
# In a guest of 6 GB with mem=5G memmap=1G$4G, of which annex has the first half and the
# suites the second.

insmod /lib/annex/annex.ko "memmap=1G\$4G" "claim=512M\$4G" &&
	insmod /lib/annex/annex_kunit.ko
dmesg | grep -E '^\[ *[0-9.]+\] (not )?ok ' | sed 's/^\[[^]]*\] //'
rmmod annex_kunit
rmmod annex
