#!/bin/sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# By the package: install, remove, install again, look, purge. In the root of
# scripts/test/dkms-test.

# shellcheck source=scripts/test/dkms-test.d/lib.sh
. "${0%/*}/lib.sh"

apt() { apt-get -y --no-install-recommends "$@" >/tmp/apt 2>&1 || { tail -n 5 /tmp/apt && return 1; }; }

# DKMS and the headers are there, as on a machine that builds other modules.
install() { apt install /deb/annex-dkms_*_all.deb; }

# What a package that is broken would leave out.
has_documents() {
	zcat /usr/share/man/man4/annex.4.gz | grep -q '^\.Dt ANNEX 4' || return 1
	for file in README.md install.rst changelog examples/annex.conf examples/grub.cfg examples/consumer/Kbuild; do
		[ -e "/usr/share/doc/annex-dkms/$file" ] || [ -e "/usr/share/doc/annex-dkms/$file.gz" ] || {
			echo "no $file"
			return 1
		}
	done
}

programs_answer() {
	for tool in annex-top annex-record annex-trace; do
		"/usr/bin/$tool" -h | grep -q "^usage: $tool " || { echo $tool && return 1; }
		[ -e "/usr/share/man/man1/$tool.1.gz" ] || { echo "$tool.1" && return 1; }
	done
}

files_are_its_own() { dpkg --verify annex-dkms >/tmp/verify && [ ! -s /tmp/verify ]; }

# A consumer of annex as install.rst has it built: with a copy of what the package has.
consumer() {
	cp -r "/usr/src/annex-$(version)" /tmp/annex
	cp -r /usr/share/doc/annex-dkms/examples/consumer /tmp/consumer
	gunzip -qr /tmp/consumer
	{
		make -C /tmp/annex KVER="$1" &&
			make -C /tmp/consumer ANNEX=/tmp/annex KVER="$1"
	} >/tmp/make 2>&1 || { tail -n 5 /tmp/make && return 1; }
	cp /tmp/consumer/annex_sample.ko "/out/deb/$1/" && rm -r /tmp/annex /tmp/consumer
}

not() { ! "$@"; }

no_modules() {
	for r in $(releases for); do
		[ ! -e "/lib/modules/$r/updates/dkms/annex.ko" ] || return 1
		! modinfo -k "$r" annex 2>/dev/null || return 1
	done
}

cp /out/kernels /kernels
check 'nothing of annex is there before' before
check 'apt-get install' install
for r in $(releases for); do
	check "$r: it is installed at once" is "$r" installed
done
check 'apt-get remove' apt remove annex-dkms
check 'its modules are gone' no_modules
check 'nothing of annex is left when it is removed' nothing_left
check 'apt-get install again' install
look deb
for r in $(releases not-for); do
	check "$r: it is passed over" not is "$r" installed
done
check 'manual page, documents and examples' has_documents
check 'its programs answer' programs_answer
check 'dpkg has nothing to complain about' files_are_its_own
for r in $(releases for | head -n 1); do
	check "$r: a consumer is built" consumer "$r"
done
check 'apt-get purge' apt purge annex-dkms
check 'nothing of annex is left when it is purged' nothing_left
finish
