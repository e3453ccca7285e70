# SPDX-License-Identifier: GPL-2.0-only
# Beside others on the same function, whoever comes first; and what happens to
# those who try to switch the hook off.
bind $SHM0
other=device-nGnRE
[ "$NATIVE" = normal-nc ] || other=normal-nc
# What is tested is the hook itself, not how it comes and goes.
load standby=0
hook=$(cat $S/hook/transport)
site=$(cat $S/hook/site)
vm_with_bar a $SHM0 2 $BAR0

# works DESC: the hook decides, and says that it is there.
works() {
	mode device-nGnRE
	type_is "$1: after device-nGnRE" a $BAR0 device-nGnRE
	mode normal-nc
	type_is "$1: after normal-nc" a $BAR0 normal-nc
	is "$1: armed" "$(cat $S/hook/armed)" 1
}

# beside DESC COME GO: with that neighbour from before and from after arming.
beside() {
	mode native
	check "$1 comes" eval "$2"
	works "$1, there first"
	check "$1 goes" eval "$3"
	works "$1, gone"
	check "$1 comes again" eval "$2"
	works "$1, there last"
	mode native
	is "$1: disarmed" "$(cat $S/hook/armed)" 0
	type_is "$1: native" a $BAR0 "$NATIVE"
	check "$1 goes again" eval "$3"
}

tracer() {
	[ "$1" = nop ] || echo "$WALK" >$TRACE/set_ftrace_filter || return
	echo "$1" >$TRACE/current_tracer
}
probe() {
	echo "$1:beside $2" >$TRACE/kprobe_events && echo 1 >$TRACE/events/kprobes/beside/enable
}
no_probe() {
	echo 0 >$TRACE/events/kprobes/beside/enable && echo >$TRACE/kprobe_events
}

beside "a function tracer" "tracer function" "tracer nop"
beside "a graph tracer" "tracer function_graph" "tracer nop"
beside "a probe at the entry" "probe p $WALK" no_probe
beside "a probe of the return" "probe r $WALK" no_probe
beside "a probe of the caller's return" "probe r kvm_pgtable_stage2_map" no_probe
beside "a probe at the site" "probe p $site" no_probe
beside "a livepatch" "modprobe walkpatch" "rmmod walkpatch"

# A livepatch of the function that the hook is in. Of the types, one is stricter than
# KVM's: then device memory is not mapped until the hook is met again.
gone=lost
[ "$NATIVE" = normal-nc ] && gone=closed
state_is() { [ "$(cat $S/hook/state)" = "$1" ]; }
mode $other
check "a livepatch of the caller comes" modprobe mappatch
check "a livepatch of the caller: hook/state says $gone" until_true 10 state_is $gone
is "a livepatch of the caller: hook/armed" "$(cat $S/hook/armed)" 0
check "a livepatch of the caller goes" rmmod mappatch
check "a livepatch of the caller, gone: hook/state" until_true 10 state_is armed
works "a livepatch of the caller, gone"
mode native
check "a livepatch of the caller comes first" modprobe mappatch
if mode $other 2>/dev/null; then
	not_ok "a mode is accepted though KVM does not come by the hook"
else
	ok "no mode is accepted while KVM does not come by the hook"
fi
is "and stays" "$(mode_now)" native
like "and says so" "$(cat $S/last_error)" 'mode: cannot arm the hook by *'
check "a livepatch of the caller goes again" rmmod mappatch

# mmap_lock is busy four times in a row: the vCPU faults four times more. By rules, since
# a mode that is stricter than KVM does not ask for the VMA.
modprobe mmapbusy
mode policy
policy device-nGnRE
vm a load 0 nc $BAR0 4 >/dev/null
for word in normal-nc device-GRE; do
	policy $word
	retried=$(stat retried)
	echo 4 >/sys/module/mmapbusy/parameters/left
	like "a fault while mmap_lock is busy" "$(vm a load 0 nc $BAR0 4)" 'ok 0x*'
	is "it was sent to fault again" "$(stat retried)" $((retried + 4))
	type_is "and mapped in the end" a $BAR0 $word
done
rmmod mmapbusy
policy ""

# ftrace_off DESC: switch ftrace off; whether this kernel still does that. From 7.3 on
# it refuses, whoever uses ftrace or not, and says so once.
ftrace_off() {
	if echo 0 2>/dev/null >/proc/sys/kernel/ftrace_enabled; then
		ok "$1"
	else
		like "$1 is what this kernel does not do any more" "$(dmesg)" \
			'*ftrace_enabled file is deprecated and no longer disables ftrace*'
		return 1
	fi
}

# Two switches that work behind a module's back.
mode $other
if [ "$hook" = ftrace ]; then
	if echo 0 2>/dev/null >/proc/sys/kernel/ftrace_enabled; then
		not_ok "kernel.ftrace_enabled=0 is accepted while armed"
	else
		ok "kernel.ftrace_enabled=0 is refused while armed"
	fi
	works "after the attempt"
	mode native
	if ftrace_off "kernel.ftrace_enabled=0 in native mode"; then
		if mode $other 2>/dev/null; then
			not_ok "arms although ftrace is off"
		else
			ok "does not pretend to arm while ftrace is off"
		fi
		is "and stays" "$(mode_now)" native
		like "and says so" "$(cat $S/last_error)" 'mode: cannot arm the hook by ftrace *'
	else
		mode $other
		works "after it was refused"
		mode native
	fi
	check "kernel.ftrace_enabled=1" eval "echo 1 >/proc/sys/kernel/ftrace_enabled"
else
	ftrace_off "kernel.ftrace_enabled=0" || :
	works "with ftrace off"
	check "kernel.ftrace_enabled=1" eval "echo 1 >/proc/sys/kernel/ftrace_enabled"
	echo 0 >/sys/kernel/debug/kprobes/enabled
	is "kprobes switched off: hook/armed does not hide it" "$(cat $S/hook/armed)" 0
	echo 1 >/sys/kernel/debug/kprobes/enabled
fi
works "after all"
# Walks of others are not taken for mappings; in an inlined call they cannot be told
# from them beside a probe of the return.
[ "$INLINED" = yes ] || is "nothing was refused" "$(stat refused)" 0
vm_end a
unload

# In standby: somebody at a function by which KVM comes to where the sentinel is. A livepatch
# may have another function there, and what that looks up is seen by nobody.
[ "$STANDBY" = yes ] || return
load mode=$other standby=1
state_is() { [ "$(cat $S/hook/state)" = "$1" ]; }
said() { dmesg | grep -q "s2memattr: somebody traces or has replaced $1, by which KVM looks device memory up"; }
patched=0
# The module knows the first of them by name, and the others from the text.
for function in __gfn_to_pfn_memslot __kvm_faultin_pfn kvm_follow_pfn hva_to_pfn; do
	grep -qw $function $TRACE/available_filter_functions || continue
	patched=$((patched + 1))
	mode "$NATIVE"
	mode $other
	check "$function: standby" until_true 20 state_is standby
	dmesg -c >/dev/null
	missed=$(cat $S/hook/missed)
	check "$function: a livepatch comes" modprobe walkpatch function=$function
	check "$function: the hook comes in" until_true 5 state_is armed
	check "$function: it is told" said $function
	[ "$(cat $S/hook/missed)" -gt "$missed" ] && ok "$function: and counted" || not_ok "$function: and counted"
	usleep 2500000
	check "$function: the hook stays" state_is armed
	check "$function: the livepatch goes" rmmod walkpatch
	check "$function: standby again" until_true 20 state_is standby
done
[ $patched -gt 0 ] && ok "there is such a function" || not_ok "there is such a function"
unload
