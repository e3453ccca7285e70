# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2034,SC3043
#
# What case files speak in. Results go to the result port, one line a check:
# "ok - ..." or "not ok - ..."; lines that start with "#" are for people.

S=/sys/kernel/s2memattr
PCI=/sys/bus/pci/devices
TRACE=/sys/kernel/tracing
# The devices that scripts/lab/suite.py puts into the machine.
SHM0=0000:00:06.0		# ivshmem: BAR 2 is RAM, 64-bit, prefetchable
SHM1=0000:00:07.0		# another one
EDU=0000:00:08.0		# edu: BAR 0 is registers, not prefetchable
GPU=0000:00:09.0		# bochs-display: BAR 0 is RAM, BAR 2 is registers
BIG=0000:00:0a.0		# pci-testdev: BAR 2 is a gigabyte of nothing
SHM2=0000:01:00.0		# ivshmem behind a port, so that it can be reset; for "soak" only
PORT0=0000:00:10.0		# a port that reports errors; for "fuse" only, and behind it
FUSE0=0000:01:00.0		# ivshmem, and another function of the same device,
RNG=0000:01:00.1		# virtio-rng, which reports errors
PORT1=0000:00:11.0		# another such port, and behind it
FUSE1=0000:02:00.0		# ivshmem
GIB=0000:00:0e.0		# ivshmem whose BAR 2 is a gigabyte; for "geometry" only
BAR0=800000000			# where the cases put BARs into a guest's IPA space
BAR1=810000000

say() { echo "$*" >"$RESULT"; }
note() { say "# $*"; }
# monitor COMMAND...: to the emulator's own console, if this machine has somebody there
monitor() { say "monitor $*"; }
ok() { say "ok - $CASE: $*"; }
not_ok() { say "not ok - $CASE: $*"; }

# check DESC COMMAND...: it succeeds.
check() {
	local what=$1
	shift
	if "$@"; then ok "$what"; else not_ok "$what ($*)"; fi
}

# is DESC GOT WANT: both are the same text.
is() {
	if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1: got '$2', want '$3'"; fi
}

# above DESC GOT LIMIT: a number that is larger. What counts nothing shows nothing.
above() {
	if [ "${2:-0}" -gt "$3" ]; then ok "$1 ($2)"; else not_ok "$1: $2, not above $3"; fi
}

# like DESC GOT PATTERN: matches a shell pattern.
like() {
	# shellcheck disable=SC2254 # the pattern is one
	case $2 in
	$3) ok "$1" ;;
	*) not_ok "$1: got '$2', want '$3'" ;;
	esac
}

# until_true SECONDS COMMAND...: try ten times a second, for longer under S2M_SLOW.
until_true() {
	local left=$(($1 * 10 * ${SLOW:-1}))
	shift
	until "$@"; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || return 1
		usleep 100000
	done
}

# By the transport of this cell; without one, by the module's own choice.
load() { modprobe s2memattr ${TRANSPORT:+"transport=$TRANSPORT"} "$@"; }
unload() { rmmod s2memattr; }
mode() { echo "$1" >$S/mode; }
mode_now() { sed 's/.*\[\(.*\)\].*/\1/' $S/mode; }
stat() { cat "$S/stats/$1"; }
# bar_phys BDF BAR: where it is, 0x...
bar_phys() { awk -v n="$2" 'NR == n + 1 { print $1 }' "$PCI/$1/resource"; }
# policy LINE...: one write
policy() { printf '%s\n' "$@" | dd of=$S/policy bs=1M 2>/dev/null; }

# bind BDF: give a device to vfio-pci.
bind() {
	echo vfio-pci >"$PCI/$1/driver_override"
	[ ! -e "$PCI/$1/driver" ] || echo "$1" >"$PCI/$1/driver/unbind"
	echo "$1" >/sys/bus/pci/drivers_probe
	[ "$(basename "$(readlink "$PCI/$1/driver")")" = vfio-pci ]
}

# Micro VMs. A VM has a name, and takes commands as "vm NAME COMMAND...". What
# $VMM says is run as the VMM: uvm, if it says nothing.
vm_start() {
	local name=$1
	shift
	# Five seconds is its own; a case's own word comes later, and counts.
	[ "${SLOW:-1}" = 1 ] || set -- --timeout $((5 * SLOW)) "$@"
	mkfifo "/tmp/$name.in" "/tmp/$name.out"
	# Open for both ways, before anybody uses them and until the VMM is gone: then
	# no open waits for the other end, be it of a VMM that has not come up yet or of
	# one that has answered "quit" and left, and nothing that is written is lost.
	{ sleep 100000 & } 8<>"/tmp/$name.in" 9<>"/tmp/$name.out"
	echo $! >"/tmp/$name.holder"
	# shellcheck disable=SC2086 # a command with its words
	${VMM:-uvm} "$@" <"/tmp/$name.in" >"/tmp/$name.out" 2>"/tmp/$name.err" &
	echo $! >"/tmp/$name.pid"
}

vm() {
	local name=$1 reply
	shift
	echo "$*" >"/tmp/$name.in"
	# Longer than the micro VMM's own timeouts; a dead one must not hang the case.
	# shellcheck disable=SC3045 # busybox has -t
	IFS= read -r -t "$((${PATIENCE:-20} * ${SLOW:-1}))" reply <"/tmp/$name.out"
	echo "$reply"
}

vm_pid() { cat "/tmp/$1.pid"; }

vm_end() {
	vm "$1" quit >/dev/null
	vm_gone "$1"
}

vm_kill() {
	kill -KILL "$(vm_pid "$1")"
	vm_gone "$1"
}

vm_gone() {
	wait "$(vm_pid "$1")" 2>/dev/null
	xargs kill <"/tmp/$1.holder"
	rm -f "/tmp/$1".*
}

# vm_forget NAME SLOT...: stage 2 holds nothing of these memslots any more.
vm_forget() {
	local name=$1 slot
	shift
	for slot; do
		vm "$name" unmap "$slot" >/dev/null
		vm "$name" remap "$slot" >/dev/null
	done
}

# vm_with_bar NAME BDF BAR IPA: a VM that has one BAR.
vm_with_bar() {
	vm_start "$1"
	like "$1 opens $2" "$(vm "$1" vfio "$2")" 'ok*'
	like "$1 maps BAR $3 of $2" "$(vm "$1" map a "$2" "$3" "$4")" 'ok*'
}

memattr_of() {
	case $1 in
	device-nGnRE) echo 0x1 ;;
	device-GRE) echo 0x3 ;;
	normal-nc) echo 0x5 ;;
	esac
}

seen_as() {
	case $1 in
	device-*) echo device ;;
	normal-nc) echo nc ;;
	esac
}

# type_is DESC VM IPA WORD: two oracles that know nothing of each other, nor of
# the module: what the guest observes, and what the stage-2 table says.
type_is() {
	local seen desc
	seen=$(vm "$2" type 0 "$3")
	desc=$(vm "$2" desc "$3")
	if [ "$seen" = "ok $(seen_as "$4")" ] && [ "${desc##* }" = "$(memattr_of "$4")" ]; then
		ok "$1 is $4"
	else
		not_ok "$1 is $4: guest saw '$seen', table says '$desc'"
	fi
}

# What the suite says about this machine:
#   NATIVE	the type that this kernel's KVM gives to a BAR mapped by vfio-pci
#   WALK	what kvm_pgtable_stage2_map() calls
#   INLINED	"yes" if that is not kvm_pgtable_walk(), whose text is in its callers
#   TWICE	a function that kvm_handle_guest_abort() calls more than once
#   TRANSPORT	kprobe or ftrace; empty: the module chooses
#   FAULT_IPA	"known" if this KVM knows the IPA of an alignment fault
#   FWB	"1" if the CPU has FEAT_S2FWB
#   FLIPS	how often the mode changes under a running guest
#   LOADS	how often the module comes and goes under one
#   PAGE	bytes of a page of the host
#   SLIPS	transports and numbers of vCPUs for the case "slip"
#   STEPS	how many steps of the case "steps"
#   REFUSAL	errno:sentence with which the module refuses to load here
. /cases/cell.sh
