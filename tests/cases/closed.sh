# SPDX-License-Identifier: GPL-2.0-only
# Closed when unsure. Where KVM's own answer is Device, that stands, and it is told.
# Where it is Normal-NC, what is asked for here is less, and needs nothing more to be
# known than that answer.
bind $SHM0
other=device-nGnRE
[ "$NATIVE" = normal-nc ] || other=normal-nc
# What is tested is the hook itself, not how it comes and goes.
load standby=0
transport=$(cat $S/hook/transport)
site=$(cat $S/hook/site)
vm_with_bar a $SHM0 2 $BAR0
mode $other
type_is "before all" a $BAR0 $other

# said COUNT PATTERN: that many lines of the module's, since the log was emptied.
said() { [ "$(dmesg | grep -c "s2memattr: $2")" = "$1" ]; }
set_parameter() { echo "$3" >/sys/module/"$1"/parameters/"$2"; }

# A call as no KVM of today makes it. The liar's probe goes in after ours, which
# stays in: both modes need it, and each drops what was mapped under the other.
modprobe wrongcall site=$((${site#*+})) ipa=0x$BAR0
echo 1 >$TRACE/events/s2memattr/decision/enable

# told NAME [ARGUMENT]: the guest's access meets that lie
told() {
	mode "$NATIVE"
	mode $other
	set_parameter wrongcall lie "$1"
	set_parameter wrongcall with "${2:-0}"
	set_parameter wrongcall left 1
	like "$1 $2: the guest goes on" "$(vm a load 0 nc $BAR0 4 plain)" 'ok 0x*'
	is "$1 $2: was told" "$(cat /sys/module/wrongcall/parameters/left)" 0
}
# unknown NAME [ARGUMENT]: not even KVM's answer is to be seen, and it stands. A
# kernel where that is the rule has refused the module.
unknown() {
	local refused rewritten
	refused=$(stat refused)
	rewritten=$(stat rewritten)
	told "$@"
	is "$1 $2: refused" "$(stat refused)" $((refused + 1))
	is "$1 $2: nothing is rewritten" "$(stat rewritten)" "$rewritten"
	type_is "$1 $2: the type" a $BAR0 "$NATIVE"
}
# restricted NAME [ARGUMENT]: whatever it is, less is granted. Only there.
restricted() {
	local refused rewritten
	refused=$(stat refused)
	rewritten=$(stat rewritten)
	told "$@"
	is "$1 $2: is rewritten" "$(stat rewritten)" $((rewritten + 1))
	is "$1 $2: is not refused" "$(stat refused)" "$refused"
	type_is "$1 $2: the type" a $BAR0 device-nGnRE
}
# lie NAME [ARGUMENT]: something is not as it should be.
lie() {
	if [ "$NATIVE" = normal-nc ]; then restricted "$@"; else unknown "$@"; fi
}
# untouched WHY NAME [ARGUMENT]: what is known, and more is not granted.
untouched() {
	local why kept
	why=$1
	kept=$(stat kept)
	shift
	if [ "$NATIVE" = normal-nc ]; then
		restricted "$@"
		return
	fi
	told "$@"
	is "$1 $2: kept" "$(stat kept)" $((kept + 1))
	type_is "$1 $2: the type" a $BAR0 "$NATIVE"
	like "$why: is explained" "$(grep decision: $TRACE/trace | tail -n 1)" "* why=$why *"
}

# The liar itself does no harm: with nothing to say, the type is ours.
mode "$NATIVE"
mode $other
set_parameter wrongcall lie nothing
set_parameter wrongcall left 1
type_is "the truth" a $BAR0 $other
is "was told" "$(cat /sys/module/wrongcall/parameters/left)" 0

dmesg -c >/dev/null
unknown callback 4
check "one line in the log" until_true 5 said 1 "1 mappings were not as this module knows them; they keep KVM's types (counted in stats/refused)"
# Once more while armed: counted, and not said again.
like "a mapping goes" "$(vm a unmap a)$(vm a remap a)" 'ok*ok*'
set_parameter wrongcall left 1
vm a load 0 nc $BAR0 4 plain >/dev/null
is "it happened" "$(cat /sys/module/wrongcall/parameters/left)" 0
usleep 2100000
check "still one line" said 1 ".*mappings were not as this module knows them"
[ "$INLINED" = no ] || unknown walk-elsewhere
lie walker-elsewhere
lie data-elsewhere
# Another layout: a field more or less before, or two the other way round.
unknown data-shifted 8
unknown data-shifted 0xfffffffffffffff8
unknown fields-swapped
lie mmu
# Bits that no leaf for a device has, and bits that each has: a bit below and
# above each field, AF and XN.
for bit in 0 1 10 11 52 54 59 63; do
	lie attr-bit $bit
done
# A MemAttr that KVM gives to nothing.
unknown attr-bit 5
lie phys 0x1000
lie phys 0xfffffffffffff000
lie phys 0x800
lie ipa 0x800
lie size 0
lie size 0x800

# Not for a vCPU of this VM, or not for its own stage 2: no business of ours.
untouched not-guest-fault no-memcache
untouched not-guest-fault memcache-on-stack
untouched not-guest-fault memcache-nowhere 0xdead000000000000
untouched not-guest-fault other-vcpu
# Of a permission fault some kernels (6.14 to 7.1) say no cache, or rather anything; what
# is mapped is the guest's for all that, if the guest's fault is in it.
ours() {
	local rewritten
	rewritten=$(stat rewritten)
	told "$@"
	is "$1 $2: is rewritten" "$(stat rewritten)" $((rewritten + 1))
	type_is "$1 $2: the type" a $BAR0 $other
}
ours permission 0
ours permission 0xdead000000000000
ours permission-on-stack
untouched not-guest-fault permission-elsewhere
untouched not-guest-fault other-mm
untouched nested nested
untouched no-memslot ipa 0x100000000
untouched no-memslot size 0x100000000

# KVM maps RAM as RAM, behind VM_PFNMAP as well. Here it seems to take it for a device.
ram=$(sed -n 's/ *\([0-9a-f]*\)-.*: Kernel code/\1/p' /proc/iomem)
modprobe vmashape
like "RAM behind VM_PFNMAP" "$(vm a mapres r /dev/vmashape-wc 820000000 10000 $ram)" ok
set -- $(vm a desc $BAR0)
set_parameter wrongcall ipa 0x820000000
set_parameter wrongcall lie attr
set_parameter wrongcall with $(($3 & 0x7e00000000007fc))
set_parameter wrongcall left 1
rewritten=$(stat rewritten)
# Where the mode asks for no more than this, nobody looks.
[ "$NATIVE" = normal-nc ] && why=mode || why=ram
like "RAM as a device: the guest goes on" "$(vm a load 0 wb 820000000 4)" 'ok 0x*'
is "RAM as a device: was told" "$(cat /sys/module/wrongcall/parameters/left)" 0
is "RAM as a device: nothing is rewritten" "$(stat rewritten)" "$rewritten"
like "RAM as a device: is explained" "$(grep decision: $TRACE/trace | tail -n 1)" "* why=$why *"
like "RAM goes" "$(vm a unmap r drop)" ok
rmmod vmashape
echo 0 >$TRACE/events/s2memattr/decision/enable
rmmod wrongcall

mode native
mode $other
type_is "after all lies" a $BAR0 $other

# A hit from inside another probe's handler. ftrace does not mind; a kprobe is
# passed over, and the mapping is made anew as soon as that is noticed.
modprobe inprobe ipa=0x$BAR0
mode native
mode $other
dmesg -c >/dev/null
missed=$(cat $S/hook/missed)
set_parameter inprobe left 1
like "from inside a probe: the guest goes on" "$(vm a load 0 nc $BAR0 4 plain)" 'ok 0x*'
is "it happened" "$(cat /sys/module/inprobe/parameters/left)" 0
becomes() { [ "$(vm a type 0 $BAR0)" = "ok $(seen_as "$1")" ]; }
if [ "$transport" = kprobe ]; then
	is "the miss is counted" "$(cat $S/hook/missed)" $((missed + 1))
	check "and noticed" until_true 5 becomes $other
	check "one line in the log" until_true 5 said 1 "the hook was passed 1 times without running; guests map device memory anew (counted in hook/missed)"
else
	is "nothing is missed" "$(cat $S/hook/missed)" "$missed"
fi
type_is "from inside a probe, in the end" a $BAR0 $other
rmmod inprobe

# Probes switched off behind our back, and on again.
if [ "$transport" = kprobe ]; then
	dmesg -c >/dev/null
	missed=$(cat $S/hook/missed)
	echo 0 >/sys/kernel/debug/kprobes/enabled
	check "it is noticed" until_true 5 said 1 "somebody has switched the hook off, or has replaced the function that it is in; until it is back, new mappings get KVM's types"
	is "it counts as a miss" "$(cat $S/hook/missed)" $((missed + 1))
	is "hook/armed does not hide it" "$(cat $S/hook/armed)" 0
	# Anybody's munmap() or mprotect() would do as well.
	like "a mapping goes" "$(vm a unmap a)$(vm a remap a)" 'ok*ok*'
	type_is "without the hook" a $BAR0 "$NATIVE"
	# What cannot be kept is not promised.
	refuses() { ! "$@" 2>/dev/null; }
	check "another mode is refused" refuses mode policy
	like "and is not taken, nor is the one before claimed" "$(cat $S/mode)" "*($other)*"
	is "nothing is in brackets" "$(grep -c '\[' $S/mode)" 0
	like "and it is said why" "$(cat $S/last_error)" 'mode: cannot arm the hook by kprobe (error -16)'
	echo 1 >/sys/kernel/debug/kprobes/enabled
	check "its return is noticed" until_true 5 becomes $other
	type_is "with the hook again" a $BAR0 $other
	check "one line in the log" said 1 "the hook is back; guests map device memory anew"

	mode native
	echo 0 >/sys/kernel/debug/kprobes/enabled
	check "does not pretend to arm while probes are off" refuses mode $other
	is "and stays" "$(mode_now)" native
	echo 1 >/sys/kernel/debug/kprobes/enabled
	mode policy
	echo 0 >/sys/kernel/debug/kprobes/enabled
	check "a table is refused while probes are off" refuses policy "$other"
	is "and changes nothing" "$(cat $S/policy)" ""
	check "native is always to be had" mode native
	echo 1 >/sys/kernel/debug/kprobes/enabled
	mode $other
fi
type_is "after all" a $BAR0 $other
unload

# Another function under the name of the one that maps: the proof at load fails.
cp "/lib/modules/$(uname -r)/updates/s2memattr.ko" /tmp/stub.ko
check "a stub" swapstr /tmp/stub.ko stage2_map_walker hyp_map_walker
dmesg -c >/dev/null
refuses() { ! "$@" 2>/dev/null; }
check "does not load beside a stub" refuses insmod /tmp/stub.ko transport="$transport"
like "and says so" "$(dmesg | grep s2memattr: | tail -n 1)" \
	"*s2memattr: the call at kvm_pgtable_stage2_map+* has how to walk elsewhere than this module knows: not loaded"
check "loads after all" load mode=$other standby=0
type_is "and works" a $BAR0 $other
vm_end a
unload
