// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arrays that grow while an index is built. Decisions only read them.
 */
#include "vec.h"

static int resize(struct s2m_vec *vec, u32 room)
{
	void *data = s2m_alloc_array(room, vec->size);

	if (!data)
		return -ENOMEM;
	if (vec->count)
		memcpy(data, vec->data, (size_t)vec->count * vec->size);
	s2m_free(vec->data);
	vec->data = data;
	vec->room = room;
	return 0;
}

void *s2m_vec_push(struct s2m_vec *vec)
{
	if (vec->count == vec->room && resize(vec, vec->room ? vec->room * 2 : 16))
		return NULL;
	return (char *)vec->data + (size_t)vec->count++ * vec->size;
}

int s2m_vec_trim(struct s2m_vec *vec)
{
	return vec->count == vec->room ? 0 : resize(vec, vec->count);
}

void s2m_vec_free(struct s2m_vec *vec)
{
	s2m_free(vec->data);
	vec->data = NULL;
	vec->count = 0;
	vec->room = 0;
}
