/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a function goes on from a call in it to its return, read from its text.
 *
 * Compilers are free in the order of what follows a call: the value that is to be
 * returned may stand in a register since before it, or be made after it, behind or
 * before what restores registers. So it is not looked for in one place; all that
 * the text can do from the call on is followed, to each return.
 */
#ifndef S2MEMATTR_WAY_OUT_H
#define S2MEMATTR_WAY_OUT_H

#include <s2memattr/base.h>

/* Registers that can be restored between a call and where the result is made. */
#define S2M_MAX_RESTORES	12

/**
 * struct s2m_text - a function's instructions
 * @insn: A64 instructions, as numbers
 * @count: how many
 * @address: of the first
 */
struct s2m_text {
	const u32 *insn;
	u32 count;
	u64 address;
};

/**
 * struct s2m_restore - a register that is loaded from the stack
 * @reg: number of the X register, one that calls preserve
 * @offset: from SP, in bytes
 */
struct s2m_restore {
	u8 reg;
	u16 offset;
};

/**
 * struct s2m_way_out - how to have a function return another value than -EFAULT
 * @result: the register that holds the value at @resume: W0, or one of W19 to W28,
 *	which calls preserve
 * @waits: @result holds -EFAULT when the call is made; @resume follows the call
 * @resume: where the function goes on with the value in @result
 * @restores: how many of @restore there are
 * @restore: what the instructions between call and @resume load, which whoever leaves
 *	them out has to load first; nothing else that they do is of consequence
 *
 * Who goes on at @resume may do so as the return of a call of its own: all that
 * @restore names is preserved by calls, and a result in W0 is what a function returns.
 */
struct s2m_way_out {
	u8 result;
	bool waits;
	u8 restores;
	u64 resume;
	struct s2m_restore restore[S2M_MAX_RESTORES];
};

/**
 * s2m_way_out_find() - follow a function from a call to its returns
 * @text: the function
 * @call: index of the call
 * @noreturn: address of a function that does not return (__stack_chk_fail()), or 0
 * @out: where the answer goes
 *
 * The call has to be one after which the function returns -EFAULT. Found is a way
 * only if on all paths from @resume on it is the value of @result that is returned,
 * unchanged, and if there is just one such register.
 *
 * Context: may sleep; allocates twice the size of @text.
 * Return: 0; -ENOENT if there is no such way or more than one; -ENOMEM.
 */
int s2m_way_out_find(const struct s2m_text *text, u32 call, u64 noreturn,
		     struct s2m_way_out *out);

/**
 * s2m_call_target() - where a direct call leads
 * @text: the function
 * @at: index of an instruction
 *
 * Return: the address that is called, or 0 if it is no BL.
 */
u64 s2m_call_target(const struct s2m_text *text, u32 at);

/**
 * s2m_call_argument() - the first argument of a call, where it is a constant
 * @text: the function
 * @call: index of the call
 *
 * Looks at the instructions that run one after the other up to the call.
 *
 * Return: X0 at the call, or 0 if the text does not say what that is.
 */
u64 s2m_call_argument(const struct s2m_text *text, u32 call);

#endif
