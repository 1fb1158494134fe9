# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# The KUnit suites as a module, on a kernel that has KUnit: those that are built for the
# tests. In a guest as in kunit/lib/testrange.h.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

suites() { dmesg | sed -nE "s/^\[ *[0-9.]+\] $1 [0-9]+ (annex_[a-z_]+).*/\1/p"; }

no_suite_fails() {
	suites 'not ok'
	[ -z "$(suites 'not ok')" ]
}

# Each folder of the suites has some.
enough_suites_run() {
	suites ok | wc -l
	[ "$(suites ok | wc -l)" -ge 90 ]
}

goes() { rmmod annex_kunit && unload; }

check 'KUnit loads' insmod $modules/kunit.ko
check 'it loads' load "memmap=1G\$4G" "claim=512M\$4G"
check 'the suites run' insmod $modules/annex_kunit.ko
check 'no suite fails' no_suite_fails
check '90 suites or more pass' enough_suites_run
say "note $(suites ok | wc -l) suites, $(dmesg | grep -cE '^\[ *[0-9.]+\]     ok ') cases pass"
check 'validate says ok' valid
check 'it goes' goes
finish
