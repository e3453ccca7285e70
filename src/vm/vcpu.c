// SPDX-License-Identifier: GPL-2.0-only
/* The vCPU threads and the way in and out of the guest. */
#define _GNU_SOURCE			/* gettid() */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "vcpu.h"
#include "vm.h"

#define ID_AA64PFR0_EL1	ARM64_SYS_REG(3, 0, 0, 4, 0)
/* KVM_ARM_VCPU_HAS_EL2: newer than the headers of the lab's C library. */
#define VCPU_HAS_EL2	7
#define PSTATE_T32	0x30	/* AArch32, and Thumb */

#define CORE_REG(field)	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | \
			 KVM_REG_ARM_CORE_REG(field))

unsigned int vcpu_timeout_ms = 5000;
bool vcpu_sve;
static struct vcpu vcpus[MAX_CPUS];

struct vcpu *vcpu_get(int id)
{
	return id >= 0 && id < vm.cpus ? &vcpus[id] : NULL;
}

static void set_state(struct vcpu *v, enum vcpu_state state)
{
	pthread_mutex_lock(&v->lock);
	v->state = state;
	pthread_cond_broadcast(&v->changed);
	pthread_mutex_unlock(&v->lock);
}

static int set_reg(struct vcpu *v, uint64_t id, uint64_t value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&value };

	return ioctl(v->fd, KVM_SET_ONE_REG, &reg);
}

int vcpu_get_reg(struct vcpu *v, uint64_t id, uint64_t *value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)value };

	return ioctl(v->fd, KVM_GET_ONE_REG, &reg) ? -errno : 0;
}

static uint64_t get_reg(struct vcpu *v, uint64_t id)
{
	uint64_t value = 0;

	vcpu_get_reg(v, id, &value);
	return value;
}

static uint64_t get_pc(struct vcpu *v)
{
	return get_reg(v, CORE_REG(regs.pc));
}

bool vcpu_has_aarch32(struct vcpu *v)
{
	return (get_reg(v, ID_AA64PFR0_EL1) & 0xf) == 2;
}

/* Only probe code, and a step, may lose an instruction. */
static bool skip_instruction(struct vcpu *v, uint64_t pc)
{
	if ((pc < vm.probes_begin || pc >= vm.probes_end) && pc != vm.step_pc)
		return false;
	if ((get_reg(v, CORE_REG(regs.pstate)) & PSTATE_T32) == PSTATE_T32)
		pc += 2;
	else
		pc += 4;
	return set_reg(v, CORE_REG(regs.pc), pc) == 0;
}

static void die(struct vcpu *v, const char *what, uint64_t a, uint64_t b, uint64_t c)
{
	snprintf(v->why, sizeof(v->why), "%s 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64,
		 what, a, b, c);
	set_state(v, VCPU_DEAD);
}

/* KVM_RUN failed. False if the vCPU cannot go on. */
static bool run_failed(struct vcpu *v, int error)
{
	uint64_t pc;

	if (error == EINTR) {
		v->run->immediate_exit = 0;
		if (v->skip) {
			v->skip = false;
			skip_instruction(v, get_pc(v));
		}
		return true;
	}

	pc = get_pc(v);
	v->el2_errno = error;
	v->el2_pc = pc;
	v->el2_count++;
	if (skip_instruction(v, pc))
		return true;
	die(v, "KVM_RUN failed outside a probe: errno, pc, -", error, pc, 0);
	return false;
}

/*
 * KVM ends the guest's store at the next KVM_RUN: at this one, so that an idle vCPU
 * can be reset, and by no other thread, which KVM would wait for RCU to forget.
 */
static void end_store(struct vcpu *v)
{
	v->run->immediate_exit = 1;
	if (!ioctl(v->fd, KVM_RUN, 0) || errno != EINTR)
		err(1, "vCPU %d cannot end its store", v->id);
	v->run->immediate_exit = 0;
}

/* False if the guest waits for the next operation, or for nothing any more. */
static bool mmio_exit(struct vcpu *v)
{
	struct kvm_run *run = v->run;

	if (run->mmio.phys_addr != MAILBOX_BASE || !run->mmio.is_write) {
		/* Nothing is there: reads are zero, as of a dead bus. */
		if (!run->mmio.is_write)
			memset(run->mmio.data, 0, sizeof(run->mmio.data));
		v->mmio_ipa = run->mmio.phys_addr;
		v->mmio_count++;
		return true;
	}
	if (run->mmio.data[0] == MAIL_READY) {
		end_store(v);
		set_state(v, VCPU_IDLE);
	} else {
		die(v, "guest exception: ESR, FAR, ELR", v->ctl->el1_esr,
		    v->ctl->el1_far, v->ctl->el1_elr);
	}
	return false;
}

static void enter_guest(struct vcpu *v)
{
	for (;;) {
		if (ioctl(v->fd, KVM_RUN, 0)) {
			if (!run_failed(v, errno))
				return;
		} else if (v->run->exit_reason == KVM_EXIT_MMIO) {
			if (!mmio_exit(v))
				return;
		} else {
			die(v, "unexpected exit: reason, pc, -", v->run->exit_reason,
			    get_pc(v), 0);
			return;
		}
	}
}

static void *vcpu_thread(void *arg)
{
	struct vcpu *v = arg;

	v->tid = gettid();
	for (;;) {
		enter_guest(v);
		pthread_mutex_lock(&v->lock);
		while (v->state != VCPU_RUNNING)
			pthread_cond_wait(&v->changed, &v->lock);
		pthread_mutex_unlock(&v->lock);
	}
	return NULL;
}

void vcpu_start(struct vcpu *v)
{
	struct ctl *ctl = v->ctl;

	ctl->stop = ctl->iters = ctl->bad = 0;
	ctl->result = ctl->el1_count = 0;
	ctl->gic = vm.gic;
	v->el2_count = v->mmio_count = 0;
	v->skip = false;
	set_state(v, VCPU_RUNNING);
}

static int wait_ms(struct vcpu *v, unsigned int ms)
{
	struct timespec t;
	int ret = 0;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000L;
	if (t.tv_nsec >= 1000000000L) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000L;
	}
	pthread_mutex_lock(&v->lock);
	while (v->state == VCPU_RUNNING && !ret)
		ret = pthread_cond_timedwait(&v->changed, &v->lock, &t);
	ret = v->state == VCPU_RUNNING ? -1 : 0;
	pthread_mutex_unlock(&v->lock);
	return ret;
}

int vcpu_wait(struct vcpu *v)
{
	return wait_ms(v, vcpu_timeout_ms);
}

/* Lines of /proc/.../stack are "[<0>] name+0x0/0x0". */
void vcpu_where(const struct vcpu *v, char *text, size_t size)
{
	char path[64], line[128], name[64];
	size_t used = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stack", v->tid);
	f = fopen(path, "r");
	snprintf(text, size, "%s", f ? "" : "?");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %63[^+]", name) == 1 && used + strlen(name) + 2 < size)
			used += snprintf(text + used, size - used, " %s", name);
	}
	if (f)
		fclose(f);
}

void vcpu_rescue(struct vcpu *v)
{
	v->ctl->stop = 1;
	for (int tries = 0; tries < 20; tries++) {
		v->skip = true;
		v->run->immediate_exit = 1;
		pthread_kill(v->thread, SIGUSR1);
		if (!wait_ms(v, 100))
			return;
	}
	/* If its thread comes back after all, it finds its mailbox and is idle. */
	snprintf(v->why, sizeof(v->why), "stuck and not to be rescued");
	set_state(v, VCPU_DEAD);
}

static void on_kick(int sig)
{
	(void)sig;
}

static struct kvm_vcpu_init init;

int vcpu_reset(struct vcpu *v)
{
	int sve = KVM_ARM_VCPU_SVE;

	if (ioctl(v->fd, KVM_ARM_VCPU_INIT, &init))
		return -1;
	/* Once and for all. */
	if (vcpu_sve && ioctl(v->fd, KVM_ARM_VCPU_FINALIZE, &sve) && errno != EPERM)
		return -1;
	return set_reg(v, CORE_REG(regs.pc), RAM_BASE) ||
	       set_reg(v, CORE_REG(regs.regs[0]), v->id) ||
	       set_reg(v, CORE_REG(regs.regs[1]), vm.el2 == EL2_STAGE2_ON) ? -1 : 0;
}

static void vcpu_create(struct vcpu *v, int id)
{
	pthread_condattr_t attr;

	v->id = id;
	v->ctl = (struct ctl *)(vm.ram + (CTL_BASE - RAM_BASE) + id * CTL_STRIDE);
	v->fd = ioctl(vm.fd, KVM_CREATE_VCPU, id);
	if (v->fd < 0)
		err(1, "KVM_CREATE_VCPU %d", id);
	v->run = mmap(NULL, vm.run_size, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd, 0);
	if (v->run == MAP_FAILED)
		err(1, "kvm_run of vCPU %d", id);
	if (vcpu_reset(v))
		err(1, "KVM_ARM_VCPU_INIT or registers of vCPU %d", id);

	pthread_mutex_init(&v->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&v->changed, &attr);
	v->state = VCPU_RUNNING;
}

void vcpus_create(void)
{
	/* No SA_RESTART: the signal is there to end KVM_RUN. */
	struct sigaction kick = { .sa_handler = on_kick };
	int i;

	sigaction(SIGUSR1, &kick, NULL);
	if (ioctl(vm.fd, KVM_ARM_PREFERRED_TARGET, &init))
		err(1, "KVM_ARM_PREFERRED_TARGET");
	init.features[0] |= 1U << KVM_ARM_VCPU_PSCI_0_2;
	if (vcpu_sve)
		init.features[0] |= 1U << KVM_ARM_VCPU_SVE;
	if (vm.el2)
		init.features[0] |= 1U << VCPU_HAS_EL2;
	for (i = 0; i < vm.cpus; i++)
		vcpu_create(&vcpus[i], i);
	vm_create_gic();
	for (i = 0; i < vm.cpus; i++)
		if (pthread_create(&vcpus[i].thread, NULL, vcpu_thread, &vcpus[i]))
			errx(1, "thread of vCPU %d", i);
	for (i = 0; i < vm.cpus; i++) {
		if (vcpu_wait(&vcpus[i]))
			errx(1, "vCPU %d does not come up", i);
		if (vcpus[i].state == VCPU_DEAD)
			errx(1, "vCPU %d: %s", i, vcpus[i].why);
	}
}
