# SPDX-License-Identifier: GPL-2.0-only
# The table does not know what is on the PCI bus now, because there is no memory to
# learn it with: of a device that something has happened to, the strictest type that
# anything may have to have is written; all others have what the table says.
# Changes are refused meanwhile, and change nothing.
bind $SHM0
echo $SHM0 >$PCI/$SHM0/driver/unbind
[ ! -e $PCI/$SHM1/driver ] || echo $SHM1 >$PCI/$SHM1/driver/unbind
load standby=0
echo 1 >$TRACE/events/s2memattr/decision/enable
left() { echo "$1" >/sys/module/nomemory/parameters/left; }
refuses() { ! "$@" 2>/dev/null; }
why() { grep decision: $TRACE/trace | tail -n 1 | sed 's/.* why=\([^ ]*\).*/\1/'; }
said() { dmesg | grep -q "s2memattr: the policy does not know the present PCI devices yet: $1"; }
# something_happens TO
something_happens() {
	echo "$1" >/sys/bus/pci/drivers_probe
	echo "$1" >"$PCI/$1/driver/unbind"
}
becomes() {
	vm a load 0 nc $BAR0 4 plain >/dev/null
	[ "$(vm a desc $BAR0 | cut -d' ' -f4)" = "$(memattr_of "$1")" ]
}

# decided_by WHY: a mapping that is made now
decided_by() {
	vm_forget a a
	vm a load 0 nc $BAR0 4 plain >/dev/null
	[ "$(why)" = "$1" ]
}
tried() { [ "$(cat /sys/module/nomemory/parameters/left)" = 0 ]; }

bind $GPU
echo $GPU >$PCI/$GPU/driver/unbind
# Through sysfs, since vfio would not let its device go while it is mapped.
sysfs_vm() {
	vm_start a
	like "a BAR" "$(vm a mapres a $PCI/$SHM0/resource2 $BAR0 100000)" 'ok*'
}
sysfs_vm
for function in s2m_index_build s2m_devices_collect; do
	check "$function: a way to fail" modprobe nomemory function=$function
	policy "normal-nc pci=$SHM0" "device-nGnRE pci=$SHM1"
	mode policy
	type_is "$function: what the table says" a $BAR0 normal-nc
	dmesg -c >/dev/null
	left 1000000
	something_happens $GPU
	check "$function: it fails" until_true 5 said ".*memory.*"
	like "$function: a mapping goes" "$(vm a unmap a)$(vm a remap a)" 'ok*ok*'
	type_is "$function: another device is what it was" a $BAR0 normal-nc
	is "$function: for that reason" "$(why)" rule
	vm_forget a a
	something_happens $SHM0
	check "$function: nothing is granted" until_true 5 becomes device-nGnRE
	like "a mapping goes" "$(vm a unmap a)$(vm a remap a)" 'ok*ok*'
	type_is "$function: nor to who comes now" a $BAR0 device-nGnRE
	is "$function: for that reason" "$(why)" doubt

	generation=$(cat $S/generation)
	check "$function: a table is refused" refuses policy "device-GRE pci=$SHM0"
	like "$function: and it is said why" "$(cat $S/last_error)" 'policy: *memory*'
	is "$function: it changes nothing" "$(head -n 1 $S/policy)" "normal-nc pci=$SHM0"
	check "$function: a mode is refused" refuses mode normal-nc
	like "$function: and it is said why" "$(cat $S/last_error)" 'mode: *memory*'
	is "$function: the mode stays" "$(mode_now)" policy
	is "$function: and the generation" "$(cat $S/generation)" "$generation"
	type_is "$function: and what is granted" a $BAR0 device-nGnRE
	check "$function: native is always to be had" mode native
	type_is "$function: native" a $BAR0 device-nGnRE
	check "$function: and is the only one" refuses mode policy
	is "$function: nothing but native" "$(mode_now)" native

	left 0
	check "$function: with memory it is taken" mode policy
	type_is "$function: and it is as before" a $BAR0 normal-nc

	# Back by itself.
	left 1
	vm_forget a a
	something_happens $SHM0
	check "$function: tried once" until_true 5 tried
	check "$function: learnt at the next try" until_true 5 becomes normal-nc
	type_is "$function: in the end" a $BAR0 normal-nc
	rmmod nomemory
done
vm_end a

# A device has another place, and the table does not know it there.
policy "device-nGnRE pci=$SHM1"
check "a way to fail" modprobe nomemory function=s2m_index_build left=1000000
dmesg -c >/dev/null
was=$(bar_phys $SHM1 2)
check "it moves" modprobe barmove device=$SHM1 bar=2
is "to another place" "$([ "$(bar_phys $SHM1 2)" = "$was" ] || echo moved)" moved
check "that is not learnt" until_true 5 said "no memory for an index of .*"
check "a driver" bind $SHM1
vm_with_bar a $SHM1 2 $BAR0
type_is "what may be restricted is" a $BAR0 device-nGnRE
left 0
check "it is learnt" until_true 5 decided_by rule
type_is "where it is now" a $BAR0 device-nGnRE
vm_end a
echo $SHM1 >$PCI/$SHM1/driver/unbind
rmmod barmove
rmmod nomemory

# The mode that is for BARs asks the same table for them.
if [ "$NATIVE" = device-nGnRE ]; then
	mode normal-nc
	sysfs_vm
	type_is "the mode, known" a $BAR0 normal-nc
	check "a way to fail" modprobe nomemory function=s2m_index_build left=1000000
	something_happens $SHM0
	vm_forget a a
	check "the mode, unknown" until_true 5 becomes device-nGnRE
	left 0
	check "the mode, known again" until_true 5 becomes normal-nc
	rmmod nomemory
	vm_end a
fi
echo 0 >$TRACE/events/s2memattr/decision/enable
mode native
unload
