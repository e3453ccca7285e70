# SPDX-License-Identifier: GPL-2.0-only
# What may be touched and what may not: each shape of mapping under each mode.
bind $SHM0
bind $EDU
phys1=$(awk 'NR == 3 { print substr($1, 3) }' $PCI/$SHM1/resource)
modprobe vmashape
load
echo 1 >$TRACE/events/s2memattr/decision/enable

vm_with_bar a $SHM0 2 $BAR0
like "a register BAR" "$(vm a vfio $EDU)$(vm a map edu $EDU 0 820000000)" 'ok*ok*'
# The same BAR type without vfio: sysfs, as a device and as write-combining.
like "a sysfs resource" "$(vm a mapres s $PCI/$SHM1/resource2 830000000 100000)" 'ok*'
like "a sysfs resource_wc" "$(vm a mapres w $PCI/$SHM1/resource2_wc 840000000 100000)" 'ok*'
like "a PFNMAP VMA, write-combining" \
	"$(vm a mapres v /dev/vmashape-wc 850000000 100000 "$phys1")" 'ok*'
like "plain RAM" "$(vm a ram r 860000000 100000)" 'ok*'

touch_all() {
	local ipa
	for ipa in $BAR0 820000000 830000000 840000000 850000000 860000000; do
		vm a load 0 nGnRnE $ipa 4 >/dev/null
	done
}

# ram_is DESC IPA: RAM is Normal Write-Back, whatever the knob says: 0xf, or 0x6 with FWB.
ram_is() {
	local desc
	desc=$(vm a desc "$2")
	case ${desc##* } in
	0xf | 0x6) ok "$1" ;;
	*) not_ok "$1: table says '$desc'" ;;
	esac
}

for word in normal-nc device-nGnRE normal-nc; do
	mode $word
	touch_all
	type_is "vfio BAR under $word" a $BAR0 $word
	desc=$(vm a desc 820000000)
	is "register BAR under $word" "${desc##* }" "$(memattr_of $word)"
	type_is "sysfs resource under $word" a 830000000 $word
	type_is "sysfs resource_wc under $word" a 840000000 $word
	type_is "write-combining PFNMAP VMA under $word" a 850000000 $word
	ram_is "RAM memslot under $word" 860000000
	ram_is "the guest's own RAM under $word" 40000000
done
is "nothing was refused" "$(stat refused)" 0

# MMIO that is not PCI: Device under every mode. This page is no BAR.
# (fw_cfg of the emulated board: no driver has claimed it, so /dev/mem maps it.)
like "platform MMIO" "$(vm a mapres u /dev/mem 870000000 10000 9020000)" 'ok*'
mode normal-nc
vm a load 0 nGnRnE 870000000 4 >/dev/null
desc=$(vm a desc 870000000)
is "platform MMIO under normal-nc" "${desc##* }" 0x1
like "platform MMIO is explained" "$(grep ipa=0x870000000 $TRACE/trace | tail -n 1)" \
	'*bar=-1*kvm=device-nGnRE used=device-nGnRE why=not-a-pci-bar rule=0'
vm_end a

# A VMM that maps a BAR cacheable: a non-cacheable stage 2 would make two
# incoherent views of it. Newer kernels have their own answer to such a VMA.
if [ "$NATIVE" = device-nGnRE ] || [ "$CACHEABLE" = ignored ]; then
	mode normal-nc
	vm_start c
	like "a PFNMAP VMA, cacheable" \
		"$(vm c mapres v /dev/vmashape-cached 850000000 100000 "$phys1")" 'ok*'
	vm c load 0 nGnRnE 850000000 4 >/dev/null
	desc=$(vm c desc 850000000)
	is "cacheable VMA under normal-nc" "${desc##* }" 0x1
	like "cacheable VMA is explained" "$(grep ipa=0x850000000 $TRACE/trace | tail -n 1)" \
		'*kvm=device-nGnRE used=device-nGnRE why=vma-cacheable rule=0'
	vm_end c
fi
echo 0 >$TRACE/events/s2memattr/decision/enable
rmmod vmashape
unload
