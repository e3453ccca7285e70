# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154
# The rule table decides mappings of real devices: seen by guests.
bind $SHM0
bind $GPU
load
mode policy
is "mode reads" "$(mode_now)" policy
vm_with_bar a $SHM0 2 $BAR0
type_is "an empty table" a $BAR0 "$NATIVE"
phys=$(bar_phys $SHM0 2)
end=$(awk 'NR == 3 { print $2 }' $PCI/$SHM0/resource)

# Each key decides the mapping when it matches, and the next rule when it does not.
each_key() {
	local key
	for key in $1; do
		policy "normal-nc $key" device-nGnRE
		type_is "$key" a $BAR0 "$2"
	done
}
each_key "pci=$SHM0 pci=00:06.0 pci=*:*:06.* id=1af4:1110 id=1af4:* id=*:*:1af4:1100
	class=0500xx class=05xxxx bar=2 prefetch=1 driver=vfio-pci phys=$phys-$end
	vma=pfnmap+io pgprot=device-nGnRnE pid=$(vm_pid a) uid=0 comm=uvm cgroup=/" normal-nc
each_key "pci=$SHM1 pci=0001:00:06.0 pci=*:*:07.* id=1af4:1111 id=15b3:* id=*:*:1af4:1101
	class=0200xx class=06xxxx bar=0 prefetch=0 driver=mlx5_vfio_pci phys=0x1000-0x1fff
	vma=pfnmap vma=io pgprot=normal-nc pgprot=device-nGnRE pid=1 uid=64055 comm=qemu
	cgroup=/machine" device-nGnRE
policy "normal-nc id=1af4:1110 bar=2 prefetch=1 uid=0 comm=uvm vma=pfnmap+io" device-nGnRE
type_is "all keys of a rule match" a $BAR0 normal-nc
policy "normal-nc id=1af4:1110 bar=2 prefetch=1 uid=0 comm=uvm vma=pfnmap" device-nGnRE
type_is "all keys but one match" a $BAR0 device-nGnRE

# The order of lines is the order of rules.
policy "normal-nc id=1af4:*" "device-nGnRE bar=2"
type_is "the first that matches" a $BAR0 normal-nc
policy "device-nGnRE bar=2" "normal-nc id=1af4:*"
type_is "the first that matches, the other way" a $BAR0 device-nGnRE
policy "native id=1af4:*" "device-nGnRE" "normal-nc"
type_is "native is an answer too" a $BAR0 "$NATIVE"

policy "device-GRE"
type_is "device-GRE" a $BAR0 device-GRE

# What a decision says of its rule.
policy native
echo 1 >$TRACE/events/s2memattr/decision/enable
policy "normal-nc bar=5" "# a comment, no rule" "device-GRE bar=2 prefetch=1"
vm a load 0 nc $BAR0 4 >/dev/null
like "the trace names the rule" "$(tail -n 1 $TRACE/trace)" \
	"*dev=$SHM0 bar=2 kvm=$NATIVE used=device-GRE why=rule rule=2"
echo 0 >$TRACE/events/s2memattr/decision/enable

# Each decision counts for the rule that made it, and only there.
hits() { sed 's/ .*//' $S/policy_hits | tr '\n' ' '; }
policy "native bar=5" "device-nGnRE bar=2" "native"
is "hits begin anew with a table" "$(hits)" "0 0 0 0 "
vm a load 0 nGnRnE $BAR0 4 >/dev/null
like "a rule's hits" "$(hits)" "0 [1-9]* 0 0 "
before=$(hits)
policy "native bar=5" "device-nGnRE bar=2" "native"
is "the same table again keeps them" "$(hits)" "$before"
policy "native bar=5" "device-nGnRE bar=0"
vm a load 0 nGnRnE $BAR0 4 >/dev/null
like "decisions without a rule" "$(hits)" "0 0 [1-9]* "
like "are the last line's" "$(tail -n 1 $S/policy_hits)" "[1-9]* (no rule)"
mode device-nGnRE
before=$(hits)
vm a load 0 nGnRnE $BAR0 4 >/dev/null
is "a mode counts for no rule" "$(hits)" "$before"
mode policy

# Part of a BAR, to the page; or all of a block that it lies in.
policy "device-nGnRE phys=$(printf '0x%x-0x%x' $((phys + 0x5000)) $((phys + 0x5fff)))" "normal-nc"
vm a load 0 nc $BAR0 4 >/dev/null
desc=$(vm a desc $BAR0)
case $desc in
"ok 3 "*)
	type_is "the page of the rule" a 800005000 device-nGnRE
	type_is "the page before" a 800004000 normal-nc
	type_is "the page behind" a 800006000 normal-nc
	;;
*)
	type_is "a block with two answers takes the stricter" a $BAR0 device-nGnRE
	type_is "all of it" a 800006000 device-nGnRE
	type_is "and not the next block" a 800200000 normal-nc
	;;
esac

# Two BARs of one device.
policy "normal-nc pci=$GPU bar=0" "device-nGnRE pci=$GPU" "native"
like "a display" "$(vm a vfio $GPU)$(vm a map g0 $GPU 0 $BAR1 0 1000000)" 'ok*ok*'
like "its registers" "$(vm a map g2 $GPU 2 820000000)" 'ok*'
type_is "BAR 0 of the display" a $BAR1 normal-nc
vm a load 0 nGnRnE 820000000 4 >/dev/null
desc=$(vm a desc 820000000)
is "BAR 2 of the display" "${desc##* }" 0x1
policy "normal-nc prefetch=1" "device-nGnRE"
type_is "prefetchable" a $BAR1 normal-nc
vm a load 0 nGnRnE 820000000 4 >/dev/null
desc=$(vm a desc 820000000)
is "not prefetchable" "${desc##* }" 0x1

# Only what changes is made to fault again.
policy "normal-nc pci=$SHM0" "normal-nc pci=$GPU"
type_is "one device" a $BAR0 normal-nc
type_is "the other device" a $BAR1 normal-nc
before=$(stat reconciled)
policy "device-nGnRE pci=$SHM0" "normal-nc pci=$GPU"
is "the changed one is dropped" "$(vm a desc $BAR0 | cut -d' ' -f4)" none
is "the other one stays" "$(vm a desc $BAR1 | cut -d' ' -f4)" 0x5
is "one range was re-faulted" $(($(stat reconciled) - before)) 1
before=$(stat reconciled)
policy "device-nGnRE pci=$SHM0" "normal-nc pci=$GPU" "native bar=5"
is "a rule that matches nothing re-faults nothing" $(($(stat reconciled) - before)) 0
vm_end a

# Two VMMs, told apart by user and by group.
chmod 666 /dev/kvm /dev/s2walk
mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null
mkdir -p /sys/fs/cgroup/machine/one /sys/fs/cgroup/other
chmod 666 $PCI/$SHM0/resource2 $PCI/$SHM1/resource2
echo $SHM0 >/sys/bus/pci/drivers/vfio-pci/unbind
VMM="asuser 1000 uvm" vm_start u
VMM="asuser 2000 uvm" vm_start v
for vm in u v; do
	like "$vm has a BAR" "$(vm $vm mapres s $PCI/$SHM0/resource2 $BAR0 100000)" 'ok*'
done
policy "normal-nc uid=1000" "device-nGnRE uid=2000"
type_is "one user" u $BAR0 normal-nc
type_is "the other user" v $BAR0 device-nGnRE
vm_pid u >/sys/fs/cgroup/machine/one/cgroup.procs
vm_pid v >/sys/fs/cgroup/other/cgroup.procs
policy "device-nGnRE cgroup=/machine" "normal-nc cgroup=/other"
type_is "in a group below the rule's" u $BAR0 device-nGnRE
type_is "in another group" v $BAR0 normal-nc
# As systemd names the scopes of libvirt's guests: a number that changes, and "-" as "\x2d".
mkdir -p '/sys/fs/cgroup/machine/machine-qemu\x2d6\x2dvm1.scope/emulator'
vm_pid u >'/sys/fs/cgroup/machine/machine-qemu\x2d6\x2dvm1.scope/emulator/cgroup.procs'
policy 'normal-nc cgroup=/machine/machine-qemu\x2d*\x2dvm2.scope' \
	'device-nGnRE cgroup=/machine/machine-qemu\x2d*\x2dvm1.scope' "normal-nc"
like "a pattern is kept as it was written" "$(cat $S/policy)" '*cgroup=/machine/machine-qemu\\x2d\*\\x2dvm1.scope*'
type_is "in a group that the pattern means" u $BAR0 device-nGnRE
type_is "in one that it does not mean" v $BAR0 normal-nc
policy 'normal-nc cgroup=/mach*/*vm1.scope/emul*r' "device-nGnRE"
type_is "patterns in several groups" u $BAR0 normal-nc
policy 'device-nGnRE cgroup=/*vm1.scope' "normal-nc"
type_is "none goes over a /" u $BAR0 normal-nc
vm_pid u >/sys/fs/cgroup/machine/one/cgroup.procs
policy "device-nGnRE cgroup=/machine" "normal-nc cgroup=/other"
# Facts about a process count when the mapping is made, and at the next change.
vm_pid u >/sys/fs/cgroup/other/cgroup.procs
type_is "a group changed, nothing re-evaluated yet" u $BAR0 device-nGnRE
policy "device-nGnRE cgroup=/machine" "normal-nc cgroup=/other" "native bar=5"
type_is "the next change looks again" u $BAR0 normal-nc
vm_end u
vm_end v
unload
