/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vCPUs: one thread each. A vCPU is idle (stopped in its mailbox), running an
 * operation, or dead. The command loop owns it while it is idle and its thread
 * owns it while it runs, except for the control block's stop word.
 */
#ifndef VCPU_H
#define VCPU_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "ctl.h"

struct kvm_run;

enum vcpu_state { VCPU_RUNNING, VCPU_IDLE, VCPU_DEAD };

struct vcpu {
	int id, fd;
	struct kvm_run *run;
	struct ctl *ctl;
	pthread_t thread;
	pid_t tid;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum vcpu_state state;
	char why[160];			/* when dead */

	const char *background;		/* name of a running background loop */
	volatile bool skip;		/* the command loop gave up: get out */

	/* What happened outside the guest during the last operation. */
	uint64_t el2_count, el2_pc;
	int el2_errno;
	uint64_t mmio_count, mmio_ipa;
};

void vcpus_create(void);
bool vcpu_has_aarch32(struct vcpu *v);	/* at EL0 */
struct vcpu *vcpu_get(int id);		/* NULL if there is none */

int vcpu_reset(struct vcpu *v);		/* idle before; not started */

/* Start what the control block asks for. */
void vcpu_start(struct vcpu *v);
/* 0, or -1 if it still runs after the time that a command may take. */
int vcpu_wait(struct vcpu *v);
/* Where it is while it does not: kernel functions, one after the other. */
void vcpu_where(const struct vcpu *v, char *text, size_t size);
/* Push a vCPU out of where it is stuck; then it is idle or dead. */
void vcpu_rescue(struct vcpu *v);

/* A register of an idle vCPU, by its KVM_GET_ONE_REG number. 0 or -errno. */
int vcpu_get_reg(struct vcpu *v, uint64_t id, uint64_t *value);

extern unsigned int vcpu_timeout_ms;
/* With FEAT_SVE; before vcpus_create(). */
extern bool vcpu_sve;

#endif
