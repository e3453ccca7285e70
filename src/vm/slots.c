// SPDX-License-Identifier: GPL-2.0-only
/* Memslots by name. Slot 0 is the payload's RAM and has no name. */
#include <errno.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "layout.h"
#include "slots.h"
#include "vm.h"

struct slot {
	char id[24];
	uint64_t ipa, len;
	void *hva;
	bool live;
};

static struct slot slots[MAX_SLOTS];

static int number(const struct slot *s)
{
	return s - slots + 1;
}

static struct slot *find(const char *id)
{
	for (int i = 0; i < MAX_SLOTS; i++)
		if (slots[i].hva && !strcmp(slots[i].id, id))
			return &slots[i];
	return NULL;
}

static struct slot *unused(void)
{
	for (int i = 0; i < MAX_SLOTS; i++)
		if (!slots[i].hva)
			return &slots[i];
	return NULL;
}

static const char *sentence(const char *what, int error)
{
	static char buf[96];

	snprintf(buf, sizeof(buf), "%s: %s", what, strerror(error));
	return buf;
}

const char *slot_check(const char *id, uint64_t ipa, uint64_t len)
{
	uint64_t page = sysconf(_SC_PAGESIZE);

	if (strlen(id) >= sizeof(slots[0].id))
		return "slot name too long";
	if (find(id))
		return "slot exists";
	if (!len || ipa % page || len % page)
		return "address and length must be multiples of the page size (hex)";
	if (ipa >> IPA_BITS || len > (1ULL << IPA_BITS) - ipa)
		return "beyond the guest's 36 bits";
	/* A slot there would swallow the mailbox, and with it the vCPU. */
	if (ipa <= MAILBOX_BASE && ipa + len > MAILBOX_BASE)
		return "that is where the mailbox is";
	return NULL;
}

/*
 * A block at stage 2 needs an address in the VMM that is congruent to the IPA,
 * modulo the block. Reserve enough to choose one, keep what is used.
 */
static void *reserve(uint64_t ipa, uint64_t len)
{
	uint64_t align = len >= 1UL << 30 ? 1UL << 30 :
			 len >= 1UL << 21 ? 1UL << 21 : (uint64_t)sysconf(_SC_PAGESIZE);
	uint8_t *all, *use;

	all = mmap(NULL, len + align, PROT_NONE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (all == MAP_FAILED)
		return MAP_FAILED;
	use = all + ((ipa - (uintptr_t)all) & (align - 1));
	if (use > all)
		munmap(all, use - all);
	munmap(use + len, all + align - use);
	return use;
}

/* Where the VMM has what /proc/self/maps calls @name; NULL if nowhere. */
static void *own(const char *name)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	void *hva = NULL;

	if (!maps)
		return NULL;
	while (!hva && fgets(line, sizeof(line), maps)) {
		if (strstr(line, name))
			sscanf(line, "%p", &hva);
	}
	fclose(maps);
	return hva;
}

static const char *enter(struct slot *s, const char *id, uint64_t ipa, uint64_t len, void *hva)
{
	int ret = vm_set_slot(number(s), ipa, len, hva, 0);

	if (ret)
		return sentence("memslot", -ret);
	strcpy(s->id, id);
	s->ipa = ipa;
	s->len = len;
	s->hva = hva;
	s->live = true;
	return NULL;
}

const char *slot_own(const char *id, const char *name, uint64_t ipa)
{
	uint64_t page = sysconf(_SC_PAGESIZE);
	const char *error = slot_check(id, ipa, page);
	struct slot *s = unused();
	void *hva = own(name);

	if (error)
		return error;
	if (!s || !hva)
		return s ? "this VMM has no such mapping" : "no slot left";
	return enter(s, id, ipa, page, hva);
}

const char *slot_map(const char *id, uint64_t ipa, uint64_t len, int fd, uint64_t offset)
{
	int flags = MAP_FIXED | (fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED);
	const char *error = slot_check(id, ipa, len);
	struct slot *s = unused();
	void *hva;
	int ret;

	if (error)
		return error;
	if (!s)
		return "no slot left";
	hva = reserve(ipa, len);
	if (hva == MAP_FAILED)
		return sentence("reserving addresses", errno);
	if (mmap(hva, len, PROT_READ | PROT_WRITE, flags, fd, offset) == MAP_FAILED) {
		ret = errno;
		munmap(hva, len);
		return sentence("mmap", ret);
	}
	error = enter(s, id, ipa, len, hva);
	if (error)
		munmap(hva, len);
	return error;
}

const char *slot_overmap(const char *id, uint64_t at, uint64_t len, int fd, uint64_t offset)
{
	struct slot *s = find(id);

	if (!s)
		return "no such slot";
	if (at > s->len || len > s->len - at)
		return "beyond the end of the slot";
	if (mmap((uint8_t *)s->hva + at, len, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_SHARED,
		 fd, offset) == MAP_FAILED)
		return sentence("mmap", errno);
	return NULL;
}

const char *slot_unmap(const char *id, bool drop)
{
	struct slot *s = find(id);
	int ret;

	if (!s)
		return "no such slot";
	if (!s->live && !drop)
		return "slot is not mapped";
	if (s->live) {
		ret = vm_set_slot(number(s), s->ipa, 0, s->hva, 0);
		if (ret)
			return sentence("memslot", -ret);
		s->live = false;
	}
	if (drop) {
		munmap(s->hva, s->len);
		s->hva = NULL;
	}
	return NULL;
}

const char *slot_remap(const char *id, uint32_t flags)
{
	struct slot *s = find(id);
	int ret;

	if (!s)
		return "no such slot";
	ret = vm_set_slot(number(s), s->ipa, s->len, s->hva, flags);
	if (ret)
		return sentence("memslot", -ret);
	s->live = true;
	return NULL;
}

const char *slot_dirty(const char *id, uint64_t *first, uint64_t *last, unsigned int *count)
{
	uint64_t page = sysconf(_SC_PAGESIZE), n, *bitmap;
	struct kvm_dirty_log log = { };
	struct slot *s = find(id);
	int ret;

	if (!s)
		return "no such slot";
	bitmap = calloc(s->len / page / 64 + 1, sizeof(*bitmap));
	log.slot = number(s);
	log.dirty_bitmap = bitmap;
	ret = ioctl(vm.fd, KVM_GET_DIRTY_LOG, &log) ? errno : 0;
	*first = *last = *count = 0;
	for (n = 0; !ret && n < s->len / page; n++) {
		if (!(bitmap[n / 64] >> n % 64 & 1))
			continue;
		if (!(*count)++)
			*first = n * page;
		*last = n * page;
	}
	free(bitmap);
	return ret ? sentence("dirty log", ret) : NULL;
}

const char *slot_clear(const char *id)
{
	struct kvm_clear_dirty_log log = { };
	struct slot *s = find(id);
	uint8_t *bitmap;
	size_t bytes;
	int ret;

	if (!s)
		return "no such slot";
	log.slot = number(s);
	log.num_pages = s->len / sysconf(_SC_PAGESIZE);
	bytes = (log.num_pages + 63) / 64 * 8;
	bitmap = malloc(bytes);
	memset(bitmap, 0xff, bytes);
	log.dirty_bitmap = bitmap;
	ret = ioctl(vm.fd, KVM_CLEAR_DIRTY_LOG, &log) ? errno : 0;
	free(bitmap);
	return ret ? sentence("clearing the dirty log", ret) : NULL;
}

const char *slot_address(const char *id, uint64_t offset, unsigned int size, void **p)
{
	struct slot *s = find(id);

	if (!s)
		return "no such slot";
	if (offset % size || offset + size > s->len)
		return "offset is not aligned or not in the slot";
	*p = (uint8_t *)s->hva + offset;
	return NULL;
}

uint64_t slot_ipa(const char *id)
{
	return find(id)->ipa;
}

int slot_number(const char *id)
{
	return number(find(id));
}
