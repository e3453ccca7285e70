# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2034,SC3043,SC2154
#
# A real guest: QEMU as it comes from Debian, and a stock kernel in it. What is
# typed goes through a FIFO to the guest's console; what the console and QEMU
# say goes to one file, which guest_sees reads line by line, each line once.

GUEST=/tmp/real

# What Linux writes into MAIR_EL1 (arch/arm64/mm/proc.S), the guest's kernel being the
# host's, and what coherent-ram makes of it. Once there was a slot for write-through.
case $(uname -r) in
5.10.*)
	LINUX_MAIR=c0400bb44ffff
	LINUX_MAIR_COHERENT=c0400ffffffff
	;;
*)
	LINUX_MAIR=40044ffff
	LINUX_MAIR_COHERENT=400ffffff
	;;
esac

# mairs_are DESC VALUE: both vCPUs have it. What has not run since it was reset has
# not said anything yet.
mairs_are() {
	is "$1: MAIR_EL1 of both vCPUs" \
		"$(tr , '\n' </sys/module/livemair/parameters/mair | xargs printf '%x ')" "$2 $2 0 0 "
}

# guest_command BDF: the VMM with that device, a word a line. The kernel does not
# talk, since each character costs an exit to QEMU, nor test its own ciphers.
guest_command() {
	printf '%s\n' qemu-system-aarch64 -accel kvm -M virt,gic-version=host -cpu host -m 192M \
		-nodefaults -nographic -no-reboot -serial stdio -device "vfio-pci,host=$1" \
		-kernel /guest/Image -initrd /guest/initramfs \
		-append "console=ttyAMA0 quiet loglevel=1 cryptomgr.notests"
}

# guest_start BDF: in the background; there is one at a time.
guest_start() {
	rm -rf $GUEST
	mkdir $GUEST
	mkfifo $GUEST/typed
	guest_command "$1" >$GUEST/command
	# Open at both ends, so that no typed line finds the other end closed.
	exec 9<>$GUEST/typed
	local IFS='
'
	# shellcheck disable=SC2046 # split at the newlines
	set -- $(cat $GUEST/command)
	"$@" <&9 >$GUEST/console 2>&1 &
	guest_pid=$!
	guest_read=0
}

# True until the shell has collected it, which it does with any command it waits for.
guest_runs() { kill -0 "$guest_pid" 2>/dev/null; }

# guest_sees PATTERN [SECONDS]: wait for a line that matches this shell pattern,
# after the one found last. It is in $guest_line then.
guest_sees() {
	local now limit count was_running
	now=$(cut -d. -f1 /proc/uptime)
	limit=$((now + ${2:-60}))
	while [ "$now" -le $limit ]; do
		# Asked before reading: what is written last is not missed.
		guest_runs && was_running=1 || was_running=
		count=0
		while IFS= read -r guest_line; do
			count=$((count + 1))
			[ $count -gt "$guest_read" ] || continue
			guest_read=$count
			# shellcheck disable=SC2254 # a pattern is what it is
			case $guest_line in
			$1) return 0 ;;
			esac
		done <$GUEST/console
		[ "$was_running" ] || break
		usleep 30000
		now=$(cut -d. -f1 /proc/uptime)
	done
	guest_line=
	return 1
}

guest_up() { guest_sees "guest: ready" 300; }

guest_type() { echo "$*" >&9; }

# guest_run COMMAND...: to its end, with status 0.
guest_run() {
	guest_type "$@"
	guest_sees "guest: status *" && [ "$guest_line" = "guest: status 0" ]
}

# guest_asks COMMAND...: its first line is in $guest_line.
guest_asks() {
	guest_type "$@"
	guest_sees "guest# $1*" && guest_sees "*"
}

# guest_off: switch it off, and get QEMU's exit status.
guest_off() {
	guest_type "poweroff -f"
	guest_gone 20
}

# guest_gone SECONDS: QEMU ends within that time, or is ended: status 124.
guest_gone() {
	local left=$(($1 * 20)) status
	while guest_runs && [ $left -gt 0 ]; do
		usleep 50000
		left=$((left - 1))
	done
	if guest_runs; then
		guest_kill
		return 124
	fi
	wait "$guest_pid"
	status=$?
	exec 9>&-
	return $status
}

# guest_kill: also for a VM that KVM gave up on, which QEMU keeps, paused.
guest_kill() {
	kill -KILL "$guest_pid" 2>/dev/null
	wait "$guest_pid" 2>/dev/null
	exec 9>&-
}
