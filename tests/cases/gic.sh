# SPDX-License-Identifier: GPL-2.0-only
# The GICv2 VCPU interface goes through the hook as well: KVM maps it Device for
# each VM, no VMA backs it, and it is context-switched, so it must stay Device.
gicc=8010000

gicc_is_device() {
	local desc tick
	desc=$(vm g desc $gicc)
	tick=$(vm g tick 0)
	is "$1: VCPU interface" "${desc##* }" 0x1
	is "$1: timer interrupt" "$tick" ok
}

vm_start g --gic 2
like "a BAR through sysfs" "$(vm g mapres s $PCI/$SHM1/resource2 $BAR0 100000)" 'ok*'
gicc_is_device "stock"
vm_end g

load
echo 1 >$TRACE/events/s2memattr/decision/enable
mode normal-nc
# A VM that starts now has its VCPU interface mapped under the rule.
vm_start g --gic 2
like "a BAR through sysfs" "$(vm g mapres s $PCI/$SHM1/resource2 $BAR0 100000)" 'ok*'
gicc_is_device "VM started under normal-nc"
like "the hook saw it and knew it" "$(grep ipa=0x$gicc $TRACE/trace | tail -n 1)" \
	'*phys=0x8040000*bar=-1*used=device-nGnRE why=not-guest-fault rule=0'
type_is "the BAR beside it" g $BAR0 normal-nc
for word in device-nGnRE normal-nc native normal-nc; do
	mode $word
	gicc_is_device "after $word"
done
echo 0 >$TRACE/events/s2memattr/decision/enable
check "unloads" unload
gicc_is_device "after unload"
vm_end g

# A VMM may lay a BAR over that address. Then what is there is the BAR, as anywhere else.
load
mode normal-nc
vm_start g --gic 2
like "a BAR where the VCPU interface is" "$(vm g mapres s $PCI/$SHM1/resource2 $gicc 2000)" 'ok*'
vm_forget g s
vm g load 0 nc $gicc 4 >/dev/null
desc=$(vm g desc $gicc)
is "it is mapped" "${desc##* }" "$(memattr_of normal-nc)"
mode device-nGnRE
desc=$(vm g desc $gicc)
is "a change takes it back" "${desc##* }" none
vm g load 0 nc $gicc 4 >/dev/null
desc=$(vm g desc $gicc)
is "and it comes back under the new mode" "${desc##* }" "$(memattr_of device-nGnRE)"
vm_end g
unload
