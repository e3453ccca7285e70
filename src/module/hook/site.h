/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the hook goes.
 */
#ifndef S2MEMATTR_SITE_H
#define S2MEMATTR_SITE_H

#include <linux/types.h>

/**
 * s2m_site_find() - find the call inside kvm_pgtable_stage2_map()
 *
 * The function prepares the attributes of the leaf to be made, calls
 * kvm_pgtable_walk() to make it, and orders the table updates with a DSB. At
 * that call nothing exists yet that a vCPU or a table walker could see, and no
 * other path to a stage-2 leaf of a fault goes around it.
 *
 * Context: process context at load, after s2m_symbols_resolve().
 * Return: 0; -ENXIO if there is no such call, -ENOTUNIQ if there are several,
 * -EILSEQ if what follows the call is not what this module knows; each with a
 * line in the log.
 */
int s2m_site_find(void);

/**
 * s2m_site_reached() - do a guest's faults come by the site?
 *
 * Nobody but the compiler says so: what is called at load to prove the hook is called by
 * its address.
 *
 * Context: process context at load, after s2m_symbols_resolve().
 * Return: 0; -ENXIO if no way leads from kvm_handle_guest_abort() to
 * kvm_pgtable_stage2_map(), -ENOTUNIQ if there is a copy of it on the way; -ENOMEM; each
 * with a line in the log.
 */
int s2m_site_reached(void);

/**
 * s2m_site_tells_copies() - is what s2m_site_reached() says of copies worth anything?
 *
 * It is if the function has itself what it looks for in others. To be asked when the
 * callback is proven to be the one that is known: otherwise that is what is wrong.
 *
 * Context: process context at load, after s2m_proof_run().
 * Return: 0; -ENXIO if not, -ENOMEM; each with a line in the log.
 */
int s2m_site_tells_copies(void);

/**
 * s2m_site() - the call that s2m_site_find() found
 *
 * Return: the address of the BL instruction.
 */
void *s2m_site(void);

/**
 * s2m_site_offset() - how far the site is into kvm_pgtable_stage2_map()
 *
 * Return: the offset in bytes.
 */
unsigned long s2m_site_offset(void);

/**
 * s2m_site_callee() - what the call calls
 *
 * Return: the address of kvm_pgtable_walk(); or, where the compiler has put that
 * into its caller, of _kvm_pgtable_walk().
 */
const void *s2m_site_callee(void);

/**
 * s2m_site_is_inlined() - has the compiler put kvm_pgtable_walk() into its caller?
 *
 * Return: whether the call passes what _kvm_pgtable_walk() takes, see
 * s2m_fault_inlined().
 */
bool s2m_site_is_inlined(void);

/**
 * s2m_site_patched() - does the kernel's text differ at the site right now?
 *
 * Reads the instruction, so it tells the truth also when somebody else has
 * disarmed all probes (debugfs kprobes/enabled).
 *
 * Return: whether the BL has been replaced.
 */
bool s2m_site_patched(void);

#endif
