# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: guest.sh [consumer]
#
# Loads annex as it was installed, by its name, with kmod's modprobe. In a guest of
# scripts/test/dkms-test, with memmap=3G$4G.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${LIB:-/test/lib.sh}"

# busybox has a modprobe, too; this is kmod's.
modprobe() { /usr/sbin/modprobe "$@"; }

loaded() { grep '^annex ' /proc/modules; }

zones() {
	for name in DMA Normal HighMem; do
		zone $name managed
	done
	same 4096 "$(zone DMA spanned)" && same 778240 "$(zone HighMem spanned)" && valid
}

# A signature is looked at when a module is loaded; the key is nobody's whom this
# kernel knows, which taints it (E), and so does a module from outside (O).
taints() {
	cat /sys/module/annex/taint
	case $(cat /sys/module/annex/taint) in *O*) ;; *) return 1 ;; esac
}

goes() { modprobe -r annex && ! loaded && unchanged; }

# Without the range the module says what it wants.
refuses_without() {
	forget_log
	! modprobe annex || return 1
	log_lines
	log_lines | grep -q '^annex: .*memmap'
}

with_conf() {
	mv /etc/modprobe.d/annex.conf.installed /etc/modprobe.d/annex.conf
	modprobe annex && loaded && zones
}

# What was built against the package's sources has the versions of this module.
consumer_loads() {
	insmod /lib/annex/annex_sample.ko || return 1
	echo note >/sys/kernel/debug/annex_sample/notes
	grep -q ': note$' /sys/kernel/debug/annex_sample/notes || return 1
	! modprobe -r annex 2>/dev/null || return 1
	rmmod annex_sample && valid
}

if [ ! "${PLAN:-}" ]; then
	mv /etc/modprobe.d/annex.conf /etc/modprobe.d/annex.conf.installed
fi
check 'nothing of annex is there before' remember
check 'modprobe annex without a range is refused' refuses_without
check "modprobe annex memmap=3G\$4G" modprobe annex "memmap=3G\$4G"
check 'its zones are read, and it is valid' zones
check 'the kernel takes it for a module of others' taints
check 'modprobe -r annex leaves nothing' goes
check 'modprobe annex with the example of /etc/modprobe.d' with_conf
[ "${1:-}" != consumer ] || check 'a consumer loads' consumer_loads
check 'and it goes again' goes
finish
