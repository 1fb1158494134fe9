# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# Debian's programs in a guest that has them, for recipes.sh and load.sh: busybox's shell
# would take its own of these names, wherever they stand in PATH.

blkdiscard() { /usr/bin/blkdiscard "$@"; }
fstrim() { /usr/bin/fstrim "$@"; }
mkswap() { /usr/bin/mkswap "$@"; }
swapon() { /usr/bin/swapon "$@"; }
swapoff() { /usr/bin/swapoff "$@"; }

# Modules lie in two directories here.
modprobe() {
	case $1 in
	-r) rmmod "$2" ;;
	annex*)
		module=$1
		shift
		insmod "/lib/annex/$module.ko" "$@"
		;;
	*) load_kernel "$@" ;;
	esac
}
