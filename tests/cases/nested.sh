# SPDX-License-Identifier: GPL-2.0-only
# A guest that is a hypervisor: its EL1 runs on tables that KVM makes for it, with
# the VM's own IPAs while it has stage 2 off, and shadows of its own stage 2 else.
bind $SHM0
[ ! -e $PCI/$SHM1/driver ] || echo $SHM1 >$PCI/$SHM1/driver/unbind
load standby=0
# An emulator that emulates a hypervisor that emulates one.
PATIENCE=120
# begin WHAT: a VM that has the BAR
begin() {
	vm_start a --gic 3 --el2 "$el2" --timeout 60
	like "stage 2 $el2, $1: BAR" "$(vm a vfio $SHM0)$(vm a map b $SHM0 2 $BAR0)" 'ok*ok*'
	[ ! -s /tmp/a.err ] || note "$(cat /tmp/a.err)"
}

# both_are WHAT WORD: what hypervisor and guest get, each in a table of its own, and
# what any other table has.
both_are() {
	local m tables other
	like "stage 2 $el2, $1: the hypervisor loads" "$(vm a hypervisor 0 $BAR0)" 'ok*'
	type_is "stage 2 $el2, $1" a $BAR0 "$2"
	m=$(memattr_of "$2")
	tables=$(vm a tables $BAR0)
	like "stage 2 $el2, $1: two tables" "$tables" "ok own:$m shadow:$m*"
	other=$(echo "$tables" | tr ' ' '\n' | grep ':' | grep -vc ":$m\$")
	is "stage 2 $el2, $1: no table has another type" "$other" 0
}

# tables_are WHAT OWN SHADOW: the types of a BAR that two tables have
tables_are() {
	vm a load 0 nGnRnE $BAR0 4 >/dev/null
	like "stage 2 $el2, $1: the hypervisor loads" "$(vm a hypervisor 0 $BAR0)" 'ok*'
	is "stage 2 $el2, $1" "$(vm a tables $BAR0)" \
		"ok own:$(memattr_of "$2") shadow:$(memattr_of "$3")"
}

# KVM's own answer is Device: what sysfs maps. More is granted where all that this needs
# is known, so not by an address that the guest's hypervisor has made up.
granted_if_known() {
	local shadow=normal-nc
	[ $el2 = off ] || shadow=device-nGnRE
	mode native
	vm_start a --gic 3 --el2 "$el2" --timeout 60
	like "stage 2 $el2, sysfs: BAR" "$(vm a mapres s $PCI/$SHM1/resource2 $BAR0 100000)" 'ok*'
	tables_are "sysfs, native" device-nGnRE device-nGnRE
	mode normal-nc
	tables_are "sysfs, the mode" normal-nc $shadow
	policy "normal-nc pci=$SHM1"
	mode native
	mode policy
	tables_are "sysfs, a rule" normal-nc $shadow
	[ $el2 = off ] || like "stage 2 $el2, sysfs: it is said why" \
		"$(grep 'decision: ' $TRACE/trace | grep 'used=device-nGnRE' | tail -n 1)" "* why=nested *"
	vm_end a
}

for el2 in off on; do
	mode native
	echo 1 >$TRACE/events/s2memattr/decision/enable
	begin change
	both_are native "$NATIVE"
	for to in device-nGnRE native; do
		mode $to
		is "stage 2 $el2: at the write of $to no leaf is left" "$(vm a tables $BAR0)" "ok none"
		[ $to = native ] && want=$NATIVE || want=$to
		both_are "changed to $to" "$want"
	done
	policy "device-nGnRE pci=$SHM0"
	mode policy
	is "stage 2 $el2: at the write of a policy no leaf is left" "$(vm a tables $BAR0)" "ok none"
	both_are "changed to policy" device-nGnRE
	vm_end a
	mode device-nGnRE
	begin "$(mode_now)"
	both_are "the mode" device-nGnRE
	like "stage 2 $el2: RAM works" "$(vm a ram r 850000000 200000)$(vm a store 0 wb 850000000 4 1)" 'ok*ok*'
	vm_end a
	mode policy
	policy "device-nGnRE pci=$SHM0 vma=pfnmap+io"
	begin "$(mode_now)"
	both_are "a rule that may match" device-nGnRE
	vm_end a
	policy "native pci=$SHM0"
	begin "$(mode_now)"
	both_are "a rule that leaves it" "$NATIVE"
	vm_end a
	granted_if_known
	echo 0 >$TRACE/events/s2memattr/decision/enable
done
is "nothing was refused" "$(stat refused)" 0
grep decision: $TRACE/trace | sed 's/.*decision: //' | while read -r l; do note "$l"; done
mode native
unload
