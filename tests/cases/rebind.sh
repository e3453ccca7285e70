# SPDX-License-Identifier: GPL-2.0-only
# Devices come, go and change drivers under running guests, and nobody writes
# anything: the table is compiled anew and what it says is made true.
[ ! -e $PCI/$SHM1/driver ] || echo $SHM1 >$PCI/$SHM1/driver/unbind
load
mode policy
vm_start a
# Through sysfs, since vfio would not let its device go while it is mapped.
like "a BAR" "$(vm a mapres s $PCI/$SHM1/resource2 $BAR0 100000)" 'ok*'
policy "normal-nc driver=vfio-pci" "device-nGnRE"
type_is "without a driver" a $BAR0 device-nGnRE

becomes() { [ "$(vm a type 0 $BAR0)" = "ok $(seen_as "$1")" ]; }
check "another driver" bind $SHM1
check "is noticed" until_true 5 becomes normal-nc
type_is "with its new driver" a $BAR0 normal-nc
echo $SHM1 >/sys/bus/pci/drivers/vfio-pci/unbind
check "no driver is noticed" until_true 5 becomes device-nGnRE
type_is "without a driver again" a $BAR0 device-nGnRE

policy "normal-nc id=1af4:1110" "device-nGnRE"
type_is "the device is there" a $BAR0 normal-nc
echo 1 >$PCI/$SHM1/remove
# Some kernels take the VMM's mapping away together with the device (5.10).
access=$(vm a type 0 $BAR0)
case $access in
*el2:14)
	note "the mapping went with the device"
	vm_end a
	;;
*)
	check "a device that is gone is noticed" until_true 5 becomes device-nGnRE
	;;
esac
generation=$(cat $S/generation)
echo 1 >/sys/bus/pci/rescan
check "it comes back" until_true 5 test -e $PCI/$SHM1
check "bound again" bind $SHM1
if [ "$access" != "${access%el2:14}" ]; then
	vm_start a
	like "mapped again" "$(vm a mapres s $PCI/$SHM1/resource2 $BAR0 100000)" 'ok*'
fi
check "a device that is there again is noticed" until_true 5 becomes normal-nc
is "none of this is a change of the table" "$(cat $S/generation)" "$generation"
vm_end a

# A mode asks no rule, and goes on while devices change hands.
mode normal-nc
vm_start b
like "a BAR" "$(vm b mapres s $PCI/$SHM1/resource2 $BAR0 100000)" 'ok*'
type_is "a BAR under the mode" b $BAR0 normal-nc
echo $SHM1 >/sys/bus/pci/drivers/vfio-pci/unbind
type_is "without a driver, under the mode" b $BAR0 normal-nc
vm_forget b s
check "bound under the mode" bind $SHM1
type_is "mapped anew, under the mode" b $BAR0 normal-nc
# The table has followed, for when it is asked.
policy "device-GRE driver=vfio-pci" "device-nGnRE"
mode policy
type_is "the driver that came under the mode" b $BAR0 device-GRE
echo $SHM1 >/sys/bus/pci/drivers/vfio-pci/unbind
mode device-nGnRE
check "bound again" bind $SHM1
mode policy
type_is "and the one that came under another" b $BAR0 device-GRE
vm_end b
unload
