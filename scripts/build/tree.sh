# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel tree that has annex in it, at $tree, for the scripts of scripts/test/
# that build a kernel. Sourced behind lib.sh.

: "${top:?}" "${cache:?}"
source=$cache/linux-source-${KERNEL:-6.1}
tree=$cache/kunit-tree${KERNEL:+-$KERNEL}

# A copy of the source of which only three names in mm/ are ours; all else are
# links to the unpacked files. What goes into mm/annex are links to our sources
# one by one, not to the checkout: objects of a make there would lie in the
# path that kbuild searches.
#
# tree_enter makes and locks it: tree and objects are every checkout's.
tree_enter() {
	exec 9>"$cache/.kunit.lock"
	flock -n 9 || { say "waiting for another run" && flock 9; }
	[ "$tree/Makefile" -ef "$source/Makefile" ] || make_tree
	link_sources
}

tree_leave() { exec 9>&-; }

# objects_enter NAME: locks the objects of one kernel, as long as it runs, too: the
# tree is free meanwhile. Before tree_enter.
objects_enter() {
	exec 8>"$cache/.$1.lock"
	flock -n 8 || { say "waiting for another run of $1" && flock 8; }
}

objects_leave() { exec 8>&-; }

make_tree() {
	rm -rf "$tree" "$tree.new"
	cp -al "$source" "$tree.new"
	rm "$tree.new/mm/Kconfig" "$tree.new/mm/Makefile"
	{ cat "$source/mm/Kconfig" && printf '\nsource "mm/annex/Kconfig"\n'; } >"$tree.new/mm/Kconfig"
	{ cat "$source/mm/Makefile" && printf '\nobj-y += annex/\n'; } >"$tree.new/mm/Makefile"
	mv "$tree.new" "$tree"
}

link_sources() {
	local annex=$tree/mm/annex
	# Another checkout's files may be older than the objects of this one.
	if [ "$(cat "$annex/.checkout" 2>/dev/null)" != "$top" ]; then
		rm -rf "$cache"/*-pae{,-*}/mm/annex "$cache"/*-um{,-*}/mm/annex \
			"$cache"/*-kcsan{,-*}/mm/annex
	fi
	rm -rf "$annex"
	mkdir "$annex"
	link_project "$annex"
	echo "$top" >"$annex/.checkout"
}

# link_project DIRECTORY: what is built of the project, one link a file. A link
# that is there stays; one whose file has gone goes.
link_project() {
	local file
	find "$1" -xtype l -delete
	(cd "$top" && find Kbuild Kconfig src include kunit '(' -name '*.[chS]' -o -name 'K*' ')' ! -name '*.mod.c') |
		while read -r file; do
			[ ! -L "$1/$file" ] || continue
			mkdir -p "$(dirname "$1/$file")"
			ln -s "$top/$file" "$1/$file"
		done
}
