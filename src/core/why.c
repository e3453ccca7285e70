// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words for reasons. Who has which reason is in s2memattr/decide.h and the module.
 */
#include <s2memattr/decide.h>

/* As the trace event prints them: trace.h has to spell them out itself. */
static const char * const why_words[] = {
	[S2M_WHY_MODE]			= "mode",
	[S2M_WHY_RULE]			= "rule",
	[S2M_WHY_NO_RULE]		= "no-rule",
	[S2M_WHY_NOT_DEVICE]		= "not-device",
	[S2M_WHY_NOT_GUEST]		= "not-guest-fault",
	[S2M_WHY_NESTED]		= "nested",
	[S2M_WHY_NO_MEMSLOT]		= "no-memslot",
	[S2M_WHY_NOT_IO]		= "vma-not-pfnmap-or-io",
	[S2M_WHY_RAM]			= "ram",
	[S2M_WHY_NOT_PCI]		= "not-a-pci-bar",
	[S2M_WHY_CACHEABLE]		= "vma-cacheable",
	[S2M_WHY_NOT_CACHEABLE]		= "vma-not-cacheable",
	[S2M_WHY_NOT_COHERENT]		= "no-fwb-or-dic",
	[S2M_WHY_MTE]			= "mte",
	[S2M_WHY_ERRATUM]		= "erratum",
	[S2M_WHY_REFUSED]		= "refused",
	[S2M_WHY_DOUBT]			= "doubt",
	[S2M_WHY_FUSE]			= "fuse",
	[S2M_WHY_AGAIN]			= "again",
};

const char *s2m_why_word(enum s2m_why why)
{
	const char *word = (unsigned int)why < ARRAY_SIZE(why_words) ? why_words[why] : NULL;

	return word ? word : "?";
}
