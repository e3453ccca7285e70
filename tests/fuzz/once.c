// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files, each once, through what libFuzzer would call: for compilers without it, where
 * lines and branches are counted (scripts/coverage).
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t size = 0;

	if (!file) {
		perror(path);
		exit(1);
	}
	for (;;) {
		uint8_t *more = realloc(data, size + 4096);
		size_t n;

		if (!more)
			exit(1);
		data = more;
		n = fread(data + size, 1, 4096, file);
		size += n;
		if (!n)
			break;
	}
	fclose(file);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
}

int main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		run(argv[i]);
	return 0;
}
