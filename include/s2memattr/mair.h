/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's MAIR_EL1, when its RAM is to be coherent with its VMM.
 */
#ifndef S2MEMATTR_MAIR_H
#define S2MEMATTR_MAIR_H

#include <s2memattr/base.h>

/**
 * s2m_mair_coherent() - make every Normal type Write-Back
 * @mair: MAIR_EL1, eight Attr fields
 *
 * Device types stay, and so do encodings that are reserved where FEAT_XS and
 * FEAT_MTE2 are missing (one half zero, the other not), Tagged Normal among
 * them, and Write-Back with whatever allocation hints. Everything else that is
 * Normal (Non-cacheable or Write-Through in either half) becomes 0xff: Write-
 * Back, Read- and Write-Allocate, Non-transient, in both halves. Arm ARM,
 * MAIR_EL1, "MAIR_ELx.Attr".
 *
 * Return: the register with those fields replaced.
 */
u64 s2m_mair_coherent(u64 mair);

#endif
