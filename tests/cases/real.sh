# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154
#
# The real VMM with a real guest: QEMU and Linux, both as Debian built them. The
# witnesses are the guest's own accesses and the stage-2 table.
. /cases/guest.sh
bind "$SHM0"

# What wcprobe calls a type.
wcprobe_word() {
	case $1 in
	device-nGnRE) echo "device (SIGBUS)" ;;
	normal-nc) echo "write-combining (Normal-NC)" ;;
	esac
}

# The leaf is gone between a switch and the guest's next access: ask again.
leaf_is() { [ "$(s2peek "$guest_pid" "$bar" | cut -d' ' -f3)" = "$(memattr_of "$1")" ]; }

# bar_is DESC WORD: the guest's last line says so, and so does the table.
bar_is() {
	is "$1: guest" "$guest_line" "wc: $(wcprobe_word "$2")"
	check "$1: table" until_true 5 leaf_is "$2"
}

boot() {
	guest_start "$SHM0"
	check "the guest comes up $1" guest_up
	guest_asks wcprobe where
	bar=${guest_line#bar: } bytes=${bar#* } bar=${bar% *} bar=${bar#0x}
}

# Without the module: the kernel's own type, and what becomes of a driver that
# counts on write-combining.
boot "on the stock kernel"
guest_asks wcprobe plain
is "a mapping that asks for Device memory is that" "$guest_line" "plain: device (SIGBUS)"
guest_asks wcprobe safe
bar_is "stock kernel" "$NATIVE"
guest_asks wcprobe bare
if [ "$NATIVE" = device-nGnRE ]; then
	is "an unaligned load ends the VM" "$guest_line" "error: kvm run failed Bad address"
	like "KVM says why" "$(dmesg | grep 'Unsupported FSC' | tail -n 1)" '*xFSC=0x21*'
	guest_kill
	boot "once more"
	guest_asks wcprobe copy
	is "memcpy() ends the VM" "$guest_line" "error: kvm run failed Bad address"
	guest_kill
else
	is "an unaligned load works" "$guest_line" "wc: $(wcprobe_word normal-nc)"
	guest_off
	is "the guest powers off" $? 0
fi
deaths=$(dmesg | grep -c 'Unsupported FSC')

# With it: a guest that finds the mode set.
check "loads" load
mode normal-nc
boot "with normal-nc"
guest_asks wcprobe bare
bar_is "first access under normal-nc" normal-nc
guest_asks wcprobe plain
is "what asks for Device memory still gets it" "$guest_line" "plain: device (SIGBUS)"
mode device-nGnRE
guest_asks wcprobe safe
bar_is "after device-nGnRE" device-nGnRE
# What ends the VM on a stock kernel that forces Device ends here in a signal.
before=$(stat alignment)
guest_asks wcprobe bare
bar_is "first access under device-nGnRE" device-nGnRE
is "it was KVM's to answer, and was answered" $(($(stat alignment) - before)) 1

# memcpy(), memmove() and memset() of the C library, through the same mapping.
guest_asks wcprobe copy
is "memcpy() gets a signal" "$guest_line" "copy: SIGBUS"
echo emulate >$S/unaligned
before=$(stat emulated) faults=$(stat alignment)
guest_type wcprobe copy
guest_sees "copy: *" 300
is "memcpy(), memmove() and memset() work with unaligned=emulate" "$guest_line" \
	"copy: 1728 calls, 0 wrong"
guest_sees "copy: *"
emulated=$(($(stat emulated) - before))
note "$emulated accesses carried out; ${guest_line#copy: } for the emulator's TLB"
check "by the module, most of them" [ "$emulated" -gt 5000 ]
is "and none is a fault" "$(stat alignment)" "$faults"
check "all the while it is Device" leaf_is device-nGnRE

# Whole calls, with nothing for the emulator to do by itself: the BAR is never mapped at
# stage 2, and each fault for it says that it is one of alignment. DC ZVA among them.
check "faults of other kinds can be had" modprobe otherfsc from=4 mask=0x3c ipa=0x$bar bytes=$bytes
mode normal-nc
mode device-nGnRE
echo 33 >/sys/module/otherfsc/parameters/fsc
echo "form == 10" >$TRACE/events/s2memattr/emulation/filter
echo 1 >$TRACE/events/s2memattr/emulation/enable
faults=$(stat alignment)
guest_type wcprobe whole
guest_sees "copy: *" 300
is "whole calls of memcpy(), memmove() and memset() work" "$guest_line" "copy: 192 calls, 0 wrong"
guest_sees "copy: *"
is "nothing is made again" "$guest_line" "copy: made again 0 times"
is "nor is anything a fault" "$(stat alignment)" "$faults"
zeros=$(grep -c "form=zero.*result=done" $TRACE/trace)
check "memset() has used DC ZVA: $zeros times" [ "$zeros" -ge 80 ]
echo 0 >$TRACE/events/s2memattr/emulation/enable
echo 0 >$TRACE/events/s2memattr/emulation/filter
echo 0 >/sys/module/otherfsc/parameters/fsc
rmmod otherfsc
echo fault >$S/unaligned

# Under a guest that looks and counts all the while.
guest_asks wcprobe watch
bar_is "the watch starts" device-nGnRE
flips=0
while [ $flips -lt 10 ]; do
	for word in normal-nc device-nGnRE; do
		mode $word
		guest_sees "wc: *"
		bar_is "flip $flips" $word
		flips=$((flips + 1))
	done
done
# To what the kernel does not do by itself, so that going back shows.
case $NATIVE in
device-nGnRE) word=normal-nc ;;
*) word=device-nGnRE ;;
esac
if [ $word != device-nGnRE ]; then
	mode $word
	guest_sees "wc: *"
	bar_is "before unloading" $word
fi
check "unloads under the guest" unload
guest_sees "wc: *"
bar_is "without the module" "$NATIVE"
guest_type ""
guest_sees "counter *"
like "nothing the guest counted is lost" "$guest_line" "counter [1-9]*, lost 0"
note "$guest_line in $flips flips"
guest_off
is "the guest powers off" $? 0
is "no VM died of it" "$(dmesg | grep -c 'Unsupported FSC')" "$deaths"
