/* SPDX-License-Identifier: GPL-2.0-only */
/* The VM: its file descriptors, its RAM, its interrupt controller. */
#ifndef VM_H
#define VM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a guest that is a hypervisor does with its stage 2. */
enum el2 {
	EL2_NONE,
	EL2_STAGE2_OFF,
	EL2_STAGE2_ON,
};

struct vm {
	int kvm, fd;
	int cpus;
	int gic;		/* 0, 2 or 3 */
	enum el2 el2;
	uint8_t *ram;
	size_t run_size;
	uint64_t probes_begin, probes_end;
	uint64_t step_pc;	/* where the instruction of OP_STEPS stands */
};

extern struct vm vm;

void vm_create(int cpus, int gic);
/* Before they do. */
void vm_enable_tags(void);
/* A vCPU that exists, and no more. */
void vm_park_vcpu(int id);
/* After the vCPUs exist: a GIC is told how many there are. */
void vm_create_gic(void);
/* 0 or -errno; len 0 deletes the slot. */
int vm_set_slot(int slot, uint64_t ipa, uint64_t len, void *hva, uint32_t flags);

#endif
