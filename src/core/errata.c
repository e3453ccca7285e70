// SPDX-License-Identifier: GPL-2.0-only
/*
 * The platforms that are known to corrupt what some types allow. Which of them this one
 * is, is found out by module and tool, each with its own means.
 */
#include <s2memattr/errata.h>

const struct s2m_erratum s2m_errata[S2M_NR_ERRATA] = {
	{
		.name = "Ampere Altra erratum 82288 (PCIE_65)",
		.because = "PCIe writes with gaps in their byte enables may go to wrong addresses",
		/* Its first root complex. */
		.pci = { 0x1def, 0xe100 },
	},
	{
		.name = "the erratum of NVIDIA Vera before revision 5",
		.because = "PCIe writes that do not enable all bytes may go to wrong addresses",
		.soc_id = "jep106:036b:0410",
		.soc_revisions = "0x0000000[0-4]",
	},
};

const struct s2m_erratum *s2m_erratum_against(u32 present, enum s2m_type type)
{
	unsigned int i;

	if (type != S2M_DEVICE_GRE && type != S2M_NORMAL_NC)
		return NULL;
	for (i = 0; i < S2M_NR_ERRATA; i++)
		if (present & 1U << i)
			return &s2m_errata[i];
	return NULL;
}
