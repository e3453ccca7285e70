# SPDX-License-Identifier: GPL-2.0-only
# One access of each end that emulate.sh measures, for scripts/lab/breakdown.py to take
# apart: the exit to the VMM ("absent", against which the others are held), the alignment
# fault, and a load that is carried out. What is in kprobe_breakpoint_handler() and its like
# is there twice, because otherfsc has a probe as well.
# shellcheck disable=SC1091 # see tests/host/init
F=/sys/module/otherfsc/parameters
LOAD=f9400022				# ldr x2, [x1]
. /cases/profile.sh

# one STATE OFFSET
one() {
	vm a cost 0 a $LOAD 0 "$2" >/dev/null
	ask begin "$1" unaligned
	like "$1" "$(vm a cost 0 a $LOAD 0 "$2")" 'ok *'
	ask end
}

bind $SHM0
profile_open
vm_start a
like "a VM" "$(vm a vfio $SHM0)$(vm a map a $SHM0 2 800001000 0 100000)" 'ok*ok*'
vm a unmap a >/dev/null
check "faults of other kinds can be had" modprobe otherfsc from=4 mask=0x3c page=0x7000011000
one absent 1000
vm a remap a >/dev/null
load
mode device-nGnRE
ask_load
echo 33 >$F/fsc
one fault 1001
echo emulate >$S/unaligned
one emulate 1001
echo 0 >$F/fsc
rmmod otherfsc
vm_end a
unload
