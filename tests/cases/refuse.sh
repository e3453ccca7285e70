# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154
# Refusals to load: each with its own errno and one sentence, nothing left behind.
#
# The module's own file is patched to look for other names or to be built for
# another kernel: what runs is the shipped code, and no test seam is in it.
ko=/lib/modules/$(uname -r)/updates/s2memattr.ko

# refused DESC ERRNO SENTENCE [PARAMETER] : insmod /tmp/bad.ko says and leaves that
refused() {
	local got
	dmesg -c >/dev/null
	got=$(finit /tmp/bad.ko $4)
	is "$1: errno" "$got" "$2"
	like "$1: one sentence" "$(dmesg | grep s2memattr: | grep -v -e tainting -e taints)" \
		"*s2memattr: $3: not loaded"
	[ ! -e $S ] && [ ! -e /sys/module/s2memattr ] && ok "$1: nothing left behind" ||
		not_ok "$1: left something behind"
}

# patched FROM TO...: names in the module's strings, padded with zeros
patched() {
	cp $ko /tmp/bad.ko
	while [ $# -gt 0 ]; do
		swapstr /tmp/bad.ko "$1" "$2" || not_ok "cannot patch $1"
		shift 2
	done
}

release=$(uname -r)
patched "$release" "0${release#?}"
refused "another kernel release" ENOEXEC "built for kernel 0*, this is $release"

for symbol in kvm_pgtable_stage2_map kvm_pgtable_walk stage2_map_walker get_kvm_ipa_limit \
	kvm_handle_guest_abort kvm_pgtable_stage2_unmap kvm_mmu_notifier_invalidate_range_start; do
	patched $symbol "x${symbol#?}"
	refused "$symbol is missing" ENOENT "this kernel offers no x${symbol#?} to look at"
done

# Where KVM splits blocks, it has to be known how.
create=kvm_pgtable_stage2_create_unlinked
if grep -qw $create /proc/kallsyms; then
	for symbol in $create stage2_split_walker; do
		patched $symbol "x${symbol#?}"
		refused "$symbol is missing" ENOENT "this kernel offers no x${symbol#?} to look at"
	done
	patched stage2_split_walker kvm_pgtable_walk
	refused "blocks are split by another" ENXIO "found no call of $create in kvm_pgtable_walk"
fi

patched kvm_pgtable_stage2_map kvm_handle_guest_abort
refused "no call" ENXIO "found no call of kvm_pgtable_walk in kvm_handle_guest_abort"

# $TWICE: a function that kvm_handle_guest_abort calls more than once.
patched kvm_pgtable_stage2_map kvm_handle_guest_abort kvm_pgtable_walk "$TWICE"
refused "several calls" ENOTUNIQ "found [2-9]* calls of $TWICE in kvm_handle_guest_abort instead of one"

# $SOMEBODY: a function that calls $SOMETHING once, and without a barrier after it.
patched kvm_pgtable_stage2_map "$SOMEBODY" kvm_pgtable_walk "$SOMETHING"
refused "an unknown neighbourhood" EILSEQ "the call at $SOMEBODY+* is not followed by dsb ishst"

# Where faults go by, read from the text: a function that maps nothing; and two that have in
# them what kvm_pgtable_stage2_map() does, as a compiler may have made them.
patched kvm_handle_guest_abort kvm_get_running_vcpu
refused "faults do not come by" ENXIO "found no way from kvm_get_running_vcpu to kvm_pgtable_stage2_map"
for symbol in kvm_pgtable_stage2_set_owner kvm_pgtable_stage2_annotate; do
	grep -qw $symbol /proc/kallsyms || continue
	patched kvm_arch_prepare_memory_region $symbol
	refused "memslots are mapped by a copy" ENOTUNIQ \
		"$symbol has a copy of kvm_pgtable_stage2_map in it, and new memslots may take that"
done

patched stage2_map_walker hyp_map_walker
refused "another callback" EILSEQ "the call at kvm_pgtable_stage2_map+* has how to walk elsewhere than this module knows"

cp $ko /tmp/bad.ko
refused "an unknown transport" EPROTONOSUPPORT "transport=magic is none of auto, ftrace, kprobe" transport=magic
refused "an unknown mode" EINVAL "mode=wrong is none of native, device-nGnRE, normal-nc, policy" mode=wrong
refused "the way back in" ECANCELED "s2memattr.disable is set" disable
is "no probe left" "$(grep -c . /sys/kernel/debug/kprobes/list)" 0
