# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: counted.sh SCRIPT ARGUMENT...
#
# For scripts/test/coverage: runs another of these scripts, and then sends what the
# kernel has counted of the lines of annex, as a packed archive in lines "counted ...".
# The kernel keeps the counts of modules that are unloaded.

script=$1
shift
sh "${0%/*}/$script" "$@"
status=$?
counts=/sys/kernel/debug/gcov
cd $counts || exit
find . -path '*/src/*' -name '*.gcda' | while read -r file; do
	mkdir -p "/tmp/counts/${file%/*}"
	cat "$file" >"/tmp/counts/$file"
done
tar -C /tmp/counts -c . | gzip | base64 | sed 's/^/counted /'
exit $status
