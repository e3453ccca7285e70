// SPDX-License-Identifier: GPL-2.0-only
/*
 * rehearse-text IMAGE SYMBOLS: would the module find in this kernel what it looks for in the
 * kernel's text? IMAGE is an uncompressed arm64 Image, SYMBOLS has a line "ADDRESS SIZE
 * NAME" for each function that is asked for, for those of KVM's, and for _text.
 *
 * Prints a line for each question, "yes" or "no" first. Exit status 1: some answer is no;
 * 2: the files cannot be read.
 *
 * The way out of kvm_handle_guest_abort(), and its way to the hook, are found by the code
 * that finds them in the module. The call of the walk is found as src/module/hook/site.c
 * says.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <s2memattr/path.h>
#include <s2memattr/way_out.h>

#define DSB_ISHST	0xd5033a9fU
#define REPORT		"Unsupported FSC: "
#define MAX_SYMBOLS	32768

static const unsigned char *image;
static size_t image_size;

static struct symbol {
	u64 address, size;
	char name[64];
} symbols[MAX_SYMBOLS];
static unsigned int nr_symbols;

static const struct symbol *symbol(const char *name)
{
	unsigned int i;

	for (i = 0; i < nr_symbols; i++)
		if (!strcmp(symbols[i].name, name))
			return &symbols[i];
	return NULL;
}

static u64 address_of(const char *name)
{
	const struct symbol *found = symbol(name);

	return found ? found->address : 0;
}

/* What is at an address of the kernel's, if all of it is in the image. */
static const void *at(u64 address, size_t size)
{
	u64 offset = address - address_of("_text");

	return offset < image_size && size <= image_size - offset ? image + offset : NULL;
}

static bool text_of(const char *name, struct s2m_text *text)
{
	const struct symbol *function = symbol(name);

	if (!function)
		return false;
	text->address = function->address;
	text->count = function->size / sizeof(u32);
	text->insn = at(function->address, function->size);
	return text->insn && text->count;
}

static bool answer(bool yes, const char *what)
{
	printf("%s %s\n", yes ? "yes" : "no", what);
	return yes;
}

/* src/module/hook/site.c */
static bool has_walk(void)
{
	u64 outer = address_of("kvm_pgtable_walk"), inner = address_of("_kvm_pgtable_walk");
	u32 i, calls = 0, found = 0;
	struct s2m_text text;
	char what[128];

	if (!text_of("kvm_pgtable_stage2_map", &text))
		return answer(false, "walk: no kvm_pgtable_stage2_map");
	for (i = 0; i < text.count; i++) {
		u64 target = s2m_call_target(&text, i);

		if (!target || (target != outer && target != inner))
			continue;
		calls++;
		found = i;
	}
	if (calls != 1)
		return answer(false, calls ? "walk: several calls" : "walk: no call");
	snprintf(what, sizeof(what), "walk: %s is called at +0x%x%s",
		 s2m_call_target(&text, found) == outer ? "kvm_pgtable_walk" : "_kvm_pgtable_walk",
		 4 * found, text.insn[found + 1] == DSB_ISHST ? "" : ", no dsb ishst follows");
	return answer(found + 1 < text.count && text.insn[found + 1] == DSB_ISHST, what);
}

static bool read_function(u64 address, struct s2m_text *text)
{
	unsigned int i;

	for (i = 0; i < nr_symbols; i++) {
		const struct symbol *function = &symbols[i];

		if (address - function->address >= function->size)
			continue;
		text->address = function->address;
		text->count = function->size / sizeof(u32);
		text->insn = at(function->address, function->size);
		return text->insn;
	}
	return false;
}

static const char *name_at(u64 address)
{
	unsigned int i;

	for (i = 0; i < nr_symbols; i++)
		if (symbols[i].address == address)
			return symbols[i].name;
	return "";
}

/* src/module/hook/site.c, src/module/kernel/early.c */
static bool has_no_copy(const char *from, bool must_come)
{
	struct s2m_path path = {
		.to = address_of("kvm_pgtable_stage2_map"),
		.part = address_of("stage2_map_walker"),
		.read = read_function,
	};
	char what[256];

	if (!path.to || !path.part || s2m_path_follow(&path, address_of(from))) {
		snprintf(what, sizeof(what), "path: %s cannot be followed", from);
		return answer(!must_come, what);
	}
	if (path.copy) {
		snprintf(what, sizeof(what), "path: %s has a copy of kvm_pgtable_stage2_map in it",
			 name_at(path.copy));
		return answer(false, what);
	}
	if (!path.comes && !must_come)
		return true;
	snprintf(what, sizeof(what), path.comes ? "path: %s comes to the walk by %s" :
		 "path: found no way from %s to kvm_pgtable_stage2_map", from, name_at(path.comes));
	return answer(path.comes, what);
}

/* src/module/hook/site.c */
static bool tells_copies(void)
{
	u64 part = address_of("stage2_map_walker");
	struct s2m_text text;

	if (!part || !text_of("kvm_pgtable_stage2_map", &text) || s2m_path_forms(&text, part))
		return true;
	return answer(false, "path: kvm_pgtable_stage2_map does not form the address of "
			     "stage2_map_walker");
}

static bool is_report(u64 format)
{
	const char *text = format ? at(format, 64) : NULL;

	return text && memmem(text, 63, REPORT, strlen(REPORT));
}

static bool survives(void)
{
	u64 print = address_of("_printk") ?: address_of("printk");
	u32 i, calls = 0, call = 0;
	struct s2m_way_out out;
	struct s2m_text text;
	char what[128];

	if (!text_of("kvm_handle_guest_abort", &text))
		return answer(false, "survival: no kvm_handle_guest_abort");
	for (i = 0; i < text.count; i++) {
		if (s2m_call_target(&text, i) != print ||
		    !is_report(s2m_call_argument(&text, i)))
			continue;
		calls++;
		call = i;
	}
	if (calls != 1)
		return answer(false, calls ? "survival: several reports" : "survival: no report");
	if (s2m_way_out_find(&text, call, address_of("__stack_chk_fail"), &out))
		return answer(false, "survival: no way out behind the report");
	snprintf(what, sizeof(what), "survival: w%u is returned, set %s the report at +0x%x%s",
		 out.result, out.waits ? "before" : "after", 4 * call,
		 out.restores ? ", and registers restored" : "");
	return answer(true, what);
}

static bool read_symbols(const char *path)
{
	FILE *file = fopen(path, "r");
	struct symbol *next;

	if (!file)
		return false;
	for (next = symbols; nr_symbols < MAX_SYMBOLS; next++, nr_symbols++)
		if (fscanf(file, "%" SCNx64 " %" SCNx64 " %63s", (uint64_t *)&next->address,
			   (uint64_t *)&next->size, next->name) != 3)
			break;
	fclose(file);
	return address_of("_text");
}

static bool map_image(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat stat;

	if (fd < 0 || fstat(fd, &stat))
		return false;
	image_size = stat.st_size;
	image = mmap(NULL, image_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	return image != MAP_FAILED && image_size > 64 && !memcmp(image + 56, "ARMd", 4);
}

int main(int argc, char **argv)
{
	bool good;

	if (argc != 3 || !map_image(argv[1]) || !read_symbols(argv[2])) {
		fprintf(stderr, "usage: rehearse-text IMAGE SYMBOLS (an uncompressed Image, and a _text)\n");
		return 2;
	}
	good = has_walk();
	good &= has_no_copy("kvm_handle_guest_abort", true);
	good &= has_no_copy("kvm_arch_prepare_memory_region", false);
	good &= tells_copies();
	good &= survives();
	return good ? 0 : 1;
}
