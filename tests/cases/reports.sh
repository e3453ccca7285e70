# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154
#
# The last case on a kernel that watches itself: what has it seen, in all cases
# before? Each of its watchers must have been there.
KMEMLEAK=/sys/kernel/debug/kmemleak

# Cases empty the log: the console, which the suite reads, has all of it.
dmesg >/tmp/dmesg
is "nothing in the log" "$(grep -E 'BUG:|WARNING:|KASAN|UBSAN|INFO: |ODEBUG|Oops|refcount_t' /tmp/dmesg | head -n 5)" ""

case $WATCHERS in
*lockdep*)
	# It stops at its first report.
	is "lockdep still watches" "$(awk '/debug_locks:/ { print $2 }' /proc/lockdep_stats)" 1
	;;
esac
case $WATCHERS in
*kmemleak*)
	# What is a leak is known when nothing points to it in two scans, five
	# seconds after it was allocated.
	sleep 6
	echo scan >$KMEMLEAK
	echo scan >$KMEMLEAK
	is "nothing has leaked" "$(cat $KMEMLEAK)" ""
	;;
esac
case $WATCHERS in
*kasan*) is "KASAN is there" "$(grep -c ' __asan_load8$' /proc/kallsyms)" 1 ;;
esac
