// SPDX-License-Identifier: GPL-2.0-only
/*
 * barstores - how fast a guest can store to a BAR
 *
 *	barstores BDF BAR [SECONDS]
 *
 * Maps the BAR twice, through sysfs: resourceN (Device) and, if the BAR is
 * prefetchable, resourceN_wc (write-combining), and stores to its first 4 KiB
 * in pieces of 8 bytes, 64 bytes and 4 KiB. Each piece ends with a barrier, as
 * a driver ends what it hands to a device. One line a combination:
 *
 *	device 64 B: 12.3 ns a store, 5203 MB/s
 *
 * It overwrites what is there: unbind the driver, and know the device.
 */
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define AREA	4096

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Plain 8-byte stores: a compiler's memset may use DC ZVA, which faults on Device. */
static void store(volatile uint64_t *to, size_t size, uint64_t value)
{
	size_t i;

	for (i = 0; i < size / sizeof(*to); i++)
		to[i] = value;
#ifdef __aarch64__
	asm volatile("dmb oshst" : : : "memory");
#else
	__sync_synchronize();
#endif
}

static void measure(const char *type, volatile uint64_t *bar, size_t size, double seconds)
{
	uint64_t stores = 0, value = 0;
	double start, spent;
	size_t at = 0;

	start = now();
	do {
		int i;

		for (i = 0; i < 64; i++) {
			store(bar + at / sizeof(*bar), size, value++);
			at = (at + size) % AREA;
		}
		stores += i;
		spent = now() - start;
	} while (spent < seconds);
	printf("%s %zu B: %.1f ns a store, %.0f MB/s\n", type, size, spent / stores * 1e9,
	       stores * size / spent / 1e6);
	fflush(stdout);
}

static void *map_bar(const char *bdf, int bar, const char *suffix)
{
	char path[128];
	void *p;
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/resource%d%s", bdf, bar, suffix);
	fd = open(path, O_RDWR);
	if (fd < 0) {
		warn("%s", path);
		return NULL;
	}
	p = mmap(NULL, AREA, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		err(1, "%s", path);
	return p;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *type, *suffix;
	} maps[] = { { "device", "" }, { "write-combining", "_wc" } };
	static const size_t sizes[] = { 8, 64, AREA };
	double seconds;
	int done = 0;
	size_t m, s;

	if (argc < 3 || argc > 4)
		errx(2, "usage: barstores BDF BAR [SECONDS]");
	seconds = argc > 3 ? atof(argv[3]) : 1;
	for (m = 0; m < sizeof(maps) / sizeof(maps[0]); m++) {
		void *bar = map_bar(argv[1], atoi(argv[2]), maps[m].suffix);

		for (s = 0; bar && s < sizeof(sizes) / sizeof(sizes[0]); s++) {
			measure(maps[m].type, bar, sizes[s], seconds);
			done++;
		}
		if (bar)
			munmap(bar, AREA);
	}
	return done ? 0 : 1;
}
