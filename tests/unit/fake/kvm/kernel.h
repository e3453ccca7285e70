/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What files of the module take from the kernel and from KVM, where a test compiles them on
 * the build machine: as little as they look at, in the shape of a kernel on which all of
 * their branches can be reached, those included that no emulated machine comes to (no
 * memory, a probe that is refused, a KVM that answers otherwise). What they call is in the
 * tests. None of this says how a kernel behaves: that is for the cases on real ones.
 */
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H

#include <s2memattr/base.h>

#define nokprobe_inline		inline
#define NOKPROBE_SYMBOL(name)	typedef int nokprobe_##name
#define READ_ONCE(variable)	(variable)
#define WRITE_ONCE(variable, value) ((variable) = (value))
#define __same_type(a, b)	__builtin_types_compatible_p(__typeof__(a), __typeof__(b))
#define __force
#define __aligned(bytes)	__attribute__((__aligned__(bytes)))
#define pr_err(...)		fake_log(__VA_ARGS__)
#define pr_warn(...)		fake_log(__VA_ARGS__)
#define pr_info(...)		fake_log(__VA_ARGS__)
#define __user
#define fallthrough		__attribute__((__fallthrough__))
#define likely(condition)	(condition)
#define min(a, b)		((a) < (b) ? (a) : (b))
#define max(a, b)		((a) > (b) ? (a) : (b))
#define min_t(type, a, b)	min((type)(a), (type)(b))
#define clamp_t(type, value, low, high) \
	((type)(value) < (type)(low) ? (type)(low) : min((type)(value), (type)(high)))
#define swap(a, b)		do { __typeof__(a) swapped_ = (a); (a) = (b); (b) = swapped_; } while (0)
#define container_of(member, type, name) ((type *)((char *)(member) - offsetof(type, name)))
#define smp_load_acquire(at)	(*(at))			/* reads */
#define smp_store_release(at, value) (*(at) = (value))	/* writes */
/* Barriers, whatever they pair with. */
#define smp_mb()		__sync_synchronize()	/* full */
#define smp_rmb()		__sync_synchronize()	/* reads */
#define smp_wmb()		__sync_synchronize()	/* writes */
#define cmpxchg(at, old, new)	__sync_val_compare_and_swap(at, old, new)
#define scnprintf		s2m_scnprintf
/* By its name, since a test is both kinds of kernel in turn. */
#define IS_ENABLED(CONFIG_option) fake_is_enabled(#CONFIG_option)

void fake_log(const char *format, ...);
bool fake_is_enabled(const char *option);

#define BIT(n)			(1UL << (n))
#define BIT_ULL(n)		(1ULL << (n))
#define GENMASK_ULL(high, low)	(~0ULL >> (63 - (high)) & ~0ULL << (low))
#define GENMASK(high, low)	GENMASK_ULL(high, low)
#define FIELD_GET(mask, value)	(((value) & (mask)) / ((mask) & -(mask)))
#define ALIGN_DOWN(value, to)	((value) & ~((__typeof__(value))(to) - 1))
#define IS_ALIGNED(value, to)	(((value) & ((__typeof__(value))(to) - 1)) == 0)

#define PAGE_SHIFT		12
#define PAGE_SIZE		(1UL << PAGE_SHIFT)
#define PAGE_MASK		(~(PAGE_SIZE - 1))
#define offset_in_page(address)	((u64)(address) & (PAGE_SIZE - 1))
#define ilog2(value)		(63 - __builtin_clzll(value))
#define PAGE_ALIGNED(value)	IS_ALIGNED((u64)(value), PAGE_SIZE)
#define PHYS_PFN(phys)		((unsigned long)((phys) >> PAGE_SHIFT))
#define SZ_4K			0x1000
#define THREAD_SIZE		(4 * PAGE_SIZE)
#define TASK_COMM_LEN		16

typedef signed char s8;
typedef u64 phys_addr_t;
typedef u64 gfn_t;
typedef s64 time64_t;
typedef u64 kvm_pte_t;
typedef u64 pgprot_t;
typedef struct { int counter; } refcount_t;
typedef struct { long counter; } atomic_long_t;

#define noinline
#define notrace

#define read_sysreg(name)	fake_read_sysreg(#name)

u64 fake_read_sysreg(const char *name);
bool system_supports_fpsimd(void);
void preempt_disable(void);
void preempt_enable(void);
void preempt_disable_notrace(void);
void preempt_enable_notrace(void);

struct pt_regs {
	u64 regs[31];
	u64 sp;
	u64 pc;
	u64 pstate;
};

#define PSR_BTYPE_MASK		0xc00
#define PSR_PAN_BIT		BIT(22)
#define PSR_UAO_BIT		BIT(23)
#define PSR_MODE_EL0t		0
#define PSR_MODE_EL1h		5
#define PSR_MODE32_BIT		0x10
#define instruction_pointer(regs) ((regs)->pc)
#define instruction_pointer_set(regs, to) ((regs)->pc = (to))
#define user_mode(regs)		(!((regs)->pstate & 0xf))

/* The module that all this is. */
#define THIS_MODULE		NULL
#define within_module(address, of) ((void)(of), fake_within_module(address))
#define try_module_get(of)	((void)(of), fake_module_get())
#define module_put(of)		((void)(of), fake_module_put())

bool fake_within_module(unsigned long address);
bool fake_module_get(void);
void fake_module_put(void);

/* User memory is the test's, if that says so. */
#define get_user(value, at)	({					\
	int failed_ = fake_user_access(at, sizeof(*(at)));		\
									\
	(value) = failed_ ? 0 : *(at);					\
	failed_;							\
})
#define put_user(value, at)	({					\
	int failed_ = fake_user_access(at, sizeof(*(at)));		\
									\
	if (!failed_)							\
		*(at) = (value);					\
	failed_;							\
})

int fake_user_access(const void *at, size_t size);
void pagefault_disable(void);
void pagefault_enable(void);

struct kprobe {
	void *addr;
	int (*pre_handler)(struct kprobe *probe, struct pt_regs *regs);
	unsigned long nmissed;
	u32 opcode;
};

typedef int (*kprobe_pre_handler_t)(struct kprobe *probe, struct pt_regs *regs);

int register_kprobe(struct kprobe *probe);
void unregister_kprobe(struct kprobe *probe);
int register_kprobes(struct kprobe **probes, int n);
void unregister_kprobes(struct kprobe **probes, int n);

/* Errors on the bus. */
#define __maybe_unused		__attribute__((__unused__))
#define ATOMIC_INIT(value)	{ value }
typedef struct { int counter; } atomic_t;
typedef struct { u64 counter; } atomic64_t;
#define atomic_read(what)	((what)->counter)
#define atomic_set(what, value)	((what)->counter = (value))
#define atomic_xchg(what, value) __sync_lock_test_and_set(&(what)->counter, value)
#define atomic64_read(what)	((what)->counter)
#define atomic64_xchg(what, value) __sync_lock_test_and_set(&(what)->counter, value)
#define atomic64_cmpxchg(what, old, new) \
	__sync_val_compare_and_swap(&(what)->counter, old, new)

#define PCI_ERR_UNC_POISON_TLP	0x1000
#define PCI_ERR_UNC_COMP_TIME	0x4000
#define PCI_ERR_UNC_COMP_ABORT	0x8000
#define PCI_ERR_UNC_ACSV	0x200000
#define PCI_ERR_UNC_MALF_TLP	0x40000
enum { AER_NONFATAL, AER_FATAL, AER_CORRECTABLE };
#define CPER_ARM_INFO_VALID_PHYSICAL_ADDR BIT(4)

struct aer_header_log_regs;

struct cper_arm_err_info {
	u16 validation_bits;
	u64 physical_fault_addr;
};

struct cper_sec_proc_arm {
	u16 err_info_num;
	u32 section_length;
};

struct tracepoint {
	const char *name;
};

#define for_each_kernel_tracepoint(visit, context) fake_visit_tracepoints(visit, context)

void fake_visit_tracepoints(void (*visit)(struct tracepoint *tracepoint, void *context),
			    void *context);
int tracepoint_probe_register(struct tracepoint *tracepoint, void *probe, void *data);
int tracepoint_probe_unregister(struct tracepoint *tracepoint, void *probe, void *data);
void tracepoint_synchronize_unregister(void);

struct resource {
	u64 start, end;
	unsigned long flags;
	struct resource *parent;
};

struct pci_bus {
	u8 number;
	u32 domain;
	struct pci_bus *parent;
	struct resource busn_res;
	bool ari;
};

#define PCI_STD_NUM_BARS	6
#define IORESOURCE_MEM		0x200
#define IORESOURCE_PREFETCH	0x2000
#define IORESOURCE_UNSET	0x20000000

struct device_driver {
	const char *name;
};

struct pci_dev {
	struct pci_bus *bus;
	struct pci_bus *subordinate;
	unsigned int devfn;
	u16 vendor, device, subsystem_vendor, subsystem_device;
	u32 class;
	struct resource resource[PCI_STD_NUM_BARS + 1];
	struct {
		struct device_driver *driver;
	} dev;
	bool is_physfn;
	struct pci_dev *physfn;
};

#define resource_size(of)	((of)->end - (of)->start + 1)
#define pci_resource_start(pdev, i) ((pdev)->resource[i].start)
#define pci_resource_end(pdev, i) ((pdev)->resource[i].end)
#define pci_resource_flags(pdev, i) ((pdev)->resource[i].flags)
#define pci_resource_len(pdev, i) \
	((pdev)->resource[i].end ? resource_size(&(pdev)->resource[i]) : 0)
#define PCI_SLOT(devfn)		((devfn) >> 3 & 0x1f)
#define PCI_FUNC(devfn)		((devfn) & 7)
#define pci_physfn(pdev)	((pdev)->physfn ? (pdev)->physfn : (pdev))
#define pci_ari_enabled(on)	((on)->ari)
#define to_pci_dev(data)	((struct pci_dev *)(data))
#define for_each_pci_dev(pdev)	while (((pdev) = fake_next_pci_dev(pdev)))

struct pci_dev *fake_next_pci_dev(struct pci_dev *pdev);
struct pci_dev *pci_get_domain_bus_and_slot(u32 domain, unsigned int bus, unsigned int devfn);
void pci_dev_put(struct pci_dev *pdev);

struct notifier_block {
	int (*notifier_call)(struct notifier_block *nb, unsigned long action, void *data);
};

struct bus_type {
	int unused;
};

enum {
	BUS_NOTIFY_ADD_DEVICE, BUS_NOTIFY_DEL_DEVICE, BUS_NOTIFY_REMOVED_DEVICE,
	BUS_NOTIFY_BIND_DRIVER, BUS_NOTIFY_BOUND_DRIVER, BUS_NOTIFY_UNBIND_DRIVER,
	BUS_NOTIFY_UNBOUND_DRIVER, BUS_NOTIFY_DRIVER_NOT_BOUND,
};

#define NOTIFY_DONE		0
#define NOTIFY_OK		1

extern const struct bus_type pci_bus_type;

int bus_register_notifier(const struct bus_type *bus, struct notifier_block *nb);
int bus_unregister_notifier(const struct bus_type *bus, struct notifier_block *nb);

struct kretprobe_instance {
	void *data;
};

struct kretprobe {
	struct kprobe kp;
	int (*entry_handler)(struct kretprobe_instance *instance, struct pt_regs *regs);
	int (*handler)(struct kretprobe_instance *instance, struct pt_regs *regs);
	size_t data_size;
};

int register_kretprobe(struct kretprobe *probe);
void unregister_kretprobe(struct kretprobe *probe);

/* A sequence count, which the test sees while it is odd. */
typedef struct { unsigned int sequence; } seqcount_t;
#define SEQCNT_ZERO(...)	{ 0 }
#define raw_write_seqcount_begin(of) ((of)->sequence++)
#define raw_write_seqcount_end(of) ((of)->sequence++)
#define raw_read_seqcount(of)	((of)->sequence)
#define read_seqcount_retry(of, seq) fake_retry((of)->sequence, seq)

bool fake_retry(unsigned int now, unsigned int before);

#define pci_domain_nr(of)	((of)->domain)

struct ftrace_regs {
	u64 regs[9];
};

struct ftrace_ops;
typedef void (*ftrace_func_t)(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *op,
			      struct ftrace_regs *fregs);

struct ftrace_ops {
	ftrace_func_t func;
	unsigned long flags;
	unsigned long filter;
};

#define FTRACE_OPS_FL_PERMANENT	1
#define FTRACE_OPS_FL_ENABLED	2

int ftrace_set_filter_ip(struct ftrace_ops *ops, unsigned long ip, int remove, int reset);
int ftrace_set_filter(struct ftrace_ops *ops, unsigned char *text, int len, int reset);
int register_ftrace_function(struct ftrace_ops *ops);
int unregister_ftrace_function(struct ftrace_ops *ops);

/* Time in nanoseconds, which the test lets pass. */
#define NSEC_PER_USEC		1000UL
#define NSEC_PER_MSEC		1000000UL

u64 ktime_get_ns(void);
time64_t ktime_get_real_seconds(void);

#define UINT_MAX		(~0U)
#define ULONG_MAX		(~0UL)
#define ALIGN(value, to)	ALIGN_DOWN((value) + ((to) - 1), to)

struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD(name)		struct list_head name = { &(name), &(name) }
#define list_empty(head)	((head)->next == (head))
#define list_of(link, entry, member) container_of(link, __typeof__(*(entry)), member)
#define list_for_each_entry(entry, head, member) \
	for ((entry) = list_of((head)->next, entry, member); &(entry)->member != (head); \
	     (entry) = list_of((entry)->member.next, entry, member))
#define list_for_each_entry_safe(entry, after, head, member) \
	for ((entry) = list_of((head)->next, entry, member); \
	     (after) = list_of((entry)->member.next, entry, member), &(entry)->member != (head); \
	     (entry) = (after))
#define list_for_each_entry_rcu(entry, head, member) list_for_each_entry(entry, head, member)

static inline void list_add_tail(struct list_head *link, struct list_head *head)
{
	*link = (struct list_head) { head, head->prev };
	head->prev->next = link;
	head->prev = link;
}

static inline void list_del(struct list_head *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
}

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

#define hlist_for_each_entry(entry, head, member) \
	for ((entry) = hlist_entry_of((head)->first, __typeof__(*(entry)), member); (entry); \
	     (entry) = hlist_entry_of((entry)->member.next, __typeof__(*(entry)), member))
#define hlist_entry_of(node, type, member) ((node) ? container_of(node, type, member) : NULL)

struct rb_root_cached {
	struct { void *rb_node; } rb_root;
	void *rb_leftmost;
};

typedef struct { int locked; } spinlock_t;

typedef spinlock_t raw_spinlock_t;

#define __acquires(...)
#define __releases(...)
#define DEFINE_RAW_SPINLOCK(name) raw_spinlock_t name
#define raw_spin_lock(lock)	((lock)->locked++)
#define raw_spin_unlock(lock)	((lock)->locked--)
#define raw_spin_lock_irqsave(lock, flags) ((flags) = 0, raw_spin_lock(lock))
#define raw_spin_unlock_irqrestore(lock, flags) ((void)(flags), raw_spin_unlock(lock))
#define local_irq_disable()	((void)0)
#define local_irq_enable()	((void)0)
#define spin_lock(lock)		((lock)->locked++)
#define spin_unlock(lock)	((lock)->locked--)

typedef struct {
	spinlock_t lock;
	struct list_head head;
} wait_queue_head_t;

struct pid {
	int number;
	int held;
};

#define PIDTYPE_TGID		0
#define pid_vnr(of)		((of)->number)
#define get_pid(of)		((of)->held++, (of))
#define put_pid(of)		((of)->held--)

struct task_struct *pid_task(struct pid *of, int type);

/* Time, which goes on where somebody waits. */
#define HZ			250

extern unsigned long jiffies;

#define time_before(a, b)	((long)((a) - (b)) < 0)

void schedule_timeout_killable(long ticks);
void udelay(unsigned long microseconds);
void kick_all_cpus_sync(void);
bool fatal_signal_pending(struct task_struct *task);

static inline void cond_resched(void)
{
}

#define GFP_KERNEL		0
#define GFP_KERNEL_ACCOUNT	0
#define kvmalloc(size, flags)	((void)(flags), malloc(size))
#define kvmalloc_array(n, size, flags) ((void)(flags), malloc((n) * (size)))
#define kvfree(memory)		free(memory)
#define kvzalloc(size, flags)	kzalloc(size, flags)
#define struct_size(of, member, n) (sizeof(*(of)) + (n) * sizeof((of)->member[0]))
#define __GFP_NOFAIL		0
#define kmalloc(size, flags)	((void)(flags), malloc(size))
#define kfree(memory)		free(memory)

static inline void *kzalloc(size_t size, int flags)
{
	void *memory = malloc(size);

	return memory ? memset(memory, 0, size) : NULL;
}

static inline char *kstrdup(const char *text, int flags)
{
	char *copy = malloc(strlen(text) + 1);

	(void)flags;
	return copy ? strcpy(copy, text) : NULL;
}

struct task_struct;

/* An open file of kernfs, which has a seq_file for each. */
struct seq_file {
	char *buf;
	size_t size;
	size_t count;
	const void *op;
	void *private;
};

struct file {
	void *private_data;
};

struct kernfs_open_file {
	struct file *file;
	struct seq_file *seq_file;
};

bool fake_warn(bool condition);
#define WARN_ON_ONCE(condition)	fake_warn(condition)

struct mutex {
	atomic_long_t owner;
};

#define DEFINE_MUTEX(name)	struct mutex name
#define mutex_lock(lock)	((lock)->owner.counter = (long)current)
#define mutex_unlock(lock)	((lock)->owner.counter = 0)
#define mutex_lock_killable(lock) \
	(fatal_signal_pending(current) ? -EINTR : (mutex_lock(lock), 0))
#define lockdep_is_held(lock)	((lock)->owner.counter)
#define lockdep_assert_held(lock) assert(lockdep_is_held(lock))
#define atomic_long_inc(what)	((what)->counter++)
#define refcount_set(count, value) ((count)->counter = (value))
#define refcount_inc(count)	((count)->counter++)
#define refcount_dec_and_test(count) (--(count)->counter == 0)
#define ERR_PTR(error)		((void *)(long)(error))
#define PTR_ERR(pointer)	((int)(long)(pointer))
#define IS_ERR(pointer)		((unsigned long)(pointer) >= -4095UL)
#define atomic_long_read(what)	((what)->counter)

#define DECLARE_PER_CPU(type, name) extern type name
#define this_cpu_inc(counter)	((counter)++)

#define __rcu
#define rcu_dereference_sched(pointer) (pointer)
#define rcu_dereference_protected(pointer, condition) (assert(condition), (pointer))
#define rcu_assign_pointer(pointer, to) ((pointer) = (to))
#define RCU_INIT_POINTER(pointer, to) ((pointer) = (to))
#define rcu_replace_pointer(pointer, to, condition) ({			\
	__typeof__(pointer) was_ = (pointer);				\
									\
	assert(condition);						\
	(pointer) = (to);						\
	was_;								\
})

void synchronize_rcu(void);

static inline void rcu_read_lock(void)
{
}

static inline void rcu_read_unlock(void)
{
}

/* Address spaces */

#define VM_PFNMAP		0x400UL
#define VM_IO			0x4000UL

struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
	unsigned long vm_flags;
	pgprot_t vm_page_prot;
	struct mm_struct *vm_mm;
	struct vm_area_struct *vm_next;
};

struct mm_struct {
	struct vm_area_struct *vma;
	void *notifier_subscriptions;
	bool busy;
	int readers;
	int users;
	int held;
};

#define mm_has_notifiers(of)	(!!(of)->notifier_subscriptions)
#define mmgrab(of)		((of)->held++)
#define mmdrop(of)		((of)->held--)

#define PTE_ATTRINDX_MASK	(7ULL << 2)
#define pgprot_val(prot)	(prot)
enum { MT_NORMAL, MT_NORMAL_NC, MT_DEVICE_nGnRnE, MT_DEVICE_nGnRE };

bool mmap_read_trylock(struct mm_struct *mm);
int mmap_read_lock_killable(struct mm_struct *mm);
void mmap_read_unlock(struct mm_struct *mm);
struct vm_area_struct *vma_lookup(struct mm_struct *mm, unsigned long address);
struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long address);
bool mmget_not_zero(struct mm_struct *mm);
void mmput(struct mm_struct *mm);
void *phys_to_virt(phys_addr_t phys);
bool pfn_is_map_memory(unsigned long pfn);

enum { ARM64_HAS_STAGE2_FWB, ARM64_HAS_CACHE_DIC, ARM64_HAS_NESTED_VIRT };
bool cpus_have_final_cap(int capability);

struct task_struct {
	struct mm_struct *mm;
	void *stack;
	unsigned int flags;
	struct pid *tgid;
	struct {
		struct list_head thread_head;
	} *signal;
	struct list_head thread_node;
	int locked;
};

#define PF_KTHREAD		0x200000
#define task_tgid(task)		((task)->tgid)
#define task_lock(task)		((task)->locked++)
#define task_unlock(task)	((task)->locked--)
#define for_each_process(task)	for ((task) = NULL; ((task) = fake_next_process(task));)

struct task_struct *fake_next_process(struct task_struct *task);

/* Where the thread's stack is, and of VFIO's and KVM's look-ups their arguments. */
#define object_is_on_stack(object) \
	((const char *)(object) >= (const char *)current->stack && \
	 (const char *)(object) < (const char *)current->stack + THREAD_SIZE)

struct follow_pfnmap_args {
	struct vm_area_struct *vma;
	unsigned long address;
};

extern struct task_struct fake_current;
#define current			(&fake_current)
#define task_stack_page(task)	((const void *)(task)->stack)

bool fixup_exception(struct pt_regs *regs, unsigned long esr);

/* KVM */

struct kvm_pgtable {
	u32 ia_bits;
	u32 start_level;
	u64 *pgd;
	struct kvm_s2_mmu *mmu;
	u32 flags;
};

struct kvm_pgtable_walker {
	int (*cb)(void);
	void *arg;
};

struct kvm_s2_mmu {
	struct kvm *kvm;
	bool nested_stage2_enabled;
	struct kvm_pgtable *pgt;
	u64 split_page_chunk_size;
};

struct vgic_dist {
	u32 vgic_model;
	u64 vgic_cpu_base;
};

#define KVM_DEV_TYPE_ARM_VGIC_V2 5
#define KVM_VGIC_V2_CPU_SIZE	0x2000

struct kvm_memory_slot {
	gfn_t base_gfn;
	unsigned long npages;
	unsigned long userspace_addr;
	u32 flags;
	unsigned long *dirty_bitmap;
};

#define KVM_MEM_READONLY	2
#define KVM_MEM_GUEST_MEMFD	4
#define KVM_MEMSLOT_INVALID	0x10000

/* The second is there if it has pages. */
struct kvm_memslots {
	struct kvm_memory_slot slot, second;
};

struct kvm_memslot_iter {
	struct kvm_memslots *node;
	struct kvm_memory_slot *slot;
};

static inline void kvm_memslot_iter_start(struct kvm_memslot_iter *iter,
					  struct kvm_memslots *slots, gfn_t gfn)
{
	iter->slot = &slots->slot;
	iter->node = slots->slot.npages ? slots : NULL;
}

static inline void kvm_memslot_iter_next(struct kvm_memslot_iter *iter)
{
	const bool more = iter->slot == &iter->node->slot && iter->node->second.npages;

	iter->slot = &iter->node->second;
	iter->node = more ? iter->node : NULL;
}

#define kvm_slot_has_gmem(slot)	((slot)->flags & KVM_MEM_GUEST_MEMFD)

struct srcu_struct {
	int readers;
};

#define srcu_read_lock(srcu)	((srcu)->readers++)
#define srcu_read_unlock(srcu, number) ((void)(number), (srcu)->readers--)

struct mmu_notifier {
	struct hlist_node hlist;
	const struct mmu_notifier_ops *ops;
};

struct mmu_notifier_ops {
	int (*invalidate_range_start)(struct mmu_notifier *notifier);
};

int mmu_notifier_register(struct mmu_notifier *notifier, struct mm_struct *mm);
void mmu_notifier_unregister(struct mmu_notifier *notifier, struct mm_struct *mm);

/* Work is done by the test, when it says so. */
struct work_struct {
	void (*func)(struct work_struct *work);
};

struct workqueue_struct;

struct delayed_work {
	struct work_struct work;
};

struct irq_work {
	void (*func)(struct irq_work *work);
};

#define WQ_UNBOUND		0
#define WQ_HIGHPRI		0
#define DECLARE_WORK(name, function) struct work_struct name = { function }
#define DECLARE_DELAYED_WORK(name, function) struct delayed_work name = { { function } }
#define DEFINE_IRQ_WORK(name, function) struct irq_work name = { function }
#define INIT_WORK(work, function) ((work)->func = (function))

struct workqueue_struct *alloc_workqueue(const char *name, int flags, int active);
void destroy_workqueue(struct workqueue_struct *queue);
bool queue_work(struct workqueue_struct *queue, struct work_struct *work);

bool queue_delayed_work(struct workqueue_struct *queue, struct delayed_work *work,
			unsigned long delay);
bool mod_delayed_work(struct workqueue_struct *queue, struct delayed_work *work,
		      unsigned long delay);
bool irq_work_queue(struct irq_work *work);
void irq_work_sync(struct irq_work *work);
bool cancel_work_sync(struct work_struct *work);
bool cancel_delayed_work_sync(struct delayed_work *work);

#define KVM_HAVE_MMU_RWLOCK
#define write_lock(lock)	spin_lock(lock)
#define write_unlock(lock)	spin_unlock(lock)

bool refcount_inc_not_zero(refcount_t *count);
bool refcount_dec_not_one(refcount_t *count);

struct kvm {
	struct mm_struct *mm;
	struct mutex slots_lock;
	struct kvm_memslots memslots;
	struct srcu_struct srcu;
	struct mmu_notifier mmu_notifier;
	struct list_head vm_list;
	refcount_t users_count;
	unsigned long mmu_invalidate_seq;
	int userspace_pid;
	unsigned int nr_vcpus;
	struct kvm_vcpu *vcpus[4];
	spinlock_t mmu_lock;
	struct {
		struct kvm_s2_mmu mmu;
		struct vgic_dist vgic;
		bool mte;
		unsigned int nested_mmus_size;
		struct kvm_s2_mmu **nested_mmus;
	} arch;
};

void kvm_put_kvm(struct kvm *kvm);

struct kvm_mmu_memory_cache {
	int objects;
};

struct kvm_vcpu {
	struct kvm *kvm;
	struct {
		struct kvm_mmu_memory_cache mmu_page_cache;
		struct kvm_s2_mmu *hw_mmu;
		u64 hcr_el2;
		bool is_32bit;
		struct {
			u64 regs[31];
			u64 sys_regs[3];
			u64 pc;
			u64 pstate;
		} ctxt;
		struct {
			u64 esr_el2;
			u64 far_el2;
			u64 hpfar_el2;
		} fault;
		struct {
			u32 mp_state;
		} mp_state;
	} arch;
};

enum vcpu_sysreg { ESR_EL1, SCTLR_EL1, MAIR_EL1 };

/* vCPUs are in a row behind the VM that they are of. */
#define kvm_for_each_vcpu(i, vcpu, kvm) \
	for ((i) = 0; (i) < (kvm)->nr_vcpus && ((vcpu) = (kvm)->vcpus[i], true); (i)++)

#define HCR_VM			BIT(0)
#define HCR_TVM			BIT(26)
#define SCTLR_ELx_M		BIT(0)
#define SCTLR_ELx_C		BIT(2)
#define ESR_ELx_EC_SYS64	0x18
#define ESR_ELx_SYS64_ISS_DIR_MASK 1
#define ESR_ELx_SYS64_ISS_DIR_WRITE 0
#define SYS_SCTLR_EL1		0x1234
#define esr_sys64_to_sysreg(esr) ((esr) & 0xfffe)
#define vcpu_hcr(vcpu)		(&(vcpu)->arch.hcr_el2)
#define vcpu_get_reg(vcpu, n)	((n) == 31 ? 0 : (vcpu)->arch.ctxt.regs[n])
#define vcpu_pc(vcpu)		(&(vcpu)->arch.ctxt.pc)
#define vcpu_cpsr(vcpu)		(&(vcpu)->arch.ctxt.pstate)
#define vcpu_mode_priv(vcpu)	(*vcpu_cpsr(vcpu) & 0xf)
#define vcpu_mode_is_32bit(vcpu) (*vcpu_cpsr(vcpu) & PSR_MODE32_BIT)
#define lower_32_bits(value)	((u32)(value))
#define PSCI_0_2_FN_CPU_ON	0x84000003
#define PSCI_0_2_FN64_CPU_ON	0xc4000003
#define KVM_PSCI_FN_CPU_ON	0x95c1ba60
u64 vcpu_read_sys_reg(const struct kvm_vcpu *vcpu, enum vcpu_sysreg reg);
void vcpu_write_sys_reg(struct kvm_vcpu *vcpu, u64 value, enum vcpu_sysreg reg);

static inline void vcpu_set_reg(struct kvm_vcpu *vcpu, u8 n, u64 value)
{
	if (n != 31)
		vcpu->arch.ctxt.regs[n] = value;
}

#define KVM_MP_STATE_STOPPED	5

enum kvm_pgtable_prot {
	KVM_PGTABLE_PROT_W	= 2,
	KVM_PGTABLE_PROT_R	= 4,
	KVM_PGTABLE_PROT_DEVICE	= 8,
};

int kvm_pgtable_stage2_map(struct kvm_pgtable *pgt, u64 addr, u64 size, u64 phys,
			   enum kvm_pgtable_prot prot, void *mc, int flags);

#define ESR_ELx_EC(esr)		((esr) >> 26 & 0x3f)
#define ESR_ELx_EC_IABT_LOW	0x20
#define ESR_ELx_EC_DABT_LOW	0x24
#define ESR_ELx_EC_DABT_CUR	0x25
#define ESR_ELx_EC_SHIFT	26
#define ESR_ELx_WNR		BIT(6)

#define kvm_vcpu_get_esr(vcpu)	((vcpu)->arch.fault.esr_el2)
#define kvm_vcpu_get_hfar(vcpu)	((vcpu)->arch.fault.far_el2)
#define kvm_vcpu_get_fault_ipa(vcpu) (((vcpu)->arch.fault.hpfar_el2 & GENMASK_ULL(39, 4)) << 8)
#define kvm_pte_to_phys(pte)	((pte) & GENMASK_ULL(47, PAGE_SHIFT))
#define kvm_s2_mmu_to_kvm(of)	((of)->kvm)
#define kvm_memslots(kvm)	(&(kvm)->memslots)
#define kvm_has_mte(kvm)	((kvm)->arch.mte)
#define is_protected_kvm_enabled() false
#define vcpu_has_nv(vcpu)	((void)(vcpu), false)
#define vcpu_el1_is_32bit(vcpu)	((vcpu)->arch.is_32bit)

static inline struct kvm_memory_slot *__gfn_to_memslot(struct kvm_memslots *slots, gfn_t gfn)
{
	struct kvm_memory_slot *slot = &slots->slot;

	if (gfn - slot->base_gfn < slot->npages)
		return slot;
	slot = &slots->second;
	return gfn - slot->base_gfn < slot->npages ? slot : NULL;
}

static inline unsigned long __gfn_to_hva_memslot(const struct kvm_memory_slot *slot, gfn_t gfn)
{
	return slot->userspace_addr + (gfn - slot->base_gfn) * PAGE_SIZE;
}

/* The kernel's text */

#define KSYM_SYMBOL_LEN		512

int sprint_symbol(char *buffer, unsigned long address);
long copy_from_kernel_nofault(void *to, const void *from, size_t size);

/* An instruction is a number: that of a call, of a probe, or any other. */
#define INSN_BL			1
#define INSN_BRK		2
#define AARCH64_INSN_SIZE	4
#define le32_to_cpu(value)	(value)
#define le64_to_cpu(value)	(value)
#define aarch64_insn_is_bl(insn) ((insn) == INSN_BL)
#define aarch64_insn_is_brk(insn) ((insn) == INSN_BRK)

u32 s2m_insn_original(const __le32 *at);
const void *s2m_insn_called(const __le32 *at);

#define SZ_128K			0x20000

static inline bool strstarts(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static inline u32 s2m_insn(const __le32 *at)
{
	return *at;
}

#endif
