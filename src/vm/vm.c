// SPDX-License-Identifier: GPL-2.0-only
/* Creating the VM and its parts. A failure here ends the program. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "layout.h"
#include "vm.h"

extern const uint8_t payload_image[], payload_image_end[];

struct vm vm;

int vm_set_slot(int slot, uint64_t ipa, uint64_t len, void *hva, uint32_t flags)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.flags = flags,
		.guest_phys_addr = ipa,
		.memory_size = len,
		.userspace_addr = (uintptr_t)hva,
	};

	return ioctl(vm.fd, KVM_SET_USER_MEMORY_REGION, &region) ? -errno : 0;
}

static void create_ram(void)
{
	int ret;

	vm.ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (vm.ram == MAP_FAILED)
		err(1, "guest RAM");
	memcpy(vm.ram, payload_image, payload_image_end - payload_image);
	memcpy(&vm.probes_begin, vm.ram + IMAGE_PROBES_BEGIN, 8);
	memcpy(&vm.probes_end, vm.ram + IMAGE_PROBES_END, 8);
	memcpy(&vm.step_pc, vm.ram + IMAGE_STEP_SLOT, 8);
	vm.step_pc = STEPS_VA + (vm.step_pc & 0xfff);
	ret = vm_set_slot(0, RAM_BASE, RAM_SIZE, vm.ram, 0);
	if (ret)
		errx(1, "memslot of guest RAM: %s", strerror(-ret));
}

void vm_create(int cpus, int gic)
{
	int size;

	vm.cpus = cpus;
	vm.gic = gic;
	vm.kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm.kvm < 0)
		err(1, "/dev/kvm");
	vm.fd = ioctl(vm.kvm, KVM_CREATE_VM, 0);
	/* KVM's own size, 40 bits, is more than some hosts have. */
	if (vm.fd < 0 && errno == EINVAL)
		vm.fd = ioctl(vm.kvm, KVM_CREATE_VM, KVM_VM_TYPE_ARM_IPA_SIZE(IPA_BITS));
	if (vm.fd < 0)
		err(1, "KVM_CREATE_VM");
	size = ioctl(vm.kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (size < 0)
		err(1, "KVM_GET_VCPU_MMAP_SIZE");
	vm.run_size = size;
	create_ram();
}

void vm_enable_tags(void)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_ARM_MTE };

	if (ioctl(vm.fd, KVM_ENABLE_CAP, &cap))
		err(1, "no memory tagging on this host");
}

void vm_park_vcpu(int id)
{
	if (ioctl(vm.fd, KVM_CREATE_VCPU, id) < 0)
		err(1, "KVM_CREATE_VCPU %d", id);
}

static void set_attr(int dev, uint32_t group, uint64_t attr, uint64_t *value)
{
	struct kvm_device_attr a = {
		.group = group, .attr = attr, .addr = (uintptr_t)value,
	};

	if (ioctl(dev, KVM_SET_DEVICE_ATTR, &a))
		err(1, "GIC attribute %u/%llu", group, (unsigned long long)attr);
}

void vm_create_gic(void)
{
	struct kvm_create_device dev = {
		.type = vm.gic == 2 ? KVM_DEV_TYPE_ARM_VGIC_V2 : KVM_DEV_TYPE_ARM_VGIC_V3,
	};
	uint64_t dist = GICD_BASE, cpu = GICC_BASE, redist = GICR_BASE;

	if (!vm.gic)
		return;
	if (ioctl(vm.fd, KVM_CREATE_DEVICE, &dev))
		err(1, "no GICv%d on this host", vm.gic);
	if (vm.gic == 2) {
		set_attr(dev.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V2_ADDR_TYPE_DIST, &dist);
		set_attr(dev.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V2_ADDR_TYPE_CPU, &cpu);
	} else {
		set_attr(dev.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, &dist);
		set_attr(dev.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST, &redist);
	}
	set_attr(dev.fd, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL);
}
