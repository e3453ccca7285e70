/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which functions of KVM's come to others: to kvm_pgtable_stage2_map(), or to any.
 */
#ifndef S2MEMATTR_KERNEL_PATH_H
#define S2MEMATTR_KERNEL_PATH_H

#include <linux/types.h>
#include <s2memattr/path.h>

/**
 * struct s2m_path_to_map - how a function comes to map something
 * @comes: a function on the way that calls kvm_pgtable_stage2_map(), by name or by
 *	address; or NULL
 * @copy: a function on the way that has a copy of it in it, which the hook is not in; or
 *	NULL
 */
struct s2m_path_to_map {
	const void *comes;
	const void *copy;
};

/**
 * s2m_path_find() - follow the calls of a function
 * @from: the function
 * @path: where the answer goes
 *
 * Context: process context at load, after s2m_symbols_resolve().
 * Return: 0; -ENOENT if the function cannot be read; -ENOMEM, with a line in the log.
 */
int s2m_path_find(const void *from, struct s2m_path_to_map *path);

/**
 * s2m_path_check_part() - would a copy of kvm_pgtable_stage2_map() be known?
 *
 * Context: process context at load, after s2m_symbols_resolve().
 * Return: 0; -ENOENT if that function does not form the address by which s2m_path_find()
 * knows its copies; -ENOMEM, with a line in the log.
 */
int s2m_path_check_part(void);

/**
 * s2m_path_trace() - by which functions one comes to another
 * @from: the first function
 * @to: the last one
 * @through: where those are noted by which one comes to @to, @from among them
 *
 * Context: process context at load, after s2m_symbols_resolve().
 * Return: how many there are; 0 if that cannot be told.
 */
unsigned int s2m_path_trace(const void *from, const void *to,
			    const void *through[S2M_MAX_THROUGH]);

#endif
