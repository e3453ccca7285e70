# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154
#
# Nothing that somebody calls by chance hurts: /dev/kvm, VFIO and the module's files, by two
# processes at once, for $SOAK_SECONDS seconds (tests/host/noise.c). The host lives, has
# nothing to say, and the module does afterwards what it is told.
bind $SHM0
bind $SHM1
load standby=1
note "S2M_SOAK_SEED=$SOAK_SEED S2M_SOAK_SECONDS=$SOAK_SECONDS"
group_of() { basename "$(readlink $PCI/"$1"/iommu_group)"; }
noise "$SOAK_SEED" "$SOAK_SECONDS" "$(group_of $SHM0)" $SHM0 >/tmp/one 2>/tmp/one.err &
one=$!
noise $((SOAK_SEED + 1000000)) "$SOAK_SECONDS" "$(group_of $SHM1)" $SHM1 >/tmp/two 2>/tmp/two.err
wait $one
is "both end" "$?$(cat /tmp/one.err /tmp/two.err)" 0
for kind in files kvm vfio mappings; do
	above "calls of $kind that succeeded" "$(awk -v k=$kind '$1 == k { n += $2 } END { print n }' /tmp/one /tmp/two)" 0
	above "calls of $kind that failed" "$(awk -v k=$kind '$1 == k { n += $3 } END { print n }' /tmp/one /tmp/two)" 0
done
note "$(cat /tmp/one /tmp/two | tr '\n' ',') faults $(stat faults) refused $(stat refused) emulated $(stat emulated) alignment $(stat alignment)"
above "guests faulted on device memory" "$(stat faults)" 0
is "nothing was refused" "$(stat refused)" 0

# What was written last is in force; now what is asked for here. A type is told from the
# accesses that fault, so none is to be carried out.
echo fault >$S/unaligned
for word in normal-nc device-nGnRE; do
	check "mode $word" mode $word
	vm_with_bar a $SHM0 2 $BAR0
	type_is "a VM afterwards" a $BAR0 $word
	vm_end a
done
policy "device-GRE"
check "the table is taken" mode policy
vm_with_bar a $SHM0 2 $BAR0
type_is "a VM afterwards" a $BAR0 device-GRE
vm_end a
check "unloads" unload
is "nothing left among the kprobes" "$(cat /sys/kernel/debug/kprobes/list)" ""
is "nothing left in ftrace" "$(grep -e kvm_ -e follow_ $TRACE/enabled_functions)" ""
