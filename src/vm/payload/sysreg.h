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

#define EC_SVC32	0x11
#define EC_SVC64	0x15
#define EC_STEP_LOW	0x32

/* All masked; and some flags, to be found again in SPSR_EL1. */
#define PSTATE_EL1	0x3c5
#define PSTATE_EL0	0x3c0
#define PSTATE_A32	0x1d0
#define PSTATE_T32	0x1f0
#define PSTATE_FLAGS	0xa0000000

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
