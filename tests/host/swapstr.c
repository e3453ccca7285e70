// SPDX-License-Identifier: GPL-2.0-only
/*
 * swapstr FILE FROM TO: replace each string FROM in a file, from its first byte
 * to its terminating zero, by TO, which is not longer.
 */
#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	size_t from, to, at;
	struct stat st;
	int fd, found = 0;
	char *file;

	if (argc != 4)
		errx(2, "usage: swapstr FILE FROM TO");
	from = strlen(argv[2]);
	to = strlen(argv[3]);
	if (!from || to > from)
		errx(2, "%s is longer than %s", argv[3], argv[2]);
	fd = open(argv[1], O_RDWR | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		err(2, "%s", argv[1]);
	file = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (file == MAP_FAILED)
		err(2, "mmap");
	for (at = 0; at + from < (size_t)st.st_size; at++) {
		if (memcmp(file + at, argv[2], from) || file[at + from] ||
		    (at && file[at - 1]))
			continue;
		memset(file + at, 0, from);
		memcpy(file + at, argv[3], to);
		found++;
	}
	return !found;
}
