// SPDX-License-Identifier: GPL-2.0-only
/*
 * kerntext - is the kernel's text what it was?
 *
 *	kerntext		checksum of [_stext, _etext)
 *	kerntext SYMBOL		checksum of that function, up to the next symbol
 *	kerntext -x SYMBOL	its words in hex, one a line
 *	kerntext -t SYMBOL TO	where in it the function TO is called, or the low half of
 *				its address is added to something: +0x..., one a line
 *	kerntext -w FILE	save [_stext, _etext)
 *	kerntext -c FILE	compare with a saved copy: each word that differs
 *
 * Static keys and alternatives also patch text (KVM flips some when the first
 * VM starts), so a whole-text comparison means something only between two
 * moments at which those stand alike; -c then says what moved.
 */
#include <elf.h>
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct symbol {
	uint64_t addr;
	char name[64];
};

static struct symbol *syms;
static size_t nsyms;

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static void read_symbols(void)
{
	char line[512], name[256], type;
	size_t room = 0;
	uint64_t addr;
	FILE *f = fopen("/proc/kallsyms", "r");

	if (!f)
		err(1, "/proc/kallsyms");
	while (fgets(line, sizeof(line), f)) {
		if (strchr(line, '['))
			break;		/* modules follow the kernel */
		if (sscanf(line, "%" SCNx64 " %c %255s", &addr, &type, name) != 3)
			continue;
		if (name[0] == '$')
			continue;	/* mapping symbols are no functions */
		if (nsyms == room) {
			room = room ? room * 2 : 65536;
			syms = realloc(syms, room * sizeof(*syms));
			if (!syms)
				err(1, "realloc");
		}
		syms[nsyms].addr = addr;
		snprintf(syms[nsyms].name, sizeof(syms[nsyms].name), "%.63s", name);
		nsyms++;
	}
	fclose(f);
	qsort(syms, nsyms, sizeof(*syms), by_address);
}

static const struct symbol *symbol_named(const char *name)
{
	for (size_t i = 0; i < nsyms; i++)
		if (!strcmp(syms[i].name, name) && syms[i].addr)
			return &syms[i];
	errx(1, "no symbol %s (or addresses are hidden)", name);
}

static uint64_t next_symbol(uint64_t addr)
{
	for (size_t i = 0; i < nsyms; i++)
		if (syms[i].addr > addr)
			return syms[i].addr;
	errx(1, "no symbol after 0x%" PRIx64, addr);
}

static const struct symbol *symbol_at(uint64_t addr)
{
	const struct symbol *s = &syms[0];

	for (size_t i = 0; i < nsyms && syms[i].addr <= addr; i++)
		s = &syms[i];
	return s;
}

/* /proc/kcore is an ELF core file whose segments are kernel address ranges. */
static uint8_t *read_kernel(uint64_t addr, uint64_t len)
{
	uint8_t *buf = malloc(len);
	int fd = open("/proc/kcore", O_RDONLY);
	Elf64_Phdr ph;
	Elf64_Ehdr eh;
	uint64_t done;
	ssize_t n;

	if (fd < 0)
		err(1, "/proc/kcore");
	if (!buf)
		err(1, "malloc");
	if (pread(fd, &eh, sizeof(eh), 0) != sizeof(eh))
		errx(1, "/proc/kcore: no ELF header");
	for (int i = 0; i < eh.e_phnum; i++) {
		if (pread(fd, &ph, sizeof(ph), eh.e_phoff + i * sizeof(ph)) != sizeof(ph))
			errx(1, "/proc/kcore: short program headers");
		if (ph.p_type != PT_LOAD || addr < ph.p_vaddr ||
		    addr + len > ph.p_vaddr + ph.p_memsz)
			continue;
		for (done = 0; done < len; done += n) {
			n = pread(fd, buf + done, len - done,
				  ph.p_offset + (addr - ph.p_vaddr) + done);
			if (n <= 0)
				err(1, "/proc/kcore at 0x%" PRIx64, addr + done);
		}
		close(fd);
		return buf;
	}
	errx(1, "/proc/kcore does not cover 0x%" PRIx64, addr);
}

/* FNV-1a: nobody attacks this checksum, and it needs no library. */
static uint64_t checksum(const uint8_t *p, uint64_t len)
{
	uint64_t h = 0xcbf29ce484222325;

	while (len--)
		h = (h ^ *p++) * 0x100000001b3;
	return h;
}

static void save(const char *path, const uint8_t *text, uint64_t len)
{
	FILE *f = fopen(path, "w");

	if (!f || fwrite(text, 1, len, f) != len || fclose(f))
		err(1, "%s", path);
}

static int compare(const char *path, const uint8_t *text, uint64_t start, uint64_t len)
{
	uint8_t *old = malloc(len + 1);
	FILE *f = fopen(path, "r");
	unsigned int differ = 0;
	uint32_t was, is;

	if (!f || !old || fread(old, 1, len + 1, f) != len)
		errx(1, "%s is not a copy of this kernel's text", path);
	fclose(f);
	for (uint64_t i = 0; i + 4 <= len; i += 4) {
		memcpy(&was, old + i, 4);
		memcpy(&is, text + i, 4);
		if (was != is) {
			const struct symbol *s = symbol_at(start + i);

			printf("%s+0x%" PRIx64 " %08x %08x\n", s->name,
			       start + i - s->addr, was, is);
			differ++;
		}
	}
	if (!differ)
		puts("same");
	return differ != 0;
}

static void tell_uses(const uint8_t *text, uint64_t start, uint64_t end, uint64_t to)
{
	uint32_t word;

	for (uint64_t at = start; at + 4 <= end; at += 4) {
		memcpy(&word, text + (at - start), 4);
		/* BL; and ADD (immediate) of 64 bits. */
		if (((word & 0xfc000000) == 0x94000000 &&
		     (word & 0x3ffffff) == ((to - at) / 4 & 0x3ffffff)) ||
		    ((word & 0xffc00000) == 0x91000000 && (word >> 10 & 0xfff) == (to & 0xfff)))
			printf("+0x%" PRIx64 "\n", at - start);
	}
}

int main(int argc, char **argv)
{
	bool uses = argc == 4 && !strcmp(argv[1], "-t");
	const char *flag = argc == 3 ? argv[1] : "";
	bool function = argc == 2 || uses || !strcmp(flag, "-x");
	uint64_t start, end;
	uint8_t *text;

	if ((argc > 3 && !uses) || (*flag && strcmp(flag, "-x") && strcmp(flag, "-w") && strcmp(flag, "-c")))
		errx(2, "usage: kerntext [SYMBOL | -x SYMBOL | -t SYMBOL TO | -w FILE | -c FILE]");

	read_symbols();
	start = symbol_named(function ? argv[1 + (argc > 2)] : "_stext")->addr;
	end = function ? next_symbol(start) : symbol_named("_etext")->addr;
	text = read_kernel(start, end - start);

	if (uses) {
		tell_uses(text, start, end, symbol_named(argv[3])->addr);
		return 0;
	}
	if (!strcmp(flag, "-w")) {
		save(argv[2], text, end - start);
		puts("saved");
		return 0;
	}
	if (!strcmp(flag, "-c"))
		return compare(argv[2], text, start, end - start);
	if (!strcmp(flag, "-x")) {
		for (uint64_t i = 0; i + 4 <= end - start; i += 4) {
			uint32_t word;

			memcpy(&word, text + i, 4);
			printf("+0x%03" PRIx64 " %08x\n", i, word);
		}
		return 0;
	}
	printf("%016" PRIx64 " %" PRIu64 "\n", checksum(text, end - start), end - start);
	return 0;
}
