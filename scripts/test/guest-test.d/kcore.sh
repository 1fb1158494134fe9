# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the host makes of annex's addresses: /proc/kcore, /proc/vmallocinfo, and its own
# functions when a user of annex calls one by mistake. Then a forced unload, and the
# same of what that leaves. In a guest of 6 GB and two CPUs, whose kernel prints
# addresses as they are, with memmap=$1.
#
# usage: kcore.sh RANGE WORDS
#
# WORDS: what it says of a frame of the range that is broken.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

range=$1
names='lowmem|mem_map|page_owner|pkmap|kmap_local|annex vm|scratch'

# The segments of the core file, a line each: type, offset, address, two more, size.
segments() {
	head -c 4096 /proc/kcore >/tmp/header
	hexdump -v -s 52 -e '8/4 "%u " "\n"' /tmp/header
}

# offset ADDRESS: where /proc/kcore has it, as a number of pages.
offset() {
	segments | awk -v at="$(($1))" '
		$1 == 1 && at >= $3 && at < $3 + $6 { printf "%d\n", ($2 + at - $3) / 4096; exit }'
}

# bytes_at ADDRESS PAGES: what /proc/kcore has there.
bytes_at() {
	from=$(offset "$1")
	[ "$from" ] || { echo "/proc/kcore has no $1" >&2 && return 1; }
	dd if=/proc/kcore bs=4096 skip="$from" count="$2" 2>/dev/null
}

# zeros START END: all of it can be read, and is.
zeros() {
	pages=$((($2 - $1) / 4096))
	bytes_at "$1" $pages >/tmp/bytes || return 1
	same $((pages * 4096)) "$(wc -c </tmp/bytes)" || return 1
	same 0 "$(tr -d '\000' </tmp/bytes | wc -c)" || { echo "bytes of $1-$2" && return 1; }
}

# The windows, a line each: NAME|START|END.
note_windows() {
	sed -nE "s/^    ($names) *: (0x[0-9a-f]+) - (0x[0-9a-f]+) .*/\1|\2|\3/p" $annex/layout >/tmp/windows
	cat /tmp/windows
	same 7 "$(wc -l </tmp/windows)"
}

# windows_are_zeros FILE: each window, and with it the guard behind it.
windows_are_zeros() {
	while IFS='|' read -r name start end; do
		zeros $((start)) $((end + 4096)) || { echo "window $name" && return 1; }
	done <"$1"
}

vmalloc_space() { sed -n 's/^    vmalloc *: \(0x[0-9a-f]*\) - \(0x[0-9a-f]*\) .*/\1 \2/p' $annex/layout; }

# Of the space as a whole some is the kernel's, and is not zero: on 7.2 some 600 bytes.
all_can_be_read() {
	# shellcheck disable=SC2046,SC2086 # two words
	set -- ${space:-$(vmalloc_space)}
	pages=$((($2 - $1) / 4096))
	bytes_at "$1" $pages | tr -d '\000' | wc -c >/tmp/bytes
	cat /tmp/bytes
	[ "$(cat /tmp/bytes)" -gt 100 ]
}

# The text of a module and of the kernel, which are nobody's windows.
others_are_read() {
	kernel=0x$(awk '$3 == "vfree" { print $1; exit }' /proc/kallsyms)
	for text in "$(cat /sys/module/annex/sections/.text)" $((kernel & ~4095)); do
		[ "$(bytes_at "$text" 1 | tr -d '\000' | wc -c)" -gt 1000 ] || { echo "$text is zero" && return 1; }
	done
}

take_some() {
	insmod $modules/annex_exercise.ko &&
		insmod $modules/annex_leaker.ko areas=2 kmaps=4 objects=7 mms=1 || return 1
	dmesg | sed -n 's/.*annex_leaker: .* at //p' >/tmp/addresses
	same 13 "$(wc -l </tmp/addresses)"
}

# Seen by their addresses: what /proc/kcore has zeros for.
stamps_are_there() {
	while read -r addr; do
		insmod $modules/annex_squatter.ko addr="0x$addr" word=0x1eafc0de &&
			rmmod annex_squatter || return 1
	done </tmp/addresses
}

# label_of NAME: the function that the host is to name behind a window.
label_of() { echo "annex_window_$(echo "$1" | sed 's/^annex vm$/vmalloc/')"; }

# named NAME START END: an area has it, and a line has its name.
named() {
	grep -q "$(label_of "$1")+0x[0-9a-f]*/0x[0-9a-f]* \[annex\] vmap\$" /proc/vmallocinfo ||
		{ echo "no name of $1" && return 1; }
	while read -r span _ how; do
		if [ $((${span%-*})) -le $(($2)) ] && [ $((${span#*-})) -gt $(($3)) ]; then
			case $how in
			vm_map_ram | 'annex_area_get+'*' sparse vmap') return 0 ;;
			esac
			echo "$how"
		fi
	done </proc/vmallocinfo
	echo "$1 is nowhere" && return 1
}

windows_are_named() {
	while IFS='|' read -r name start end; do
		named "$name" "$start" "$end" || return 1
	done </tmp/windows
}

# The host says what it thinks of it, which is not to end the run. Newer kernels unmap the
# window: see Documentation/kernels.rst.
host_frees() {
	case $(uname -r) in
	6.1.*) ;;
	*) return 0 ;;
	esac
	forget_log
	dmesg -n 1
	exercise host_frees || return 1
	dmesg -n 8
	log_lines >/tmp/lines
	grep -E 'Trying to|iounmap' /tmp/lines
	same 6 "$(grep -c 'Trying to vfree() [nb]' /tmp/lines)" &&
		same 2 "$(grep -c 'iounmap: bad address' /tmp/lines)" && valid
}

# hwpoison_says WORDS: twice, of a high frame and of one of lowmem.
hwpoison_says() {
	forget_log
	exercise hwpoison || return 1
	log_lines | tee /tmp/lines
	same 2 "$(grep -c "^Memory failure: 0x[0-9a-f]*: $1" /tmp/lines)" && valid
}

goes_by_force() {
	space=$(vmalloc_space)
	echo "space='$space'" >/tmp/space
	rmmod annex_exercise && rmmod annex_leaker || return 1
	echo 1 >/sys/module/annex/parameters/force_unload || return 1
	forget_log
	unload && log_lines >/tmp/lines || return 1
	cat /tmp/lines
	grep -qx 'annex: hibernation is not refused any more and would lose it: do not hibernate before that' /tmp/lines
}

# Areas without a name, for no function has one: as many as stay.
left_are_nameless() {
	! grep annex /proc/vmallocinfo || return 1
	grep -E ' (vm_map_ram|sparse vmap)$' /proc/vmallocinfo
	same 4 "$(windows_there)"
}

left_is_read() {
	. /tmp/space
	grep -E '^(lowmem|mem_map|pkmap|annex vm)\|' /tmp/windows >/tmp/left
	windows_are_zeros /tmp/left && all_can_be_read && stamps_are_there
}

# stray NUMBER FUNCTION INSTEAD: with somebody watching, it is refused, in one line.
stray() {
	forget_log
	exercise strays blocks="$1" || return 1
	log_lines | tee /tmp/lines
	same 1 "$(wc -l </tmp/lines)" || return 1
	grep -qE "^annex: $2\(\) of the host was given annex's window (lowmem|annex vm|pkmap)\+0x[0-9a-f]+ by [^ ]+ \[annex_exercise\]: (nothing was done|it goes on); use $3\$" /tmp/lines
}

strays() {
	n=0
	while read -r function instead; do
		stray $n "$function" "$instead" || { echo "$function" && return 1; }
		n=$((n + 1))
	done <<-END
		kfree annex_kfree\(\)
		kfree annex_kfree\(\)
		kfree annex_kfree\(\)
		kfree_sensitive annex_kfree\(\)
		krealloc[a-z_]* annex_krealloc\(\)
		ksize annex_ksize\(\)
		kmem_cache_free annex_kmem_cache_free\(\)
		free_pages annex_free_pages_addr\(\)
		vfree annex_vfree\(\)
		kvfree annex_kvfree\(\)
		kvfree(_atomic)? annex_kvfree\(\)
		vunmap annex_vunmap\(\)
		iounmap annex_iounmap\(\)
		vmalloc_to_page annex_vmalloc_to_page\(\)
		vmalloc_to_page annex_vmalloc_to_page\(\)
		sg_init_one a copy in the host's memory
	END
	! exercise strays blocks=$n && valid
}

watched_pool() { load "memmap=$range" slab_debug=1 && insmod $modules/annex_exercise.ko; }
watched_pool_goes() { rmmod annex_exercise && unload && unchanged; }

load_goes() { unload && unchanged; }
load_it() { load "memmap=$range" page_owner=1 vmalloc=12M; }

check 'nothing of annex is there before' remember
check 'annex loads for the first time' load_it
check 'its windows are known then' note_windows
check '/proc/vmallocinfo has each window, and its name' windows_are_named
check 'annex goes' load_goes
check 'annex loads with slab_debug=1' watched_pool
check "the host's functions refuse addresses of annex, and the log says whose call it was" strays
check 'annex goes, and its probes with it' watched_pool_goes
check 'annex loads' load_it
check 'its windows are known' note_windows
check 'some of each kind is taken' take_some
check '/proc/kcore has zeros for every page of every window' windows_are_zeros /tmp/windows
check 'although their contents are there' stamps_are_there
check '/proc/kcore can be read from one end of the vmalloc space to the other' all_can_be_read
check "and has what is not annex's" others_are_read
check "the host's functions find nothing at annex's addresses, and harm nothing" host_frees
check "the host can do nothing about a frame of annex's that is broken" hwpoison_says "$2"
check 'all is there' stamps_are_there
check 'annex goes by force, and says that nobody refuses hibernation' goes_by_force
check 'what it leaves has no names of functions that have gone' left_are_nameless
check 'what it leaves can be read, is zeros, and is there' left_is_read
finish
