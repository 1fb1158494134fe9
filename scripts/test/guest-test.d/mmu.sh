# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the MMU makes of annex's page tables, on both CPUs; and how tables of
# processes are used and misused. In a guest of 5 GB and two CPUs with
# memmap=1G$5G, whose CPUs have SMEP and SMAP, and whose kernel keeps its tables
# from user space.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

# Is the guest what makes this hard? CR4.PGE, too: global translations.
is_hard() {
	for flag in smep smap pge nx; do
		grep -qw $flag /proc/cpuinfo || { echo "no $flag" && return 1; }
	done
	dmesg | grep -q 'page tables isolation: enabled' || { echo "no isolation" && return 1; }
}

# A hundred thousand addresses a CPU for each of the three trees.
ask() {
	exercise mmu ops=100000 threads=2 pages=40000 seed="$1" || return 1
	cp $drive/report /tmp/figures
	same 6 "$(grep -c ': 100000 asked, ' /tmp/figures)"
}

figures() {
	[ "${PLAN:-}" ] || sed -n 's/^\(provisional\|final\|process\): 100000/note &/p' /tmp/figures
}

# Direct map below 3 GB: ranges of it were asked about, too.
asked_ranges() { same "$1" "$(grep -cE '^(identity|provisional|final|process): [0-9]{1,4} asked' /tmp/figures)"; }

log_is_quiet() {
	log_lines >/tmp/lines
	same '' "$(grep -v 'annex_exercise: ' /tmp/lines)"
}

misuse() {
	forget_log
	exercise mm_misuse || return 1
	log_lines | tee /tmp/lines
	same '13 mistakes' "$(tail -n 1 $drive/report)" || return 1
	same 13 "$(grep -c '^annex: .* refused ' /tmp/lines)" || return 1
	same 13 "$(wc -l </tmp/lines)"
}

tables() { awk '/^nr_page_table_pages/ { print $2 }' $annex/vmstat; }
mapped() { awk '/^nr_mapped/ { print $2 }' $annex/vmstat; }

# 1000 pages from 0x08048000 on are in three PTE tables, below a PMD and a root.
is_counted() {
	same 0 "$(tables)" && exercise mm_keep pages=1000 || return 1
	same 5 "$(tables)" && same 1000 "$(mapped)"
}

goes_with_the_user() { rmmod annex_exercise && same 0 "$(tables)" && same 0 "$(mapped)"; }

# See unplug.sh. The range is not given back, so this is the last of it.
forgotten() {
	exercise mm_keep pages=1000 every=0 || return 1
	forget_log
	rmmod annex_exercise && valid || return 1
	log_lines | tee /tmp/lines
	grep -q '^annex: page tables of 1 processes are held, the first maps 1000 frames and was made by' /tmp/lines &&
		! unload && echo 1 >/sys/module/annex/parameters/force_unload || return 1
	forget_log
	unload && log_lines | tee /tmp/lines
	grep -qx 'annex: page tables of 1 processes were never destroyed' /tmp/lines
}

check 'nothing of annex is there before' remember
check 'the CPUs and the kernel make it hard' is_hard
for offset in 3G 2G 1G; do
	case $offset in 3G) ranges=1 ;; *) ranges=4 ;; esac
	check "a pool with page_offset=$offset loads" load "memmap=1G\$5G" page_offset=$offset
	check "the user of it loads ($offset)" insmod $modules/annex_exercise.ko
	check "the log is empty ($offset)" forget_log
	check "the MMU and the walker agree ($offset)" ask 7
	figures
	check "start, middle, end and borders of each range, too ($offset)" asked_ranges $ranges
	check "and no fault reached the kernel ($offset)" log_is_quiet
	check "the books balance ($offset)" valid
	check "each mistake gets a line ($offset)" misuse
	check "the user of it goes ($offset)" rmmod annex_exercise
	check "the pool goes ($offset)" unload
done
check 'another pool loads' load "memmap=1G\$5G"
check 'the user of it loads' insmod $modules/annex_exercise.ko
check 'tables and pages of a process are counted' is_counted
check 'and the books balance' valid
check 'they go with their user' goes_with_the_user
check 'the books balance without' valid
check 'the user of it loads again' insmod $modules/annex_exercise.ko
check 'what its user forgets holds annex' forgotten
finish
