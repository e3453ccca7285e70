// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which VMs have coherent RAM, and from when on (src/module/coherent), compiled here against
 * vCPUs in any state: others that are on, off or not yet begun, caches and MMU that are
 * not on together, more VMs than there are records.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>
#include <cmocka.h>

#include "kernel.h"

#include "../../src/module/coherent/coherent_vms.c"
#include "../../src/module/coherent/coherent.c"

#define ON		(SCTLR_ELx_M | SCTLR_ELx_C)
#define WEAK		0xbb44ULL
#define MADE		s2m_mair_coherent(WEAK)

struct s2m_symbols s2m_symbols;
struct s2m_stats s2m_stats;
struct task_struct fake_current;

static struct kvm vm, another, many[MAX_VMS + 1];
static struct kvm_vcpu vcpus[3];
static struct s2m_ruleset set;
static struct s2m_rules rules;
static enum s2m_mode mode;
static bool with_fwb, probed;
static int register_fails;
static unsigned int flushes, logs, counted;
static u32 text[4];

void fake_log(const char *format, ...)
{
	logs++;
}

bool cpus_have_final_cap(int capability)
{
	return with_fwb;
}

int register_kprobes(struct kprobe **of, int n)
{
	assert_int_equal(n, 4);
	if (register_fails)
		return register_fails;
	probed = true;
	text[3] = INSN_BRK;
	return 0;
}

void unregister_kprobes(struct kprobe **of, int n)
{
	probed = false;
	text[3] = 0;
}

enum s2m_mode s2m_live_mode(void)
{
	return mode;
}

const struct s2m_rules *s2m_live_rules(void)
{
	return &rules;
}

void s2m_rules_count(const struct s2m_rules *of, u32 rule)
{
	counted++;
}

void s2m_vmm_current(struct s2m_vmm *vmm)
{
	*vmm = (struct s2m_vmm) { .task = { .comm = "qemu", .pid = 42, .uid = 107 } };
}

static u64 read_sys_reg(const struct kvm_vcpu *vcpu, enum vcpu_sysreg reg)
{
	return vcpu->arch.ctxt.sys_regs[reg];
}

static void write_sys_reg(struct kvm_vcpu *vcpu, u64 value, enum vcpu_sysreg reg)
{
	vcpu->arch.ctxt.sys_regs[reg] = value;
}

static void flush_tlbs(struct kvm *kvm)
{
	assert_ptr_equal(kvm, &vm);
	flushes++;
}

static void table(const char *of)
{
	struct s2m_text_error error;

	s2m_index_free(rules.index);
	s2m_table_free(set.table);
	assert_int_equal(s2m_table_parse(of, strlen(of), &set.table, &error), 0);
	assert_int_equal(s2m_index_build(set.table, NULL, 0, PAGE_SIZE, &rules.index, &error), 0);
}

/* A vCPU as KVM_ARM_VCPU_INIT leaves it. */
static void reset(struct kvm_vcpu *vcpu)
{
	*vcpu = (struct kvm_vcpu) {
		.kvm = &vm, .arch.hcr_el2 = HCR_VM | HCR_TVM,
		.arch.ctxt.sys_regs = { [MAIR_EL1] = WEAK },
	};
}

/* Three vCPUs, and a table by which their VM is coherent. */
static int a_vm(void **state)
{
	unsigned int i;

	(void)state;
	s2m_symbols = (struct s2m_symbols) {
		.read_sys_reg = read_sys_reg, .write_sys_reg = write_sys_reg,
		.flush_tlbs = flush_tlbs, .destroy_vm = &text[0], .psci_call = &text[1],
		.reset_vcpu = &text[2], .toggle_cache = &text[3],
	};
	vm = (struct kvm) { .userspace_pid = 42, .nr_vcpus = 3 };
	another = (struct kvm) { .userspace_pid = 43 };
	for (i = 0; i < 3; i++) {
		vm.vcpus[i] = &vcpus[i];
		reset(&vcpus[i]);
	}
	memset(&s2m_stats, 0, sizeof(s2m_stats));
	mode = S2M_MODE_POLICY;
	with_fwb = probed = armed = unavailable = false;
	register_fails = 0;
	flushes = logs = counted = 0;
	s2m_coherent_vms_forget_all();
	table("coherent-ram uid=107");
	assert_int_equal(s2m_coherent_prepare(true), 0);
	assert_true(probed);
	assert_string_equal(s2m_coherent_state(), "armed");
	return 0;
}

static int forget(void **state)
{
	(void)state;
	assert_int_equal(lock.locked, 0);
	s2m_index_free(rules.index);
	s2m_table_free(set.table);
	rules.index = NULL;
	set.table = NULL;
	return 0;
}

static void call(kprobe_pre_handler_t handler, const void *first, bool *second)
{
	struct pt_regs regs = { .regs = { (uintptr_t)first, *second } };

	assert_int_equal(handler(NULL, &regs), 0);
	*second = regs.regs[1];
}

/* A vCPU writes SCTLR_EL1, and KVM tells. Returns what KVM does then of the caches. */
static bool toggles(struct kvm_vcpu *vcpu, u64 sctlr, bool was)
{
	vcpu->arch.ctxt.sys_regs[SCTLR_EL1] = sctlr;
	call(at_toggle, vcpu, &was);
	return was;
}

static void starts(struct kvm_vcpu *vcpu, bool coherent)
{
	unsigned int before = flushes;

	assert_false(toggles(vcpu, ON, false));
	assert_true(vcpu->arch.ctxt.sys_regs[MAIR_EL1] == (coherent ? MADE : WEAK));
	assert_int_equal(flushes - before, coherent);
	assert_false(*vcpu_hcr(vcpu) & HCR_TVM);
}

static void psci(struct kvm_vcpu *vcpu, u32 function)
{
	bool unused = false;

	vcpu->arch.ctxt.regs[0] = function;
	call(at_psci, vcpu, &unused);
}

static void the_first_vcpu_decides(void **state)
{
	(void)state;
	starts(&vcpus[0], true);
	assert_int_equal(counted, 1);
	assert_int_equal(s2m_stats.count[S2M_STAT_COHERENT], 1);
	/* What the table says since does not matter to the others. */
	table("coherent-ram uid=1");
	starts(&vcpus[1], true);
	mode = S2M_MODE_NATIVE;
	starts(&vcpus[2], true);
	assert_int_equal(counted, 1);
	assert_int_equal(s2m_coherent_vms_count(), 1);
}

static void no_rule_says_so(void **state)
{
	(void)state;
	table("coherent-ram uid=1");
	starts(&vcpus[0], false);
	assert_int_equal(counted, 0);
	table("coherent-ram uid=107");
	starts(&vcpus[1], false);
	a_vm(state);
	/* A mode that is published, and the probes are in yet. */
	mode = S2M_MODE_NORMAL_NC;
	starts(&vcpus[0], false);
	assert_int_equal(s2m_coherent_vms_count(), 0);
}

static void caches_that_are_not_on(void **state)
{
	(void)state;
	assert_false(toggles(&vcpus[0], SCTLR_ELx_M, false));
	assert_false(toggles(&vcpus[0], SCTLR_ELx_C, false));
	assert_true(toggles(&vcpus[0], 0, true));
	assert_true(vcpus[0].arch.ctxt.sys_regs[MAIR_EL1] == WEAK);
	assert_int_equal(s2m_coherent_vms_count(), 0);
	/* Nor has one with half of them started, for the others. */
	vcpus[1].arch.ctxt.sys_regs[SCTLR_EL1] = SCTLR_ELx_M;
	starts(&vcpus[0], true);
}

static void who_has_started(void **state)
{
	(void)state;
	/* Not yet begun, off since its caches were on, at its write at this moment. */
	vcpus[1].arch.hcr_el2 = 0;
	vcpus[2].arch.ctxt.sys_regs[SCTLR_EL1] = ON;
	vcpus[2].arch.fault.esr_el2 = (u64)ESR_ELx_EC_SYS64 << 26 | SYS_SCTLR_EL1;
	starts(&vcpus[0], true);
	/* It has read it, and not written; and it was another register, or another trap. */
	a_vm(state);
	vcpus[2].arch.ctxt.sys_regs[SCTLR_EL1] = ON;
	vcpus[2].arch.fault.esr_el2 = (u64)ESR_ELx_EC_SYS64 << 26 | SYS_SCTLR_EL1 | 1;
	starts(&vcpus[0], false);
	a_vm(state);
	vcpus[2].arch.ctxt.sys_regs[SCTLR_EL1] = ON;
	vcpus[2].arch.fault.esr_el2 = (u64)ESR_ELx_EC_SYS64 << 26 | 0x2222;
	starts(&vcpus[0], false);
	a_vm(state);
	vcpus[2].arch.ctxt.sys_regs[SCTLR_EL1] = ON;
	vcpus[2].arch.fault.esr_el2 = (u64)ESR_ELx_EC_DABT_LOW << 26 | SYS_SCTLR_EL1;
	starts(&vcpus[0], false);
	/* One that is off has started all the same: the record is what it was. */
	a_vm(state);
	starts(&vcpus[0], true);
	vcpus[0].arch.mp_state.mp_state = KVM_MP_STATE_STOPPED;
	table("coherent-ram uid=1");
	starts(&vcpus[1], true);
}

static void guests_that_are_not_plain(void **state)
{
	(void)state;
	vcpus[0].arch.is_32bit = true;
	assert_false(toggles(&vcpus[0], ON, false));
	assert_int_equal(s2m_coherent_vms_count(), 0);
	reset(&vcpus[0]);
	vcpus[0].arch.is_32bit = true;
	starts(&vcpus[1], true);
	vcpus[0].arch.hcr_el2 = HCR_VM;
	psci(&vcpus[0], PSCI_0_2_FN_CPU_ON);
	assert_int_equal(vcpus[0].arch.hcr_el2, HCR_VM);
}

/* MAIR_EL1 is written again, by a kernel that has taken over. */
static void a_takeover(void **state)
{
	(void)state;
	starts(&vcpus[0], true);
	/* Nothing has changed: TVM is left out. */
	psci(&vcpus[0], 0x84000001);
	assert_false(*vcpu_hcr(&vcpus[0]) & HCR_TVM);
	vcpus[0].arch.ctxt.sys_regs[MAIR_EL1] = WEAK;
	psci(&vcpus[0], 0x84000001);
	assert_true(*vcpu_hcr(&vcpus[0]) & HCR_TVM);
	assert_false(toggles(&vcpus[0], ON, true));
	assert_true(vcpus[0].arch.ctxt.sys_regs[MAIR_EL1] == MADE);
	/* While another one is on, each keeps what it has. */
	starts(&vcpus[1], true);
	*vcpu_hcr(&vcpus[0]) &= ~HCR_TVM;
	vcpus[0].arch.ctxt.sys_regs[MAIR_EL1] = WEAK;
	psci(&vcpus[0], 0x84000001);
	assert_false(*vcpu_hcr(&vcpus[0]) & HCR_TVM);
	assert_true(toggles(&vcpus[0], ON, true));
	assert_true(vcpus[0].arch.ctxt.sys_regs[MAIR_EL1] == WEAK);
	vcpus[1].arch.mp_state.mp_state = KVM_MP_STATE_STOPPED;
	psci(&vcpus[0], 0x84000001);
	assert_true(*vcpu_hcr(&vcpus[0]) & HCR_TVM);
	assert_false(toggles(&vcpus[0], ON, true));
}

static void what_loses_it(void **state)
{
	static const u32 calls[] = {
		PSCI_0_2_FN_CPU_ON, PSCI_0_2_FN64_CPU_ON, KVM_PSCI_FN_CPU_ON,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		a_vm(state);
		starts(&vcpus[0], true);
		/* Others are to be started by one that has taken its own types back. */
		vcpus[0].arch.ctxt.sys_regs[MAIR_EL1] = WEAK;
		psci(&vcpus[0], calls[i]);
		assert_int_equal(s2m_coherent_vms_count(), 0);
		starts(&vcpus[1], false);
	}
	/* With caches off it is as after a reset. */
	a_vm(state);
	starts(&vcpus[0], true);
	vcpus[0].arch.ctxt.sys_regs[SCTLR_EL1] = SCTLR_ELx_C;
	psci(&vcpus[0], PSCI_0_2_FN_CPU_ON);
	assert_true(*vcpu_hcr(&vcpus[0]) & HCR_TVM);
	assert_int_equal(s2m_coherent_vms_count(), 1);
}

static void resets(void **state)
{
	bool unused = false;

	(void)state;
	vcpus[1].arch.hcr_el2 = HCR_VM;
	call(at_reset, &vcpus[1], &unused);
	assert_int_equal(vcpus[1].arch.hcr_el2, HCR_VM);
	vcpus[1].arch.hcr_el2 = 0;
	starts(&vcpus[0], true);
	call(at_reset, &vcpus[1], &unused);
	assert_true(vcpus[1].arch.hcr_el2 & HCR_TVM);
	/* Its records go with the VM. */
	call(at_destroy, &vm, &unused);
	assert_int_equal(s2m_coherent_vms_count(), 0);
	psci(&vcpus[0], PSCI_0_2_FN_CPU_ON);
	assert_false(*vcpu_hcr(&vcpus[0]) & HCR_TVM);
}

static void records(void **state)
{
	unsigned int i;

	(void)state;
	s2m_coherent_vms_set(&another, false);
	assert_int_equal(s2m_coherent_vms_count(), 0);
	assert_int_equal(nr_vms, 0);
	s2m_coherent_vms_set(&vm, true);
	s2m_coherent_vms_set(&another, true);
	s2m_coherent_vms_set(&many[0], true);
	/* The last takes the place of one that goes. */
	s2m_coherent_vms_forget(&vm);
	assert_false(s2m_coherent_vms_have(&vm));
	assert_true(s2m_coherent_vms_have(&another));
	assert_true(s2m_coherent_vms_have(&many[0]));
	s2m_coherent_vms_forget(&vm);
	assert_int_equal(s2m_coherent_vms_count(), 2);
	s2m_coherent_vms_set(&another, false);
	assert_false(s2m_coherent_vms_have(&another));
	assert_int_equal(s2m_coherent_vms_count(), 1);
	/* The address of one whose end was missed is another process's now. */
	many[0].userspace_pid++;
	assert_false(s2m_coherent_vms_have(&many[0]));
	many[0].userspace_pid--;
	s2m_coherent_vms_forget_all();
	for (i = 0; i < MAX_VMS; i++)
		s2m_coherent_vms_set(&many[i], true);
	assert_int_equal(s2m_stats.count[S2M_STAT_REFUSED], 0);
	s2m_coherent_vms_set(&many[MAX_VMS], true);
	assert_int_equal(s2m_stats.count[S2M_STAT_REFUSED], 1);
	assert_false(s2m_coherent_vms_have(&many[MAX_VMS]));
	s2m_coherent_vms_set(&many[7], false);
	assert_int_equal(s2m_coherent_vms_count(), MAX_VMS - 1);
}

static void when_the_probes_go(void **state)
{
	(void)state;
	s2m_coherent_finish(true, true);
	assert_true(probed);
	/* A VM has it: they stay as long as the mode does. */
	starts(&vcpus[0], true);
	s2m_coherent_finish(true, false);
	assert_true(probed);
	s2m_coherent_finish(false, true);
	assert_false(probed);
	assert_int_equal(logs, 1);
	assert_int_equal(s2m_coherent_vms_count(), 0);
	assert_string_equal(s2m_coherent_state(), "off");
	s2m_coherent_finish(true, false);
	assert_int_equal(s2m_coherent_prepare(false), 0);
	assert_false(probed);
	assert_int_equal(s2m_coherent_prepare(true), 0);
	s2m_coherent_finish(true, false);
	assert_false(probed);
	assert_int_equal(logs, 1);
	/* Switched off behind our back. */
	assert_int_equal(s2m_coherent_prepare(true), 0);
	text[3] = 0;
	assert_string_equal(s2m_coherent_state(), "off");
}

static void where_it_cannot_be_had(void **state)
{
	void **const needed[] = {
		&s2m_symbols.destroy_vm, &s2m_symbols.toggle_cache,
		(void **)&s2m_symbols.read_sys_reg, (void **)&s2m_symbols.write_sys_reg,
		(void **)&s2m_symbols.flush_tlbs,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(needed); i++) {
		a_vm(state);
		s2m_coherent_finish(false, false);
		*needed[i] = NULL;
		assert_int_equal(s2m_coherent_prepare(true), -ENOENT);
		assert_false(probed);
		assert_string_equal(s2m_coherent_state(), "unavailable");
	}
	a_vm(state);
	s2m_coherent_finish(false, false);
	register_fails = -EINVAL;
	assert_int_equal(s2m_coherent_prepare(true), -EINVAL);
	assert_string_equal(s2m_coherent_state(), "unavailable");
	register_fails = 0;
	with_fwb = true;
	logs = 0;
	assert_int_equal(s2m_coherent_prepare(true), 0);
	assert_int_equal(logs, 1);
	assert_false(probed);
	assert_string_equal(s2m_coherent_state(), "not-needed");
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, a_vm, forget)
	const struct CMUnitTest tests[] = {
		TEST(the_first_vcpu_decides),
		TEST(no_rule_says_so),
		TEST(caches_that_are_not_on),
		TEST(who_has_started),
		TEST(guests_that_are_not_plain),
		TEST(a_takeover),
		TEST(what_loses_it),
		TEST(resets),
		TEST(records),
		TEST(when_the_probes_go),
		TEST(where_it_cannot_be_had),
	};

	return cmocka_run_group_tests_name("coherent", tests, NULL, NULL);
}
