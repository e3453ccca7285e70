/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where KVM looks up pages of VM_PFNMAP and VM_IO VMAs.
 */
#ifndef S2MEMATTR_LOOK_UP_H
#define S2MEMATTR_LOOK_UP_H

#include <linux/types.h>

/* KVM has two such calls, before and after it faults the page in. */
#define S2M_LOOK_UPS_MAX	8

/**
 * s2m_look_up_find() - find KVM's calls of the function
 *
 * VFIO calls the same function once for each page of a BAR that it maps for DMA.
 * What is put on KVM's own calls does not slow that down.
 *
 * Context: process context at load, after s2m_symbols_resolve().
 */
void s2m_look_up_find(void);

/**
 * s2m_look_up_calls() - the calls that s2m_look_up_find() found
 *
 * Return: their number, 0 if they are not known: then only the entry of the
 * function is sure to be passed.
 */
unsigned int s2m_look_up_calls(void);

/**
 * s2m_look_up_call() - one of the calls
 * @n: which, less than s2m_look_up_calls(); they ascend by address
 *
 * Return: the address of the BL instruction.
 */
void *s2m_look_up_call(unsigned int n);

/**
 * s2m_look_up_diverted() - may KVM look pages up without coming by those calls?
 *
 * Somebody is at the entry of a function that leads to one of them, by ftrace: a
 * livepatch, which has another function run in its place, or a tracer, which does no
 * harm; who is there cannot be told from its text.
 *
 * Context: process context.
 * Return: the function, or NULL.
 */
const void *s2m_look_up_diverted(void);

/**
 * s2m_look_up_function() - the function that is called
 *
 * Return: its entry, or NULL if this kernel has no such function.
 */
void *s2m_look_up_function(void);

#endif
