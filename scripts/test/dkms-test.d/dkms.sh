#!/bin/sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# By DKMS itself: add, build, install, remove. In the root of scripts/test/dkms-test.

# shellcheck source=scripts/test/dkms-test.d/lib.sh
. "${0%/*}/lib.sh"

add() { dkms add /out/source && [ -e "/usr/src/annex-$(version)/dkms.conf" ]; }

build() {
	dkms build "$annex" -k "$1" >/tmp/build 2>&1 || { tail -n 5 /tmp/build && return 1; }
	! grep -i 'warning' "/var/lib/dkms/$annex/$1/"*/log/make.log
}

# 77 is DKMS's status for a kernel that dkms.conf does not want.
passed_over() {
	status=0
	dkms build "$annex" -k "$1" >/tmp/build 2>&1 || status=$?
	cat /tmp/build
	same 77 $status && grep -q BUILD_EXCLUSIVE /tmp/build && ! is "$1" built
}

# Without DKMS nobody asks dkms.conf: then it is make that says why.
make_says_why() {
	cp -r /out/source /tmp/tree
	status=0
	make -C /tmp/tree KVER="$1" >/tmp/make 2>&1 || status=$?
	rm -rf /tmp/tree
	tail -n 5 /tmp/make
	[ $status -ne 0 ] && grep -qE 'annex is (not )?for .*(PAE|PREEMPT_RT)' /tmp/make
}

# What a new kernel's package calls.
new_kernel() {
	dkms remove "$annex" -k "$1" >/dev/null || return 1
	! is "$1" installed || return 1
	[ ! -e "/lib/modules/$1/updates/dkms/annex.ko" ] || return 1
	/etc/kernel/postinst.d/dkms "$1" >/tmp/new 2>&1 || { tail -n 5 /tmp/new && return 1; }
	is "$1" installed
}

# The third way, without a record: modprobe has to find it all the same.
make_installs() {
	cp -r /out/source /tmp/tree
	make -C /tmp/tree KVER="$1" modules_install >/tmp/make 2>&1 || { tail -n 5 /tmp/make && return 1; }
	rm -rf /tmp/tree
	for name in annex annex_blk annexfs; do
		same "/lib/modules/$1/extra/$name.ko" "$(modinfo -k "$1" -n $name)" || return 1
	done
	! grep -i 'error' /tmp/make
}

and_goes() { rm -r "/lib/modules/$1/extra" && depmod "$1"; }

cp /out/kernels /kernels
check 'nothing of annex is there before' before
check 'dkms add' add
for r in $(releases for); do
	check "$r: dkms build" build "$r"
	check "$r: dkms install" dkms install "$annex" -k "$r"
done
look dkms
check 'a kernel that comes later has it at once' new_kernel "$(releases for | head -n 1)"
for r in $(releases not-for); do
	check "$r: DKMS passes it over" passed_over "$r"
	check "$r: make says why" make_says_why "$r"
done
check 'dkms remove' dkms remove "$annex" --all
rm -rf "/usr/src/annex-$(version)"
check 'nothing of annex is left' nothing_left
for r in $(releases for | head -n 1); do
	check "$r: make modules_install" make_installs "$r"
	check "$r: it can be removed" and_goes "$r"
done
check 'nothing of that is left, either' nothing_left
finish
