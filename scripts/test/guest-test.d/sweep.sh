# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: sweep.sh SIZE$START|"" PAGES
#
# All of a pool is written and verified: a page every 2 MB by kmap(), and a word
# of every page by kmap_local(), with receipts.py outside, which sees that each
# word was at the physical address of its frame, and gives the page back: the
# machine need not have as much memory as the guest.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

a_page_every_2M() {
	exercise sweep name=kmap && valid || return 1
	pages=$(sed -n 's/ of .*//p' $drive/report)
	cat $drive/report
	[ "$pages" -ge $(($1 * 99 / 51200)) ]
}

goes() { rmmod annex_exercise && unload && unchanged; }

check 'nothing of annex is there before' remember
check 'it loads' load ${1:+"memmap=$1"}
check 'a module that uses annex loads' insmod $modules/annex_exercise.ko
check 'a page every 2 MB is written and verified by kmap' a_page_every_2M "$2"
say "note by kmap: $(cat $drive/report 2>/dev/null)"
check 'every page is written and verified by kmap_local' every_page
say "note by kmap_local: $(cat $drive/report 2>/dev/null)"
check 'that were nearly all of the frames' nearly_all
capture_receipts
check 'it goes, and nothing is left' goes
finish
