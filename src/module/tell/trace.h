/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM s2memattr

#if !defined(S2MEMATTR_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define S2MEMATTR_TRACE_H

#include <linux/pci.h>
#include <linux/tracepoint.h>
#include <s2memattr/a64.h>
#include <s2memattr/emulation.h>
#include <s2memattr/fuse.h>
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
TRACE_DEFINE_ENUM(S2M_WHY_FUSE);
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
		{ S2M_WHY_FUSE,		"fuse" },	\
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

TRACE_DEFINE_ENUM(S2M_A64_SINGLE);
TRACE_DEFINE_ENUM(S2M_A64_UNPRIVILEGED);
TRACE_DEFINE_ENUM(S2M_A64_LITERAL);
TRACE_DEFINE_ENUM(S2M_A64_PAIR);
TRACE_DEFINE_ENUM(S2M_A64_SIMD_SINGLE);
TRACE_DEFINE_ENUM(S2M_A64_SIMD_LITERAL);
TRACE_DEFINE_ENUM(S2M_A64_SIMD_PAIR);
TRACE_DEFINE_ENUM(S2M_A64_MULTIPLE);
TRACE_DEFINE_ENUM(S2M_A64_LANE);
TRACE_DEFINE_ENUM(S2M_A64_REPLICATE);
TRACE_DEFINE_ENUM(S2M_A64_ZERO);
TRACE_DEFINE_ENUM(S2M_A64_OTHER);
TRACE_DEFINE_ENUM(S2M_A64_EXCLUSIVE);
TRACE_DEFINE_ENUM(S2M_A64_ORDERED);
TRACE_DEFINE_ENUM(S2M_A64_ATOMIC);
TRACE_DEFINE_ENUM(S2M_A64_TAGS);
TRACE_DEFINE_ENUM(S2M_A64_AUTHENTICATED);
TRACE_DEFINE_ENUM(S2M_A64_PREFETCH);
TRACE_DEFINE_ENUM(S2M_A64_COPY);
TRACE_DEFINE_ENUM(S2M_A64_SVE);
TRACE_DEFINE_ENUM(S2M_A64_UNPREDICTABLE);

#define s2m_show_form(form)						\
	__print_symbolic(form,						\
		{ S2M_A64_SINGLE,	"single" },	\
		{ S2M_A64_UNPRIVILEGED,	"unprivileged" },	\
		{ S2M_A64_LITERAL,	"literal" },	\
		{ S2M_A64_PAIR,	"pair" },	\
		{ S2M_A64_SIMD_SINGLE,	"simd-single" },	\
		{ S2M_A64_SIMD_LITERAL,	"simd-literal" },	\
		{ S2M_A64_SIMD_PAIR,	"simd-pair" },	\
		{ S2M_A64_MULTIPLE,	"multiple" },	\
		{ S2M_A64_LANE,	"lane" },	\
		{ S2M_A64_REPLICATE,	"replicate" },	\
		{ S2M_A64_ZERO,	"zero" },	\
		{ S2M_A64_OTHER,	"other" },	\
		{ S2M_A64_EXCLUSIVE,	"exclusive" },	\
		{ S2M_A64_ORDERED,	"ordered" },	\
		{ S2M_A64_ATOMIC,	"atomic" },	\
		{ S2M_A64_TAGS,	"tags" },	\
		{ S2M_A64_AUTHENTICATED,	"authenticated" },	\
		{ S2M_A64_PREFETCH,	"prefetch" },	\
		{ S2M_A64_COPY,	"copy" },	\
		{ S2M_A64_SVE,	"sve" },	\
		{ S2M_A64_UNPREDICTABLE,	"unpredictable" })

TRACE_DEFINE_ENUM(S2M_EMU_DONE);
TRACE_DEFINE_ENUM(S2M_EMU_AGAIN);
TRACE_DEFINE_ENUM(S2M_EMU_FAULT);
TRACE_DEFINE_ENUM(S2M_EMU_FORM);
TRACE_DEFINE_ENUM(S2M_EMU_STATE);
TRACE_DEFINE_ENUM(S2M_EMU_STAGE1);
TRACE_DEFINE_ENUM(S2M_EMU_CHANGED);
TRACE_DEFINE_ENUM(S2M_EMU_OFF);
TRACE_DEFINE_ENUM(S2M_EMU_SIMD);
TRACE_DEFINE_ENUM(S2M_EMU_NO_MEMSLOT);
TRACE_DEFINE_ENUM(S2M_EMU_MEMFD);
TRACE_DEFINE_ENUM(S2M_EMU_READ_ONLY);
TRACE_DEFINE_ENUM(S2M_EMU_VMM);
TRACE_DEFINE_ENUM(S2M_EMU_LOST);
TRACE_DEFINE_ENUM(S2M_EMU_LOG);

#define s2m_show_emulation(result)					\
	__print_symbolic(result,					\
		{ S2M_EMU_DONE,	"done" },	\
		{ S2M_EMU_AGAIN,	"again" },	\
		{ S2M_EMU_FAULT,	"fault-of-its-own" },	\
		{ S2M_EMU_FORM,	"form-not-covered" },	\
		{ S2M_EMU_STATE,	"aarch32" },	\
		{ S2M_EMU_STAGE1,	"stage-1-unknown" },	\
		{ S2M_EMU_CHANGED,	"changed-meanwhile" },	\
		{ S2M_EMU_OFF,	"not-allowed" },	\
		{ S2M_EMU_SIMD,	"simd-unknown" },	\
		{ S2M_EMU_NO_MEMSLOT,	"no-memslot" },	\
		{ S2M_EMU_MEMFD,	"guest-memfd" },	\
		{ S2M_EMU_READ_ONLY,	"read-only" },	\
		{ S2M_EMU_VMM,	"vmm-mapping" },	\
		{ S2M_EMU_LOST,	"vmm-mapping-lost" },	\
		{ S2M_EMU_LOG,	"dirty-log" })

/*
 * One event for each access that Device memory did not take while unaligned is
 * emulate. far is what the CPU has reported; insn is 0 and the form "other" if
 * the instruction could not be read; address and bytes are where the instruction
 * reaches, 0 if that was not asked. After "again" the guest makes the access anew;
 * after "fault-of-its-own" it has a fault of its own stage 1, and after all others
 * but "done" the alignment fault that the next event is about.
 */
TRACE_EVENT(emulation,
	TP_PROTO(u64 pc, u64 far, u32 insn, enum s2m_a64_form form, u64 address,
		 unsigned int bytes, bool store, enum s2m_emulation result),
	TP_ARGS(pc, far, insn, form, address, bytes, store, result),

	TP_STRUCT__entry(
		__field(u64, pc)
		__field(u64, far)
		__field(u64, address)
		__field(u32, insn)
		__field(u16, bytes)
		__field(u8, form)
		__field(u8, store)
		__field(u8, result)
	),

	TP_fast_assign(
		__entry->pc = pc;
		__entry->far = far;
		__entry->address = address;
		__entry->insn = insn;
		__entry->bytes = bytes;
		__entry->form = form;
		__entry->store = store;
		__entry->result = result;
	),

	TP_printk("pc=0x%llx far=0x%llx insn=0x%08x form=%s %s address=0x%llx bytes=%u result=%s",
		  __entry->pc, __entry->far, __entry->insn, s2m_show_form(__entry->form),
		  __entry->store ? "store" : "load", __entry->address, __entry->bytes,
		  s2m_show_emulation(__entry->result))
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

TRACE_DEFINE_ENUM(S2M_BUS_ERROR_NONFATAL);
TRACE_DEFINE_ENUM(S2M_BUS_ERROR_FATAL);
TRACE_DEFINE_ENUM(S2M_BUS_ERROR_RECOVERY);
TRACE_DEFINE_ENUM(S2M_BUS_ERROR_CPU);
TRACE_DEFINE_ENUM(S2M_BUS_ERROR_UNNAMED);

#define s2m_show_bus_error(kind)					\
	__print_symbolic(kind,						\
		{ S2M_BUS_ERROR_NONFATAL,	"nonfatal" },		\
		{ S2M_BUS_ERROR_FATAL,		"fatal" },		\
		{ S2M_BUS_ERROR_RECOVERY,	"recovery" },		\
		{ S2M_BUS_ERROR_CPU,		"cpu" },		\
		{ S2M_BUS_ERROR_UNNAMED,	"unnamed" })

/*
 * One event for each fuse that has blown, right before its device is taken back. by is
 * the function that reported the error, phys the page that a CPU has named; rule counts
 * from 1 and is 0 if the mode has the fuse.
 */
TRACE_EVENT(fuse,
	TP_PROTO(const struct s2m_device *function, const struct s2m_bus_error *error, u32 rule),
	TP_ARGS(function, error, rule),

	TP_STRUCT__entry(
		__field(u64, phys)
		__field(u32, domain)
		__field(u32, by_domain)
		__field(s32, rule)
		__field(u8, bus)
		__field(u8, devfn)
		__field(u8, by_bus)
		__field(u8, by_devfn)
		__field(u8, kind)
	),

	TP_fast_assign(
		__entry->phys = error->phys;
		__entry->domain = function->domain;
		__entry->bus = function->bus;
		__entry->devfn = function->devfn;
		__entry->by_domain = error->domain;
		__entry->by_bus = error->bus;
		__entry->by_devfn = error->devfn;
		__entry->kind = error->kind;
		__entry->rule = rule == S2M_NO_RULE ? 0 : rule + 1;
	),

	TP_printk("dev=%04x:%02x:%02x.%d error=%s by=%04x:%02x:%02x.%d phys=0x%llx rule=%d",
		  __entry->domain, __entry->bus, PCI_SLOT(__entry->devfn),
		  PCI_FUNC(__entry->devfn), s2m_show_bus_error(__entry->kind),
		  __entry->by_domain, __entry->by_bus, PCI_SLOT(__entry->by_devfn),
		  PCI_FUNC(__entry->by_devfn), __entry->phys, __entry->rule)
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
#define TRACE_INCLUDE_PATH tell
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
