# SPDX-License-Identifier: GPL-2.0-only
# A VM with memory tagging looks for tags where memory is Write-Back. Such
# memory has none, whoever says it has: normal-wb is not for that VM.
modprobe vmashape
load
echo 1 >$TRACE/events/s2memattr/decision/enable
check "a rule for normal-wb" policy "normal-wb phys=0x78000000-0x7fffffff"
mode policy

vm_start plain
like "a VM without tags" "$(vm plain mapres m /dev/vmashape-cached 900000000 4000 78000000)" 'ok*'
vm plain load 0 wb 900000000 4 >/dev/null
desc=$(vm plain desc 900000000)
is "a VM without tags has normal-wb" "${desc##* }" 0x6
vm_end plain

vm_start tagged --mte
like "a VM with tags" "$(vm tagged mapres m /dev/vmashape-cached 900000000 4000 78000000)" 'ok*'
kept=$(stat kept)
is "a VM with tags sees Device" "$(vm tagged type 0 900000000)" "ok device"
desc=$(vm tagged desc 900000000)
is "a VM with tags is left alone" "${desc##* }" 0x1
like "with the reason" "$(grep ipa=0x900000000 $TRACE/trace | tail -n 1)" \
	'*kvm=device-nGnRE used=device-nGnRE why=mte rule=1'
check "it counts as kept" test "$(stat kept)" -gt "$kept"
vm_end tagged
echo 0 >$TRACE/events/s2memattr/decision/enable
unload
rmmod vmashape
