/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMs whose RAM is coherent with their VMM on hosts without FEAT_S2FWB.
 */
#ifndef S2MEMATTR_COHERENT_H
#define S2MEMATTR_COHERENT_H

#include <linux/types.h>

/**
 * s2m_coherent_prepare() - be there for a table that is about to be in force
 * @has_rules: it has rules about VMs
 *
 * Does nothing on a host with FEAT_S2FWB, where the hardware does it all.
 *
 * Context: process context, callers serialised.
 * Return: 0, or the error of register_kprobes().
 */
int s2m_coherent_prepare(bool has_rules);

/**
 * s2m_coherent_finish() - leave if nothing needs this any more
 * @in_force: a table is in force
 * @has_rules: it has rules about VMs
 *
 * While a table is in force this stays for the VMs that have it already, so that
 * a vCPU which they stop and start again gets what the others have.
 *
 * Context: process context, callers serialised.
 */
void s2m_coherent_finish(bool in_force, bool has_rules);

/**
 * s2m_coherent_state() - for people and tools
 *
 * Context: any.
 * Return: "armed", "off", "not-needed" on a host with FEAT_S2FWB, or "unavailable"
 * if this kernel does not allow it.
 */
const char *s2m_coherent_state(void);

#endif
