/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions of the kernel's by name, and how their text is changed. Test only. */
#ifndef TESTS_BESIDE_PATCH_H
#define TESTS_BESIDE_PATCH_H

#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/string.h>

struct function {
	u32 *at;
	u32 words;
};

typedef int patch_fn(void *at, u32 insn);

/* Also of a function that no probe may be on: its address is found before that is told. */
static inline void *address_of(const char *name)
{
	struct kprobe probe = { .symbol_name = name, .flags = KPROBE_FLAG_DISABLED };

	if (!register_kprobe(&probe))
		unregister_kprobe(&probe);
	return probe.addr;
}

static inline patch_fn *find_patch(void)
{
	return address_of("aarch64_insn_patch_text_nosync");
}

static inline bool find(const char *name, struct function *found)
{
	char text[KSYM_SYMBOL_LEN];
	unsigned long size;
	char *behind;

	found->at = address_of(name);
	if (!found->at)
		return false;
	sprint_symbol(text, (unsigned long)found->at);
	behind = strrchr(text, '/');
	if (!behind || kstrtoul(behind + 1, 16, &size))
		return false;
	found->words = size / sizeof(u32);
	return true;
}

static inline u32 word_at(const u32 *at)
{
	return le32_to_cpu(*(const __le32 *)at);
}

#endif
