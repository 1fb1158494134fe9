# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What the scripts share. A script sets top= to the checkout and sources this
# file; it is plain sh, because make sources it too.
#
# Kernel releases:  kernel_release   the one to build for
#                   guest_release    the one that a guest boots
#                   KERNEL=7.2       another version, which scripts/build/kernel makes:
#                   kernel_dir       its build directory
#                   modules_dir      where the modules of annex are for it
#                   mirror           Debian's, for packages
#                   disk_modules     the kernel's own that guests with disks have
# Guests:           program_for_guests NAME TO  builds one of kunit/progs
#                   is_seed SEED     what decides all that is random there
# Results of a part of make check, one file each under build/results/:
#                   part NAME        begins it
#                   pass CASE        one case passed
#                   fail CASE WHY    one case failed
#                   count P F        P and F cases, counted elsewhere
#                   verdicts PLAN OUT  prints how planned cases ended
#                   judged NAME LINES  those become cases of the part
#                   summary          ends it; fails if a case failed
#                   tally FILE...    prints "PASSED FAILED" of the parts
# This machine:     machine_bits     32 if it runs 32-bit programs, else 64
#                   slowness         how slow it is, in percent of the usual: 100 to 1000
#                   set_slowness     the same, once a run, for all that it starts
#                   slower SECONDS   that time on this machine
# Time limits:      watch_over PID SECONDS FILE...
#                                    ends a process that does not end, and says why

# scripts/build/disk-modules adds what these depend on. Not every kernel has all of them.
# shellcheck disable=SC2034 # for scripts that read this file
disk_modules='brd loop zram ext4 xfs btrfs dm_mod dm_cache dm_cache_smq
	lzo lz4 zstd zsmalloc zbud z3fold'

cache=${ANNEX_CACHE:-${HOME:-/root}/.cache/annex}
results=${ANNEX_RESULTS:-${top:-.}/build/results}

say() { echo "${0##*/}: $*" >&2; }

# die STATUS MESSAGE
die() {
	status=$1
	shift
	say "$*"
	exit "$status"
}

# Nothing can be built there: kbuild takes names apart at blanks and colons.
case ${top:-} in
*[[:space:]:]*) die 64 "annex cannot be used in \"$top\": kbuild knows no names with a blank or a colon, move it to another directory" ;;
esac

# The header comment of a script is its help.
usage() { sed -n '4,/^$/s/^# \{0,1\}//p' "$0"; }

# Debian's mirror: the one that this machine has.
# shellcheck disable=SC2016 # apt's own $
mirror() {
	apt-get indextargets --format '$(SITE)' 'Codename: bookworm' 'Origin: Debian' 2>/dev/null |
		grep . | head -n 1 || echo http://deb.debian.org/debian
}

# The files that make up the project, one a line; not what is built of them.
source_files() {
	git -C "$top" ls-files -co --exclude-standard 2>/dev/null | grep . ||
		(cd "$top" && find . -name .git -prune -o -path ./build -prune -o -type f -print |
			grep -vE '\.(o|ko|mod|mod\.c|cmd|o\.d|a)$|/(Module\.symvers|modules\.order)$')
}

# Releases of the installed 686-pae headers, newest first.
installed_releases() {
	for r in /lib/modules/*-686-pae/build/Makefile; do
		[ -e "$r" ] || continue
		r=${r#/lib/modules/}
		echo "${r%/build/Makefile}"
	done | grep -v -e '-rt-' | sort -rV
}

kernel_dir() { echo "$cache/kernel-$KERNEL"; }

modules_dir() { echo "$top${KERNEL:+/build/kernel-$KERNEL}"; }

kernel_release() {
	if [ "${KVER:-}" ]; then
		echo "$KVER"
		return
	fi
	r=$(uname -r)
	case $r in
	*-686-pae) [ ! -e "/lib/modules/$r/build/Makefile" ] || { echo "$r" && return; } ;;
	esac
	installed_releases | head -n 1
}

# The image must be of the release of the headers. Where an index has the
# newest of only one of the two, scripts/build/setup falls back to an older pair.
guest_release() {
	if [ "${KVER:-}" ]; then
		echo "$KVER"
		return
	fi
	for r in $(kernel_release) $(installed_releases); do
		[ ! -e "$cache/guest/$r/kernel" ] || { echo "$r" && return; }
	done
	kernel_release
}

# program_for_guests NAME TO: one of kunit/progs, which needs no library.
program_for_guests() {
	"${CC:-gcc}" -m32 -static -nostdlib -ffreestanding -fno-pie -no-pie -fno-stack-protector \
		-O1 -o "$2" "$top/kunit/progs/$1.c"
}

# is_seed SEED: as the scripts draw them by the clock, 30 bits, and somewhat more.
is_seed() {
	case $1 in
	'' | 0* | *[!0-9]*) return 1 ;;
	[4-9]?????????) return 1 ;;
	esac
	[ ${#1} -le 10 ]
}

# The smallest program of 32 bits: the head of an ELF file for i386, one segment,
# and exit(0) by int $0x80 behind them.
make_program_32() {
	printf '\177ELF\1\1\1\0\0\0\0\0\0\0\0\0\2\0\3\0\1\0\0\0\124\200\4\10\64\0\0\0'
	printf '\0\0\0\0\0\0\0\0\64\0\40\0\1\0\0\0\0\0\0\0'
	printf '\1\0\0\0\0\0\0\0\0\200\4\10\0\200\4\10\135\0\0\0\135\0\0\0\5\0\0\0\0\20\0\0'
	printf '\270\1\0\0\0\61\333\315\200'
}

# Asked of the kernel by running one: it may be compiled without them, or booted with
# ia32_emulation=off, and then a compiler for them is there all the same. ANNEX_BITS
# is the answer where that is to be another.
machine_bits() {
	if [ -z "${ANNEX_BITS:-}" ]; then
		mkdir -p "${top:-.}/build"
		program=$(mktemp "${top:-.}/build/bits.XXXXXX")
		make_program_32 >"$program"
		chmod +x "$program"
		ANNEX_BITS=64
		! "$program" 2>/dev/null || ANNEX_BITS=32
		rm -f "$program"
	fi
	echo "$ANNEX_BITS"
}

# The scripts' time limits are for an idle machine on which each processor takes
# 0.8 s for the MD5 of 512 MB, which no processor has instructions for. One that
# has more to do, or is older, takes longer. All processors are asked at once, as a
# run may want all of them. Ten times is the most: what waits for ever has to be ended.
slowness() {
	# All holes, and it stays: who measures may be ended meanwhile.
	zeros=${top:-.}/build/zeros
	mkdir -p "${zeros%/*}"
	truncate -s 16M "$zeros"
	measuring='' slow=$(date +%s%N)
	for _ in $(seq "$(nproc)"); do
		# shellcheck disable=SC2046 # 32 times the same name
		md5sum $(yes "$zeros" | head -n 32) >/dev/null &
		measuring="$measuring $!"
	done
	# shellcheck disable=SC2086 # a list; and not what the caller has started
	wait $measuring
	slow=$((($(date +%s%N) - slow) / 8000000))
	[ $slow -ge 100 ] || slow=100
	[ $slow -le 1000 ] || slow=1000
	echo $slow
}

# Those that a run starts find it in ANNEX_SLOWNESS, and do not measure again.
set_slowness() {
	: "${ANNEX_SLOWNESS:=$(slowness)}"
	export ANNEX_SLOWNESS
	[ "$ANNEX_SLOWNESS" -lt 150 ] ||
		say "this machine is $(times_of "$ANNEX_SLOWNESS") times as slow as usual: time limits are that much longer"
}

slower() { echo $(($1 * ${ANNEX_SLOWNESS:-100} / 100)); }

times_of() { echo "$(($1 / 100)).$(($1 / 10 % 10))"; }

uptime_of_machine() {
	read -r up _ </proc/uptime
	echo "${up%.*}"
}

# bytes_of FILE...: how many there are in all; a file that is not there has none.
bytes_of() { cat "$@" 2>/dev/null | wc -c; }

# The limit is for an idle machine: where it is reached, the load of now is measured,
# for there may be more of it than when the run began. What still prints into one
# of FILEs is not ended by it, until four times the limit have passed: a guest that
# prints for ever has to be ended, too. It hangs if it prints nothing for a quarter of
# the limit, but at least 5 s of an idle machine. Prints nothing if the process ends by itself.
watch_over() {
	watched=$1 limit=$2
	shift 2
	begun=$(uptime_of_machine) printed=$begun bytes='' slow=${ANNEX_SLOWNESS:-100} asked=''
	while sleep 1 && kill -0 "$watched" 2>/dev/null; do
		now=$(uptime_of_machine)
		bytes_now=$(bytes_of "$@")
		[ "$bytes_now" = "$bytes" ] || { bytes=$bytes_now && printed=$now; }
		allowed=$((limit * slow / 100))
		quiet=$((allowed / 4))
		[ $quiet -ge $((5 * slow / 100)) ] || quiet=$((5 * slow / 100))
		[ $((now - begun)) -ge $allowed ] || continue
		if [ -z "$asked" ]; then
			asked=$(slowness)
			[ "$asked" -le "$slow" ] || slow=$asked
			continue
		fi
		why="no end after $((now - begun)) s: the limit is $limit s"
		[ "$slow" -lt 110 ] ||
			why="$why, or $allowed s on this machine, which is $(times_of "$slow") times as slow as usual"
		if [ $((now - begun)) -ge $((4 * allowed)) ]; then
			why="$why; it prints and prints, and four times the limit is the most"
		elif [ $((now - printed)) -ge $quiet ]; then
			why="$why; it has printed nothing for $((now - printed)) s"
		else
			continue
		fi
		echo "$why"
		end_process "$watched"
	done
}

# A program that is stopped, or hangs, does not hear the first.
end_process() {
	kill "$1" 2>/dev/null || return 0
	for second in 1 2 3 4 5; do
		sleep 1
		kill -0 "$1" 2>/dev/null || return 0
	done
	say "process $1 does not end within $second s: it is killed"
	kill -KILL "$1" 2>/dev/null || :
}

# The record is a file and not a variable, so that a case counts from a
# subshell too, and so that a part which dies in the middle leaves no "done".
part() {
	part=$1
	mkdir -p "$results"
	: >"$results/$part"
}

pass() {
	echo "ok $1" >>"$results/$part"
	echo "ok   $part: $1"
}

fail() {
	echo "not ok $1${2:+: $2}" >>"$results/$part"
	echo "FAIL $part: $1${2:+: $2}"
}

# What a script printed that uses guest-test.d/lib.sh, held against its plan: a line
# for each planned case, "ok CASE" or "not ok CASE", a tab and why.
verdicts() {
	awk 'NR == FNR { if (sub(/^plan /, "")) name[++n] = $0; next }
	     /^ok / { holds[substr($0, 4)] = 1 }
	     /^not ok / {
		for (i = 1; i <= n; i++)
			if (index($0, "not ok " name[i] ": ") == 1)
				why[name[i]] = substr($0, length(name[i]) + 10)
	     }
	     END {
		for (i = 1; i <= n; i++)
			if (name[i] in why)
				print "not ok " name[i] "\t" why[name[i]]
			else if (holds[name[i]])
				print "ok " name[i]
			else
				print "not ok " name[i] "\tnever reported"
	     }' "$1" "$2"
}

judged() {
	while IFS= read -r verdict; do
		case $verdict in
		'ok '*) pass "$1: ${verdict#ok }" ;;
		*)
			verdict=${verdict#not ok }
			fail "$1: ${verdict%%	*}" "${verdict#*	}"
			;;
		esac
	done <"$2"
}

count() { echo "count $1 $2" >>"$results/$part"; }

summary() {
	echo 'done' >>"$results/$part"
	# shellcheck disable=SC2046 # two numbers, to be split
	set -- $(tally "$results/$part")
	echo "$part: $1 passed, $2 failed"
	[ "$2" -eq 0 ]
}

# A part that never began, or did not reach its end, counts as one failure;
# so does one that found nothing to run.
tally() {
	for f; do
		[ -e "$f" ] || { echo 0 1 && continue; }
		awk '/^ok /		{ p++ }
		     /^not ok /		{ f++ }
		     /^count /		{ p += $2; f += $3 }
		     /^done$/		{ ended = 1 }
		     END		{ if (!ended || !(p + f)) f++; print p + 0, f + 0 }' "$f"
	done | awk '{ p += $1; f += $2 } END { print p + 0, f + 0 }'
}

# What a kernel says when something is wrong, as a regular expression.
complaints='WARNING:|BUG:|UBSAN:|KFENCE:|INFO: |Oops|Kernel panic|general protection'
complaints=$complaints'|DEBUG_LOCKS_WARN|kmemleak: .*disabled'
export complaints
