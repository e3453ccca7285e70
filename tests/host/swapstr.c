// SPDX-License-Identifier: GPL-2.0-only
/*
 * swapstr MODULE FROM TO: replace each string FROM of a kernel module's code, from
 * its first byte to its terminating zero, by TO, which is not longer. Only in its
 * read-only data: what it imports has names too, and keeps them.
 */
#include <elf.h>
#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int swap_in(char *text, size_t size, const char *from, const char *to)
{
	size_t len = strlen(from), at;
	int found = 0;

	for (at = 0; at + len < size; at++) {
		if (memcmp(text + at, from, len) || text[at + len] || (at && text[at - 1]))
			continue;
		memset(text + at, 0, len);
		memcpy(text + at, to, strlen(to));
		found++;
	}
	return found;
}

int main(int argc, char **argv)
{
	const Elf64_Ehdr *header;
	const Elf64_Shdr *section;
	struct stat st;
	int fd, i, found = 0;
	char *file, *names;

	if (argc != 4)
		errx(2, "usage: swapstr MODULE FROM TO");
	if (!*argv[2] || strlen(argv[3]) > strlen(argv[2]))
		errx(2, "%s is longer than %s", argv[3], argv[2]);
	fd = open(argv[1], O_RDWR | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		err(2, "%s", argv[1]);
	file = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (file == MAP_FAILED)
		err(2, "mmap");
	header = (const Elf64_Ehdr *)file;
	section = (const Elf64_Shdr *)(file + header->e_shoff);
	names = file + section[header->e_shstrndx].sh_offset;
	for (i = 0; i < header->e_shnum; i++)
		if (!strncmp(names + section[i].sh_name, ".rodata", strlen(".rodata")))
			found += swap_in(file + section[i].sh_offset, section[i].sh_size, argv[2], argv[3]);
	return !found;
}
