// SPDX-License-Identifier: GPL-2.0-only
/*
 * A compiler that sees all of KVM at once (full LTO) may make kvm_pgtable_stage2_map() a
 * part of one caller and leave it as a function for another. What is in the text of a
 * caller forms the address of stage2_map_walker(), the callback that the function gives
 * to the walk, as the function itself does. Others that do so, for changes of ownership
 * and to split blocks, are on none of the paths that are asked about.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <linux/uaccess.h>

#include "kernel/insn.h"
#include "kernel/path.h"
#include "kernel/symbols.h"

/* Bytes; functions of KVM's have some thousand. */
#define LARGEST_FUNCTION	SZ_256K

/* The function that is looked at; loading is by one task alone. */
static u32 *words;

static bool read_function(u64 address, struct s2m_text *text)
{
	const void *start = s2m_symbol_start((const void *)address);
	unsigned long size = start ? s2m_symbol_size(start) : 0;
	u32 i;

	/* The text may lead anywhere: what follows a function can be data. */
	if (!size || size > LARGEST_FUNCTION || copy_from_kernel_nofault(words, start, size))
		return false;
	*text = (struct s2m_text) {
		.insn = words,
		.count = size / sizeof(*words),
		.address = (u64)start,
	};
	for (i = 0; i < text->count; i++)
		words[i] = s2m_insn_replaced(start + i * sizeof(*words),
					     le32_to_cpu((__force __le32)words[i]));
	return true;
}

static int follow(const void *from, struct s2m_path *path)
{
	int err;

	words = s2m_alloc(LARGEST_FUNCTION);
	if (!words)
		return -ENOMEM;
	path->read = read_function;
	err = s2m_path_follow(path, (u64)from);
	s2m_free(words);
	return err;
}

int s2m_path_find(const void *from, struct s2m_path_to_map *found)
{
	struct s2m_path path = {
		.to = (u64)s2m_symbols.stage2_map,
		.part = (u64)s2m_symbols.map_walker,
	};
	int err = follow(from, &path);

	if (err == -ENOMEM)
		pr_err("out of memory: not loaded\n");
	*found = (struct s2m_path_to_map) {
		.comes = (const void *)path.comes,
		.copy = (const void *)path.copy,
	};
	return err;
}

int s2m_path_check_part(void)
{
	struct s2m_text text;
	bool formed;

	words = s2m_alloc(LARGEST_FUNCTION);
	if (!words) {
		pr_err("out of memory: not loaded\n");
		return -ENOMEM;
	}
	formed = read_function((u64)s2m_symbols.stage2_map, &text) &&
		 s2m_path_forms(&text, (u64)s2m_symbols.map_walker);
	s2m_free(words);
	return formed ? 0 : -ENOENT;
}

unsigned int s2m_path_trace(const void *from, const void *to,
			    const void *through[S2M_MAX_THROUGH])
{
	struct s2m_path path = { .to = (u64)to, .trace = true };
	unsigned int i;

	if (follow(from, &path) || path.nr_through > S2M_MAX_THROUGH)
		return 0;
	for (i = 0; i < path.nr_through; i++)
		through[i] = (const void *)path.through[i];
	return path.nr_through;
}
