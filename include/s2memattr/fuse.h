/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a fuse blows for: uncorrected errors of PCI functions and of their memory.
 */
#ifndef S2MEMATTR_FUSE_H
#define S2MEMATTR_FUSE_H

#include <s2memattr/base.h>

/**
 * enum s2m_bus_error_kind - what is known of an error
 * @S2M_BUS_ERROR_NONFATAL: a function has reported one (AER)
 * @S2M_BUS_ERROR_FATAL: a function has reported one after which its link is not to be
 *	trusted (AER)
 * @S2M_BUS_ERROR_RECOVERY: the kernel begins to recover what is below a port (DPC, EDR)
 * @S2M_BUS_ERROR_CPU: a CPU has reported one, and the address
 * @S2M_BUS_ERROR_UNNAMED: some function has, and it is not known which
 */
enum s2m_bus_error_kind {
	S2M_BUS_ERROR_NONFATAL,
	S2M_BUS_ERROR_FATAL,
	S2M_BUS_ERROR_RECOVERY,
	S2M_BUS_ERROR_CPU,
	S2M_BUS_ERROR_UNNAMED,
};

/**
 * struct s2m_bus_error - an uncorrected error
 * @kind: what is known of it
 * @phys: for %S2M_BUS_ERROR_CPU: the first address of the page; all below is 0 then
 * @domain: of the function that reported it
 * @bus: likewise
 * @devfn: likewise
 * @apart: it is of that function for certain, and not of the device as a whole
 */
struct s2m_bus_error {
	enum s2m_bus_error_kind kind;
	u64 phys;
	u32 domain;
	u8 bus;
	u8 devfn;
	bool apart;
};

/**
 * s2m_bus_error_word() - the word for a kind of error
 * @kind: the kind
 *
 * Context: any.
 * Return: the word, or "?" for a value that is none.
 */
const char *s2m_bus_error_word(enum s2m_bus_error_kind kind);

#endif
