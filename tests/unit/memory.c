// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "memory.h"

unsigned long memory_asked;
long memory_held;
static unsigned long fail_at;

void *__real_malloc(size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void __wrap_free(void *memory);

void *__wrap_malloc(size_t size)
{
	void *memory;

	if (++memory_asked == fail_at)
		return NULL;
	memory = __real_malloc(size);
	memory_held += !!memory;
	return memory;
}

void __wrap_free(void *memory)
{
	memory_held -= !!memory;
	__real_free(memory);
}

void memory_reset(unsigned long n)
{
	fail_at = n;
	memory_asked = 0;
	memory_held = 0;
}
