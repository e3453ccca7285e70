// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a function to another one by the calls between them. The module's use of it is
 * kernel/path.c.
 */
#include <s2memattr/path.h>

#include "a64_flow.h"

/*
 * Calls to follow, one after the other, before the function that is looked for is called:
 * in the kernels that were looked at it takes one at most, and what must not be met is
 * not met within five. Some kernels have cut up there what was one function. Jumps are
 * none of them: they lead to what a compiler has set apart of the same function, or stand
 * for the last call in it.
 */
#define DEEPEST		3

/*
 * Functions to look at; the kernels that were looked at have three hundred so near. Where
 * there are more, nobody knows what is in the rest.
 */
#define MOST		4096

/*
 * @function is where that begins in which @address is: who goes back to a function comes
 * to the middle of it.
 */
struct stop {
	u64 address;
	u64 function;
	u32 depth;
	bool seen;
	bool leads;
};

struct search {
	struct s2m_path *path;
	struct stop *stops;
	u32 count;
	bool full;
};

#define NOP		0xd503201f

/*
 * Where a function ends, its symbol does not: what the kernel keeps before the next one
 * belongs to it as well. That may be an address, of struct ftrace_ops
 * (DYNAMIC_FTRACE_WITH_CALL_OPS), whose low half is another one at each boot (KASLR) and
 * looks like a branch at some. Instructions that begin with these bits there are none.
 */
static bool is_high_half(u32 word)
{
	return word >> 20 == 0xfff;
}

static bool is_low_half(const struct s2m_text *text, u32 at)
{
	return at + 1 < text->count && is_high_half(text->insn[at + 1]);
}

static bool is_last(const struct s2m_text *text, u32 at)
{
	while (++at < text->count)
		if (text->insn[at] && text->insn[at] != NOP && !is_high_half(text->insn[at]) &&
		    !is_low_half(text, at))
			return false;
	return true;
}

/*
 * Nor is it an instruction that would go on behind the last one: that is a hash of the
 * next function's type (KCFI).
 */
static bool is_data(const struct s2m_text *text, u32 at, enum s2m_flow flow)
{
	return is_low_half(text, at) || (flow == S2M_FORK && is_last(text, at));
}

static bool is_within(const struct s2m_text *text, u64 address)
{
	return address - text->address < 4 * (u64)text->count;
}

static bool is_adrp_of(const struct s2m_text *text, u32 at, u64 address)
{
	u32 insn = text->insn[at];
	u64 page = (text->address + 4 * (u64)at) & ~0xfffULL;

	return (insn & 0x9f000000) == 0x90000000 &&
	       page + ((u64)s2m_a64_adr(insn) << 12) == (address & ~0xfffULL);
}

static bool is_adr_of(const struct s2m_text *text, u32 at, u64 address)
{
	u32 insn = text->insn[at];

	return (insn & 0x9f000000) == 0x10000000 &&
	       text->address + 4 * (u64)at + (u64)s2m_a64_adr(insn) == address;
}

/* A linker makes ADR of ADRP for Cortex-A53 (erratum 843419), where that does as well. */
static bool is_page_of(const struct s2m_text *text, u32 at, u64 address)
{
	return is_adrp_of(text, at, address) || is_adr_of(text, at, address & ~0xfffULL);
}

/*
 * Both halves of the address are looked for in the same register, and not what else
 * happens to that in between: blocks of a function stand in any order.
 */
bool s2m_path_forms(const struct s2m_text *text, u64 address)
{
	u32 i, pages = 0;

	for (i = 0; i < text->count; i++) {
		if ((text->insn[i] & 0x1f000000) != 0x10000000)		/* ADR, ADRP */
			continue;
		if (is_adr_of(text, i, address))
			return true;
		if (is_page_of(text, i, address))
			pages |= s2m_a64_bit(s2m_a64_rd(text->insn[i]));
	}
	for (i = 0; i < text->count && pages; i++)
		if ((text->insn[i] & 0xffc00000) == 0x91000000 &&	/* ADD, 64 bits wide */
		    (text->insn[i] >> 10 & 0xfff) == (address & 0xfff) &&
		    pages & s2m_a64_bit(s2m_a64_rn(text->insn[i])))
			return true;
	return false;
}

static void note(struct search *search, u64 address, u32 depth)
{
	u32 i;

	for (i = 0; i < search->count; i++) {
		struct stop *stop = &search->stops[i];

		if (stop->address != address)
			continue;
		stop->seen &= stop->depth <= depth;
		stop->depth = stop->depth < depth ? stop->depth : depth;
		return;
	}
	search->full = search->count == MOST;
	if (!search->full)
		search->stops[search->count++] = (struct stop){ .address = address, .depth = depth };
}

/* Where an instruction leads to, and whether it calls; false if that is within the function. */
static bool leaves(const struct s2m_text *text, u32 at, u64 *target, bool *calls)
{
	enum s2m_flow flow;
	s32 offset;

	flow = s2m_a64_flow(text->insn[at], &offset);
	if (flow == S2M_NEXT)
		return false;
	*calls = flow == S2M_CALL;
	*target = text->address + 4 * (u64)at + 4 * (u64)(s64)offset;
	return !is_within(text, *target) && !is_data(text, at, flow);
}

/* Who calls it may be a copy, too: one for which the compiler has known the callback. */
static bool has_part(const struct s2m_text *text, u64 part)
{
	bool calls;
	u64 target;
	u32 i;

	for (i = 0; i < text->count; i++)
		if (leaves(text, i, &target, &calls) && target == part)
			return true;
	return s2m_path_forms(text, part);
}

static void look_at(struct search *search, const struct s2m_text *text, u32 at)
{
	u64 to = search->path->to, target;
	u32 i, depth = search->stops[at].depth;
	bool calls, leads = s2m_path_forms(text, to);

	for (i = 0; i < text->count; i++) {
		if (!leaves(text, i, &target, &calls))
			continue;
		if (target == to)
			leads = true;
		else if (depth + calls <= DEEPEST)
			note(search, target, depth + calls);
	}
	search->stops[at].function = text->address;
	search->stops[at].leads = leads;
	if (leads)
		search->path->comes = text->address;
	if (search->path->part && has_part(text, search->path->part))
		search->path->copy = text->address;
}

/* Is there anything that has not been looked at, or from farther away? */
static bool look_on(struct search *search)
{
	struct s2m_text text;
	bool more = false;
	u32 i;

	for (i = 0; i < search->count && !search->full; i++) {
		struct stop *stop = &search->stops[i];

		if (stop->seen)
			continue;
		stop->seen = true;
		more = true;
		if (search->path->read(stop->address, &text))
			look_at(search, &text, i);
		s2m_breathe();
	}
	return more && !search->full;
}

static bool calls_what_leads(const struct search *search, const struct s2m_text *text)
{
	u64 target;
	bool calls;
	u32 i, j;

	for (i = 0; i < text->count; i++) {
		if (!leaves(text, i, &target, &calls))
			continue;
		for (j = 0; j < search->count; j++)
			if (search->stops[j].leads && search->stops[j].address == target)
				return true;
	}
	return false;
}

/*
 * Who calls a function that leads there leads there as well. What is called has mostly been
 * found after its callers, so backwards nearly all is told in one pass.
 */
static void trace_back(struct search *search)
{
	struct s2m_text text;
	bool more = true;
	u32 i;

	while (more) {
		more = false;
		for (i = search->count; i--;) {
			struct stop *stop = &search->stops[i];

			if (stop->leads || !search->path->read(stop->address, &text))
				continue;
			stop->leads = calls_what_leads(search, &text);
			more |= stop->leads;
			s2m_breathe();
		}
	}
}

static bool is_told(const struct search *search, u32 at)
{
	u32 i;

	for (i = 0; i < at; i++)
		if (search->stops[i].leads &&
		    search->stops[i].function == search->stops[at].function)
			return true;
	return false;
}

static void tell(const struct search *search)
{
	struct s2m_path *path = search->path;
	u32 i;

	for (i = 0; i < search->count; i++) {
		if (!search->stops[i].leads || is_told(search, i))
			continue;
		if (path->nr_through < S2M_MAX_THROUGH)
			path->through[path->nr_through] = search->stops[i].function;
		path->nr_through++;
	}
}

int s2m_path_follow(struct s2m_path *path, u64 from)
{
	struct search search = { .path = path };
	bool read;

	path->comes = 0;
	path->copy = 0;
	path->nr_through = 0;
	search.stops = s2m_alloc_array(MOST, sizeof(*search.stops));
	if (!search.stops)
		return -ENOMEM;
	note(&search, from, 0);
	while (look_on(&search))
		;
	read = search.stops[0].function;
	if (path->trace) {
		trace_back(&search);
		tell(&search);
	}
	s2m_free(search.stops);
	return read && !search.full ? 0 : -ENOENT;
}
