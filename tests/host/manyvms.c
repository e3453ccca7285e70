// SPDX-License-Identifier: GPL-2.0-only
/*
 * manyvms N: so many VMs at a time, each of which turns its MMU and caches on. Prints
 * how many came that far; they end with it. One that has not come that far within
 * SECONDS ends this program, which says where it is.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define RAM		0x40000000UL	/* code, and behind it a page of translation table */
#define DONE		0x80000000UL	/* nothing is there: a store ends KVM_RUN */
#define PAGE		4096UL
#define SECONDS		60
#define BLOCK		(1UL << 10 | 3UL << 8 | 1UL)	/* AF, inner shareable, attribute 0 */

#define CORE_REG(field)	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | \
			 KVM_REG_ARM_CORE_REG(field))
#define SYS_REG(n, m, op2)	ARM64_SYS_REG(3, 0, n, m, op2)

extern const char guest[], guest_end[];

asm(".pushsection .rodata\n"
	".balign 4\n"
	/* Or the linker takes both for the beginning of their section. */
	".globl	guest, guest_end\n"
	"guest:\n"
	"	mov	x0, #0xff\n"			/* attribute 0: Write-Back */
	"	msr	mair_el1, x0\n"
	"	movz	x0, #0x3519\n"			/* T0SZ 25, Write-Back walks */
	"	movk	x0, #0x0080, lsl #16\n"		/* EPD1 */
	"	movk	x0, #1, lsl #32\n"
	"	msr	tcr_el1, x0\n"
	"	movz	x0, #0x1000\n"
	"	movk	x0, #0x4000, lsl #16\n"
	"	msr	ttbr0_el1, x0\n"
	"	isb\n"
	"	mrs	x0, sctlr_el1\n"
	"	orr	x0, x0, #1\n"			/* M */
	"	orr	x0, x0, #4\n"			/* C */
	"	msr	sctlr_el1, x0\n"
	"	isb\n"
	"	movz	x1, #0x8000, lsl #16\n"
	"	str	wzr, [x1]\n"
	"1:	b	1b\n"
	"guest_end:\n"
	".popsection");

static uint64_t register_of(int vcpu, uint64_t id)
{
	uint64_t value = ~0UL;
	struct kvm_one_reg reg = { .id = id, .addr = (uint64_t)&value };

	ioctl(vcpu, KVM_GET_ONE_REG, &reg);
	return value;
}

static void interrupted(int signal)
{
	(void)signal;
}

static void *make_ram(void)
{
	char *ram = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t *table = (uint64_t *)(ram + PAGE);

	if (ram == MAP_FAILED)
		err(1, "memory");
	memcpy(ram, guest, (size_t)(guest_end - guest));
	__builtin___clear_cache(ram, ram + PAGE);
	/* A gigabyte each. */
	table[1] = RAM | BLOCK;
	table[2] = DONE | BLOCK;
	return ram;
}

static int make_vcpu(int vm)
{
	int vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	uint64_t pc = RAM;
	struct kvm_one_reg reg = {
		.id = CORE_REG(regs.pc),
		.addr = (uint64_t)&pc,
	};
	struct kvm_vcpu_init init;

	if (vcpu < 0 || ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init) ||
	    ioctl(vcpu, KVM_ARM_VCPU_INIT, &init) || ioctl(vcpu, KVM_SET_ONE_REG, &reg))
		err(1, "vCPU");
	return vcpu;
}

/* Does a VM come to its store? All of them run the same memory. */
static int comes_on(int kvm, void *ram)
{
	struct kvm_userspace_memory_region region = {
		.guest_phys_addr = RAM, .memory_size = 2 * PAGE, .userspace_addr = (uint64_t)ram,
	};
	int vm = ioctl(kvm, KVM_CREATE_VM, 0), size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), vcpu;
	struct kvm_run *run;

	if (vm < 0 || ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region))
		err(1, "VM");
	vcpu = make_vcpu(vm);
	run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (run == MAP_FAILED)
		err(1, "run");
	alarm(SECONDS);
	if (ioctl(vcpu, KVM_RUN, 0))
		err(1, "run: PC %#lx, ESR_EL1 %#lx, ELR_EL1 %#lx, FAR_EL1 %#lx, SCTLR_EL1 %#lx",
		    register_of(vcpu, CORE_REG(regs.pc)), register_of(vcpu, SYS_REG(5, 2, 0)),
		    register_of(vcpu, CORE_REG(elr_el1)), register_of(vcpu, SYS_REG(6, 0, 0)),
		    register_of(vcpu, SYS_REG(1, 0, 0)));
	alarm(0);
	return run->exit_reason == KVM_EXIT_MMIO && run->mmio.phys_addr == DONE;
}

int main(int argc, char **argv)
{
	const struct rlimit files = { 8192, 8192 };
	int n = argc > 1 ? atoi(argv[1]) : 0, on = 0, kvm;
	void *ram = make_ram();

	if (setrlimit(RLIMIT_NOFILE, &files))
		err(1, "files");
	sigaction(SIGALRM, &(struct sigaction) { .sa_handler = interrupted }, NULL);
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0)
		err(1, "/dev/kvm");
	while (n--)
		on += comes_on(kvm, ram);
	printf("%d\n", on);
	return 0;
}
