#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Makes the Debian of scripts/dkms-test: DKMS, and of every kernel of the index
# what it is to have. A line for each in /kernels, "RELEASE WHAT", where WHAT is
#
#   for      annex is for it: image and headers are installed
#   not-for  PREEMPT_RT, or no PAE: headers are installed
#   image    there are no headers in the index: nothing is installed

set -e

# Names of packages PREFIX + release of the 32-bit kernels, newest first.
index() { apt-cache pkgnames "$1" | sed -nE "s/^$1([0-9].*-686(-pae)?)\$/\1/p" | sort -rV; }

has() { apt-cache show "$1" >/dev/null 2>&1; }

# An index that fails is not the end, if another one has kernels.
apt-get update || :
echo 'do_symlinks = no' >/etc/kernel-img.conf
for r in $(index linux-image-); do
	case $r in
	*-rt-686-pae | *-686) what=not-for ;;
	*) what=for ;;
	esac
	has "linux-headers-$r" || what=image
	echo "$r $what"
done >/kernels
cat /kernels
grep -q ' for$' /kernels || exit
# No initial RAM disk: no machine boots from this one.
# shellcheck disable=SC2046 # a list
INITRD=No apt-get install -y --no-install-recommends dkms openssl \
	$(awk '$2 == "for" { print "linux-image-" $1 } $2 != "image" { print "linux-headers-" $1 }' /kernels)
