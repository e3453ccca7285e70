/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which device memory guests have, and of which type it is for them.
 */
#ifndef S2MEMATTR_MAPPINGS_H
#define S2MEMATTR_MAPPINGS_H

#include "tell/printout.h"

/**
 * s2m_mappings_print() - print the live stage-2 mappings of PFNMAP and IO VMAs
 * @report: where the lines go; see S2M_MAPPING_RANGE
 *
 * One line for each run of leaves that has one type, one BAR and, in mode
 * policy, one rule. The type is what the stage-2 table says. The rule is the
 * one that decides now; a mapping that was made when the process had another
 * name, user or group may be older than that.
 *
 * A VMM that keeps its mmap lock is waited for, for two seconds at most, whatever their
 * number. Then its lines are of what is no RAM, and tell no rule.
 *
 * VMs and mappings that come or go meanwhile may be in it or not.
 *
 * Context: process context, may sleep.
 * Return: 0, -ENOMEM, or -EINTR if the reader is killed.
 */
int s2m_mappings_print(struct s2m_printout *report);

#endif
