# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC3043,SC2154
#
# What the demo's stories are told in. Each line goes to the result port with
# the kind of line that it is, after what it tells has happened. A story ends at
# the first thing that does not happen.
. /cases/guest.sh

text() { say "text $*"; }

fail() {
	say "fail $*"
	tail -n 8 "$GUEST/console" | sed 's/^/last /' >"$RESULT"
	guest_runs && guest_kill
	exit 1
}

# host COMMAND: typed on the server, with what it prints.
host() {
	local said status
	said=$(eval "$1" 2>&1 9>&-)
	status=$?
	say "host $1"
	[ -z "$said" ] || echo "$said" | sed 's/^/out /' >"$RESULT"
	[ $status -eq 0 ] || fail "the command failed with status $status"
}

# start: boot the guest, and show the command as one would type it.
start() {
	guest_start "$SHM0"
	sed 's/.* .*/"&"/' "$GUEST/command" | tr '\n' ' ' |
		sed 's/^/host /; s/ \(-nodefaults\|-device\|-kernel\|-append\)/ \\\nmore \1/g; s/ $/\n/' >"$RESULT"
	guest_up || fail "the guest did not come up"
}

# guest COMMAND LINE: typed in the guest; the next line on its console that is
# not the guest's kernel talking has to be this one, which may be a pattern.
guest() {
	guest_type "$1"
	guest_sees "guest# $1" || fail "the guest does not listen"
	say "guest $1"
	reports "$2"
}

# reports LINE: the guest says this next, by itself.
reports() {
	guest_sees "*" 300 || fail "the guest says nothing, should say: $1"
	# shellcheck disable=SC2254 # a pattern
	case $guest_line in
	$1) say "said $guest_line" ;;
	*) fail "the guest says: $guest_line - should say: $1" ;;
	esac
}

# stop_watching: nothing that the guest counted through the BAR was lost.
stop_watching() {
	guest_type ""
	reports "counter *, lost 0"
}

power_off() {
	guest_off || fail "QEMU ended with status $?"
	say "guest poweroff -f"
}

WC="wc: write-combining (Normal-NC)"
DEVICE="wc: device (SIGBUS)"
MODE=/sys/kernel/s2memattr/mode
UNALIGNED=/sys/kernel/s2memattr/unaligned

bind "$SHM0" || fail "vfio-pci does not take $SHM0"
