/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM s2memattr

#if !defined(S2MEMATTR_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define S2MEMATTR_TRACE_H

#include <linux/pci.h>
#include <linux/tracepoint.h>
#include <s2memattr/index.h>

TRACE_DEFINE_ENUM(S2M_NATIVE);
TRACE_DEFINE_ENUM(S2M_DEVICE_NGNRE);
TRACE_DEFINE_ENUM(S2M_DEVICE_GRE);
TRACE_DEFINE_ENUM(S2M_NORMAL_NC);
TRACE_DEFINE_ENUM(S2M_NORMAL_WB);

#define s2m_show_type(type)					\
	__print_symbolic(type,					\
		{ S2M_NATIVE,		"native" },		\
		{ S2M_DEVICE_NGNRE,	"device-nGnRE" },	\
		{ S2M_DEVICE_GRE,	"device-GRE" },		\
		{ S2M_NORMAL_NC,	"normal-nc" },		\
		{ S2M_NORMAL_WB,	"normal-wb" })

TRACE_DEFINE_ENUM(S2M_WHY_MODE);
TRACE_DEFINE_ENUM(S2M_WHY_RULE);
TRACE_DEFINE_ENUM(S2M_WHY_NO_RULE);
TRACE_DEFINE_ENUM(S2M_WHY_NOT_DEVICE);
TRACE_DEFINE_ENUM(S2M_WHY_NOT_GUEST);
TRACE_DEFINE_ENUM(S2M_WHY_NESTED);
TRACE_DEFINE_ENUM(S2M_WHY_NO_MEMSLOT);
TRACE_DEFINE_ENUM(S2M_WHY_NOT_IO);
TRACE_DEFINE_ENUM(S2M_WHY_RAM);
TRACE_DEFINE_ENUM(S2M_WHY_NOT_PCI);
TRACE_DEFINE_ENUM(S2M_WHY_CACHEABLE);
TRACE_DEFINE_ENUM(S2M_WHY_NOT_CACHEABLE);
TRACE_DEFINE_ENUM(S2M_WHY_NOT_COHERENT);
TRACE_DEFINE_ENUM(S2M_WHY_MTE);
TRACE_DEFINE_ENUM(S2M_WHY_ERRATUM);
TRACE_DEFINE_ENUM(S2M_WHY_REFUSED);
TRACE_DEFINE_ENUM(S2M_WHY_DOUBT);
TRACE_DEFINE_ENUM(S2M_WHY_AGAIN);

#define s2m_show_why(why)						\
	__print_symbolic(why,						\
		{ S2M_WHY_MODE,		"mode" },	\
		{ S2M_WHY_RULE,		"rule" },	\
		{ S2M_WHY_NO_RULE,	"no-rule" },	\
		{ S2M_WHY_NOT_DEVICE,	"not-device" },	\
		{ S2M_WHY_NOT_GUEST,	"not-guest-fault" },	\
		{ S2M_WHY_NESTED,	"nested" },	\
		{ S2M_WHY_NO_MEMSLOT,	"no-memslot" },	\
		{ S2M_WHY_NOT_IO,	"vma-not-pfnmap-or-io" },	\
		{ S2M_WHY_RAM,		"ram" },	\
		{ S2M_WHY_NOT_PCI,	"not-a-pci-bar" },	\
		{ S2M_WHY_CACHEABLE,	"vma-cacheable" },	\
		{ S2M_WHY_NOT_CACHEABLE,		"vma-not-cacheable" },	\
		{ S2M_WHY_NOT_COHERENT,	"no-fwb-or-dic" },	\
		{ S2M_WHY_MTE,		"mte" },	\
		{ S2M_WHY_ERRATUM,	"erratum" },	\
		{ S2M_WHY_REFUSED,	"refused" },	\
		{ S2M_WHY_DOUBT,	"doubt" },	\
		{ S2M_WHY_AGAIN,	"again" })

/*
 * One event for each mapping of device memory that the hook decided on. kvm is
 * KVM's own type, used the type that the mapping was made with; bar is -1 if it
 * is no PCI memory BAR; rule counts from 1 and is 0 if the table did not decide.
 */
TRACE_EVENT(decision,
	TP_PROTO(u64 ipa, u64 phys, u64 size, const struct s2m_device *bar,
		 enum s2m_type kvm, enum s2m_type used, enum s2m_why why, u32 rule),
	TP_ARGS(ipa, phys, size, bar, kvm, used, why, rule),

	TP_STRUCT__entry(
		__field(u64, ipa)
		__field(u64, phys)
		__field(u64, size)
		__field(u32, domain)
		__field(s32, rule)
		__field(u8, bus)
		__field(u8, devfn)
		__field(s8, bar)
		__field(u8, kvm)
		__field(u8, used)
		__field(u8, why)
	),

	TP_fast_assign(
		__entry->ipa = ipa;
		__entry->phys = phys;
		__entry->size = size;
		__entry->domain = bar ? bar->domain : 0;
		__entry->bus = bar ? bar->bus : 0;
		__entry->devfn = bar ? bar->devfn : 0;
		__entry->bar = bar ? bar->bar : -1;
		__entry->kvm = kvm;
		__entry->used = used;
		__entry->why = why;
		__entry->rule = rule == S2M_NO_RULE ? 0 : rule + 1;
	),

	TP_printk("ipa=0x%llx phys=0x%llx size=0x%llx dev=%04x:%02x:%02x.%d bar=%d kvm=%s used=%s why=%s rule=%d",
		  __entry->ipa, __entry->phys, __entry->size,
		  __entry->domain, __entry->bus,
		  PCI_SLOT(__entry->devfn), PCI_FUNC(__entry->devfn), __entry->bar,
		  s2m_show_type(__entry->kvm), s2m_show_type(__entry->used),
		  s2m_show_why(__entry->why), __entry->rule)
);

/*
 * One event for each alignment fault that a guest got. pc and far are the
 * guest's, esr is what it finds in ESR_EL1. KVM does not always know where in
 * physical memory an alignment fault happened; bar is -1 if not, or if it was in
 * no PCI memory BAR.
 */
TRACE_EVENT(alignment,
	TP_PROTO(u64 pc, u64 far, u64 esr, const struct s2m_device *bar),
	TP_ARGS(pc, far, esr, bar),

	TP_STRUCT__entry(
		__field(u64, pc)
		__field(u64, far)
		__field(u64, esr)
		__field(u32, domain)
		__field(u8, bus)
		__field(u8, devfn)
		__field(s8, bar)
	),

	TP_fast_assign(
		__entry->pc = pc;
		__entry->far = far;
		__entry->esr = esr;
		__entry->domain = bar ? bar->domain : 0;
		__entry->bus = bar ? bar->bus : 0;
		__entry->devfn = bar ? bar->devfn : 0;
		__entry->bar = bar ? bar->bar : -1;
	),

	TP_printk("pc=0x%llx far=0x%llx esr=0x%llx dev=%04x:%02x:%02x.%d bar=%d",
		  __entry->pc, __entry->far, __entry->esr,
		  __entry->domain, __entry->bus,
		  PCI_SLOT(__entry->devfn), PCI_FUNC(__entry->devfn), __entry->bar)
);

TRACE_DEFINE_ENUM(S2M_MODE_NATIVE);
TRACE_DEFINE_ENUM(S2M_MODE_DEVICE_NGNRE);
TRACE_DEFINE_ENUM(S2M_MODE_NORMAL_NC);
TRACE_DEFINE_ENUM(S2M_MODE_POLICY);

#define s2m_show_mode(mode)						\
	__print_symbolic(mode,						\
		{ S2M_MODE_NATIVE,		"native" },		\
		{ S2M_MODE_DEVICE_NGNRE,	"device-nGnRE" },	\
		{ S2M_MODE_NORMAL_NC,		"normal-nc" },		\
		{ S2M_MODE_POLICY,		"policy" })

/*
 * One event for each change of mode or table that took effect: what is in force
 * since, and which process made it so. pid and uid are those of the first
 * namespaces.
 */
TRACE_EVENT(change,
	TP_PROTO(enum s2m_mode mode, u32 rules, u64 generation, int pid, u32 uid,
		 const char *comm),
	TP_ARGS(mode, rules, generation, pid, uid, comm),

	TP_STRUCT__entry(
		__field(u64, generation)
		__field(u32, rules)
		__field(u32, uid)
		__field(int, pid)
		__field(u8, mode)
		__array(char, comm, TASK_COMM_LEN)
	),

	TP_fast_assign(
		__entry->generation = generation;
		__entry->rules = rules;
		__entry->uid = uid;
		__entry->pid = pid;
		__entry->mode = mode;
		strscpy(__entry->comm, comm, TASK_COMM_LEN);
	),

	TP_printk("mode=%s rules=%u generation=%llu pid=%d uid=%u comm=%s",
		  s2m_show_mode(__entry->mode), __entry->rules, __entry->generation,
		  __entry->pid, __entry->uid, __entry->comm)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
