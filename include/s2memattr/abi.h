/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the module says in sysfs and the command line tool reads there: names
 * and fixed words. The files are described in docs/ABI.
 */
#ifndef S2MEMATTR_ABI_H
#define S2MEMATTR_ABI_H

#define S2M_MODULE		"s2memattr"
#define S2M_SYSFS		"/sys/kernel/" S2M_MODULE

/* Files below S2M_SYSFS. */
#define S2M_FILE_MODE		"mode"
#define S2M_FILE_UNALIGNED	"unaligned"
#define S2M_FILE_POLICY		"policy"
#define S2M_FILE_HITS		"policy_hits"
#define S2M_FILE_STAGE		"policy_stage"
#define S2M_FILE_COMMIT		"policy_commit"
#define S2M_FILE_ERROR		"last_error"
#define S2M_FILE_GENERATION	"generation"
#define S2M_FILE_TRANSPORT	"hook/transport"
#define S2M_FILE_SITE		"hook/site"
#define S2M_FILE_ARMED		"hook/armed"
#define S2M_FILE_MISSED		"hook/missed"
#define S2M_FILE_STATE		"hook/state"
#define S2M_FILE_SURVIVAL	"hook/survival"
#define S2M_FILE_COHERENT	"hook/coherent"
#define S2M_FILE_MAPPINGS	"mappings"
#define S2M_FILE_FUSES		"fuses"
#define S2M_FILE_FUSE		"hook/fuse"
#define S2M_DIR_STATS		"stats"

/* Words of unaligned. */
#define S2M_FAULT		"fault"
#define S2M_EMULATE		"emulate"

/* Words of hook/state, */
#define S2M_STATE_OFF		"off"
#define S2M_STATE_STANDBY	"standby"
#define S2M_STATE_ARMED		"armed"
#define S2M_STATE_CLOSED	"closed"
#define S2M_STATE_LOST		"lost"
/* and of hook/survival, hook/coherent and hook/fuse, beside "armed" and "off". */
#define S2M_STATE_UNAVAILABLE	"unavailable"
#define S2M_STATE_NOT_NEEDED	"not-needed"

/* What last_error says when the last write went well. */
#define S2M_NO_ERROR		"ok"

/* Stands in policy_hits where the others have a rule. */
#define S2M_HITS_NO_RULE	"(no rule)"

/* What policy_commit takes. */
#define S2M_COMMIT		"1"
#define S2M_DROP		"0"

/*
 * A line of mappings: words of key=value in this order. Values are hex after
 * 0x, else decimal, and "-" for what there is not; "?" for a rule that cannot be told
 * because the VMM keeps its address space busy.
 *
 *     pid=812 ipa=0x800000000 size=0x400000 phys=0x8000400000 leaf=0x1000
 *     level=3 type=normal-nc dev=0000:00:06.0 bar=2 rule=1
 */
#define S2M_MAPPING_RANGE	"pid=%d ipa=0x%llx size=0x%llx phys=0x%llx leaf=0x%llx level=%d"
#define S2M_MAPPING_TYPE	" type=%s"
#define S2M_MAPPING_BAR		" dev=%04x:%02x:%02x.%x bar=%u"
#define S2M_MAPPING_NO_BAR	" dev=- bar=-"
#define S2M_MAPPING_RULE	" rule=%u\n"
#define S2M_MAPPING_NO_RULE	" rule=-\n"
#define S2M_MAPPING_UNSURE_RULE	" rule=?\n"

/*
 * A line of fuses, likewise, but that the text of the rule follows, if there is one:
 *
 *     dev=0000:01:00.0 since=1795870800 error=fatal by=0000:00:0b.0 phys=- rule=2 normal-nc fuse
 */
#define S2M_FUSE_FUNCTION	"%04x:%02x:%02x.%x"
#define S2M_FUSE_BEGIN		"dev=" S2M_FUSE_FUNCTION " since=%lld error=%s"
#define S2M_FUSE_BY		" by=" S2M_FUSE_FUNCTION " phys=-"
#define S2M_FUSE_PHYS		" by=- phys=0x%llx"
#define S2M_FUSE_UNNAMED	" by=- phys=-"
#define S2M_FUSE_RULE		" rule=%u %s\n"
#define S2M_FUSE_NO_RULE	" rule=-\n"

/* What fuses takes, beside the address of a function. */
#define S2M_ALL			"all"

/* The trace event for each decision. */
#define S2M_TRACE_EVENT		"events/" S2M_MODULE "/decision"

#endif
