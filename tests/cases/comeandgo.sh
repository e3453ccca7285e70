# SPDX-License-Identifier: GPL-2.0-only
# How often the hook comes and goes, and what becomes of faults while it cannot come.
bind $SHM0
other=device-nGnRE
[ "$NATIVE" = normal-nc ] || other=normal-nc
state() { [ "$(cat $S/hook/state)" = "$1" ]; }
touch_bar() {
	vm_forget a a
	like "$1: the guest goes on" "$(vm a load 0 nc $BAR0 4)" 'ok 0x*'
}

load standby=3
mode $other
vm_start a --cpus 2
like "a VM with a BAR" "$(vm a vfio $SHM0)$(vm a map a $SHM0 2 $BAR0)" 'ok*ok*'
vm a load 0 nc $BAR0 4 >/dev/null
check "stands down" until_true 30 state standby

# RAM that is mapped as device memory is, in any process: its own vDSO's data.
like "a memslot over what every process has" "$(vm a own v [vvar] 910000000)" 'ok*'
before=$(stat faults)
like "the guest reads it" "$(vm a load 0 wb 910000000 4)" 'ok 0x*'
sleep 1
check "that does not put the hook in" state standby
is "nor is it counted" "$(stat faults)" "$before"

# Wanted again at once, it stays for 3 s, 6 s, 12 s.
touch_bar "once"
check "stands down again" until_true 40 state standby
touch_bar "twice"
check "stands down once more" until_true 40 state standby
touch_bar "three times"
sleep 9
check "stays longer each time" state armed
unload

# The hook cannot be put in.
load standby=1
modprobe hookfails
fails() { echo "$1" >/sys/module/hookfails/parameters/left; }
like "a VM has RAM" "$(vm a ram r 900000000 400000)" 'ok*'
# stays_out DESC STATE: from standby, with a guest that touches its BAR all the time.
stays_out() {
	check "$1: stands down" until_true 30 state standby
	vm_forget a a
	missed=$(cat $S/hook/missed)
	fails 1000000
	vm a storm 0 nc $BAR0 4000 >/dev/null
	check "$1: hook/state is $2" until_true 10 state "$2"
	is "$1: hook/armed" "$(cat $S/hook/armed)" 0
}
comes_back() {
	fails 0
	check "$1: comes back" until_true 10 state armed
	like "$1: no access went wrong" "$(vm a stop 0)" 'ok * 0'
	check "$1: the right type in the end" until_true 10 right_type
}
right_type() {
	vm a type 0 $BAR0 >/dev/null
	[ "$(vm a desc $BAR0 | sed 's/.* //')" = "$(memattr_of $other)" ]
}
mode $other
if [ "$NATIVE" = normal-nc ]; then
	stays_out "a stricter type" closed
	like "nothing is mapped" "$(vm a leaves $BAR0 4000)" 'ok 0 leaves*'
	vm_forget a r
	vm a storm 1 wb 900000000 400000 write >/dev/null
	sleep 3
	like "RAM is mapped all the same" "$(vm a leaves 900000000 400000)" 'ok [1-9]*'
	like "the other vCPU goes on" "$(vm a stop 1)" 'ok [1-9]* 0'
	like "nothing is mapped yet" "$(vm a leaves $BAR0 4000)" 'ok 0 leaves*'
	like "the log says so" "$(dmesg | grep 's2memattr: the hook cannot be put in')" '*wait*'
	comes_back "a stricter type"
	is "nothing was missed" "$(cat $S/hook/missed)" "$missed"
	mode "$NATIVE"
	other=$NATIVE
fi
stays_out "a type that is not stricter" lost
[ "$other" = "$NATIVE" ] || check "KVM's answer stands" until_true 10 eval \
	"vm a desc $BAR0 | grep -q ' $(memattr_of "$NATIVE")\$'"
comes_back "a type that is not stricter"
rmmod hookfails
vm_end a
mode native
unload
