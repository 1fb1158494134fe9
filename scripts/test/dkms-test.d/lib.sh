# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# What dkms.sh and deb.sh share, which run in the root of scripts/test/dkms-test: what
# is looked at once annex is there, and that nothing of it is left behind.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. /guest-test.d/lib.sh

releases() { awk -v what="$1" '$2 == what { print $1 }' /kernels; }
version() { sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' /out/source/dkms.conf; }
annex=annex/$(version)

# All that is not apt's or a log: with what files have in them, but for the time
# stamps that depmod and dpkg leave.
everything() {
	find / -xdev \( -path /proc -o -path /tmp -o -path /out -o -path /var/log \
		-o -path /var/cache -o -path /var/lib/apt -o -path /var/lib/dpkg \
		-o -path /annex-test -o -path /guest-test.d -o -path /deb \) -prune -o -print | sort
	# Links of DKMS included, which a dead one is, too.
	find /lib/modules /usr/src /var/lib/dkms /etc -xdev -type f \
		\( -name 'modules.*' -o -path '/etc/*' -o -path '/var/lib/dkms/*' -o -path '/usr/src/annex*' \) \
		-exec cksum {} + | sort -k 3
}

# DKMS makes the machine's key for signatures once, for all modules, with the
# first of them. That is no part of annex: it is made before.
make_key() {
	[ -e /var/lib/dkms/mok.key ] ||
		openssl req -new -x509 -nodes -days 36500 -subj '/CN=DKMS module signing key' \
			-newkey rsa:2048 -keyout /var/lib/dkms/mok.key -outform DER -out /var/lib/dkms/mok.pub
}

before() {
	make_key
	for r in $(releases for); do
		depmod "$r" || return 1
	done
	everything >/tmp/before
	grep -c . /tmp/before >&2
	! grep -i 'annex' /tmp/before
}

nothing_left() {
	everything >/tmp/after
	diff /tmp/before /tmp/after
}

# is RELEASE STATE: what DKMS says of annex and that kernel.
is() {
	dkms status "$annex" -k "$1" | tee /tmp/status
	grep -q "^$annex, $1, [^:]*: $2" /tmp/status
}

field() { modinfo -k "$1" -F "$2" annex; }

right_version() { same "$(version)" "$(field "$1" version)"; }

right_vermagic() {
	field "$1" vermagic
	case $(field "$1" vermagic) in
	"$1 SMP preempt mod_unload modversions 686 "*) ;;
	*) return 1 ;;
	esac
}

# By the key that the machine's owner can enrol.
signed() {
	same 'DKMS module signing key' "$(field "$1" signer)" && same sha256 "$(field "$1" sig_hashalgo)"
}

in_its_place() {
	for name in annex annex_blk annexfs; do
		same "/lib/modules/$1/updates/dkms/$name.ko" "$(modinfo -k "$1" -n $name)" || return 1
	done
}

depmod_knows() {
	grep -qx 'updates/dkms/annex.ko:' "/lib/modules/$1/modules.dep" &&
		grep -qx 'updates/dkms/annex_blk.ko: updates/dkms/annex.ko' "/lib/modules/$1/modules.dep" &&
		grep -qx 'updates/dkms/annexfs.ko: updates/dkms/annex.ko' "/lib/modules/$1/modules.dep"
}

# copy_kmod DIRECTORY: with its libraries.
copy_kmod() {
	for file in /bin/kmod $(ldd /bin/kmod | grep -o '/[^ ]*'); do
		mkdir -p "$1/${file%/*}"
		cp -L "$file" "$1$file"
	done
}

# export_for ROUTE RELEASE: modules and kmod, for the guest.
export_for() {
	dir=/out/$1/$2
	mkdir -p "$dir/modules" "$dir/kmod"
	cp -r "/lib/modules/$2/updates" "$dir/modules/"
	cp /lib/modules/"$2"/modules.* "$dir/modules/"
	if [ -d /kmod-i386 ]; then
		cp -r /kmod-i386/. "$dir/kmod/"
	else
		copy_kmod "$dir/kmod"
	fi
	# What kmod does depends on its name.
	mkdir -p "$dir/kmod/usr/sbin"
	mv "$dir/kmod/bin/kmod" "$dir/kmod/usr/sbin/modprobe"
	[ -e "$dir/modules/updates/dkms/annex.ko" ]
}

# look ROUTE: what is installed, each kernel.
look() {
	for r in $(releases for); do
		check "$r: it is installed" is "$r" installed
		check "$r: the module is where DKMS puts them" in_its_place "$r"
		check "$r: it is of this version" right_version "$r"
		check "$r: it is for that kernel" right_vermagic "$r"
		check "$r: it is signed" signed "$r"
		check "$r: depmod knows it" depmod_knows "$r"
		check "$r: what is installed can be taken along" export_for "$1" "$r"
	done
}
