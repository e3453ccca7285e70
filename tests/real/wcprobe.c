// SPDX-License-Identifier: GPL-2.0-only
/*
 * wcprobe - what a driver in this guest gets when it asks for write-combining.
 *
 *	wcprobe where	where the BAR is, in guest physical addresses
 *	wcprobe bare	one unaligned load, the first access through a new mapping
 *	wcprobe safe	the same after an aligned load of the same page
 *	wcprobe plain	as bare, through a mapping that asks for Device memory
 *	wcprobe watch	look again and again, and count through the mapping,
 *			until a line on stdin says that it is enough
 *	wcprobe copy	memcpy(), memmove() and memset() as the C library has them, at
 *			all offsets and across pages, and whether the data is what it
 *			should be
 *	wcprobe whole	the longest of these, where the host carries out all accesses to
 *			the BAR: nothing is made again, and nothing looked at as Device
 *
 * Device memory does not take unaligned accesses, so an unaligned load tells
 * Normal from Device. What remains is who gets to hear of the alignment fault.
 *
 * bare: the fault comes from the walk of the tables. If it is stage 2 that says
 * Device, it goes to the hypervisor, as on hardware.
 *
 * safe: the emulated CPU keeps the outcome of the walk in its TLB and checks
 * the alignment against that from then on, and such a fault goes to the guest.
 * Both loads are in one translation block, which nothing interrupts: the second
 * one always hits.
 *
 * copy: for that reason, an unaligned access behind an aligned one of the same page
 * faults in the guest on this CPU, whatever the hypervisor would do. So what faults is
 * made again with the TLB flushed, and if it faults then, that was the hypervisor's
 * answer. (DC ZVA is no fault for this CPU.) On hardware nothing is made again.
 */
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <ucontext.h>
#include <unistd.h>

#define PCI		"/sys/bus/pci/devices"
#define VENDOR		0x1af4
#define DEVICE		0x1110	/* ivshmem: its BAR 2 is nothing but memory */
#define BAR		2

/* The last page is for the probes, what comes before it for the counters. */
#define PAGE		4096
#define BURST		256

struct bar {
	char dir[300];
	unsigned long long start;
	size_t size;
};

static sigjmp_buf refused;

static unsigned int read_id(const char *dir, const char *what)
{
	char path[400];
	unsigned int id = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, what);
	file = fopen(path, "r");
	if (!file)
		err(1, "%s", path);
	if (fscanf(file, "%x", &id) != 1)
		errx(1, "%s: not a number", path);
	fclose(file);
	return id;
}

static bool find_device(struct bar *bar)
{
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	dir = opendir(PCI);
	if (!dir)
		err(1, PCI);
	while (!found && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(bar->dir, sizeof(bar->dir), PCI "/%s", entry->d_name);
		found = read_id(bar->dir, "vendor") == VENDOR &&
			read_id(bar->dir, "device") == DEVICE;
	}
	closedir(dir);
	return found;
}

static void read_place(struct bar *bar)
{
	unsigned long long end = 0;
	char path[400], line[100];
	FILE *file;
	int i;

	snprintf(path, sizeof(path), "%s/resource", bar->dir);
	file = fopen(path, "r");
	if (!file)
		err(1, "%s", path);
	for (i = 0; i <= BAR; i++)
		if (!fgets(line, sizeof(line), file))
			errx(1, "%s: too short", path);
	fclose(file);
	if (sscanf(line, "%llx %llx", &bar->start, &end) != 2 || end < bar->start + PAGE)
		errx(1, "BAR %d has no place: %s", BAR, line);
	bar->size = end - bar->start + 1;
}

static void enable(const struct bar *bar)
{
	char path[400];
	int fd;

	snprintf(path, sizeof(path), "%s/enable", bar->dir);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, "1", 1) != 1)
		err(1, "%s", path);
	close(fd);
}

/* @file is "resource2", or "resource2_wc" as ioremap_wc() in a driver. */
static volatile uint8_t *map(const struct bar *bar, const char *file)
{
	char path[400];
	void *at;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", bar->dir, file);
	fd = open(path, O_RDWR);
	if (fd < 0)
		err(1, "%s", path);
	at = mmap(NULL, bar->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		err(1, "mmap %s", path);
	close(fd);
	return at;
}

static void on_fault(int number)
{
	siglongjmp(refused, number);
}

static void load_bare(volatile uint8_t *at)
{
	uint32_t value;

	asm volatile("ldur	%w0, [%1, #1]" : "=r" (value) : "r" (at) : "memory");
}

/* Aligned as a whole: a translation block ends where a page of code does. */
static void load_safe(volatile uint8_t *at)
{
	uint32_t value;

	asm volatile(".balign	16\n\t"
		     "ldr	%w0, [%1]\n\t"
		     "ldur	%w0, [%1, #1]"
		     : "=&r" (value) : "r" (at) : "memory");
}

/* 0, or the signal that came instead of a value. */
static int probe(void (*load)(volatile uint8_t *), volatile uint8_t *at)
{
	int number = sigsetjmp(refused, 1);

	if (!number)
		load(at);
	return number;
}

static void say(const char *name, int number)
{
	if (!number)
		printf("%s: write-combining (Normal-NC)\n", name);
	else
		printf("%s: device (%s)\n", name, number == SIGBUS ? "SIGBUS" : "SIGSEGV");
	fflush(stdout);
}

static bool told_to_stop(void)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	char line[80];

	return poll(&in, 1, 0) > 0 && read(in.fd, line, sizeof(line)) >= 0;
}

/*
 * Write rising numbers through the write-combining mapping, round and round,
 * reading each back; in the end, see through a mapping of the other kind
 * whether the last round is what memory holds.
 */
static void watch(const struct bar *bar)
{
	volatile uint8_t *wc = map(bar, "resource2_wc"), *at = wc + bar->size - PAGE;
	volatile uint64_t *ring = (volatile uint64_t *)wc;
	const uint64_t slots = (bar->size - PAGE) / sizeof(*ring);
	uint64_t counter = 0, lost = 0, i;
	int answer = -1, now;

	while (!told_to_stop()) {
		now = probe(load_safe, at);
		if (now != answer)
			say("wc", now);
		answer = now;
		for (i = 0; i < BURST; i++, counter++) {
			ring[counter % slots] = counter;
			lost += ring[counter % slots] != counter;
		}
	}

	ring = (volatile uint64_t *)map(bar, "resource2");
	for (i = counter > slots ? counter - slots : 0; i < counter; i++)
		lost += ring[i % slots] != i;
	printf("counter %llu, lost %llu\n", (unsigned long long)counter, (unsigned long long)lost);
}

/* --- copy --- */

#define SPACE	1536		/* bytes that a call may reach */
#define LAST	(PAGE - 512)	/* they begin so far into a page */

static struct {
	uintptr_t pc, address;
	unsigned long flushes;
} again;

static void flush(uintptr_t page)
{
	if (mprotect((void *)page, PAGE, PROT_READ) ||
	    mprotect((void *)page, PAGE, PROT_READ | PROT_WRITE))
		_exit(3);
}

/* Once more with another TLB, or it is refused. */
static void on_copy_fault(int number, siginfo_t *info, void *context)
{
	uintptr_t pc = ((ucontext_t *)context)->uc_mcontext.pc;
	uintptr_t address = (uintptr_t)info->si_addr;

	if (number != SIGBUS || (pc == again.pc && address == again.address))
		siglongjmp(refused, number);
	again.pc = pc;
	again.address = address;
	again.flushes++;
	/* It may reach into the page behind, or have begun in the one before. */
	flush((address & ~(PAGE - 1UL)) - PAGE);
	flush(address & ~(PAGE - 1UL));
	flush((address & ~(PAGE - 1UL)) + PAGE);
}

/* Not the compiler's own, which are for memory that it knows. */
static void *(*volatile call_memcpy)(void *, const void *, size_t) = memcpy;
static void *(*volatile call_memmove)(void *, const void *, size_t) = memmove;
static void *(*volatile call_memset)(void *, int, size_t) = memset;

enum { TO_BAR, FROM_BAR, WITHIN_UP, WITHIN_DOWN, SET, CLEAR, CALLS };

/* One call; it is made for the BAR and for a model of it. */
static void make_call(int call, uint8_t *space, const uint8_t *ram, uint8_t *read,
		      unsigned int offset, size_t size)
{
	uint8_t *at = space + 64 + offset;

	again.pc = again.address = 0;
	switch (call) {
	case TO_BAR:
		call_memcpy(at, ram + (offset * 7) % 16, size);
		break;
	case FROM_BAR:
		call_memcpy(read + (offset * 5) % 16, at, size);
		break;
	case WITHIN_UP:
		call_memmove(at + 13, at, size);
		break;
	case WITHIN_DOWN:
		call_memmove(at - 13, at, size);
		break;
	case SET:
		call_memset(at, (int)(size + offset), size);
		break;
	case CLEAR:
		call_memset(at, 0, size);
		break;
	}
}

/* Does the BAR hold what the model holds? Looked at as Device memory, by whole words. */
static bool holds(const volatile uint64_t *plain, const uint8_t *model)
{
	for (size_t i = 0; i < SPACE / 8; i++) {
		uint64_t word = plain[i];

		if (memcmp(&word, model + i * 8, 8))
			return false;
	}
	return true;
}

/* How many calls, and of how many of them the outcome is wrong. */
static unsigned long copy_all(const struct bar *bar, bool whole, unsigned long *wrong)
{
	static const size_t sizes[] = { 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 100, 129,
					255, 600 };
	static uint8_t model[SPACE], ram[SPACE], got[SPACE], want[SPACE];
	uint8_t *wc = (uint8_t *)map(bar, "resource2_wc") + PAGE + LAST;
	volatile uint64_t *plain = whole ? (volatile uint64_t *)wc :
		(volatile uint64_t *)(map(bar, "resource2") + PAGE + LAST);
	unsigned long calls = 0;

	for (size_t i = 0; i < SPACE; i++)
		ram[i] = rand() >> 8;
	for (size_t i = 0; i < SPACE / 8; i++)
		plain[i] = 0;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (whole && sizes[i] < 255)
			continue;
		for (unsigned int offset = 0; offset < 16; offset++) {
			/* Where the pages meet: in the middle of the small ones as well. */
			size_t shift = sizes[i] < 256 ? 512 - 64 - 8 - sizes[i] / 2 : 0;

			for (int call = 0; call < CALLS; call++, calls++) {
				make_call(call, wc + shift, ram, got, offset, sizes[i]);
				make_call(call, model + shift, ram, want, offset, sizes[i]);
				*wrong += !holds(plain, model) || memcmp(got, want, SPACE);
			}
		}
	}
	return calls;
}

static void copy(const struct bar *bar, bool whole)
{
	struct sigaction action = { .sa_sigaction = on_copy_fault, .sa_flags = SA_SIGINFO };
	static unsigned long calls, wrong;
	int number;

	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	tcdrain(STDOUT_FILENO);
	number = sigsetjmp(refused, 1);
	if (number) {
		printf("copy: %s\n", number == SIGBUS ? "SIGBUS" : "SIGSEGV");
		return;
	}
	calls = copy_all(bar, whole, &wrong);
	printf("copy: %lu calls, %lu wrong\n", calls, wrong);
	printf("copy: made again %lu times\n", again.flushes);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_fault };
	const char *what = argc == 2 ? argv[1] : "";
	struct bar bar;

	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	if (!find_device(&bar))
		errx(1, "no device %04x:%04x in this guest", VENDOR, DEVICE);
	read_place(&bar);
	enable(&bar);

	if (!strcmp(what, "where")) {
		printf("bar: 0x%llx 0x%zx\n", bar.start, bar.size);
	} else if (!strcmp(what, "bare")) {
		/* What the console has to say, it may not get to say later. */
		tcdrain(STDOUT_FILENO);
		say("wc", probe(load_bare, map(&bar, "resource2_wc")));
	} else if (!strcmp(what, "safe")) {
		say("wc", probe(load_safe, map(&bar, "resource2_wc")));
	} else if (!strcmp(what, "plain")) {
		say("plain", probe(load_bare, map(&bar, "resource2")));
	} else if (!strcmp(what, "watch")) {
		watch(&bar);
	} else if (!strcmp(what, "copy")) {
		copy(&bar, false);
	} else if (!strcmp(what, "whole")) {
		copy(&bar, true);
	} else {
		errx(2, "usage: wcprobe where|bare|safe|plain|watch|copy|whole");
	}
	return 0;
}
