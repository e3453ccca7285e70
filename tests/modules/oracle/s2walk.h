/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/s2walk: what a VM's stage-2 table really holds at an IPA.
 *
 * Shared by the oracle module and the tools that ask it. It deliberately has
 * nothing in common with the module under test: an oracle that shares a header
 * with its subject shares its mistakes.
 */
#ifndef S2WALK_H
#define S2WALK_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define S2WALK_PATH	"/dev/s2walk"

/* Tables: the first that has a leaf, or one; -ENXIO if there are not so many. */
#define S2WALK_ANY	0
#define S2WALK_OWN	1

struct s2walk_query {
	__s32 vm_fd;		/* in: a kvm-vm file of the caller */
	__s32 level;		/* out: level of the descriptor, -1 to 3 */
	__u64 ipa;		/* in */
	__u64 desc;		/* out: the descriptor as it is in memory */
	__u32 size_shift;	/* out: log2 of the range that it covers */
	__u32 leaf;		/* out: 1 for a valid block or page, else 0 */
	__u32 table;		/* in: S2WALK_ANY, S2WALK_OWN, or a number above: a shadow */
	__u32 pad;
};

#define S2WALK_QUERY	_IOWR('w', 0x52, struct s2walk_query)

/* MemAttr[3:0] of a stage-2 leaf. */
static inline unsigned int s2walk_memattr(__u64 desc)
{
	return (desc >> 2) & 0xf;
}

#endif
