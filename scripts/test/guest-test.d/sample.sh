# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# The sample of Documentation/samples/consumer, as its reader would try it. In a
# guest of 5 GB with memmap=1G$5G; the module is in /lib/annex.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

notes=/sys/kernel/debug/annex_sample/notes

sample() { insmod $modules/annex_sample.ko "$@"; }

# Frames that somebody has. An area that was given up keeps its frames until a batch
# of such areas is unmapped; a guard page is part of its size.
used() {
	managed=$(awk '$1 == "managed" { n += $2 } END { print n }' $annex/zoneinfo)
	free=$(awk '$1 == "nr_free_pages" { n += $2 } END { print n }' $annex/zoneinfo)
	cached=$(awk '$1 == "count:" { n += $2 } END { print n }' $annex/zoneinfo)
	lazy=$(awk '/unpurged/ { n += $2 / 4096 - 1 } END { print n + 0 }' $annex/vmallocinfo)
	echo $((managed - free - cached - lazy))
}

# The heap keeps some slabs for the next one, and a first round makes them.
begin() {
	remember
	load "memmap=1G\$5G" && sample && echo note >$notes && rmmod annex_sample && used >/tmp/used
}

writes() {
	printf 'the first\n' >$notes && printf 'and no end of line' >$notes
}

# The frames are of the pool's highmem, which begins 32 MB into it.
reads() {
	sed -E 's/ at (0x[0-9a-f]+):/ at/' $notes >/tmp/notes
	printf '0 at the first\n1 at and no end of line\n' >/tmp/expected
	diff /tmp/expected /tmp/notes || return 1
	sed -nE 's/.* at (0x[0-9a-f]+): .*/\1/p' $notes | while read -r phys; do
		[ $((phys)) -ge $((0x142000000)) ] && [ $((phys)) -lt $((0x180000000)) ] || exit 1
	done
}

a_page_is_the_limit() {
	head -c 4096 /dev/zero | tr '\0' y >/tmp/page
	dd if=/tmp/page of=$notes bs=4096 2>/dev/null || return 1
	same 4096 "$(tail -n 1 $notes | tr -cd y | wc -c)" || return 1
	echo more >>/tmp/page
	! dd if=/tmp/page of=$notes bs=8192 2>/dev/null
}

annex_shows_it() {
	grep '^annex_sample_note  *[1-9]' $annex/slabinfo || return 1
	# Who made it was an init function, whose name goes with it, sooner or later.
	grep ' pages=1 vmalloc' $annex/vmallocinfo || return 1
	valid
}

annex_is_held() { ! unload 2>/dev/null; }

# Four places: of ten notes the last four are there, and no more frames are used.
oldest_go() {
	rmmod annex_sample && sample notes=4 || return 1
	for i in 0 1 2 3 4 5 6 7 8 9; do
		echo "note $i" >$notes
	done
	same '6789' "$(sed -n 's/.*note //p' $notes | tr -d '\n')" && valid
}

bad_parameter() {
	rmmod annex_sample
	! sample notes=0 2>/dev/null
}

gives_all_back() {
	same "$(cat /tmp/used)" "$(used)" && valid
}

goes() { unload && unchanged; }

check 'annex is loaded, and the sample once' begin
check 'it loads again' sample
check 'two notes are written' writes
check 'they are read, and are in highmem' reads
check 'a note has a page at most' a_page_is_the_limit
check 'annex shows its cache and its table' annex_shows_it
check 'annex cannot go before it' annex_is_held
check 'the oldest notes go' oldest_go
check 'no room for notes is refused' bad_parameter
check 'it has given everything back' gives_all_back
check 'annex goes' goes
finish
