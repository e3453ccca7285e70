// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is made of a call for the table that nobody uses: whether the module may load, and
 * whether its hook is still met.
 */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "fault/proof_table.h"
#include "hook/hook.h"
#include "hook/proof.h"
#include "hook/site.h"
#include "kernel/symbols.h"

bool s2m_proof_hook_is_met(void)
{
	struct s2m_proof_answer answer = s2m_proof_table_call();

	return answer.seen && !answer.differs && !answer.result;
}

static int judge(const struct s2m_proof_answer *answer)
{
	if (!answer->seen) {
		pr_err("%ps does not come by the hook at %pS: not loaded\n",
		       s2m_symbols.stage2_map, s2m_site());
		return -ENXIO;
	}
	if (answer->differs) {
		pr_err("the call at %pS has %s elsewhere than this module knows: not loaded\n",
		       s2m_site(), answer->differs);
		return -EILSEQ;
	}
	if (answer->result) {
		pr_err("%ps returns %d where there is nothing to map: not loaded\n",
		       s2m_symbols.stage2_map, answer->result);
		return -EILSEQ;
	}
	return 0;
}

int s2m_proof_run(void)
{
	struct s2m_proof_answer answer;
	int err = s2m_hook_arm();

	if (err) {
		pr_err("cannot arm the hook by %s (error %d): not loaded\n",
		       s2m_hook_transport(), err);
		return -EBUSY;
	}
	answer = s2m_proof_table_call();
	s2m_hook_disarm();
	return judge(&answer);
}
