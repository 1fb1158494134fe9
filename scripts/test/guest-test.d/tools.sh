# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# The tools to look with, where they are to run: busybox's ash and awk, and nothing
# else. In a guest of 5 GB with memmap=1G$5G, which has them in /tools.
#
# annex-top draws on a terminal of the kernel's own, and what is on its screen is
# read back from /dev/vcs1. What it shows is held against the files on the host, and
# so is the recording; the events are counted here.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

tty=/dev/tty1
tracing=/sys/kernel/tracing
sent=/tmp/sent

top() { sh /tools/annex-top "$@"; }
record() { sh /tools/annex-record "$@"; }
trace() { sh /tools/annex-trace "$@"; }

# says LINE STATUS COMMAND...: it ends with that, having said one line.
says() {
	line=$1 expected=$2
	shift 2
	status=0
	"$@" >/tmp/said 2>&1 || status=$?
	cat /tmp/said
	same "$expected" $status && same 1 "$(wc -l </tmp/said)" && grep -qE "$line" /tmp/said
}

all_say() {
	for tool in top record; do
		says "^annex-$tool: $1" "$2" $tool || return 1
	done
}

without_debugfs() {
	umount /sys/kernel/debug || return 1
	all_say 'debugfs is not mounted: mount -t debugfs debug /sys/kernel/debug$' 1
	status=$?
	mount -t debugfs debug /sys/kernel/debug && return $status
}

# As somebody who may not look.
not_root() {
	mkdir -p /etc
	printf '%s:/:/bin/sh\n' root:x:0:0: nobody:x:65534:65534: >/etc/passwd
	for tool in top record 'trace -t 1'; do
		says "^annex-${tool%% *}: only root may" 1 su nobody -c "exec sh /tools/annex-$tool" ||
			return 1
	done
}

no_trace() {
	says '^annex-trace: tracefs is not mounted: mount -t tracefs' 1 trace -t 1 || return 1
	mount -t tracefs tracefs $tracing || return 1
	says '^annex-trace: .* no events of annex: is it loaded' 1 trace -t 1
}

bad_words() {
	says 'not a number of seconds: fast' 64 top -d fast || return 1
	says 'seconds are from 0.1 to a day, not 0' 64 top -d 0 || return 1
	says 'not a number of times: -1' 64 top -n -1 || return 1
	says 'what is this\?' 64 top this || return 1
	says 'not a number of lines: abc' 64 env LINES=abc sh /tools/annex-top -b || return 1
	says 'not a number of columns: 8x' 64 env COLUMNS=8x sh /tools/annex-top -b || return 1
	says 'no terminal; -b is for files' 1 top || return 1
	says '/nowhere is no directory' 1 top -D /nowhere || return 1
	says 'cannot read /proc/zoneinfo|cannot read /proc/pkmap' 1 top -D /proc || return 1
	says 'not a number of seconds: x' 64 record -d x || return 1
	says 'annex has no page_owner' 1 record -p || return 1
	says 'cannot write /proc/nothing' 1 record -o /proc/nothing || return 1
	says 'cannot write /proc/nothing' 1 trace -o /proc/nothing -t 1 || return 1
	says 'neither a command nor -t' 64 trace || return 1
	says 'no event kmalloc, but mm_page_alloc' 1 trace -e kmalloc -t 1
}

use_the_pool() {
	exercise hold blocks=3000 gfp=kernel && exercise hold blocks=20000 gfp=movable &&
		exercise drop every=3 && exercise objects blocks=1000 seed=3 &&
		exercise kmap_keep blocks=20
}

# The files, then what is made of them: the pool is at rest.
keep_files() {
	mkdir -p $sent
	for file in zoneinfo buddyinfo vmstat pkmap kmap_local vmallocinfo layout; do
		cat $annex/$file >$sent/$file || return 1
	done
}

at_rest() {
	top -b -n 2 -d 1 >$sent/at_rest && LINES=12 COLUMNS=60 top -b -n 1 >$sent/small &&
		LINES=40 COLUMNS=132 top -b -n 1 >$sent/large
}

# show WORDS: annex-top on the terminal; what was on its screen.
show() {
	stty -F $tty rows 24 columns 80 || return 1
	stty -F $tty -g >/tmp/stty
	sh /tools/annex-top -d 1 <>$tty >&0 &
	shower=$!
	sleep 3.5
	fold -w 80 /dev/vcs1 >"$1"
	echo >>"$1"
	kill -TERM $shower
	status=0
	wait $shower || status=$?
	same 143 $status && same "$(cat /tmp/stty)" "$(stty -F $tty -g)"
}

# Of what 900 MB leave, a cache is used that is larger, a dozen seconds or so.
under_load() {
	exercise hold blocks=225 order=10 gfp=movable || return 1
	exercise cache pages=60000 ops=1000000 seed=1 threads=2 &
	load=$!
	sleep 3
	show $sent/screen || { kill $load && return 1; }
	top -b -n 5 -d 0.7 >$sent/busy || return 1
	wait $load
}

a_recording() {
	record -d 0.3 -o /tmp/recording -l /tmp/label sh -c \
		"echo first >/tmp/label; sleep 1; echo hold blocks=5000 gfp=movable >$drive/run
		 echo 'the second' >/tmp/label; sleep 1; exit 7"
	same 7 $? || return 1
	awk '/^snapshot/ { n++ } /^end/ { whole++ } /^snapshot .* the second$/ { second++ }
	     END { print n, whole, second; exit !(n > 4 && n == whole && second > 1) }' /tmp/recording
}

# An interrupt ends it, with what it has.
interrupted() {
	sh /tools/annex-record -d 1 -o /tmp/cut sleep 1234 &
	recorder=$!
	sleep 2.5
	kill -TERM $recorder
	wait $recorder || return 1
	! pidof sleep || return 1
	same "end $(grep -c ^snapshot /tmp/cut)" "$(tail -n 1 /tmp/cut)"
}

# A snapshot that takes a second, for a file of it is a pipe, and during which the label
# changes: it is taken anew, and those are left out during which it always changes.
labels_hold() {
	rm -rf /tmp/slow && mkdir -p /tmp/slow/memblock && mkfifo /tmp/slow/vmstat || return 1
	for file in zoneinfo buddyinfo pagetypeinfo layout pool_map pkmap kmap_local vmallocinfo \
		slabinfo memblock/memory memblock/reserved; do
		echo "$file" >/tmp/slow/$file
	done
	echo old >/tmp/label
	(for label in new 1 2 3 4 5; do
		{ sleep 0.5 && echo $label >/tmp/label && echo "vmstat $label"; } >/tmp/slow/vmstat
		[ $label != new ] || { sleep 0.5 && echo 'vmstat twice' >/tmp/slow/vmstat; }
		sleep 0.5
	done) &
	record -D /tmp/slow -n 2 -d 0.1 -l /tmp/label -o /tmp/slow.record
	same 0 $? && cat /tmp/slow.record && same 1 "$(grep -c ^snapshot /tmp/slow.record)" &&
		grep -q '^snapshot 1 [0-9.]* new$' /tmp/slow.record &&
		same 'vmstat twice' "$(sed -n 's/^|\(vmstat .*\)/\1/p' /tmp/slow.record)" &&
		same 'end 1' "$(tail -n 1 /tmp/slow.record)"
}

# 1000 blocks taken and given back, no others.
events_are_counted() {
	trace -o /tmp/events sh -c "echo hold blocks=1000 order=6 gfp=movable >$drive/run
		echo drop every=1 >$drive/run" >/tmp/sums || return 1
	cat /tmp/sums
	same 1000 "$(awk '$1 == "mm_page_alloc" { print $2 }' /tmp/sums)" || return 1
	same "$(grep -c 'mm_page_free: ' /tmp/events)" \
		"$(awk '$1 == "mm_page_free" { print $2 }' /tmp/sums)" || return 1
	same "$(grep -vc '^#' /tmp/events)" "$(awk '$1 == "all" { print $2 }' /tmp/sums)"
}

one_event() {
	trace -e mm_page_free -b 64 -o /tmp/events sh -c \
		"echo hold blocks=5000 gfp=movable >$drive/run; echo drop every=1 >$drive/run; exit 3" \
		>/tmp/sums
	same 3 $? || return 1
	cat /tmp/sums
	! grep -q mm_page_alloc /tmp/events || return 1
	lost=$(sed -n 's/^\([0-9]*\) events before these are lost.*/\1/p' /tmp/sums)
	# What it lost and what it has are all that there was.
	same 5000 $((lost + $(grep -c mm_page_free: /tmp/events)))
}

# Whoever is inside a file when annex is to go is waited for.
goes_while_shown() {
	sh /tools/annex-top -b -d 0.5 >/tmp/gone 2>&1 &
	shower=$!
	sh /tools/annex-record -d 0.5 -o /tmp/until >/tmp/said 2>&1 &
	recorder=$!
	sleep 1.2
	for _ in $(seq 20); do
		! unload 2>/dev/null || break
	done
	status=0
	wait $shower || status=$?
	same 1 $status && tail -n 1 /tmp/gone | grep 'annex has no zones any more' || return 1
	status=0
	wait $recorder || status=$?
	cat /tmp/said
	same 1 $status && grep 'annex has no zones any more' /tmp/said &&
		same "end $(grep -c ^snapshot /tmp/until)" "$(tail -n 1 /tmp/until)"
}

nothing_stays() { same '' "$(ls $tracing/instances)" && same 0 "$(cat $tracing/events/annex/enable)"; }

check 'nothing of annex is there before' remember
check 'they say that debugfs is not mounted' without_debugfs
check 'they say that annex is not loaded' all_say "annex is not loaded: modprobe annex memmap='SIZE[$]START'\$" 1
check 'annex-trace says that tracefs is not mounted, and that annex is not there' no_trace
check 'annex loads' load "memmap=1G\$5G"
check 'a module that uses annex loads' insmod $modules/annex_exercise.ko
check 'they say that only root may look' not_root
check 'they say what they do not understand' bad_words
check 'the pool is in use' use_the_pool
check 'the files are kept' keep_files
check 'annex-top shows them' at_rest
check 'annex-top shows a busy pool on a terminal, and leaves that as it was' under_load
if capture_for check_top 'annex-top'; then
	for file in "$sent"/*; do
		send "${file##*/}" "$file"
	done
	echo 'file end'
fi
check 'mapped frames are unmapped' exercise kmap_drop
check 'held blocks are given back' exercise drop
check 'annex-record records a command' a_recording
check 'annex-record can be interrupted' interrupted
check 'a snapshot has one label' labels_hold
if capture_for check_recording 'annex-record'; then
	send recording /tmp/recording
	for file in zoneinfo vmstat buddyinfo; do
		send $file $annex/$file
	done
	echo 'file end'
fi
check 'annex-trace counts events' events_are_counted
check 'annex-trace says what it lost' one_event
check 'annex-trace leaves nothing' nothing_stays
check 'the books balance' valid
check 'the user of annex goes' rmmod annex_exercise
check 'annex goes, and annex-top and annex-record say so' goes_while_shown
check 'nothing of annex is left' unchanged
finish
