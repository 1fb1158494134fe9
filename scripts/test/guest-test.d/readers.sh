# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# Programs that read /proc read annex: prometheus-node-exporter, and vmstat and
# slabtop of procps. In a guest of 5 GB with memmap=1G$5G, --with readers.
#
# They are shown a directory where /proc would be. It has annex's files, bound
# from debugfs and not copied, so that the files themselves are read, and by an
# exporter that is not root and may not enter debugfs. What else the programs
# open is the kernel's.
#
# What they make of the files goes to the host, for check_readers.py. Some of it
# is of files with other numbers ("other"), which must be seen to differ.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

proc=/tmp/proc
sent=/tmp/sent
exporter_log=/tmp/exporter.log

# show NAME FILE: from now on the file is what the directory has as NAME.
show() {
	[ -e "$proc/$1" ] || : >"$proc/$1"
	mount -o bind "$2" "$proc/$1"
}

# unshow NAME: what was there before is back.
unshow() { umount "$proc/$1"; }

# hold_orders KIND BLOCKS: of order 0, and fewer of each order above it.
hold_orders() {
	blocks=$2
	for order in 0 1 2 3 4 5; do
		exercise hold "blocks=$blocks" order=$order "gfp=$1" || return 1
		blocks=$((blocks * 2 / 5))
	done
}

# Holes of many sizes in every zone: hardly a number is another's.
use_the_pool() {
	hold_orders dma 600 && hold_orders kernel 700 && hold_orders movable 20000 &&
		exercise drop every=3 && exercise objects blocks=1000 seed=3
}

show_annex() {
	mkdir -p $proc $sent
	for file in zoneinfo buddyinfo vmstat slabinfo; do
		show $file $annex/$file || return 1
		cp $annex/$file $sent/$file
	done
	for file in stat meminfo cpuinfo uptime loadavg; do
		show $file /proc/$file || return 1
	done
}

# Each in one place, or vmstat's where procps looks: not as annex has them.
make_others() {
	sed '/HighMem/,/managed/s/managed  /&1/' $sent/zoneinfo >/tmp/zoneinfo
	sed '/HighMem/s/\([0-9]*\) $/1\1 /' $sent/buddyinfo >/tmp/buddyinfo
	sed 's/^pgpgin .*/pgpgin 101000/; s/^pgpgout .*/pgpgout 202000/
	     s/^pswpin .*/pswpin 303000/; s/^pswpout .*/pswpout 404000/' $sent/vmstat >/tmp/vmstat
	sed 's/^kmalloc-64 /other-64   /' $sent/slabinfo >/tmp/slabinfo
}

# with_others COMMAND...: while the directory has other numbers.
with_others() {
	for file in zoneinfo buddyinfo vmstat slabinfo; do
		show $file /tmp/$file || return 1
	done
	"$@"
	status=$?
	for file in zoneinfo buddyinfo vmstat slabinfo; do
		unshow $file || return 1
	done
	return $status
}

# start_exporter OPTION...: as nobody. Its log says when it is ready. Were it
# root, by a name that it can look up, it would warn.
start_exporter() {
	mkdir -p /etc
	printf '%s:/:/bin/sh\n' root:x:0:0: nobody:x:65534:65534: >/etc/passwd
	ifconfig lo up || return 1
	# Here, not by the background job: what the last one said must be gone first.
	: >$exporter_log
	start-stop-daemon -S -c nobody -x /usr/bin/prometheus-node-exporter -- \
		"--path.procfs=$proc" --collector.disable-defaults --collector.zoneinfo \
		--collector.buddyinfo --collector.vmstat \
		--web.listen-address=127.0.0.1:9100 "$@" >$exporter_log 2>&1 &
	echo $! >/tmp/exporter
	for _ in $(seq 100); do
		! grep -q 'Listening on' $exporter_log || return 0
		sleep 0.1
	done
	cat $exporter_log
	return 1
}

exporter_is_gone() {
	for _ in $(seq 100); do
		[ -e "/proc/$(cat /tmp/exporter)" ] || return 0
		sleep 0.1
	done
	return 1
}

stop_exporter() { kill "$(cat /tmp/exporter)" && exporter_is_gone; }

# Not wget -T, which makes Debian's busybox fail.
scrape() { timeout 20 wget -q -O "$1" http://127.0.0.1:9100/metrics; }

calm() {
	grep 'level=info.*Listening on' $exporter_log && ! grep -v ' level=info ' $exporter_log
}

# It has served until now; without a number in one line of vmstat it dies of it.
stumbles() {
	sed 's/^pgfree .*/pgfree/' $sent/vmstat >/tmp/vmstat.broken
	show vmstat /tmp/vmstat.broken || return 1
	scrape /tmp/metrics.broken
	status=$?
	unshow vmstat || return 1
	[ $status -ne 0 ] || { echo 'it answers' && return 1; }
	tail -n 3 $exporter_log
	grep -q '^panic: .*index out of range' $exporter_log && exporter_is_gone
}

# reads FILE COMMAND...: the command succeeds, with the directory in /proc's
# place for it alone, and complains of nothing. What it prints is kept.
reads() {
	file=$1
	shift
	unshare -m sh -c "mount -o rbind $proc /proc && exec \"\$@\"" sh "$@" \
		>"$sent/$file" 2>/tmp/complaints || { cat /tmp/complaints && return 1; }
	cat /tmp/complaints
	[ ! -s /tmp/complaints ]
}

pool_is_at_rest() {
	for file in zoneinfo buddyinfo vmstat slabinfo; do
		diff $sent/$file $annex/$file || return 1
	done
}

# The exporter is not root and slabinfo is root's alone, here as in Linux: whoever
# wants it exported gives it a copy that it may read.
show_copy() {
	cp $sent/slabinfo /tmp/slabinfo.copy && chmod 444 /tmp/slabinfo.copy &&
		show slabinfo /tmp/slabinfo.copy
}

slabinfo_is_roots() {
	scrape /tmp/metrics.denied
	grep -x 'node_scrape_collector_success{collector="slabinfo"} 0' /tmp/metrics.denied
}

# Files that are bound elsewhere do not keep annex, nor can be read without it.
goes() {
	rmmod annex_exercise && unload && unchanged || return 1
	for file in zoneinfo buddyinfo vmstat slabinfo; do
		! cat "$proc/$file" || return 1
		unshow $file || return 1
	done
}

check 'nothing of annex is there before' remember
check 'annex loads' load "memmap=1G\$5G"
check 'a module that uses annex loads' insmod $modules/annex_exercise.ko
check 'the pool is in use' use_the_pool
check 'a directory shows annex where /proc would be' show_annex
check 'and can show other numbers' make_others

check 'the exporter starts' start_exporter --collector.vmstat.fields=.
check 'the exporter answers' scrape $sent/metrics
check 'the exporter answers of other numbers' with_others scrape $sent/metrics.others
check 'the exporter neither warns nor fails' calm
check 'the exporter goes' stop_exporter
check 'the exporter starts with its own choice of counters' start_exporter
check 'and answers' scrape $sent/metrics.default
check 'and neither warns nor fails' calm
check 'it does not take a counter without a value' stumbles

check 'the exporter starts with slabinfo' start_exporter --collector.slabinfo
check 'which it may not read' slabinfo_is_roots
check 'a copy that it may is shown' show_copy
check 'the exporter answers of slabinfo' scrape $sent/metrics.slabinfo
check 'the copy goes' unshow slabinfo
check 'and the exporter' stop_exporter

check 'vmstat reads it' reads vmstat-1 vmstat
check 'vmstat 1 2 reads it twice' reads vmstat-2 vmstat 1 2
check 'vmstat -s reads it' reads vmstat-s vmstat -s
check 'vmstat reads other numbers' with_others reads vmstat-1.others vmstat
check 'vmstat -s reads other numbers' with_others reads vmstat-s.others vmstat -s
check 'vmstat -m reads slabinfo' reads vmstat-m vmstat -m
check 'slabtop reads slabinfo' reads slabtop slabtop -o -s c
check 'slabtop reads another' with_others reads slabtop.others slabtop -o -s c

check 'the pool was at rest meanwhile' pool_is_at_rest
if capture_for check_readers 'what they read'; then
	for file in "$sent"/*; do
		send "${file##*/}" "$file"
	done
	echo 'file end'
fi
check 'annex goes, and so does what the directory shows' goes
finish
