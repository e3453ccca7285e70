# SPDX-License-Identifier: GPL-2.0-only
# The hook is in only while guests fault on device memory; a fault that finds it
# out waits for it. No mapping is ever made without.
bind $SHM0
other=device-nGnRE
[ "$NATIVE" = normal-nc ] || other=normal-nc
state() { [ "$(cat $S/hook/state)" = "$1" ]; }
stands_down() {
	check "$1: stands down by itself" until_true 30 state standby
	is "$1: the hook is out" "$(cat $S/hook/armed)" 0
}

dmesg -c >/dev/null
load standby=1
said=$(dmesg | grep -c "s2memattr: no standby where .*: the hook stays in while a mode is on")
is "off" "$(cat $S/hook/state)" off
mode $other
# In one look: it leaves a second later.
is "armed by the write" "$(cat $S/hook/state $S/hook/armed | xargs)" "armed 1"
# Where faults cannot be made to wait, the hook is in all the time.
if [ "$STANDBY" = no ]; then
	is "it says that there is none" "$said" 1
	usleep 3000000
	is "does not stand down" "$(cat $S/hook/state) $(cat $S/hook/armed)" "armed 1"
	mode native
	is "off again" "$(cat $S/hook/state) $(cat $S/hook/armed)" "off 0"
	unload
	case $(uname -v) in
	*PREEMPT_RT*)
		dmesg -c >/dev/null
		check "no kprobes where locks sleep" eval "! modprobe s2memattr transport=kprobe 2>/dev/null"
		like "and says why" "$(dmesg | grep s2memattr:)" \
			'*offers no hook for transport=kprobe (*PREEMPT_RT*): not loaded*'
		;;
	esac
	return
fi
is "nothing is said against it" "$said" 0
vm_start r
like "an ordinary VM" "$(vm r ram r 900000000 400000)" 'ok*'
vm r storm 0 wb 900000000 400000 >/dev/null
stands_down "with an ordinary VM at work"
is "mode" "$(mode_now)" $other
like "it goes on" "$(vm r stop 0)" 'ok * 0'
check "ordinary faults do not arm" state standby
vm_end r

# A VM that starts now: its very first mapping is right.
vm_start a --cpus 2
like "a VM with a BAR" "$(vm a vfio $SHM0)$(vm a map a $SHM0 2 $BAR0)" 'ok*ok*'
before=$(stat rewritten)
type_is "first mapping" a $BAR0 $other
[ "$(stat rewritten)" -gt "$before" ] && ok "by the hook" || not_ok "not by the hook"
stands_down "a VM that has all its device memory mapped"
type_is "what is mapped stays" a $BAR0 $other
check "and does not fault" state standby

# As soon as at first: where it is wanted again and again, the hook stays longer.
stands_down_soon() {
	mode "$NATIVE"
	mode $other
	stands_down "$1"
}

# Two vCPUs at once, page by page, from standby: not one leaf of another type.
for round in 1 2 3; do
	stands_down_soon "round $round"
	vm_forget a a
	check "round $round: not armed" state standby
	before=$(stat faults)
	vm a storm 0 nc $BAR0 400000 >/dev/null
	vm a storm 1 nc $BAR0 400000 >/dev/null
	saw_all() { [ "$(stat faults)" -ge $((before + $1)) ]; }
	check "round $round: the hook sees the faults" until_true 20 saw_all 2
	sleep 1
	# ok N leaves: TYPE:COUNT for each type
	like "round $round: only $other" "$(vm a leaves $BAR0 400000)" \
		"ok * leaves: $(memattr_of $other):*"
	case $(vm a leaves $BAR0 400000) in
	*:*:*:*) not_ok "round $round: mixed types: $(vm a leaves $BAR0 400000)" ;;
	esac
	like "round $round: no access went wrong" "$(vm a stop 0)" 'ok * 0'
	like "round $round: nor on the other" "$(vm a stop 1)" 'ok * 0'
done
is "nothing refused" "$(stat refused)" 0
is "nothing missed" "$(cat $S/hook/missed)" 0

faults_again() {
	vm a type 0 $BAR0 >/dev/null
	case $(vm a desc $BAR0) in *" $(memattr_of $other)") ;; *) false ;; esac
}

# mmu_lock is busy when a fault is to be sent back, for longer than anybody holds it.
modprobe mmubusy
echo 300 >/sys/module/mmubusy/parameters/ms
stands_down_soon "before a busy mmu_lock"
vm_forget a a
echo 1 >/sys/module/mmubusy/parameters/left
like "mmu_lock is busy: the guest goes on" "$(vm a load 0 nc $BAR0 4)" 'ok 0x*'
is "mmu_lock is busy: it was" "$(cat /sys/module/mmubusy/parameters/left)" 0
like "mmu_lock is busy: the hook's type" "$(vm a desc $BAR0)" "* $(memattr_of $other)"
is "mmu_lock is busy: nothing was missed" "$(cat $S/hook/missed)" 0
rmmod mmubusy
stands_down_soon "after a busy mmu_lock"

# Changes while it is not armed.
mode "$NATIVE"
type_is "a switch from standby" a $BAR0 "$NATIVE"
mode $other
type_is "and back" a $BAR0 $other
stands_down "again"
if [ "$(cat $S/hook/transport)" = ftrace ]; then
	if echo 0 2>/dev/null >/proc/sys/kernel/ftrace_enabled; then
		not_ok "kernel.ftrace_enabled=0 is accepted in standby"
	else
		ok "kernel.ftrace_enabled=0 is refused in standby"
	fi
else
	# Nobody watches now: what is mapped meanwhile is found out about.
	missed=$(cat $S/hook/missed)
	echo 0 >/sys/kernel/debug/kprobes/enabled
	check "kprobes switched off in standby: it tells" state lost
	lost() { [ "$(cat $S/hook/missed)" -gt "$missed" ]; }
	check "and is noticed" until_true 10 lost
	vm_forget a a
	type_is "a mapping that nobody saw" a $BAR0 "$NATIVE"
	echo 1 >/sys/kernel/debug/kprobes/enabled
	check "faults again when they are back" until_true 20 faults_again
	stands_down "after kprobes are back"
fi
mode native
is "native from standby" "$(cat $S/hook/state) $(cat $S/hook/armed)" "off 0"
type_is "native" a $BAR0 "$NATIVE"
mode $other
stands_down "once more"
check "unloads in standby" unload
type_is "KVM's own type" a $BAR0 "$NATIVE"
vm_end a
is "nothing left among the kprobes" "$(grep -c . /sys/kernel/debug/kprobes/list)" 0
is "nothing left in ftrace" "$(grep -c -e kvm_ -e follow_ $TRACE/enabled_functions)" 0

load standby=0
mode $other
sleep 3
is "standby=0 keeps it in" "$(cat $S/hook/state)" armed
unload
