# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# What is made to fail: loading, each public function and unloading, while one
# thing after the other fails that they take. In a guest of 5 GB with memmap=1G$5G.

# shellcheck source=scripts/test/guest-test.d/lib.sh
. "${0%/*}/lib.sh"

ENOMEM=12 EBUSY=16 EINVAL=22

points='memory percpu window claim thread notifier memblock'
pool="memmap=1G\$5G claim=64M\$5G page_owner=1"

fail() { echo "$3" >"$annex/fail/$1/$2"; }
failed() { cat "$annex/fail/$1/failed"; }

# Kept, with free memory as it was then.
remember_all() {
	# shellcheck disable=SC2086 # parameters
	load $pool && unload || return 1
	remember
	vmalloc_used >/tmp/vmalloc
}

all_is_back() { unchanged && same "$(cat /tmp/vmalloc)" "$(vmalloc_used)"; }

# load_with POINT N: 0 if the Nth call of the point failed, whether annex was
# loaded all the same or not; 1 if there was no such call; 2 if it went wrong.
load_with() {
	forget_log
	status=0
	# shellcheck disable=SC2086 # parameters
	/test/finit $modules/annex.ko $pool "fail=$1:$2" || status=$?
	if [ $status -eq 0 ]; then
		valid || return 2
		! log_lines | grep -v '^annex: \(pool\|windows\|initialised\|vmalloc space has no room for the defaults\)' || return 2
		times=$(failed "$1")
		unload || return 2
		[ "$times" -eq 0 ] || echo "$1 $2: loaded" >>/tmp/loads
		return $((times == 0))
	fi
	log_lines >/tmp/lines
	cat /tmp/lines
	[ $status -eq $ENOMEM ] || [ $status -eq $EBUSY ] || return 2
	[ "$(wc -l </tmp/lines)" -eq 1 ] && grep -q '^annex: ' /tmp/lines || return 2
	echo "$1 $2: refused" >>/tmp/loads
	all_is_back || return 2
}

loading() {
	n=1
	while :; do
		load_with "$1" $n
		case $? in
		0) n=$((n + 1)) ;;
		1) break ;;
		*) echo "$1 $n" && return 1 ;;
		esac
	done
	echo "$((n - 1)) times"
	[ $n -gt 1 ] && all_is_back
}

bad_points() {
	for bad in memory memory:0 'memory:1,' mem:1 memory:1,memory:2; do
		forget_log
		status=0
		# shellcheck disable=SC2086 # parameters
		/test/finit $modules/annex.ko $pool "fail=$bad" || status=$?
		same $EINVAL $status && log_lines | tee /dev/stderr |
			grep -qE "^annex: fail=.* (names no point; debugfs fail/ has their names|wants POINT:N|names a point twice)" ||
			return 1
	done
}

calls() {
	forget_log
	exercise faults || return 1
	cat $drive/report
	! log_lines | grep -vE '^annex: (.* refused \(-ENO[A-Z]*\): |sh: page allocation failure: |[A-Za-z]+ free:[0-9]+ min:)' || return 1
	valid
}

# By hand, as a user would.
by_hand() {
	fail page after 3
	fail page times 2
	fail page interval 2
	fail page probability 100
	exercise hold blocks=4 order=0 gfp=kernel || return 1
	same 0 "$(failed page)" && same 4 "$(cat $annex/fail/page/calls)" || return 1
	! exercise hold blocks=4 order=0 gfp=kernel || return 1
	same 1 "$(failed page)" && same 5 "$(cat $annex/fail/page/calls)" || return 1
	fail page probability 0
	exercise drop && valid
}

out_of_range() {
	! fail page probability 101 && ! fail page times -2 && ! fail page after x
}

# Each page request has one chance in ten to fail, and everything goes on.
by_chance() {
	fail page times -1
	fail page interval 1
	fail page after 0
	fail page probability 10
	exercise random ops=20000 seed=3 threads=1
	status=$?
	fail page probability 0
	echo "$(failed page) failures"
	[ $status -eq 0 ] && [ "$(failed page)" -gt 100 ] && valid
}

# What goes needs nothing.
unloading() {
	for point in $points page object address; do
		fail "$point" times -1 && fail "$point" after 0 && fail "$point" probability 100 || return 1
	done
	forget_log
	unload && same 'annex: unloaded' "$(log_lines)"
}

check 'nothing of annex is there before' remember_all
for point in $points; do
	check "loading while $point fails, each time" loading "$point"
done
check 'what is to fail must make sense' bad_points
# shellcheck disable=SC2086 # parameters
check 'annex loads' load $pool
check 'a module that uses annex loads' insmod $modules/annex_exercise.ko
check 'each call fails at each point, each time' calls
[ "${PLAN:-}" ] || say "note loads: $(grep -c refused /tmp/loads) refused, $(grep -c loaded /tmp/loads) not; $(cat $drive/report)"
check 'the user of annex goes' rmmod annex_exercise
check 'and annex' unload
# shellcheck disable=SC2086 # parameters
check 'annex loads once more' load $pool
check 'and its user' insmod $modules/annex_exercise.ko
check 'debugfs makes the fifth call fail' by_hand
check 'it refuses what makes no sense' out_of_range
check 'one in ten fails' by_chance
check 'its user goes' rmmod annex_exercise
check 'annex goes while all fails' unloading
check 'all is back' all_is_back
finish
