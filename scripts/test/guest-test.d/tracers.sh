# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# trace-cmd and perf record annex's events, by the names that people know, and make
# text of them by the description that each event has in tracefs. In a guest of 5 GB
# with memmap=1G$5G, --with tracers.
#
# What the kernel itself prints of the same events is annex-trace's: it has to be the
# same, letter by letter.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

tracing=/sys/kernel/tracing

# Blocks of all zones, and those that there are not.
# shellcheck disable=SC2016 # for a shell of its own
traffic='for gfp in dma kernel atomic highuser movable; do
		echo hold blocks=1000 order=2 gfp=$gfp >$drive/run
	done
	echo hold blocks=300 order=10 gfp=movable >$drive/run
	echo drop every=1 >$drive/run
	sleep 1'

# Reclaim of folios: a cache larger than what room there is, then all frames at once.
# shellcheck disable=SC2016 # as above
pressure='echo hold blocks=240 order=10 gfp=movable >$drive/run
	echo cache pages=30000 ops=60000 seed=1 threads=2 >$drive/run
	echo hold blocks=8 order=10 gfp=movable >$drive/run
	echo dry >$drive/run
	echo drop >$drive/run
	sleep 1'

# Reclaim of what the heap and old areas have.
shrinking='insmod /lib/annex/annex_torture.ko seconds=3 seed=1
	sleep 4
	rmmod annex_torture
	sleep 1'

events() { (cd $tracing/events/annex && echo */ | tr -d / | tr ' ' '\n' | sort); }

mounted() {
	mkdir -p /run
	mount -t tracefs tracefs $tracing
}

# texts FILE: EVENT: FIELDS, in some order, of what any of the three prints.
texts() {
	awk '{
		for (i = 1; i <= NF && $i !~ /^(annex:)?mm_[a-z_]*:$/; i++)
			$i = ""
		sub(/^ *(annex:)?/, "")
		if (NF) print
	}' "$1" | sort
}

# kinds FILE: how many of each kind there are.
kinds() { cut -d : -f 1 "$1" | sort | uniq -c; }

same_texts() {
	texts "$1" >/tmp/kernel.texts
	texts "$2" >/tmp/other.texts
	same "$(kinds /tmp/kernel.texts)" "$(kinds /tmp/other.texts)" || return 1
	# Not diff: busybox's takes minutes where much differs.
	awk 'NR == FNR { text[NR] = $0; next }
	     text[FNR] != $0 { print text[FNR] " / " $0; exit 1 }' /tmp/kernel.texts /tmp/other.texts &&
		kinds /tmp/other.texts >>/tmp/kinds
}

trace_cmd_lists() { same "$(events)" "$(trace-cmd list -e '^annex:' | sed -n 's/^annex://p' | sort)"; }

perf_lists() {
	perf list 'annex:*' >/tmp/list 2>&1
	same "$(events)" "$(sed -n 's/^ *annex:\([a-z_]*\) .*/\1/p' /tmp/list | sort)"
}

# beside OPTION... COMMAND...: annex-trace with its options, while the command records
# the same. Nothing may be lost.
beside() {
	drive=$drive sh /tools/annex-trace -b 32768 -o /tmp/kernel "$@" >/tmp/sums 2>/tmp/complaints ||
		{ cat /tmp/complaints && return 1; }
	! grep 'are lost' /tmp/sums
}

# told FILE COMMAND...: what the command makes of its recording.
told() {
	file=$1
	shift
	"$@" >"$file" 2>/tmp/complaints || { cat /tmp/complaints && return 1; }
}

# trace_cmd WORDS [EVENT...]: what trace-cmd records of them, and the kernel.
trace_cmd() {
	words=$1 ours='' theirs=''
	shift
	for event; do
		ours="$ours -e $event" theirs="$theirs -e annex:$event"
	done
	# shellcheck disable=SC2086 # options, to be split
	beside $ours trace-cmd record -q -b 32768 ${theirs:--e annex} -o /tmp/trace.dat sh -c "$words" || return 1
	told /tmp/report trace-cmd report -q -i /tmp/trace.dat || return 1
	! grep -E 'FAILED TO PARSE|UNKNOWN|[Ee]rror' /tmp/complaints /tmp/report || return 1
	same_texts /tmp/kernel /tmp/report
}

perf_record() {
	beside perf record -q -m 16M -a -e 'annex:*' -o /tmp/perf.data sh -c "$1" || return 1
	told /tmp/script perf script -i /tmp/perf.data || return 1
	same_texts /tmp/kernel /tmp/script
}

perf_counts() {
	# shellcheck disable=SC2016 # as above
	drive=$drive perf stat -x , -a -e annex:mm_page_alloc,annex:mm_page_free -o /tmp/stat \
		sh -c 'echo hold blocks=1000 order=6 gfp=movable >$drive/run; echo drop every=1 >$drive/run' || return 1
	cat /tmp/stat
	same 1000 "$(sed -n 's/^\([0-9]*\),.*annex:mm_page_alloc,.*/\1/p' /tmp/stat)"
}

# Each event there is was among those that were the same.
all_kinds() {
	for event in $(events); do
		grep -q " $event\$" /tmp/kinds || { echo "no $event" && return 1; }
	done
}

check 'nothing of annex is there before' remember
check 'tracefs is mounted' mounted
check 'annex loads' load "memmap=1G\$5G"
check 'a module that uses annex loads' insmod $modules/annex_exercise.ko
check 'trace-cmd lists the events' trace_cmd_lists
check 'trace-cmd records requests as the kernel has them' trace_cmd "$traffic"
check 'trace-cmd records reclaim as the kernel has it' trace_cmd "$pressure"
check 'trace-cmd records shrinkers as the kernel has them' \
	trace_cmd "$shrinking" mm_shrink_slab_start mm_shrink_slab_end
check 'and all kinds of events were among them' all_kinds
check 'perf lists the events' perf_lists
check 'perf records requests as the kernel has them' perf_record "$traffic"
check 'perf records reclaim as the kernel has it' perf_record "$pressure"
check 'perf counts' perf_counts
check 'the books balance' valid
check 'the user of annex goes' rmmod annex_exercise
check 'annex goes' unload
check 'nothing of annex is left' unchanged
finish
