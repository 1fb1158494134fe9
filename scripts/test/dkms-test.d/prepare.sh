#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Makes the Debian of scripts/test/dkms-test: DKMS, and of every kernel of the index
# what it is to have. A line for each in /kernels, "RELEASE WHAT", where WHAT is
#
#   for      annex is for it: image and headers are installed
#   not-for  PREEMPT_RT, or no PAE: headers are installed
#   image    there are no headers in the index: nothing is installed
#
# A 64-bit Debian gets the same kernels, and in /kmod-i386 what guests are to have of kmod.

set -e
of=''
if [ "$(dpkg --print-architecture)" = amd64 ]; then
	dpkg --add-architecture i386
	of=:i386
fi

# Names of packages PREFIX + release of the 32-bit kernels, newest first.
index() { apt-cache pkgnames "$1" | sed -nE "s/^$1([0-9].*-686(-pae)?)($of)?\$/\1/p" | sort -urV; }

has() { apt-cache show "$1" >/dev/null 2>&1; }

# An index that fails is not the end, if another one has kernels.
apt-get update || :
echo 'do_symlinks = no' >/etc/kernel-img.conf
for r in $(index linux-image-); do
	case $r in
	*-rt-686-pae | *-686) what=not-for ;;
	*) what=for ;;
	esac
	has "linux-headers-$r$of" || what=image
	echo "$r $what"
done >/kernels
cat /kernels
grep -q ' for$' /kernels || exit
# No initial RAM disk: no machine boots from this one.
# shellcheck disable=SC2046 # a list
INITRD=No apt-get install -y --no-install-recommends dkms openssl \
	$(awk -v of="$of" '$2 == "for" { print "linux-image-" $1 of }
		$2 != "image" { print "linux-headers-" $1 of }' /kernels)

# Nothing of it runs here, so its libraries are those of the packages that it depends on.
take_kmod() {
	apt-get install -y --no-install-recommends libc6:i386 libkmod2:i386 liblzma5:i386 libssl3:i386 libzstd1:i386
	cd /tmp
	apt-get download kmod:i386
	mkdir -p /kmod-i386/lib/i386-linux-gnu
	dpkg-deb --fsys-tarfile kmod_*_i386.deb | tar -x -C /kmod-i386 ./bin/kmod
	rm kmod_*_i386.deb
	cp -L /lib/ld-linux.so.2 /kmod-i386/lib/
	for name in $(objdump -p /kmod-i386/bin/kmod | awk '$1 == "NEEDED" { print $2 }'); do
		for dir in /lib/i386-linux-gnu /usr/lib/i386-linux-gnu; do
			[ ! -e "$dir/$name" ] || cp -L "$dir/$name" /kmod-i386/lib/i386-linux-gnu/
		done
		[ -e "/kmod-i386/lib/i386-linux-gnu/$name" ]
	done
}
if [ -n "$of" ]; then
	take_kmod
fi
