# SPDX-License-Identifier: GPL-2.0-only
# What a guest would pay if its writes of VM control registers were trapped for
# ever, as hosts without FEAT_S2FWB do until its caches are on. A figure a line:
#	figure STATE WHAT INSTRUCTIONS
count=1000
vm_start t
# each WORD...: one write of TTBR0_EL1 and the loop around it.
each() {
	local reply
	vm t switches 0 10 "$@" >/dev/null
	reply=$(vm t switches 0 $count "$@")
	echo $((${reply#ok } / count))
}
say "figure registers free $(each)"
say "figure registers trapped $(each trapped)"
vm_end t
