// SPDX-License-Identifier: GPL-2.0-only
/*
 * noise SEED SECONDS GROUP BDF: by chance, calls of /dev/kvm, of VFIO's GROUP with the device
 * BDF, and reads and writes of the module's files, with arguments that are right, nearly
 * right or nothing at all. Each second is a process of its own, which is killed in the middle
 * of whatever it does. Prints how many calls succeeded and how many failed, by kind.
 *
 * The same seed makes the same calls in the same order; how they meet is up to the machine.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/vfio.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FILES		"/sys/kernel/s2memattr/"
#define MEMORY		(4UL << 20)
#define GUEST		0x40000000UL
#define BAR		0x800000000UL

enum kind { FILE_IO, KVM_CALL, RUN, VFIO_CALL, MAPPING, NR_KINDS };

static const char * const kind_names[] = { "files", "kvm", "run", "vfio", "mappings" };

/* Shared with the parent, which reports them: [0] failed, [1] succeeded. */
static unsigned long (*counts)[2];

static uint64_t state;

static uint32_t draw(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16) % below;
}

static void count(enum kind kind, int good)
{
	counts[kind][good]++;
}

/* What a process has; -1 and NULL if it has not. */
static int kvm = -1, vm = -1, vcpu = -1, group = -1, container = -1, device = -1;
static char *memory, *bar;
static size_t bar_size;
static const char *group_name, *bdf;

static const char * const files[] = {
	"mode", "policy", "policy_stage", "policy_commit", "unaligned", "fuses", "mappings",
	"policy_hits", "last_error", "generation", "hook/state", "stats/faults",
};

static const char * const words[] = {
	"native", "device-nGnRE", "normal-nc", "policy", "emulate", "fault", "1", "0", "all",
	"normal-nc prefetch=1\ndevice-nGnRE\n", "device-GRE bar=2 uid=0\nnormal-nc id=1af4:*\n",
	"coherent-ram\nnative\n", "normal-nc phys=0-0xfffffffffffff vma=io\n", "0000:00:07.0",
	"normal-nc cgroup=/*/a*b comm=noise\ndevice-nGnRE pid=1\n", "normal-wt", "", "\n",
};

static void make_file_noise(void)
{
	char path[64], text[4096];
	ssize_t n;
	size_t len;
	int fd;

	snprintf(path, sizeof(path), FILES "%s", files[draw(sizeof(files) / sizeof(*files))]);
	if (draw(2)) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		n = fd < 0 ? -1 : pread(fd, text, 1 + draw(sizeof(text)), draw(4) ? 0 : draw(9999));
	} else {
		fd = open(path, O_WRONLY | O_CLOEXEC);
		strcpy(text, words[draw(sizeof(words) / sizeof(*words))]);
		len = strlen(text);
		if (len && !draw(4))
			text[draw((uint32_t)len)] ^= (char)(1 << draw(8));
		n = fd < 0 ? -1 : write(fd, text, len);
	}
	count(FILE_IO, n >= 0);
	if (fd >= 0)
		close(fd);
}

static int try_ioctl(enum kind kind, int fd, unsigned long request, void *argument)
{
	int result = ioctl(fd, request, argument);

	count(kind, result >= 0);
	return result;
}

static void set_slot(uint32_t slot, uint64_t where, void *from, uint64_t size, uint32_t flags)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot, .flags = flags, .guest_phys_addr = where, .memory_size = size,
		.userspace_addr = (uintptr_t)from,
	};

	try_ioctl(KVM_CALL, vm, KVM_SET_USER_MEMORY_REGION, &region);
}

static void make_vm(void)
{
	struct kvm_vcpu_init init;

	if (vcpu >= 0)
		close(vcpu);
	if (vm >= 0)
		close(vm);
	vm = try_ioctl(KVM_CALL, kvm, KVM_CREATE_VM, NULL);
	vcpu = vm < 0 ? -1 : ioctl(vm, KVM_CREATE_VCPU, 0);
	if (vcpu < 0)
		return;
	set_slot(0, GUEST, memory, MEMORY, 0);
	if (bar)
		set_slot(1, BAR, bar, bar_size, 0);
	if (!ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init))
		try_ioctl(KVM_CALL, vcpu, KVM_ARM_VCPU_INIT, &init);
}

static void set_register(uint64_t number, uint64_t value)
{
	struct kvm_one_reg reg = {
		.id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | number,
		.addr = (uintptr_t)&value,
	};

	try_ioctl(KVM_CALL, vcpu, KVM_SET_ONE_REG, &reg);
}

/* Loads and stores through X1, round and round, of any size and at any place of the BAR. */
static void run(void)
{
	static const uint32_t accesses[] = {
		0xf9400022, 0xb9400022, 0x39400022, 0xf9000022, 0xb9000022, 0x39000022,
		0xa9400c22, 0xf8008422, 0xd50b7421, 0x88dffc22,
	};
	uint32_t *code = (uint32_t *)memory;
	uint32_t i;

	if (vcpu < 0)
		return;
	for (i = 0; i < 15; i++)
		code[i] = accesses[draw(sizeof(accesses) / sizeof(*accesses))];
	code[15] = 0x17fffff1;	/* back to the first */
	set_register(64, GUEST);
	set_register(2, (draw(8) ? BAR : GUEST) + draw(0x3ff000));
	count(RUN, ioctl(vcpu, KVM_RUN, 0) >= 0);
}

static void make_kvm_noise(void)
{
	uint64_t junk[32];
	uint32_t i;

	for (i = 0; i < 32; i++)
		junk[i] = draw(3) ? draw(16) : (uint64_t)draw(~0u) << 12;
	switch (draw(8)) {
	case 0:
		make_vm();
		break;
	case 1:
		if (bar)
			set_slot(1, BAR, bar, draw(2) ? bar_size : 0, draw(2));
		break;
	case 2:
		set_slot(draw(4), junk[0], (void *)(uintptr_t)junk[1], junk[2], (uint32_t)junk[3]);
		break;
	case 3:
		try_ioctl(KVM_CALL, vm, KVM_GET_DIRTY_LOG, junk);
		break;
	case 4:
		try_ioctl(KVM_CALL, vcpu, KVM_SET_ONE_REG, junk);
		break;
	case 5:
		try_ioctl(KVM_CALL, vm, KVM_CHECK_EXTENSION, (void *)(uintptr_t)draw(300));
		break;
	case 6:
		try_ioctl(KVM_CALL, vcpu, KVM_ARM_VCPU_INIT, junk);
		break;
	default:
		run();
	}
}

static void map_bar(void)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = 2 };

	if (bar)
		munmap(bar, bar_size);
	bar = NULL;
	if (device < 0 || try_ioctl(MAPPING, device, VFIO_DEVICE_GET_REGION_INFO, &info))
		return;
	bar_size = info.size;
	bar = mmap(NULL, bar_size, PROT_READ | PROT_WRITE, MAP_SHARED, device,
		   (off_t)info.offset);
	if (bar == MAP_FAILED)
		bar = NULL;
	count(MAPPING, !!bar);
}

static void open_device(void)
{
	char path[64];

	if (device >= 0)
		close(device);
	if (group >= 0)
		close(group);
	if (container >= 0)
		close(container);
	device = -1;
	container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	snprintf(path, sizeof(path), "/dev/vfio/%s", group_name);
	group = open(path, O_RDWR | O_CLOEXEC);
	if (group < 0 || container < 0)
		return;
	try_ioctl(VFIO_CALL, group, VFIO_GROUP_SET_CONTAINER, &container);
	try_ioctl(VFIO_CALL, container, VFIO_SET_IOMMU, (void *)VFIO_TYPE1v2_IOMMU);
	device = try_ioctl(VFIO_CALL, group, VFIO_GROUP_GET_DEVICE_FD, (void *)bdf);
	map_bar();
}

static void make_vfio_noise(void)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map), .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)(bar && draw(2) ? bar : memory),
		.iova = (uint64_t)draw(16) << 20, .size = (uint64_t)draw(5) << 20,
	};
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap), .iova = map.iova, .size = map.size,
	};
	uint16_t command = (uint16_t)draw(8);
	uint32_t junk[16] = { draw(64), draw(64), draw(8), draw(8), draw(8) };

	switch (draw(7)) {
	case 0:
		if (!draw(8))
			open_device();
		break;
	case 1:
		try_ioctl(VFIO_CALL, container, VFIO_IOMMU_MAP_DMA, &map);
		break;
	case 2:
		try_ioctl(VFIO_CALL, container, VFIO_IOMMU_UNMAP_DMA, &unmap);
		break;
	case 3:
		try_ioctl(VFIO_CALL, device, VFIO_DEVICE_RESET, NULL);
		break;
	case 4:
		count(VFIO_CALL, pwrite(device, &command, 2,
					(off_t)(((uint64_t)VFIO_PCI_CONFIG_REGION_INDEX << 40) + 4)) >= 0);
		break;
	default:
		try_ioctl(VFIO_CALL, device, _IO(VFIO_TYPE, VFIO_BASE + draw(20)), junk);
	}
}

static void make_mapping_noise(void)
{
	size_t at = (size_t)draw(1024) << 12;

	switch (bar ? draw(5) : 0) {
	case 0:
		map_bar();
		break;
	case 1:
		count(MAPPING, !mprotect(bar, bar_size, draw(2) ? PROT_READ : PROT_READ | PROT_WRITE));
		break;
	case 2:
		count(MAPPING, !madvise(bar, bar_size, (int)draw(26)));
		break;
	case 3:
		count(MAPPING, !munmap(bar + at % bar_size, 0x1000));
		break;
	default:
		count(MAPPING, !madvise(memory, MEMORY, MADV_DONTNEED));
	}
}

static void wake(int signal)
{
	(void)signal;
}

/* What is wrong within it ends this process, and nobody else. */
static void be_noisy(uint64_t seed)
{
	const struct itimerval tick = { .it_interval.tv_usec = 5000, .it_value.tv_usec = 5000 };
	const struct sigaction action = { .sa_handler = wake };

	state = seed * 0x9e3779b97f4a7c15u | 1;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &tick, NULL);
	memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (memory == MAP_FAILED || kvm < 0)
		err(1, "/dev/kvm");
	open_device();
	make_vm();
	for (;;) {
		switch (draw(8)) {
		case 0:
			make_file_noise();
			break;
		case 1:
			make_vfio_noise();
			break;
		case 2:
			make_mapping_noise();
			break;
		case 3:
			make_kvm_noise();
			break;
		default:
			run();
		}
	}
}

int main(int argc, char **argv)
{
	time_t end;
	uint64_t seed;
	pid_t child;
	int i;

	if (argc != 5)
		errx(2, "usage: noise SEED SECONDS GROUP BDF");
	seed = strtoull(argv[1], NULL, 0);
	end = time(NULL) + atoi(argv[2]);
	group_name = argv[3];
	bdf = argv[4];
	counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	while (time(NULL) < end) {
		child = fork();
		if (!child)
			be_noisy(seed);
		seed++;
		sleep(1);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	for (i = 0; i < NR_KINDS; i++)
		printf("%s %lu %lu\n", kind_names[i], counts[i][1], counts[i][0]);
	return 0;
}
