# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154
# What a kernel does not offer is named in the log with what is lost by it, and all
# else works. The module's own file is patched to look for other names.
ko=/lib/modules/$(uname -r)/updates/s2memattr.ko
survival="an alignment fault in device memory ends the VM, as without this module"
coherent="a table with coherent-ram cannot be in force without FEAT_S2FWB"
bind $SHM0
vm_with_bar a $SHM0 2 $BAR0

# lost SYMBOL LOSS: both as the log has them; leaves the module loaded
lost() {
	local other="${1%?}X"
	cp "$ko" /tmp/less.ko
	check "no $1: a name to patch" swapstr /tmp/less.ko "$1" "$other"
	dmesg -c >/dev/null
	check "no $1: loads" insmod /tmp/less.ko mode=device-nGnRE standby=1
	is "no $1: what is lost is told" "$(dmesg | sed -n 's/.*s2memattr: //p' | grep "$other")" \
		"this kernel offers no $other to look at: $2"
	type_is "no $1: types are given" a $BAR0 device-nGnRE
}

lost vcpu_write_sys_reg "$survival; $coherent"
is "no survival" "$(cat $S/hook/survival)" unavailable
unload
lost kvm_handle_guest_abort "$survival"
is "no survival" "$(cat $S/hook/survival)" unavailable
unload
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
lost pci_update_resource "where a BAR has been moved to is learnt when a driver is bound"
unload
vm_end a
