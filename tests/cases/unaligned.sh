# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2046,SC2086 # commands and replies are words
# An access that Device memory does not take is carried out, and the guest never knows.
#
# Here: what is carried out and what is not, and that no guest and no device can make
# more of it. That it is carried out exactly is for the case "steps".
ko=/lib/modules/$(uname -r)/updates/s2memattr.ko

unaligned() { echo "$1" >$S/unaligned; }
unaligned_now() { sed 's/.*\[\(.*\)\].*/\1/' $S/unaligned; }
# The result in the last event of the trace.
why() { sed -n 's/.* emulation: .*result=//p' $TRACE/trace | tail -n 1; }

# refused DESC RESULT GOT: the guest got its alignment fault, and the trace says why.
refused() {
	like "$1: an alignment fault" "$3" "ok * 0x9?0000[26]1 0x*"
	is "$1: the reason" "$(why)" "$2"
}

# faults DESC WORD: a form that is not covered, as the architecture has it over Device.
# Without FEAT_LSE2 the CPU gives the guest that fault whatever the type.
faults() {
	like "$1: at EL1" "$(vm a step 0 a $2 1 ff1)" "ok 1 0x960000[26]1 0xff1"
	[ "$CPU" != neoverse-v1 ] || is "$1: the reason" "$(why)" "form-not-covered"
	like "$1: at EL0" "$(vm a step 0 a $2 0 ff1)" "ok 1 0x920000[26]1 0xff1"
}

bind $SHM0
vm_with_bar a $SHM0 2 $BAR0
sea=$(kerntext do_sea)
text=$sea$(kerntext kvm_handle_guest_abort)
load
is "it is off at first" "$(cat $S/unaligned)" "[fault] emulate"
unaligned emulate
is "it is on" "$(cat $S/unaligned)" "fault [emulate]"
is "with a good conscience" "$(cat $S/last_error)" ok
is "no such word" "$(echo emulated 2>&1 >$S/unaligned | grep -c Invalid)" 1
is "and why" "$(cat $S/last_error)" 'unaligned: "emulated\n" is neither fault nor emulate'
is "it is still on" "$(unaligned_now)" emulate
is "text is untouched in native mode" "$(kerntext do_sea)$(kerntext kvm_handle_guest_abort)" \
	"$text"

mode device-nGnRE
echo 1 >$TRACE/events/s2memattr/emulation/enable
# Across the edge between the second page of the host's and the third.
edge=$(printf '%x' $((2 * PAGE - 3)))
across=$(printf '%x' $((0x$BAR0 + 0x$edge)))
for from in el1 el0; do
	like "$from stores" "$(vm a store 0 nc 800001ff1 8 1122334455667788 miss $from)" 'ok 0x*'
	is "$from loads" "$(vm a load 0 nc 800001ff1 8 miss $from)" "ok 0x1122334455667788"
	like "$from stores across pages" \
		"$(vm a store 0 nc $across 8 8877665544332211 miss $from)" 'ok 0x*'
	is "$from loads across pages" "$(vm a load 0 nc $across 8 miss $from)" \
		"ok 0x8877665544332211"
done
is "each is counted" "$(stat emulated)" 8
is "none is a fault" "$(stat alignment)" 0
set -- $(vm a peek a "$(printf %x $((2 * PAGE)))" 8)
is "the VMM sees the same" $((${2:-0} & 0xffffffffff)) $((0x8877665544))
like "an event tells all" "$(sed -n 's/.* emulation: //p' $TRACE/trace | tail -n 1)" \
	"pc=0x* far=0x1$across insn=0xf94000c0 form=single load address=0x1$across bytes=8 result=done"

# What is not carried out.
like "a BAR that the VMM has as write-combining" \
	"$(vm a mapres wc $PCI/$SHM1/resource2_wc 910000000 10000)" ok
like "its page is mapped" "$(vm a load 0 nc 910000000 8 miss)" 'ok 0x*'
refused "the VMM's mapping" vmm-mapping "$(vm a load 0 nc 910000001 8 miss)"
like "it goes" "$(vm a unmap wc drop)" ok
bind $SHM1
like "another BAR" "$(vm a vfio $SHM1)$(vm a map b $SHM1 2 $BAR1)" 'ok*ok*'
faults "LDXR" c85f7c20
faults "LDAXP" c87f8820
faults "LDAR" c8dffc20
faults "STLR" c89ffc20
# Armv8.0 has none of these.
if [ "$CPU" != cortex-a72 ]; then
	faults "LDAPR" f8bfc020
	faults "CAS" c8a37c20
	faults "SWP" f8238020
	faults "LDADD" f8230020
fi
note "DC ZVA of a page that is at hand: $(vm a step 0 a d50b7421 0 1010)"

# Memory that is not what it should be, behind the first page.
page=$(printf '%x' "$PAGE")
behind=$(printf '%x' $((0x900000000 + PAGE)))
across=$(printf '%x' $((0x900000000 + PAGE - 3)))
like "nothing behind the BAR" "$(vm a map one $SHM0 2 900000000 0 $page)" ok
like "its page is mapped" "$(vm a load 0 nc "$(printf '%x' $((0x$behind - 16)))" 8 miss)" 'ok 0x*'
refused "beyond the memslot" no-memslot "$(vm a store 0 nc $across 8 55 miss)"
like "RAM behind the BAR" "$(vm a ram two $behind $page)" ok
like "RAM is there" "$(vm a store 0 nc $behind 8 0 miss)" 'ok 0x*'
like "a store into both" "$(vm a store 0 nc $across 8 1122334455667788 miss)" 'ok 0x*'
is "both have it" "$(vm a load 0 nc $across 8 miss) $(vm a peek two 0 4)" \
	"ok 0x1122334455667788 ok 0x22334455"
like "a read-only memslot" "$(vm a unmap two)$(vm a remap two ro)" ok*ok*
refused "half of it read-only" read-only "$(vm a store 0 nc $across 8 55 miss)"
is "nothing has been written" "$(vm a load 0 nc $across 8 miss)" "ok 0x1122334455667788"
like "these go" "$(vm a unmap one drop)$(vm a unmap two drop)" ok*ok*
# A device that refuses pieces: the host lives, and is silent about it.
bind $EDU
like "registers" "$(vm a vfio $EDU)$(vm a map edu $EDU 0 920000000)" 'ok*ok*'
like "a register" "$(vm a load 0 nc 920000000 4 miss)" 'ok 0x*'
like "the device takes no half of it" "$(vm a load 0 nGnRE 920000002 2 miss)" 'ok el1 0x96000010 *'
refused "an access in such pieces" vmm-mapping-lost "$(vm a load 0 nc 920000001 4 miss)"
like "it goes" "$(vm a unmap edu drop)" ok

# DC ZVA, which the emulator lets through: by a translation fault that says to be another.
check "faults of other kinds can be had" modprobe otherfsc from=4 mask=0x3c page=0x1800001000
vm_forget a a
i=0
while [ $i -lt 16 ]; do
	vm a poke a $(printf %x $((i * 8 + 0x1000))) 8 ffffffffffffffff >/dev/null
	i=$((i + 1))
done
echo 33 >/sys/module/otherfsc/parameters/fsc
is "DC ZVA at EL0" "$(vm a zva 0 nc 800001048 miss el0)" "ok 0x0"
echo 0 >/sys/module/otherfsc/parameters/fsc
like "the event" "$(sed -n 's/.* emulation: //p' $TRACE/trace | tail -n 1)" \
	"*insn=0xd50b7426 form=zero store address=0x1800001040 bytes=64 result=done"
is "one block is zero, no more" \
	"$(vm a peek a 1038 8)$(vm a peek a 1040 8)$(vm a peek a 1078 8)" \
	"ok 0xffffffffffffffffok 0x0ok 0x0"
rmmod otherfsc
echo 0 >$TRACE/events/s2memattr/emulation/enable

# A type that changes under a guest which does nothing else, and slots that come and go.
before=$(stat alignment)
like "counting starts" "$(vm a count 0 nc 800000ffd)" 'ok*'
i=0
while [ $i -lt 6 ]; do
	mode normal-nc
	mode device-nGnRE
	vm_forget a a
	i=$((i + 1))
done
reply=$(vm a stop 0)
note "counter: $reply"
is "the module gave it no fault" "$(stat alignment)" "$before"
# While the slot is away, a store goes to the VMM and a load gives zero; and what the
# emulator faults by itself, from its TLB, is skipped. No other may differ.
lost=$(echo "$reply" | sed 's/^ok [0-9]* \([0-9]*\).*/\1/')
mmio=$(echo "$reply 0" | sed 's/.* mmio \([0-9]*\) .*/\1/; t; s/.*/0/')
el1=$(echo "$reply 0" | sed 's/.* el1 \([0-9]*\) .*/\1/; t; s/.*/0/')
check "nothing else was lost" [ "$lost" -le $((mmio + el1)) ]

# Others get the CPU while an access is carried out. Where a kernel signs no addresses, it
# leaves the key of who was last in user space: what is signed here must not be checked there.
like "counting among others" "$(vm a count 0 nc 800000ffd)" 'ok*'
crowd=''
for _ in 1 2 3 4 5 6; do
	sh -c 'while :; do :; done' &
	crowd="$crowd $!"
done
usleep 1500000
kill $crowd
reply=$(vm a stop 0)
note "counter: $reply"
check "it has counted" [ "$(echo "$reply" | cut -d' ' -f2)" -gt 100 ]

# It goes out with guests inside, and VMMs die in it.
mode device-nGnRE
unaligned fault
like "off again" "$(vm a load 0 nc 800001ff1 8 miss)" "ok el1 0x96000021 *"
is "text of do_sea() is untouched" "$(kerntext do_sea)" "$sea"
unaligned emulate
like "counting" "$(vm a count 0 nc 800000ffd)" 'ok*'
unload
is "text is untouched" "$(kerntext do_sea)$(kerntext kvm_handle_guest_abort)" "$text"
vm a stop 0 >/dev/null
load mode=device-nGnRE unaligned=emulate
is "on by a parameter" "$(unaligned_now)" emulate
like "counting again" "$(vm a count 0 nc 800000ffd)" 'ok*'
usleep 300000
vm_kill a
unload
rounds=5
# Switched, its probes taken away, unloaded: all while two vCPUs make accesses on CPUs that go and
# come. None is lost but those that a vCPU got a fault for, or its VMM an error, as without the module.
online=/sys/devices/system/cpu/cpu1/online
one_round() {
	case $1 in
	0) unaligned fault && usleep 30000 && unaligned emulate ;;
	1) mode native && usleep 30000 && mode device-nGnRE ;;
	2)
		echo 0 >/sys/kernel/debug/kprobes/enabled
		usleep 30000
		echo 1 >/sys/kernel/debug/kprobes/enabled
		;;
	3) until_true 10 unload 2>/dev/null && load mode=device-nGnRE unaligned=emulate ;;
	4)
		# A kernel that is built for tests may keep its CPUs. And without VHE the emulated
		# machine hangs when one goes beneath vCPUs, without the module as well.
		[ -e $online ] && [ "$CPU" != cortex-a72 ] || return 0
		echo 0 >$online
		usleep 30000
		echo 1 >$online
		;;
	esac
}
# lost REPLY: mismatches beyond those that were to be. A round of the counter is a store and a
# load, so as long as neither works there is one for two faults or errors, and a change that
# comes between them may make that one for one: twice for each, there and back.
lost() {
	echo "$1" | awk -v rounds=$rounds '{
		n = $3 - 2 * rounds
		for (i = 4; i < NF; i++)
			if ($i ~ /^(el1|el2|mmio)$/)
				n -= $(i + 1) / 2
		print (n > 0 ? int(n) + 1 : 0)
	}'
}
vm_start b --cpus 2
like "a VM with two vCPUs" "$(vm b vfio $SHM0)$(vm b map b $SHM0 2 $BAR0)" 'ok*ok*'
load mode=device-nGnRE unaligned=emulate
like "both count" "$(vm b count 0 nc 800000ffd)$(vm b count 1 nc 800004ff9)" 'ok*ok*'
round=0
while [ $round -lt $rounds ]; do
	one_round $((round % 5)) || break
	vm_forget b b
	usleep 100000
	round=$((round + 1))
done
is "each of these has been made beneath them" $round $rounds
for cpu in 0 1; do
	reply=$(vm b stop $cpu)
	note "counter $cpu: $reply"
	like "vCPU $cpu has counted" "$reply" "ok [1-9]*"
	is "vCPU $cpu lost none without a word" "$(lost "$reply")" 0
done
mode native
mode device-nGnRE
before=$(stat emulated)
like "afterwards a store" "$(vm b store 0 nc 800001ff9 8 8877665544332211 miss)" 'ok 0x*'
is "and a load" "$(vm b load 1 nc 800001ff9 8 miss)" "ok 0x8877665544332211"
is "are carried out" $(($(stat emulated) - before)) 2
vm_end b
unload
is "text is untouched after all" "$(kerntext do_sea)$(kerntext kvm_handle_guest_abort)" "$text"
is "no such parameter" "$(insmod $ko unaligned=maybe 2>&1 | grep -c Invalid)" 1
like "and why" "$(dmesg | tail -n 1)" \
	'*s2memattr: unaligned: "maybe" is neither fault nor emulate: not loaded'

# A kernel where the host would not live: a sentence, and today's fault.
cp $ko /tmp/less.ko
swapstr /tmp/less.ko fixup_exception fixup_exceptiox || not_ok "cannot patch fixup_exception"
check "without fixup_exception: loads" insmod /tmp/less.ko
is "it cannot be had" "$(echo emulate 2>&1 >$S/unaligned | grep -c 'not supported')" 1
like "and why" "$(cat $S/last_error)" "unaligned: emulate cannot be had on this kernel*"
is "it is off" "$(unaligned_now)" fault
unload
is "the log has no word of it" "$(dmesg | grep -c -e WARNING -e BUG -e 'Internal error')" 0
