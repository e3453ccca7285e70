# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154
# What a kernel does not offer is named in the log with what is lost by it, and all
# else works. The module's own file is patched to look for other names.
ko=/lib/modules/$(uname -r)/updates/s2memattr.ko
survival="an alignment fault in device memory ends the VM, as without this module"
coherent="a table with coherent-ram cannot be in force without FEAT_S2FWB"
stays="the hook stays in while a mode is on, and all faults pay for it"
emulation="accesses are not carried out, guests get alignment faults"
simd="accesses of SIMD&FP registers are not carried out, guests get alignment faults"
logged="stores are not carried out where they are logged, guests get alignment faults"
bars="where a BAR has been moved to is learnt when a driver is bound"
bind $SHM0
vm_with_bar a $SHM0 2 $BAR0

# This kernel lacks nothing that any of the following is about.
dmesg -c >/dev/null
load
is "nothing is lost" "$(dmesg | grep -c 'offers no')" 0
unload

# lost SYMBOL LOSS [OTHER NAME]: both as the log has them; leaves the module loaded
lost() {
	local name
	cp "$ko" /tmp/less.ko
	for name in "$1" $3; do
		swapstr /tmp/less.ko "$name" "${name%?}X" || not_ok "no $name: a name to patch"
	done
	dmesg -c >/dev/null
	check "no $1: loads" insmod /tmp/less.ko mode=device-nGnRE standby=1
	is "no $1: what is lost is told" "$(dmesg | sed -n 's/.*s2memattr: //p' | grep 'offers no')" \
		"this kernel offers no ${1%?}X to look at: $2"
	type_is "no $1: types are given" a $BAR0 device-nGnRE
}

no_survival() {
	is "no $1: no survival" "$(cat $S/hook/survival)" unavailable
	is "no $1: nor emulation" "$(attempt write $S/unaligned emulate)" EOPNOTSUPP
	unload
}

lost vcpu_write_sys_reg "$survival; $coherent"
no_survival vcpu_write_sys_reg
# Whichever of the two names the kernel has for it: the second is not looked for then.
lost _printk "$survival" printk
no_survival _printk
# Before KVM could be asked for any exception.
case $(uname -r) in
5.10.*)
	lost kvm_inject_dabt "$survival"
	no_survival kvm_inject_dabt
	;;
esac

for symbol in vcpu_read_sys_reg kvm_flush_remote_tlbs kvm_arch_destroy_vm kvm_psci_call \
	kvm_reset_vcpu kvm_toggle_cache; do
	lost $symbol "$coherent"
	case $(cat $S/hook/coherent) in
	not-needed) check "no $symbol: with FEAT_S2FWB the rule is taken" policy coherent-ram ;;
	*)
		mode policy
		is "no $symbol: the rule is refused" "$(attempt write $S/policy coherent-ram)" ENOENT
		is "no $symbol: state" "$(cat $S/hook/coherent)" unavailable
		;;
	esac
	unload
done

for symbol in do_sea fixup_exception; do
	lost $symbol "$emulation"
	is "no $symbol: no emulation" "$(attempt write $S/unaligned emulate)" EOPNOTSUPP
	is "no $symbol: but survival" "$(cat $S/hook/survival)" armed
	unload
done
for symbol in kvm_arch_vcpu_put_fp kvm_arch_vcpu_load_fp; do
	lost $symbol "$simd"
	is "no $symbol: emulation all the same" "$(attempt write $S/unaligned emulate)" 0
	unload
done
lost kvm_vcpu_mark_page_dirty "$logged"
is "no kvm_vcpu_mark_page_dirty: emulation all the same" "$(attempt write $S/unaligned emulate)" 0
unload

look_up=follow_pte
! grep -q follow_pfnmap_start "$ko" || look_up=follow_pfnmap_start
state_is() { [ "$(cat $S/hook/state)" = "$1" ]; }
if [ "$STANDBY" = yes ]; then
	load mode=device-nGnRE standby=1
	check "with everything there, the hook goes" until_true 10 state_is standby
	unload
fi
for symbol in kvm_arch_prepare_memory_region $look_up; do
	lost $symbol "$stays"
	sleep 3
	is "no $symbol: the hook stays in" "$(cat $S/hook/state)" armed
	unload
done

# Who makes a memslot comes to the mapping in another way than any kernel does that is known.
cp "$ko" /tmp/less.ko
check "another way to map in advance: a name to patch" \
	swapstr /tmp/less.ko kvm_arch_prepare_memory_region kvm_handle_guest_abort
check "another way to map in advance: loads" insmod /tmp/less.ko mode=device-nGnRE standby=1
type_is "another way to map in advance: types are given" a $BAR0 device-nGnRE
sleep 3
is "another way to map in advance: the hook stays in" "$(cat $S/hook/state)" armed
unload

for symbol in pci_update_resource pci_assign_resource pci_reassign_resource; do
	lost $symbol "$bars"
	unload
done
vm_end a
