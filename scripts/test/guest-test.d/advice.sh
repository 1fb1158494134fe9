# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: advice.sh ask|follow ARGUMENT...
#
# A load that the address space does not suffice for: which vmalloc= does the
# refusal name? And, in a guest booted with that: does the same load work?

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

ask() {
	remember
	! /test/finit "$modules/annex.ko" "$@" || return 1
	log_lines | sed -n 's/^annex: .*boot with vmalloc=\([0-9]*M\)$/\1/p' >/tmp/found
	[ -s /tmp/found ] && unchanged
}

follow() {
	load "$@" || { log_lines | tail -n 1 && return 1; }
	valid
}

todo=$1
shift
case $todo in
ask)
	check 'a vmalloc= is named' ask "$@"
	[ "${PLAN:-}" ] || echo "found vmalloc $(cat /tmp/found)"
	;;
follow)
	check 'the vmalloc= that was named suffices' follow "$@"
	;;
esac
finish
