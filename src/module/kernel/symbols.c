// SPDX-License-Identifier: GPL-2.0-only
/*
 * kallsyms_lookup_name() is not exported, but register_kprobe() looks names up
 * for anybody. A probe that is registered disabled never patches any text, so
 * this reads the address and leaves no trace.
 */
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/kvm_host.h>
#include <linux/pci.h>
#include <linux/sched/mm.h>
#include <asm/cpufeature.h>
#include <asm/kvm_pgtable.h>

#include "compat/exception.h"
#include "compat/look_up.h"
#include "compat/split.h"
#include "kernel/symbols.h"

struct s2m_symbols s2m_symbols;

/*
 * A kernel with CONFIG_CFI stops at a call by address whose type is not that of the
 * function. What is called so and not here has its own such line in compat/.
 */
static_assert(__same_type(*s2m_symbols.ipa_limit, get_kvm_ipa_limit));
static_assert(__same_type(*s2m_symbols.running_vcpu, kvm_get_running_vcpu));
static_assert(__same_type(*s2m_symbols.mmput_async, mmput_async));
static_assert(__same_type(*s2m_symbols.flush_tlbs, kvm_flush_remote_tlbs));
static_assert(__same_type(*s2m_symbols.aer_available, pci_aer_available));
static_assert(__same_type(*s2m_symbols.stage2_unmap, kvm_pgtable_stage2_unmap));
static_assert(__same_type(*s2m_symbols.put_fp, kvm_arch_vcpu_put_fp));
static_assert(__same_type(*s2m_symbols.load_fp, kvm_arch_vcpu_load_fp));
static_assert(__same_type(*s2m_symbols.mark_dirty, kvm_vcpu_mark_page_dirty));

#define STAYS_IN	"the hook stays in while a mode is on, and all faults pay for it"
#define NO_SIMD		"accesses of SIMD&FP registers are not carried out, guests get alignment faults"
#define NO_DIRTY_LOG	"stores are not carried out where they are logged, guests get alignment faults"
#define NO_RECOVERY	"a fuse hears of no DPC event, and of other errors only what AER says"
#define LATE_BARS	"where a BAR has been moved to is learnt when a driver is bound"

/*
 * What is looked up, and what is lost where a kernel does not have it. Several
 * names for one address: the first that is there.
 */
static const struct {
	const char *name;
	void **address;
	const char *lost;	/* NULL: the module cannot do without; "": nothing */
} names[] = {
	{ "kvm_pgtable_stage2_map", &s2m_symbols.stage2_map },
	{ "kvm_pgtable_walk", &s2m_symbols.walk },
	{ "_kvm_pgtable_walk", &s2m_symbols.inner_walk, "" },
	{ "stage2_map_walker", &s2m_symbols.map_walker },
	{ "kvm_handle_guest_abort", &s2m_symbols.guest_abort },
	{ "get_kvm_ipa_limit", (void **)&s2m_symbols.ipa_limit },
	{ "kvm_get_running_vcpu", (void **)&s2m_symbols.running_vcpu },
	{ S2M_LOOK_UP_NAME, &s2m_symbols.look_up_pfn, STAYS_IN },
	{ "__gfn_to_pfn_memslot", &s2m_symbols.look_up_entry, "" },
	{ "__kvm_faultin_pfn", &s2m_symbols.look_up_entry, "" },
	{ "kvm_pgtable_stage2_unmap", (void **)&s2m_symbols.stage2_unmap },
	{ "kvm_mmu_notifier_invalidate_range_start", &s2m_symbols.vm_notifier },
	{ "kvm_pgtable_stage2_create_unlinked", &s2m_symbols.create_unlinked, S2M_LOST_SPLIT },
	{ "stage2_split_walker", &s2m_symbols.split_walker, S2M_LOST_SPLIT },
	{ "mmput_async", (void **)&s2m_symbols.mmput_async, "" },
	{ "_printk", &s2m_symbols.printk, S2M_LOST_SURVIVAL },
	{ "printk", &s2m_symbols.printk, "" },
	{ "kvm_inject_dabt", (void **)&s2m_symbols.inject_dabt, S2M_LOST_INJECT_DABT },
	{ "vcpu_read_sys_reg", (void **)&s2m_symbols.read_sys_reg, S2M_LOST_COHERENT },
	{ "vcpu_write_sys_reg", (void **)&s2m_symbols.write_sys_reg,
	  S2M_LOST_SURVIVAL "; " S2M_LOST_COHERENT },
	{ "do_sea", &s2m_symbols.do_sea, S2M_LOST_EMULATION },
	{ "fixup_exception", (void **)&s2m_symbols.fixup_exception, S2M_LOST_EMULATION },
	{ "kvm_arch_vcpu_put_fp", (void **)&s2m_symbols.put_fp, NO_SIMD },
	{ "kvm_arch_vcpu_load_fp", (void **)&s2m_symbols.load_fp, NO_SIMD },
	{ "kvm_vcpu_mark_page_dirty", (void **)&s2m_symbols.mark_dirty, NO_DIRTY_LOG },
	{ "kvm_flush_remote_tlbs", (void **)&s2m_symbols.flush_tlbs, S2M_LOST_COHERENT },
	{ "kvm_arch_destroy_vm", &s2m_symbols.destroy_vm, S2M_LOST_COHERENT },
	{ "kvm_psci_call", &s2m_symbols.psci_call, S2M_LOST_COHERENT },
	{ "kvm_reset_vcpu", &s2m_symbols.reset_vcpu, S2M_LOST_COHERENT },
	{ "kvm_toggle_cache", &s2m_symbols.toggle_cache, S2M_LOST_COHERENT },
	{ "kvm_arch_prepare_memory_region", &s2m_symbols.prepare_memslot, STAYS_IN },
	{ "pci_update_resource", &s2m_symbols.move_bar, LATE_BARS },
	{ "pci_assign_resource", &s2m_symbols.assign_bar, LATE_BARS },
	{ "pci_reassign_resource", &s2m_symbols.reassign_bar, LATE_BARS },
	{ "pcie_do_recovery", &s2m_symbols.recovery, NO_RECOVERY },
	{ "pci_aer_available", (void **)&s2m_symbols.aer_available, "" },
};

static bool is_missing(unsigned int i)
{
	unsigned int j;

	for (j = 0; j < ARRAY_SIZE(names); j++)
		if (names[j].address == names[i].address && *names[j].address)
			return false;
	return true;
}

/* Tell the log what is lost without the symbols that are missing. */
static int complain(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!is_missing(i))
			continue;
		if (!names[i].lost) {
			pr_err("this kernel offers no %s to look at: not loaded\n",
			       names[i].name);
			return -ENOENT;
		}
		if (*names[i].lost)
			pr_warn("this kernel offers no %s to look at: %s\n",
				names[i].name, names[i].lost);
	}
	return 0;
}

int s2m_symbols_resolve(void)
{
	/* Too much for a stack. */
	static struct kprobe probes[ARRAY_SIZE(names)];
	static struct kprobe *registered[ARRAY_SIZE(names)];
	unsigned int i, count = 0;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (*names[i].address)
			continue;
		probes[i].symbol_name = names[i].name;
		probes[i].flags = KPROBE_FLAG_DISABLED;
		if (register_kprobe(&probes[i]))
			continue;
		registered[count++] = &probes[i];
		*names[i].address = probes[i].addr;
	}
	/* One grace period for all of them, not one each. */
	unregister_kprobes(registered, count);
	return complain();
}

/*
 * The number that kallsyms puts behind a sign: "name+0x8/0x40". What would give it as a
 * number, kallsyms_lookup_size_offset(), is not exported.
 */
static bool number_behind(const void *at, char sign, unsigned long *number)
{
	char text[KSYM_SYMBOL_LEN];
	char *from, *to;

	sprint_symbol(text, (unsigned long)at);
	from = strrchr(text, sign);
	if (!from)
		return false;
	to = strpbrk(++from, "/ ");
	if (to)
		*to = '\0';
	return !kstrtoul(from, 16, number);
}

unsigned long s2m_symbol_size(const void *function)
{
	unsigned long size;

	return number_behind(function, '/', &size) ? size : 0;
}

const void *s2m_symbol_start(const void *at)
{
	unsigned long offset;

	return number_behind(at, '+', &offset) ? at - offset : NULL;
}
