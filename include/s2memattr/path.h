/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a function comes to another one, read from the text.
 *
 * Compilers cut functions up, put them into their callers and rename what is left, so
 * what lies between the two is not looked for by name: calls and jumps are followed, a
 * few functions deep. A function whose address is formed is as good as called: so are
 * one that is chosen at run time and one that is called by a veneer.
 */
#ifndef S2MEMATTR_PATH_H
#define S2MEMATTR_PATH_H

#include <s2memattr/way_out.h>

/* Functions on a path that are noted. */
#define S2M_MAX_THROUGH	8

/**
 * struct s2m_path - what is looked for, and what was found
 * @to: the function to come to
 * @part: a function whose address @to forms: who else forms it, or calls it, has a copy of
 *	@to in it; or 0
 * @trace: whether to note all functions by which one comes there
 * @read: finds the function that an address is in, false if there is none that can be
 *	read; its text is used until the next call
 * @comes: found: a function on the path that calls @to, or forms its address; or 0
 * @copy: found: a function on the path that has a copy of @to in it; or 0
 * @nr_through: found, with @trace: how many functions lead there, calling each other
 * @through: found, with @trace: the first of these
 */
struct s2m_path {
	u64 to;
	u64 part;
	bool trace;
	bool (*read)(u64 address, struct s2m_text *text);
	u64 comes;
	u64 copy;
	u32 nr_through;
	u64 through[S2M_MAX_THROUGH];
};

/**
 * s2m_path_follow() - follow calls and jumps from a function
 * @path: what is looked for; where the answers go
 * @from: the function's first instruction
 *
 * What lies in @path->to is not followed, nor what cannot be read.
 *
 * Context: may sleep.
 * Return: 0; -ENOENT if @from cannot be read, or if there are too many functions on the
 * way; -ENOMEM.
 */
int s2m_path_follow(struct s2m_path *path, u64 from);

/**
 * s2m_path_forms() - does a function form an address?
 * @text: the function
 * @address: the address
 *
 * Return: whether it does, in one of the ways in which compilers and linkers have it.
 */
bool s2m_path_forms(const struct s2m_text *text, u64 address);

#endif
