/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the checks of the doctor share.
 */
#ifndef S2MEMATTR_CLI_DOCTOR_H
#define S2MEMATTR_CLI_DOCTOR_H

#include "cli.h"

/**
 * enum cli_state - how a check ended
 * @CLI_STATE_OK: nothing to do
 * @CLI_STATE_WARN: worth a look
 * @CLI_STATE_FAIL: in the way of what this is for
 * @CLI_STATE_UNKNOWN: could not be found out
 */
enum cli_state {
	CLI_STATE_OK,
	CLI_STATE_WARN,
	CLI_STATE_FAIL,
	CLI_STATE_UNKNOWN,
};

/**
 * cli_state_word() - the word for how a check ended
 * @state: how
 *
 * Return: the word.
 */
const char *cli_state_word(enum cli_state state);

/**
 * struct cli_doctor - a system that is looked at
 * @findings: a JSON array, in the order of the checks
 * @log: the kernel's log, one message a line, or NULL
 * @release: of the running kernel, or NULL
 * @loaded: the module is loaded
 * @mode: the position of the knob, if it is
 * @in_force: that mode is true of all guests
 * @errata: of this machine, for s2m_erratum_against(); force=1 lifts the module's
 *	refusal, but does not make advice of what it would be
 * @gives_nc: what this kernel does by itself: 1 Normal-NC, 0 Device, -1 unknown
 */
struct cli_doctor {
	json_t *findings;
	char *log;
	char *release;
	bool loaded;
	enum s2m_mode mode;
	bool in_force;
	u32 errata;
	int gives_nc;
};

/**
 * cli_find() - note the result of a check
 * @doctor: the doctor
 * @check: the check's name
 * @state: how it ended
 * @advice: what to do, or NULL
 * @fmt: what was found
 */
__printf(5, 6)
void cli_find(struct cli_doctor *doctor, const char *check, enum cli_state state,
	      const char *advice, const char *fmt, ...);

/**
 * cli_gather_doctor() - all checks
 *
 * Return: what they found, a JSON array in their order.
 */
json_t *cli_gather_doctor(void);

/**
 * cli_kernel_log() - the kernel's messages since boot
 *
 * Return: one message a line, without what stands before the text, or NULL if
 * they may not be read.
 */
char *cli_kernel_log(void);

/**
 * cli_headers_advice() - how to install the headers of a kernel
 * @release: the kernel's release
 *
 * Return: the command in quotes, for the distribution that names its kernels so; to be
 * freed.
 */
char *cli_headers_advice(const char *release);

/**
 * cli_against_nc() - what speaks against Normal-NC on this machine
 * @doctor: the doctor
 *
 * Who is about to advise Normal-NC asks this first.
 *
 * Return: an erratum, or NULL.
 */
const struct s2m_erratum *cli_against_nc(const struct cli_doctor *doctor);

/**
 * cli_log_has() - does the kernel's log have a text?
 * @doctor: the doctor
 * @text: the text
 *
 * Return: whether it has; not if it may not be read.
 */
bool cli_log_has(const struct cli_doctor *doctor, const char *text);

/* The checks: of the machine and its kernel, of the module, of what was seen. */
void cli_check_architecture(struct cli_doctor *doctor);
void cli_check_kvm(struct cli_doctor *doctor);
void cli_check_fwb(struct cli_doctor *doctor);
void cli_check_native(struct cli_doctor *doctor);
void cli_check_platform(struct cli_doctor *doctor);
void cli_check_version(struct cli_doctor *doctor);
void cli_check_host_mappings(struct cli_doctor *doctor);
void cli_check_tlbi(struct cli_doctor *doctor);
void cli_check_ordering(struct cli_doctor *doctor);
void cli_check_deaths(struct cli_doctor *doctor);
void cli_check_module(struct cli_doctor *doctor);
void cli_check_headers(struct cli_doctor *doctor);
void cli_check_kernels(struct cli_doctor *doctor);
void cli_check_config(struct cli_doctor *doctor);
void cli_check_signature(struct cli_doctor *doctor);
void cli_check_hook(struct cli_doctor *doctor);
void cli_check_probes(struct cli_doctor *doctor);
void cli_check_alignment(struct cli_doctor *doctor);
void cli_check_coherent(struct cli_doctor *doctor);
void cli_check_fuse(struct cli_doctor *doctor);

#endif
