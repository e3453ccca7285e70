# SPDX-License-Identifier: GPL-2.0-only
# KVM splits blocks when it begins to log what a guest writes, from 6.5 on if the VMM asks
# for it: it makes pages with the type of RAM, whatever they lead to. It refuses to log
# device memory, but not that a BAR takes the place of RAM which is logged, in a memslot
# that is read-only: there it makes blocks all the same.
bind $SHM0
other=device-nGnRE
[ "$NATIVE" = normal-nc ] || other=normal-nc

# logged: RAM in a memslot whose pages are logged, and in its place the BAR, as a block
logged() {
	vm_start a --split
	like "$1: a VM" "$(vm a vfio $SHM0)$(vm a ram a $BAR0 400000)" 'ok*ok*'
	like "$1: its RAM is logged" "$(vm a unmap a)$(vm a remap a log ro)" 'ok*ok*'
	like "$1: a BAR instead" "$(vm a overmap a 0 $SHM0 2 400000)" ok
	blocks "$1"
}
level() { vm a desc "$1" | cut -d' ' -f2; }
blocks() {
	vm a load 0 nGnRnE $BAR0 4 >/dev/null
	vm a load 0 nGnRnE 800200000 4 >/dev/null
	is "$1: two blocks" "$(level $BAR0) $(level 800200000)" "2 2"
}
# leaves_are DESC WORD: all that the guest has of the BAR
leaves_are() {
	like "$1" "$(vm a leaves $BAR0 400000)" "ok * leaves: $(memattr_of "$2"):*"
	is "$1, and nothing else" "$(vm a leaves $BAR0 400000 | wc -w)" 4
}

# Without a mode nobody minds, and this is what is to be minded.
load standby=1
logged native
like "native: KVM splits" "$(vm a clear a)" ok
is "native: into pages" "$(level $BAR0)" 3
note "native: $(vm a leaves $BAR0 400000)"

# What has been split before is found by a change.
mode $other
is "what was split before has gone" "$(vm a leaves $BAR0 400000)" "ok 0 leaves: none"
type_is "what comes instead" a $BAR0 $other
vm_end a

split_under() {
	mode "$1"
	[ "$1" != policy ] || policy "device-GRE pci=$SHM0"
	logged "$3"
	leaves_are "$3: before" "$2"
	like "$3: KVM is asked to split" "$(vm a clear a)" ok
	leaves_are "$3: after" "$2"
	vm_end a
}
for word in device-nGnRE normal-nc; do
	split_under $word $word $word
done
split_under policy device-GRE "a rule"

# RAM is split as ever.
vm_start a --split
like "RAM" "$(vm a ram a $BAR0 400000)$(vm a unmap a)$(vm a remap a log ro)" 'ok*ok*ok*'
vm a load 0 wb $BAR0 4 >/dev/null
before=$(level $BAR0)
like "RAM: KVM splits" "$(vm a clear a)" ok
is "RAM: into pages" "$(level $BAR0)" 3
note "RAM: before that level $before"
vm_end a

# In standby as well.
mode device-nGnRE
state_is() { [ "$(cat $S/hook/state)" = "$1" ]; }
if [ "$STANDBY" = yes ]; then
	logged standby
	check "standby" until_true 10 state_is standby
	like "standby: KVM is asked to split" "$(vm a clear a)" ok
	leaves_are "standby: after" device-nGnRE
	check "that does not put the hook in" state_is standby
	vm_end a
fi
# Who is called by his address on a CPU with FEAT_BTI begins with BTYPE set, and where he is
# sent back to there is no landing pad.
check "by address: it is asked" modprobe callsplit phys=$(bar_phys $SHM0 2)
is "by address: it is left" "$(cat /sys/module/callsplit/parameters/result)" -11
rmmod callsplit

listed() { grep -c "kvm_pgtable_stage2_create_unlinked+0x0" /sys/kernel/debug/kprobes/list; }
is "there is a probe" "$(listed)" 1
mode native
is "native: there is none" "$(listed)" 0

# Probes switched off behind our back: it is told, and mended when they are back.
mode device-nGnRE
logged lost
dmesg -c >/dev/null
echo 0 >/sys/kernel/debug/kprobes/enabled
said() { dmesg | grep -q "s2memattr: $1"; }
check "it is noticed" until_true 5 said "somebody has switched the hook off"
is "it is lost" "$(cat $S/hook/state)" lost
refuses() { ! "$@" 2>/dev/null; }
check "another mode is refused" refuses mode policy
like "lost: KVM splits" "$(vm a clear a)" ok
echo 1 >/sys/kernel/debug/kprobes/enabled
check "it is back" until_true 5 said "the hook is back; guests map device memory anew"
gone() { [ "$(vm a leaves $BAR0 400000)" = "ok 0 leaves: none" ]; }
check "what was split meanwhile goes" until_true 5 gone
vm_end a
mode native
echo 0 >/sys/kernel/debug/kprobes/enabled
check "no mode without it" refuses mode device-nGnRE
is "native it stays" "$(mode_now)" native
echo 1 >/sys/kernel/debug/kprobes/enabled
unload
