# SPDX-License-Identifier: GPL-2.0-only
# What one access costs that Device memory does not take, in instructions from before it to
# behind it, as the guest sees them. One line a figure:
#	figure unaligned WHAT INSTRUCTIONS
# WHAT is
#	mmio	what it is measured against: an aligned load that exits to the VMM, for which
#		uvm does nothing, and is back
#	stock	the stock kernel's answer, which ends the VM: a report to the log, and KVM_RUN
#		fails (uvm then skips the instruction)
#	fault	the guest gets its alignment fault, and skips the instruction
#	others	it is carried out: a load of 8 bytes, ...
#
# An emulator that counts instructions knows no alignment: otherfsc makes alignment faults of
# translation faults, of one page that is never mapped at stage 2 for that reason; the BAR
# begins one page off the grid of blocks, so that no other page brings it. What the probe of
# otherfsc costs is taken off.
F=/sys/module/otherfsc/parameters
NOP=d503201f
LOAD=f9400022				# ldr x2, [x1]

# median WORD OFFSET [EL2 EL1]: instructions, with those that surround it; as many of them
# have come out there as should.
median() {
	local word=$1 at=$2 el2=${3:-0} el1=${4:-0} reply
	vm a cost 0 a "$word" 0 "$at" >/dev/null
	reply=$(vm a cost 0 a "$word" 0 "$at")
	# shellcheck disable=SC2086 # words: ok median N el1 N el2 N mmio N
	set -- $reply
	if [ "$1" = ok ] && [ "$5" = "$el1" ] && [ "$7" = "$el2" ]; then
		echo "$3"
	else
		not_ok "$word at $at: $reply"
		echo 0
	fi
}

# figure WHAT MEDIAN: without what surrounds it.
figure() { say "figure unaligned $1 $(($2 - nothing))"; }

carried_out() {
	local before cost
	before=$(stat emulated)
	cost=$(($(median "$2" "$3") - probe))
	figure "$1" $cost
	is "$1: by the module, each of them" $(($(stat emulated) - before)) 64
	[ "$1" != load ] || load=$((cost - nothing))
}

bind $SHM0
vm_start a
like "a VM" "$(vm a vfio $SHM0)$(vm a map a $SHM0 2 800001000 0 100000)" 'ok*ok*'
# The console takes longer than all the rest.
dmesg -n 1
nothing=$(median $NOP 1001)
vm a unmap a >/dev/null
exit_to_vmm=$(median $LOAD 1000)
check "faults of other kinds can be had" modprobe otherfsc from=4 mask=0x3c page=0x7000011000
probe=$(($(median $LOAD 1000) - exit_to_vmm))
vm a remap a >/dev/null
figure mmio "$exit_to_vmm"
echo 33 >$F/fsc
figure stock $(($(median $LOAD 1001 32) - probe))
echo 0 >$F/fsc
vm_forget a a
load
mode device-nGnRE
echo 33 >$F/fsc
figure fault $(($(median $LOAD 1001 0 32) - probe))
echo 0 >$F/fsc
echo emulate >$S/unaligned
vm_forget a a
echo 33 >$F/fsc
load=0
carried_out load $LOAD 1001
carried_out load-pages $LOAD 1ffd
carried_out store f9000022 1001		# str x2, [x1]
carried_out pair a9400c22 1001		# ldp x2, x3, [x1]
carried_out simd 3dc00022 1001		# ldr q2, [x1]
carried_out structures 4c400022 1001	# ld4 { v2.16b - v5.16b }, [x1]
carried_out zero d50b7421 1040		# dc zva, x1
echo 0 >$F/fsc
exit_to_vmm=$((exit_to_vmm - nothing))
# docs/performance.md says what it is, and what it cannot be less than.
check "a load costs less than $DEAREST hundredths of an exit to the VMM: $load of $exit_to_vmm" \
	[ $load -gt 0 -a $((load * 100)) -lt $((exit_to_vmm * DEAREST)) ]
rmmod otherfsc
vm_end a
unload
