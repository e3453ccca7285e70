# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154
# A kernel whose compiler has put kvm_pgtable_stage2_map() into the path of a guest's faults,
# and left the function for others: the hook would be where no fault comes by, and what is
# called at load to prove it would be content. The test module makes that of any kernel.
ko=/lib/modules/$(uname -r)/updates/s2memattr.ko
other=normal-nc
[ "$NATIVE" != normal-nc ] || other=device-nGnRE
bind $SHM0
vm_with_bar a $SHM0 2 $BAR0

# What it makes is what it says.
load
type_is "before" a $BAR0 "$NATIVE"
check "a copy comes" modprobe swallow
mode $other
type_is "past the hook" a $BAR0 "$NATIVE"
is "past the hook: no fault is seen" "$(stat faults)" 0
unload

# What is called is followed. From 6.14 on KVM chooses by address, and what else is formed
# there are callbacks as well: then there is just no way to the function any more.
errno=ENOTUNIQ
said="vgic_its_save_tables_v0 has a copy of kvm_pgtable_stage2_map in it, and faults may take that"
if [ "$(cat /sys/module/swallow/parameters/by_name)" -eq 0 ]; then
	errno=ENXIO
	said="found no way from kvm_handle_guest_abort to kvm_pgtable_stage2_map"
fi
dmesg -c >/dev/null
is "a copy that faults take: errno" "$(finit $ko "mode=$other")" $errno
like "a copy that faults take: one sentence" "$(dmesg | grep s2memattr: | grep -v -e tainting -e taints)" \
	"*s2memattr: $said: not loaded"
[ ! -e $S ] && [ ! -e /sys/module/s2memattr ] && ok "nothing left behind" || not_ok "left something behind"

check "the copy goes" rmmod swallow

# A function from which nobody would know its copies.
check "an address is loaded" modprobe swallow literal=1
dmesg -c >/dev/null
is "no copy would be known: errno" "$(finit $ko "mode=$other")" ENXIO
like "no copy would be known: one sentence" "$(dmesg | grep s2memattr: | grep -v -e tainting -e taints)" \
	"*s2memattr: kvm_pgtable_stage2_map does not form the address of stage2_map_walker, by which a copy of it would be known: not loaded"
[ ! -e $S ] && [ ! -e /sys/module/s2memattr ] && ok "no copy would be known: nothing left behind" ||
	not_ok "no copy would be known: left something behind"
check "it is formed again" rmmod swallow
vm_forget a a
check "it loads" load mode=$other
type_is "afterwards" a $BAR0 $other
vm_end a
unload
