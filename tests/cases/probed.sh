# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154
# Somebody's kprobes or tracers stand in what the module reads when it is loaded: it is not
# refused for them, and misses nothing when they are gone.
bind $SHM0
other=device-nGnRE
[ "$NATIVE" = normal-nc ] || other=normal-nc
is_known() { grep -qw "$1" /proc/kallsyms; }

# probe FUNCTION TO: a kprobe on each of its calls of that one; with a third word, on the
# first alone. How many are in goes to $probes.
probe() {
	local at
	is_known "$1" && is_known "$2" || return
	for at in $(kerntext -t "$1" "$2"); do
		echo "p:probed/at$probes $1$at" >>$TRACE/kprobe_events || return
		probes=$((probes + 1))
		[ ! "$3" ] || break
	done
	[ $probes -eq 0 ] || echo 1 >$TRACE/events/probed/enable
}
no_probe() {
	echo 0 >$TRACE/events/probed/enable
	echo >$TRACE/kprobe_events
}

# loads WHAT FUNCTION TO...: with such probes it loads, and decides.
vm_with_bar a $SHM0 2 $BAR0
loads() {
	local what=$1
	shift
	probes=0
	while [ $# -gt 0 ]; do
		probe "$1" "$2"
		shift 2
	done
	above "$what: probes are in" $probes 0
	dmesg -c >/dev/null
	check "$what: it loads" load standby=0 mode=$other
	dmesg | grep s2memattr: | while read -r line; do note "$line"; done
	[ ! -e $S ] || type_is "$what" a $BAR0 $other
	[ ! -e $S ] || unload
	no_probe
	vm_forget a a
}
loads "on the way of faults" kvm_handle_guest_abort kvm_pgtable_stage2_map \
	user_mem_abort kvm_pgtable_stage2_map
loads "at the hook's place" kvm_pgtable_stage2_map "$WALK"
if is_known kvm_pgtable_stage2_create_unlinked; then
	loads "where blocks are split" stage2_split_walker kvm_pgtable_stage2_create_unlinked
fi

# A call at the entry of each function of KVM's.
echo '*kvm*' >$TRACE/set_ftrace_filter
if echo function 2>/dev/null >$TRACE/current_tracer; then
	check "a tracer: it loads" load standby=0 mode=$other
	type_is "a tracer" a $BAR0 $other
	unload
	echo nop >$TRACE/current_tracer
	vm_forget a a
else
	note "no function tracer on this kernel"
fi
echo >$TRACE/set_ftrace_filter

# The first of the look-ups at which the sentinel waits. What passes it finds the hook out.
[ "$STANDBY" = yes ] || { vm_end a; return; }
probes=0
for function in follow_pfnmap_start follow_pte; do
	[ $probes -gt 0 ] || probe hva_to_pfn $function first
done
is "at a look-up: a probe is in" $probes 1
check "at a look-up: it loads" load standby=1 mode=$other
no_probe
state_is() { [ "$(cat $S/hook/state)" = "$1" ]; }
check "at a look-up: standby" until_true 30 state_is standby
vm_forget a a
check "at a look-up: still" state_is standby
type_is "at a look-up, the probe gone" a $BAR0 $other
is "at a look-up: nothing was missed" "$(cat $S/hook/missed)" 0
unload
vm_end a
