# SPDX-License-Identifier: GPL-2.0-only
# How a case asks scripts/lab/breakdown.py for a count by function; sourced by those that do.
#
# The driver names its ports from a work item, some time after it is there.
profile_port() { grep -l '^profile$' /sys/class/virtio-ports/*/name 2>/dev/null; }

profile_open() {
	modprobe -a virtio_pci virtio_console
	check "a port to ask the profiler through" until_true 5 profile_port
	port=/dev/$(basename "$(dirname "$(profile_port)")")
	grep -v '\[' /proc/kallsyms | grep ' [tTwW] ' >"$RESULT"
}

# ask WORD...: say it, and wait until it is done.
ask() {
	local reply
	say "profile $*"
	# Nothing can be read before the other side is there.
	until read -r reply <"$port" && [ "$reply" = go ]; do usleep 10000; done
}

# Where modules are now.
ask_load() {
	ask load
	grep -F '[s2memattr]' /proc/kallsyms >"$RESULT"
}
