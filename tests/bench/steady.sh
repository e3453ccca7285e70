# SPDX-License-Identifier: GPL-2.0-only
# A guest that runs and takes no fault, without the rule coherent-ram and with it:
#	figure STATE loop INSTRUCTIONS	a store to a page that is mapped, median of 1024
#	figure STATE loops INSTRUCTIONS	the same, mean: with the host's interrupts
# On a CPU without FEAT_S2FWB, where the rule does something.
RAM=900000000
PAGES=400000
load standby=0
vm_start a
like "a VM" "$(vm a ram ram $RAM $PAGES)" 'ok*'

loop() {
	local reply
	vm a faults 1 nc $RAM $PAGES >/dev/null
	reply=$(vm a faults 1 nc $RAM $PAGES)
	# shellcheck disable=SC2086 # words: ok N min MIN median MEDIAN mean MEAN
	set -- "$1" $reply
	say "figure $1 loop $7"
	say "figure $1 loops $9"
}

loop coherent-absent
policy coherent-ram
mode policy
loop coherent-armed
vm_end a
vm_start a
like "a VM under the rule" "$(vm a ram ram $RAM $PAGES)" 'ok*'
is "whose RAM is coherent" "$(vm a mair 0)" "ok 0x00ff0c080400ffff 0x00ff0c080400ffff"
loop coherent-on
mode native
vm_end a
unload
