/* SPDX-License-Identifier: GPL-2.0-only */
/* System registers and device registers, as the payload sees them. */
#ifndef SYSREG_H
#define SYSREG_H

#include <stdint.h>

#include "layout.h"

#define read_sysreg(name) ({						\
	uint64_t v_;							\
	asm volatile("mrs %0, " #name : "=r"(v_));			\
	v_;								\
})

#define write_sysreg(name, value)					\
	asm volatile("msr " #name ", %0" : : "r"((uint64_t)(value)) : "memory")

#define isb()	asm volatile("isb" : : : "memory")
#define dsb()	asm volatile("dsb sy" : : : "memory")

/* Device registers are reached through the nGnRnE window. */
static inline uint64_t device_va(uint64_t ipa)
{
	return (uint64_t)WIN_NGNRNE << IPA_BITS | ipa;
}

/* One plain instruction each: KVM can emulate nothing else. */
static inline void write32(uint64_t ipa, uint32_t value)
{
	asm volatile("str %w0, [%1]" : : "r"(value), "r"(device_va(ipa)) : "memory");
}

static inline uint32_t read32(uint64_t ipa)
{
	uint32_t v;

	asm volatile("ldr %w0, [%1]" : "=r"(v) : "r"(device_va(ipa)) : "memory");
	return v;
}

static inline void write8(uint64_t ipa, uint8_t value)
{
	asm volatile("strb %w0, [%1]" : : "r"(value), "r"(device_va(ipa)) : "memory");
}

#endif
