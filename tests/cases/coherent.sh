# SPDX-License-Identifier: GPL-2.0-only
# Guests whose uncached RAM is write-back, by the rule coherent-ram. Witnesses: the
# guest, the VMM, and, where the host kernel runs at EL2, the CPU's own translation.
OWN=0x00bb0c08040044ff		# what the micro guest writes
MADE=0x00ff0c080400ffff		# the same with NC and WT made write-back
RAM=40000000
if modprobe s2par 2>/dev/null; then vhe=1; else vhe=; fi
state() { cat $S/hook/coherent; }

# mair_is DESC VM CPU VALUE: three say so, the last of them having looked at an exit.
mair_is() {
	is "$1: MAIR_EL1, guest and VMM" "$(vm "$2" mair "$3")" "ok $4 $4"
	is "$1: MAIR_EL1, at work" "$(cut -d, -f$(($3 + 1)) /sys/module/livemair/parameters/mair)" \
		$(($4))
}

# effective DESC VM IPA WANT: type and shareability through the window of type nc.
effective() {
	local reply
	[ "$vhe" ] || return
	vm "$2" load 0 nc "$3" 4 >/dev/null
	reply=$(vm "$2" par 0 nc "$3")
	is "$1: effective type" "${reply##* }" "$4"
}

bind $SHM0
check "the oracle is there" modprobe livemair
load

if [ -n "$FWB" ]; then
	is "state" "$(state)" not-needed
	check "the rule is taken" policy "coherent-ram" "normal-nc"
	check "and the mode" mode policy
	is "the table shows it" "$(cat $S/policy)" "coherent-ram
normal-nc"
	like "and is not needed" "$(dmesg | grep s2memattr:)" \
		"*coherent-ram is not needed on this host: with FEAT_S2FWB the hardware does it*"
	vm_with_bar a $SHM0 2 $BAR0
	mair_is "rule on, FWB" a 0 $OWN
	effective "RAM, FWB" a $RAM 0xff3
	effective "BAR, FWB" a $BAR0 0x442
	is "nobody has it" "$(stat coherent)" 0
	vm_end a
	unload
	rmmod livemair
	[ -z "$vhe" ] || rmmod s2par
	return
fi

text=$(kerntext kvm_toggle_cache)
is "state after load" "$(state)" off
check "a table with the rule, not in force" policy "coherent-ram uid=0 comm=uvm" "normal-nc id=1af4:*"
is "state before the table is in force" "$(state)" off
for key in pci=*:*.* bar=0 phys=0-1 vma=io driver=vfio-pci; do
	policy "coherent-ram $key" && not_ok "$key is refused" || ok "$key is refused"
	like "$key is about a mapping" "$(cat $S/last_error)" \
		"policy: line 1: ${key%%=*} is about a mapping, coherent-ram about a VM*"
done
policy "coherent-ram" "normal-wb" && not_ok "normal-wb is refused" || ok "normal-wb is refused"

# Device memory that a VMM maps cacheable, if there is such memory to try: a kernel that
# would map it cacheable at stage 2 does not do so here.
if [ "$CACHEABLE" = honoured ] && grep -q mem=896M /proc/cmdline; then
	modprobe vmashape
	vm_start w
	is "no cacheable device memory" \
		"$(vm w mapres shape /dev/vmashape-pfnmap-cached 900000000 1000 78000000)" \
		"err memslot: Invalid argument"
	vm_end w
	rmmod vmashape
fi

# Rule off: nobody touches the register. It stays so until the next reset.
vm_with_bar a $SHM0 2 $BAR0
mair_is "no rule in force" a 0 $OWN
effective "RAM, no rule" a $RAM 0x442
mode policy
is "state with the table in force" "$(state)" armed
mair_is "a running guest keeps what it has" a 0 $OWN
is "nobody has it" "$(stat coherent)" 0
is "the reset" "$(vm a reboot)" ok
mair_is "after a reset" a 0 $MADE
is "one vCPU has it" "$(stat coherent)" 1
like "the rule counts" "$(head -n 1 $S/policy_hits)" "1 coherent-ram uid=0 comm=uvm"
effective "RAM" a $RAM 0xff3
type_is "the BAR" a $BAR0 normal-nc
effective "BAR under normal-nc" a $BAR0 0x442
policy "coherent-ram comm=uvm" "device-nGnRE id=1af4:*"
type_is "the BAR" a $BAR0 device-nGnRE
effective "BAR under device-nGnRE" a $BAR0 0x042
like "an unaligned access of RAM" "$(vm a load 0 nc 40000001 8 miss)" "ok *"

# The rule goes while a guest runs: nothing changes before its next reset.
policy "normal-nc"
is "stays for its sake" "$(state)" armed
mair_is "the rule is gone, the guest runs" a 0 $MADE
is "the reset" "$(vm a reboot)" ok
mair_is "after a reset without the rule" a 0 $OWN
policy "native"
is "nobody needs it any more" "$(state)" off
is "text is as it was" "$(kerntext kvm_toggle_cache)" "$text"
vm_end a

# What resets no VM, or one vCPU of it. The version is the PSCI call that kernels make.
takes_over() {
	is "$1: takes over" "$(vm "$2" takeover 0)" ok
	is "$1: asks PSCI for its version" "$(vm "$2" psci 0 84000000 | cut -c 1-3)" "ok "
	like "$1: switches" "$(vm "$2" switches 0 1)" "ok *"
}

policy "coherent-ram comm=uvm"
vm_start e
is "firmware has started something" "$(vm e takeover 0)" ok
mair_is "which begins with its own" e 0 $OWN
effective "RAM, its own" e $RAM 0x442
before=$(stat coherent)
# Kernels count requests, or what became of them, or both; 5.10 does not tell.
flushes() { cat /sys/kernel/debug/kvm/remote_tlb_flush* | awk '{ sum += $1 } END { print sum }'; }
[ -e /sys/kernel/debug/kvm/remote_tlb_flush ] && counted=1 || counted=
[ -z "$counted" ] || flushed=$(flushes)
echo 1 >$TRACE/events/kvm/kvm_toggle_cache/enable
takes_over "and" e
like "KVM cleans the caches" "$(tail -n 1 $TRACE/trace)" "*(cache was off, now on)"
echo 0 >$TRACE/events/kvm/kvm_toggle_cache/enable
[ -z "$counted" ] || check "translations are dropped" test "$(flushes)" -gt "$flushed"
mair_is "until it asks" e 0 $MADE
effective "RAM, after that" e $RAM 0xff3
is "it counts" "$(stat coherent)" $((before + 1))
takes_over "a second time" e
mair_is "a second time" e 0 $MADE
vm_end e

vm_start f --cpus 2
is "a vCPU goes" "$(vm f off 1)" ok
is "and comes back" "$(vm f on 0 1)" ok
mair_is "a vCPU that was off" f 1 $MADE
is "a vCPU goes" "$(vm f off 1)" ok
takes_over "kexec" f
mair_is "kexec" f 0 $MADE
is "the vCPU comes back" "$(vm f on 0 1)" ok
mair_is "kexec, the other one" f 1 $MADE
is "a vCPU goes" "$(vm f off 1)" ok
is "PSCI is asked with the MMU off" "$(vm f takeover 0 84000000)" ok
mair_is "which is seen at once" f 0 $MADE
is "the vCPU comes back" "$(vm f on 0 1)" ok
mair_is "and the other one follows" f 1 $MADE
policy "coherent-ram comm=other"
is "another operation by set/way" "$(vm f way 1)" ok
is "a vCPU goes" "$(vm f off 0)" ok
is "and comes back" "$(vm f on 1 0)" ok
mair_is "one that runs is not first for set/way" f 0 $MADE
is "a vCPU goes" "$(vm f off 1)" ok
is "the other resumes" "$(vm f resume 0)" ok
mair_is "resumed without the rule, as nobody was reset before it" f 0 $MADE
is "the vCPU comes back" "$(vm f on 0 1)" ok
mair_is "nor this one" f 1 $MADE
takes_over "with another vCPU on" f
is "and cleans by set/way" "$(vm f way 0)" ok
like "and switches" "$(vm f switches 0 1)" "ok *"
mair_is "with another vCPU on" f 0 $OWN
mair_is "which keeps it" f 1 $MADE
is "that goes" "$(vm f off 1)" ok
is "and comes back" "$(vm f on 0 1)" ok
mair_is "and is not stronger than the one that runs" f 1 $OWN
is "it goes" "$(vm f off 1)" ok
takes_over "a VM that has lost it" f
mair_is "a VM that has lost it" f 0 $OWN
vm_end f

# Two vCPUs at the same time, on a host CPU each: both have written SCTLR_EL1 before
# KVM is told of either. The rules are asked once all the same.
vm_start g --cpus 2
mair_is "before they meet" g 1 $OWN
# shellcheck disable=SC2046 # a list
set -- $(ls "/proc/$(vm_pid g)/task" | sort -n)
taskset -p 1 "$2" >/dev/null
taskset -p 2 "$3" >/dev/null
check "vCPUs can meet" modprobe togglewait
meet() {
	is "they start together" "$(vm g reboot together)" ok
	is "and meet" "$(cat /sys/module/togglewait/parameters/met)" "$1"
	mair_is "together" g 0 "$2"
	mair_is "together" g 1 "$2"
}
policy "coherent-ram comm=uvm"
meet 1 $MADE
like "the rule was asked once" "$(head -n 1 $S/policy_hits)" "1 *"
policy "coherent-ram comm=other"
meet 2 $OWN
vm_end g
rmmod togglewait

# One that nobody has initialised yet has not started either.
policy "coherent-ram comm=uvm"
vm_start h --parked
mair_is "beside a parked vCPU" h 0 $MADE
vm_end h

# Two vCPUs, one after the other, with a change in between: a VM has one answer.
policy "coherent-ram comm=other" "coherent-ram cgroup=/" "normal-nc"
before=$(stat coherent)
vm_start b --cpus 2
mair_is "two vCPUs" b 0 $MADE
mair_is "two vCPUs" b 1 $MADE
is "by the second rule" "$(sed 's/ .*//' $S/policy_hits | tr '\n' ' ')" "0 1 0 0 "
is "the reset" "$(vm b reboot)" ok
mair_is "two vCPUs after a reset" b 0 $MADE
mair_is "two vCPUs after a reset" b 1 $MADE
is "each counts" "$(stat coherent)" $((before + 4))
vm_start c
mair_is "a third VM" c 0 $MADE
policy "coherent-ram comm=other" "native"
vm_start d
mair_is "another name" d 0 $OWN
vm_end d
mair_is "which the one before has" c 0 $MADE
dmesg -c >/dev/null
mode native
is "state in native mode" "$(state)" off
is "text is as it was" "$(kerntext kvm_toggle_cache)" "$text"
like "it says who keeps it" "$(dmesg | grep s2memattr:)" "*coherent-ram: 2 VMs keep it, but *"
mair_is "native mode, running" c 0 $MADE
is "the reset" "$(vm c reboot)" ok
mair_is "native mode, after a reset" c 0 $OWN
vm_end c
vm_end b

# A kernel that does not allow it: the table stays out.
cp "/lib/modules/$(uname -r)/updates/s2memattr.ko" /tmp/less.ko
unload
check "another symbol" swapstr /tmp/less.ko kvm_toggle_cache kvm_toggle_cachx
insmod /tmp/less.ko mode=policy force=1
policy "normal-wb" && not_ok "normal-wb is refused by force too" || ok "normal-wb is refused by force too"
policy "coherent-ram" && not_ok "the table is refused" || ok "the table is refused"
like "in a sentence" "$(cat $S/last_error)" "policy: coherent-ram cannot be had on this kernel (error -2)"
is "state" "$(state)" unavailable
is "and nothing is changed" "$(cat $S/policy)" ""
unload
rmmod livemair
[ -z "$vhe" ] || rmmod s2par
