/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arrays that grow while an index is built.
 */
#ifndef S2MEMATTR_VEC_H
#define S2MEMATTR_VEC_H

#include <s2memattr/base.h>

/**
 * struct s2m_vec - an array that grows
 * @data: the elements
 * @count: how many there are
 * @room: how many fit
 * @size: bytes of one
 */
struct s2m_vec {
	void *data;
	u32 count;
	u32 room;
	u32 size;
};

#define S2M_VEC(type)		{ .size = sizeof(type) }

/**
 * s2m_vec_push() - append an element
 * @vec: the array
 *
 * Context: may sleep.
 * Return: the new element, not initialised, or NULL without memory. Elements
 * move when the array grows.
 */
void *s2m_vec_push(struct s2m_vec *vec);

/**
 * s2m_vec_trim() - give back the room that is not used
 * @vec: the array
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int s2m_vec_trim(struct s2m_vec *vec);

/**
 * s2m_vec_free() - free the elements
 * @vec: the array; empty afterwards
 *
 * Context: may sleep.
 */
void s2m_vec_free(struct s2m_vec *vec);

#endif
