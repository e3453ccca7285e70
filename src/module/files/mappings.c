// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locks. A VM is kept by a reference of its own, and so is its mm. The
 * VMA and the memslot over an address are looked up anew for each piece of a
 * table, under mmap_lock and kvm->srcu, inside which only mmu_lock is taken, as
 * KVM's own fault path does. So nobody waits for the whole report, and what
 * changes meanwhile is seen before or after the change.
 *
 * Whose mmap_lock is not to be had, because its owner keeps it, is not waited for: what
 * its guest has of device memory is read from stage 2 alone. The type and the device are
 * known then, the rule is not, since rules may ask for the VMA.
 */
#include <linux/jiffies.h>
#include <linux/kvm_host.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <s2memattr/abi.h>
#include <s2memattr/combine.h>

#include "compat/memslots.h"
#include "compat/mm.h"
#include "files/mappings.h"
#include "kernel/every_vm.h"
#include "kernel/host.h"
#include "kernel/stage2.h"
#include "kernel/symbols.h"
#include "kernel/vmm.h"
#include "policy/live.h"

/* The longest line, with room to spare. */
#define LINE_MAX_BYTES	256

/* How long, in jiffies, a report waits for the mmap locks of all VMMs together. */
#define PATIENCE	(2 * HZ)

/* The rule of memory whose VMA could not be looked at. */
#define UNSURE_RULE	(S2M_NO_RULE - 1)

/* What one line says. */
struct line {
	struct s2m_stage2_run run;
	int pid;
	const struct s2m_device *bar;
	u32 rule;
};

/* A report on its way. Too large for the stack. */
struct printer {
	struct s2m_printout *report;
	const struct s2m_rules *rules;
	bool asks_rules;
	unsigned long patience;
	struct line pending;		/* run.size is 0 if there is none */
	struct s2m_stage2_look look;
	bool sees_vma;
	struct s2m_mapping mapping;	/* what the VMA says */
	struct s2m_vmm vmm;
};

static size_t print_line(char *to, size_t size, const struct line *line)
{
	const struct s2m_stage2_run *run = &line->run;
	const struct s2m_device *bar = line->bar;
	char type[48];
	size_t n;

	s2m_memattr_print(run->memattr, s2m_host_has_fwb(), type, sizeof(type));
	n = scnprintf(to, size, S2M_MAPPING_RANGE S2M_MAPPING_TYPE, line->pid, run->ipa, run->size,
		      run->phys, run->leaf, run->level, type);
	if (bar)
		n += scnprintf(to + n, size - n, S2M_MAPPING_BAR, bar->domain, bar->bus,
			       bar->devfn >> 3, bar->devfn & 7, bar->bar);
	else
		n += scnprintf(to + n, size - n, S2M_MAPPING_NO_BAR);
	if (line->rule == S2M_NO_RULE)
		n += scnprintf(to + n, size - n, S2M_MAPPING_NO_RULE);
	else if (line->rule == UNSURE_RULE)
		n += scnprintf(to + n, size - n, S2M_MAPPING_UNSURE_RULE);
	else
		n += scnprintf(to + n, size - n, S2M_MAPPING_RULE, line->rule + 1);
	return n;
}

static int flush(struct printer *printer)
{
	struct s2m_printout *report = printer->report;
	int err;

	if (!printer->pending.run.size)
		return 0;
	err = s2m_printout_room(report, LINE_MAX_BYTES);
	if (err)
		return err;
	report->used += print_line(report->text + report->used, report->size - report->used,
				   &printer->pending);
	printer->pending.run.size = 0;
	return 0;
}

static bool continues(const struct line *line, const struct line *next)
{
	return line->run.size && line->run.ipa + line->run.size == next->run.ipa &&
	       line->run.phys + line->run.size == next->run.phys &&
	       line->run.level == next->run.level && line->run.memattr == next->run.memattr &&
	       line->pid == next->pid && line->bar == next->bar && line->rule == next->rule;
}

static int put_line(struct printer *printer, const struct line *line)
{
	int err;

	if (continues(&printer->pending, line)) {
		printer->pending.run.size += line->run.size;
		return 0;
	}
	err = flush(printer);
	printer->pending = *line;
	return err;
}

/* The rule that decides about one leaf now. */
static u32 rule_of(struct printer *printer, struct pid *pid, u64 phys, u64 size)
{
	u32 rule = S2M_NO_RULE;
	struct task_struct *task;

	if (!printer->asks_rules)
		return rule;
	if (!printer->sees_vma)
		return UNSURE_RULE;
	printer->mapping.phys = phys;
	printer->mapping.size = size;
	rcu_read_lock();
	task = pid_task(pid, PIDTYPE_TGID);
	if (task) {
		s2m_vmm_of(&printer->vmm, task);
		rule = s2m_index_decide(printer->rules->index, &printer->mapping,
					&printer->vmm.task).rule;
	}
	rcu_read_unlock();
	return rule;
}

/* Bytes of the first leaf of a run. It may be cut at its beginning, by a VMA. */
static u64 first_leaf(const struct s2m_stage2_run *run)
{
	return min(run->size, run->leaf - (run->phys & (run->leaf - 1)));
}

/* How many bytes of a run, whole leaves, have the answer of its first leaf. */
static u64 same_answer(const struct s2m_index *index, const struct s2m_stage2_run *run)
{
	u64 first = first_leaf(run);
	u64 uniform = s2m_index_uniform_end(index, run->phys);

	if (uniform <= run->phys + first)
		return first;
	return min(run->size, first + ALIGN_DOWN(uniform - run->phys - first, run->leaf));
}

/* A run of the table as lines. */
static int print_run(struct printer *printer, struct pid *pid, struct s2m_stage2_run run)
{
	const struct s2m_index *index = printer->rules->index;
	struct line line = { .pid = pid_vnr(pid) };
	int err = 0;

	while (run.size && !err) {
		u64 size = same_answer(index, &run);
		u64 first = first_leaf(&run);

		line.run = run;
		line.run.size = size;
		line.bar = s2m_index_device(index, run.phys, first);
		line.rule = rule_of(printer, pid, run.phys, first);
		err = put_line(printer, &line);
		run.ipa += size;
		run.phys += size;
		run.size -= size;
	}
	return err;
}

static bool is_device(const struct s2m_stage2_run *leaf, void *unused)
{
	return !s2m_pfn_is_ram(PHYS_PFN(leaf->phys));
}

/*
 * Look at a piece of a VM, from look.ipa on: to the end of a VMA if one can be looked at,
 * a memslot, or the patience of s2m_stage2_look(). Returns whether there may be more.
 */
static bool look_inside(struct printer *printer, struct kvm *kvm, struct mm_struct *mm)
{
	struct s2m_stage2_look *look = &printer->look;
	struct kvm_memory_slot *slot;
	struct vm_area_struct *vma;
	u64 base, end, gap;
	unsigned long hva;

	slot = s2m_memslot_from(kvm_memslots(kvm), look->ipa >> PAGE_SHIFT);
	if (!slot)
		return false;
	base = slot->base_gfn << PAGE_SHIFT;
	end = base + (slot->npages << PAGE_SHIFT);
	look->ipa = max(look->ipa, base);
	look->picks = printer->sees_vma ? NULL : is_device;
	if (!printer->sees_vma) {
		look->end = end;
		s2m_stage2_look(kvm, look);
		return true;
	}

	hva = slot->userspace_addr + (look->ipa - base);
	vma = find_vma(mm, hva);
	gap = vma && vma->vm_start > hva ? vma->vm_start - hva : 0;
	if (!vma || gap >= end - look->ipa) {
		look->ipa = end;
		return true;
	}
	look->ipa += gap;
	look->end = min(end, base + (vma->vm_end - slot->userspace_addr));
	if (!(vma->vm_flags & (VM_PFNMAP | VM_IO))) {
		look->ipa = look->end;
		return true;
	}
	printer->mapping = (struct s2m_mapping) {
		.kvm_type = S2M_NATIVE,
		.pgprot = s2m_pgprot_of(vma),
		.pfnmap = vma->vm_flags & VM_PFNMAP,
		.io = vma->vm_flags & VM_IO,
	};
	s2m_stage2_look(kvm, look);
	return true;
}

/* Take an mmap lock to read, as long as there is patience: its owner may keep it for ever. */
static bool lock_mm(struct printer *printer, struct mm_struct *mm)
{
	unsigned long begin = jiffies, waited = 0;
	bool locked;

	while (!(locked = mmap_read_trylock(mm)) && waited < printer->patience &&
	       !fatal_signal_pending(current)) {
		schedule_timeout_killable(1);
		waited = jiffies - begin;
	}
	printer->patience -= min(waited, printer->patience);
	return locked;
}

static bool look_at_piece(struct printer *printer, struct kvm *kvm, struct mm_struct *mm)
{
	bool more;
	int srcu;

	printer->look.count = 0;
	printer->sees_vma = lock_mm(printer, mm);
	srcu = srcu_read_lock(&kvm->srcu);
	more = look_inside(printer, kvm, mm);
	srcu_read_unlock(&kvm->srcu, srcu);
	if (printer->sees_vma)
		mmap_read_unlock(mm);
	return more;
}

static int print_pieces(struct printer *printer, struct kvm *kvm, struct mm_struct *mm,
			struct pid *pid)
{
	bool more = true;
	unsigned int i;
	int err = 0;

	printer->look.ipa = 0;
	while (more && !err) {
		more = look_at_piece(printer, kvm, mm);
		if (fatal_signal_pending(current))
			err = -EINTR;
		for (i = 0; i < printer->look.count && !err; i++)
			err = print_run(printer, pid, printer->look.runs[i]);
		cond_resched();
	}
	return err ?: flush(printer);
}

/* The last to drop an address space waits for all of its I/O: not here. */
static void put_mm(struct mm_struct *mm)
{
	if (s2m_symbols.mmput_async)
		s2m_symbols.mmput_async(mm);
	else
		mmput(mm);
}

static int print_vm(struct kvm *kvm, struct pid *pid, void *context)
{
	struct mm_struct *mm = kvm->mm;
	int err;

	/* What has no address space any more has no mappings. */
	if (!mmget_not_zero(mm))
		return 0;
	err = print_pieces(context, kvm, mm, pid);
	put_mm(mm);
	return err;
}

int s2m_mappings_print(struct s2m_printout *report)
{
	struct printer *printer;
	struct s2m_rules *rules;
	int err;

	printer = kzalloc(sizeof(*printer), GFP_KERNEL);
	if (!printer)
		return -ENOMEM;
	rules = s2m_live_rules_get();
	printer->report = report;
	printer->rules = rules;
	printer->patience = PATIENCE;
	printer->asks_rules = s2m_live_mode() == S2M_MODE_POLICY;
	err = s2m_every_vm(print_vm, printer);
	s2m_rules_put(rules);
	kfree(printer);
	return err;
}
