# SPDX-License-Identifier: GPL-2.0-only
# A guest that is a hypervisor: its EL1 runs on tables that KVM makes for it, with
# the VM's own IPAs while it has stage 2 off, and shadows of its own stage 2 else.
bind $SHM0
load standby=0
# An emulator that emulates a hypervisor that emulates one.
PATIENCE=120
# begin WHAT: a VM that has the BAR
begin() {
	vm_start a --gic 3 --el2 "$el2" --timeout 60
	like "stage 2 $el2, $1: BAR" "$(vm a vfio $SHM0)$(vm a map b $SHM0 2 $BAR0)" 'ok*ok*'
	[ ! -s /tmp/a.err ] || note "$(cat /tmp/a.err)"
}

for el2 in off on; do
	mode native
	begin native
	type_is "stage 2 $el2: native" a $BAR0 "$NATIVE"
	vm_end a
	mode device-nGnRE
	echo 1 >$TRACE/events/s2memattr/decision/enable
	begin "$(mode_now)"
	type_is "stage 2 $el2: the mode" a $BAR0 device-nGnRE
	like "stage 2 $el2: RAM works" "$(vm a ram r 850000000 200000)$(vm a store 0 wb 850000000 4 1)" 'ok*ok*'
	vm_end a
	mode policy
	policy "device-nGnRE pci=$SHM0 vma=pfnmap+io"
	begin "$(mode_now)"
	type_is "stage 2 $el2: a rule that may match" a $BAR0 device-nGnRE
	vm_end a
	policy "native pci=$SHM0"
	begin "$(mode_now)"
	type_is "stage 2 $el2: a rule that leaves it" a $BAR0 "$NATIVE"
	vm_end a
	echo 0 >$TRACE/events/s2memattr/decision/enable
done
is "nothing was refused" "$(stat refused)" 0
grep decision: $TRACE/trace | sed 's/.*decision: //' | while read -r l; do note "$l"; done
mode native
unload
