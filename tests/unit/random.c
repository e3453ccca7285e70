// SPDX-License-Identifier: GPL-2.0-only
#include "random.h"

u64 random_state;

u32 chance(u32 n)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (u32)(random_state >> 33) % n;
}

static const char * const some_drivers[] = { "vfio-pci", "mlx5_vfio_pci", "odd%20name" };
static const char * const some_driver_names[] = { "vfio-pci", "mlx5_vfio_pci", "odd name" };
static const char * const some_comms[] = { "qemu", "CPU%200/KVM", "#%25=\xc3\xa9" };
static const char * const some_comm_names[] = { "qemu", "CPU 0/KVM", "#%=\xc3\xa9" };
static const char * const some_groups[] = { "a", "b", "machine.slice" };
static const char * const some_patterns[] = { "*", "a*", "m*.sli*e" };

static const char *some(u32 n, const char *any, const char *fmt, char *buf, u32 value)
{
	if (!chance(n))
		return any;
	sprintf(buf, fmt, value);
	return buf;
}

static size_t random_cgroup(char *to)
{
	u32 depth = chance(4), i;
	size_t len = 0;

	if (!depth)
		return (size_t)sprintf(to, "/");
	for (i = 0; i < depth; i++)
		len += (size_t)sprintf(to + len, "/%s",
				       chance(5) ? some_groups[chance(3)] : some_patterns[chance(3)]);
	return len;
}

static size_t random_phys(char *to)
{
	u64 start, end;
	u32 a = chance(CELLS), b = chance(CELLS);

	/* Half of them small. */
	if (chance(2))
		b = a + chance(40);
	start = SPACE_START + (u64)(a < b ? a : b) * CELL;
	end = SPACE_START + (u64)((a < b ? b : a) + 1) * CELL - 1;
	if (chance(2))
		return (size_t)sprintf(to, "0x%llx-0x%llx", start, end);
	return (size_t)sprintf(to, "%llu-%llu", start, end);
}

static size_t random_value(enum s2m_key key, char *to)
{
	static const char * const vmas[] = { "pfnmap", "io", "pfnmap+io" };
	static const char * const pgprots[] = { "device-nGnRnE", "DEVICE_nGnRE", "normal-nc" };
	static const char * const classes[] = { "02xxxx", "0200xX", "030000", "xxxxxx", "x2xx0x" };
	char a[16], b[16], c[16], d[16];
	size_t len;

	switch (key) {
	case S2M_KEY_PCI:
		len = chance(2) ? (size_t)sprintf(to, "%s:", some(4, "*", "%x", a, chance(2))) : 0;
		return len + (size_t)sprintf(to + len, "%s:%s.%s", some(2, "*", "%x", b, chance(2)),
					     some(2, "*", "%02x", c, chance(2)),
					     some(2, "*", "%u", d, chance(2)));
	case S2M_KEY_ID:
		len = (size_t)sprintf(to, "%s:%s", some(4, "*", "%04x", a, 0x15b3 + chance(2)),
				      some(2, "*", "%x", b, 0x1017 + chance(2)));
		if (!chance(3))
			len += (size_t)sprintf(to + len, ":%s:%s", some(3, "*", "%x", c, chance(2)),
					       some(3, "*", "%x", d, chance(2)));
		return len;
	case S2M_KEY_CLASS:
		return (size_t)sprintf(to, "%s", classes[chance(5)]);
	case S2M_KEY_BAR:
		return (size_t)sprintf(to, "%u", chance(3) * 2);
	case S2M_KEY_PREFETCH:
		return (size_t)sprintf(to, "%u", chance(2));
	case S2M_KEY_DRIVER:
		return (size_t)sprintf(to, "%s", some_drivers[chance(3)]);
	case S2M_KEY_PHYS:
		return random_phys(to);
	case S2M_KEY_VMA:
		return (size_t)sprintf(to, "%s", vmas[chance(3)]);
	case S2M_KEY_PGPROT:
		return (size_t)sprintf(to, "%s", pgprots[chance(3)]);
	case S2M_KEY_PID:
		return (size_t)sprintf(to, "%u", 1 + chance(3));
	case S2M_KEY_UID:
		return (size_t)sprintf(to, "%u", chance(3));
	case S2M_KEY_COMM:
		return (size_t)sprintf(to, "%s", some_comms[chance(3)]);
	case S2M_KEY_CGROUP:
		return random_cgroup(to);
	case S2M_NR_KEYS:
		break;
	}
	return 0;
}

static size_t random_rule(char *to)
{
	static const char * const words[] = {
		"pci", "id", "class", "bar", "prefetch", "driver", "phys", "vma", "pgprot",
		"pid", "uid", "comm", "cgroup",
	};
	static_assert(ARRAY_SIZE(words) == S2M_NR_KEYS, "each key has a word");
	static const char * const types[] = {
		"native", "device-nGnRE", "DEVICE_GRE", "normal-nc", "Normal_WB",
	};
	u32 wanted = 1 + chance(3), used = 0;
	bool about_vm = !chance(10);
	u32 type = chance(5);
	/* Only what is laxer, or may be, has a fuse. */
	bool fuse = !about_vm && type != 1 && type != 4 && !chance(3);
	size_t len = (size_t)sprintf(to, "%s", about_vm ? "coherent-ram" : types[type]);

	if (!chance(40))
		wanted = 0;
	if (fuse && chance(2)) {
		len += (size_t)sprintf(to + len, " FUSE");
		fuse = false;
	}
	while (wanted--) {
		u32 key = chance(3) ? chance(S2M_NR_KEYS) : S2M_KEY_PHYS;

		while (about_vm && !(S2M_TASK_KEYS >> key & 1))
			key = chance(S2M_NR_KEYS);
		/* A rule for normal-wb takes no pgprot. */
		if (used & 1u << key || (type == 4 && !about_vm && key == S2M_KEY_PGPROT))
			continue;
		used |= 1u << key;
		len += (size_t)sprintf(to + len, "%s%s=", chance(9) ? " " : " \t ", words[key]);
		len += random_value((enum s2m_key)key, to + len);
	}
	if (fuse)
		len += (size_t)sprintf(to + len, " fuse");
	return len;
}

size_t random_table(char *to, u32 rules)
{
	size_t len = 0;

	while (rules--) {
		len += random_rule(to + len);
		len += (size_t)sprintf(to + len, "%s\n",
				       chance(5) ? "" : chance(2) ? " # x\r" : "\r");
		if (!chance(9))
			len += (size_t)sprintf(to + len, " # %u\n\n", rules);
	}
	return len;
}

static void random_device(struct s2m_device *device, u32 cell, u32 cells)
{
	memset(device, 0, sizeof(*device));
	device->start = SPACE_START + (u64)cell * CELL;
	device->end = device->start + (u64)cells * CELL - 1;
	device->driver = chance(4) ? some_driver_names[chance(3)] : NULL;
	device->domain = chance(2);
	device->bus = (u8)chance(2);
	device->devfn = (u8)(chance(2) << 3 | chance(2));
	device->vendor = (u16)(0x15b3 + chance(2));
	device->device = (u16)(0x1017 + chance(2));
	device->subvendor = (u16)chance(2);
	device->subdevice = (u16)chance(2);
	device->class_code = chance(2) ? 0x020000 : chance(2) ? 0x030000 : 0x020001;
	device->bar = (u8)(chance(3) * 2);
	device->prefetch = chance(2);
	device->blown = !chance(6);
}

u32 random_devices(struct s2m_device *devices, u32 max, bool overlap)
{
	u32 n = 0, cell = chance(20), cells;

	while (n < max && cell < CELLS) {
		cells = chance(2) ? 1 + chance(8) : 16 * (1 + chance(8));
		if (cell + cells > CELLS)
			cells = CELLS - cell;
		random_device(&devices[n++], cell, cells);
		if (overlap)
			cell = chance(CELLS);
		else
			cell += cells + (chance(2) ? 0 : chance(40));
	}
	return n;
}

void random_task(struct random_task *to)
{
	u32 i;

	for (i = 0; i < 8; i++)
		to->groups[i] = some_groups[chance(3)];
	to->task.comm = some_comm_names[chance(3)];
	to->task.cgroup = to->groups;
	to->task.cgroup_depth = chance(6);
	to->task.pid = 1 + chance(3);
	to->task.uid = chance(3);
}

void random_mapping(struct s2m_mapping *mapping)
{
	u32 order = chance(2) ? 0 : chance(7);

	mapping->size = (u64)PAGE << order;
	mapping->phys = SPACE_START + mapping->size * chance(SPACE_PAGES >> order);
	mapping->kvm_type = chance(2) ? S2M_DEVICE_NGNRE : S2M_NORMAL_NC;
	mapping->pfnmap = chance(2);
	mapping->io = chance(2);
	mapping->pgprot = (enum s2m_pgprot)chance(4);
}

