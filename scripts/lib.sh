# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What the scripts share. A script sets top= to the checkout and sources this
# file; it is plain sh, because make sources it too.
#
# Kernel releases:  kernel_release   the one to build for
#                   guest_release    the one that a guest boots
# Results of a part of make check, one file each under build/results/:
#                   part NAME        begins it
#                   pass CASE        one case passed
#                   fail CASE WHY    one case failed
#                   count P F        P and F cases, counted elsewhere
#                   verdicts PLAN OUT  prints how planned cases ended
#                   judged NAME LINES  those become cases of the part
#                   summary          ends it; fails if a case failed
#                   tally FILE...    prints "PASSED FAILED" of the parts

cache=${ANNEX_CACHE:-${HOME:-/root}/.cache/annex}
results=${top:-.}/build/results

say() { echo "${0##*/}: $*" >&2; }

# die STATUS MESSAGE
die() {
	status=$1
	shift
	say "$*"
	exit "$status"
}

# The header comment of a script is its help.
usage() { sed -n '4,/^$/s/^# \{0,1\}//p' "$0"; }

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
# newest of only one of the two, scripts/setup falls back to an older pair.
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
