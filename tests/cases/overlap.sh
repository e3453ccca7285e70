# SPDX-License-Identifier: GPL-2.0-only
# A device gets its driver while a change is being made. What guests map meanwhile is
# mapped under the mode before by the table after: neither end of the change knows of it.
[ ! -e $PCI/$SHM1/driver ] || echo $SHM1 >$PCI/$SHM1/driver/unbind
load standby=0
check "somebody who lingers" modprobe lingers
vm_start b
like "a BAR" "$(vm b mapres s $PCI/$SHM1/resource2 $BAR1 100000)" 'ok*'
leaf() { vm b desc $BAR1 | cut -d' ' -f4; }
lingers() { grep -q Y /sys/module/lingers/parameters/lingers; }
nc() { vm b load 0 nc $BAR1 4 >/dev/null; [ "$(leaf)" = "$(memattr_of normal-nc)" ]; }

for round in 1 2; do
	policy "normal-nc driver=vfio-pci" "device-nGnRE"
	mode policy
	type_is "round $round: without a driver" b $BAR1 device-nGnRE
	vm_forget b s
	is "round $round: nothing is mapped" "$(leaf)" none
	echo 8000 >/sys/module/lingers/parameters/ms
	mode device-nGnRE &
	writer=$!
	check "round $round: a change is under way" until_true 5 lingers
	check "round $round: a driver" bind $SHM1
	check "round $round: the device is mapped as with its driver" until_true 5 nc
	check "round $round: before the change is made" lingers
	wait $writer
	is "round $round: the change" $? 0
	is "round $round: is in force" "$(mode_now)" device-nGnRE
	is "round $round: what was mapped in between is gone" "$(leaf)" none
	type_is "round $round: the BAR" b $BAR1 device-nGnRE
	echo $SHM1 >$PCI/$SHM1/driver/unbind
done
vm_end b
mode native
rmmod lingers
unload
