# SPDX-License-Identifier: GPL-2.0-only
# What the table knows of the PCI bus: BARs that move, devices that are going, and what
# that costs those who bind drivers.
[ ! -e $PCI/$SHM1/driver ] || echo $SHM1 >$PCI/$SHM1/driver/unbind
becomes() { [ "$(vm a type 0 $BAR0)" = "ok $(seen_as "$1")" ]; }
res() { vm_start "$1"; like "a BAR" "$(vm "$1" mapres s $PCI/$SHM1/resource2 $BAR0 100000)" 'ok*'; }

# What a bind costs, in milliseconds: the mean of ten, there and back.
bind_cost() {
	local begin i=0
	begin=$(awk '{ print int($1 * 1000) }' /proc/uptime)
	while [ $i -lt 10 ]; do
		echo $SHM0 >$PCI/$SHM0/driver/unbind
		echo $SHM0 >/sys/bus/pci/drivers_probe
		i=$((i + 1))
	done
	echo $((($(awk '{ print int($1 * 1000) }' /proc/uptime) - begin) / 10))
}
# tables_made: while a device is bound and unbound ten times, whatever that takes
tables_made() { tables_made_by bind_cost; }
# tables_made_by COMMAND...
tables_made_by() {
	echo s2m_devices_collect >$TRACE/set_ftrace_filter
	echo >$TRACE/trace
	echo function >$TRACE/current_tracer
	"$@" >/dev/null
	grep -c s2m_devices_collect $TRACE/trace
	echo nop >$TRACE/current_tracer
}
bind $SHM0
bind_cost >/dev/null
without=$(bind_cost)
load
loaded=$(bind_cost)
note "bind and unbind: $without ms without the module, $loaded ms with it"
[ "$loaded" -le $((2 * without + 15)) ] && ok "loaded and native costs a bind nothing" ||
	not_ok "loaded and native costs a bind nothing: $loaded ms, not $without"
policy "normal-nc driver=vfio-pci" "device-nGnRE"
mode policy
on=$(bind_cost)
note "bind and unbind: $on ms while a mode is on"
made=$(tables_made)
check "a table is made anew under a mode ($made)" test "$made" -gt 0
mode native
is "and none in the mode native" "$(tables_made)" 0
echo >$TRACE/set_ftrace_filter

# What has happened meanwhile is known when somebody asks.
bind $SHM1
vm_with_bar b $SHM1 2 $BAR0
mode policy
type_is "bound while the mode was native" b $BAR0 normal-nc
vm_end b
echo $SHM1 >/sys/bus/pci/drivers/vfio-pci/unbind

# A BAR that gets another place, as by resource2_resize, and nobody says so.
policy "normal-nc id=1af4:1110" "device-nGnRE"
res a
type_is "where it was" a $BAR0 normal-nc
vm_end a
was=$(bar_phys $SHM1 2)
check "it moves" modprobe barmove device=$SHM1 bar=2
is "to another place" "$([ "$(bar_phys $SHM1 2)" = "$was" ] || echo moved)" moved
res a
type_is "where it is now" a $BAR0 normal-nc
vm_end a
rmmod barmove
mode normal-nc
res a
type_is "the mode knows it, too" a $BAR0 normal-nc
vm_end a

# Who has a device can make it wake from D3hot, and have its BARs set anew, as often as he
# likes. Nobody else's faults wait for that.
mode policy
vm_with_bar b $SHM0 2 $BAR0
before=$(stat retried)
modprobe barmove device=$SHM1 wakes=1000 &
mover=$!
usleep 300000
for i in 1 2 3 4 5; do
	vm_forget b b
	type_is "another device's BAR, $i" b $BAR0 normal-nc
done
wait $mover
is "they were written all the while" $? 0
rmmod barmove
is "no fault waited for BARs that do not move" "$(($(stat retried) - before))" 0
vm_end b

# Nor is a table made each time if one of its BARs has no place at all.
made=$(tables_made_by modprobe barmove device=$SHM1 bar=2 wakes=100)
is "it has lost its place" "$(bar_phys $SHM1 2)" 0x0000000000000000
check "nothing is compiled for a BAR without a place ($made)" test "$made" -lt 5
rmmod barmove
is "it has its place again" "$([ "$(bar_phys $SHM1 2)" = 0x0000000000000000 ] || echo placed)" placed
mode native

# Something else happens while a device is going.
mode policy
res a
type_is "the device is there" a $BAR0 normal-nc
modprobe barmove device=$SHM1 linger=1500
echo 1 >$PCI/$SHM1/remove &
remover=$!
usleep 500000
echo $SHM0 >$PCI/$SHM0/driver/unbind
echo $SHM0 >/sys/bus/pci/drivers_probe
wait $remover
rmmod barmove
case $(vm a type 0 $BAR0) in
*el2:14) note "the mapping went with the device" ;;
*) check "it is not brought back" until_true 5 becomes device-nGnRE ;;
esac
vm_end a
echo 1 >/sys/bus/pci/rescan
check "it comes back" until_true 5 test -e $PCI/$SHM1
mode native
unload
