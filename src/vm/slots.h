/* SPDX-License-Identifier: GPL-2.0-only */
/* Named memslots and the host mappings behind them. */
#ifndef SLOTS_H
#define SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_SLOTS	64

/* All return NULL for success or a sentence. */
const char *slot_check(const char *id, uint64_t ipa, uint64_t len);
/* fd -1: anonymous memory. */
const char *slot_map(const char *id, uint64_t ipa, uint64_t len, int fd, uint64_t offset);
/* A page that the VMM has anyway: what /proc/self/maps calls it. */
const char *slot_own(const char *id, const char *name, uint64_t ipa);
/* Put other memory behind a part of a slot; the memslot stays as it is. */
const char *slot_overmap(const char *id, uint64_t at, uint64_t len, int fd, uint64_t offset);
const char *slot_unmap(const char *id, bool drop);
const char *slot_remap(const char *id, uint32_t flags);
/* Which pages have been written since it was asked last; offsets in the slot. */
const char *slot_dirty(const char *id, uint64_t *first, uint64_t *last, unsigned int *count);
/* With --split: no page of it has been written, as far as KVM knows. */
const char *slot_clear(const char *id);
const char *slot_address(const char *id, uint64_t offset, unsigned int size, void **p);
/* Of a slot that exists. */
uint64_t slot_ipa(const char *id);
/* KVM's number of it. */
int slot_number(const char *id);

#endif
