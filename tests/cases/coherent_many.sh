# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154
# 512 VMs at a time have coherent-ram. Who comes when there are as many goes without,
# and is counted; when they have ended there is room again.
load
policy "coherent-ram comm=manyvms"
mode policy
refused=$(stat refused)
coherent=$(stat coherent)
is "515 VMs run" "$(manyvms 515)" 515
is "512 have it, three are refused" \
	"$(($(stat coherent) - coherent)) $(($(stat refused) - refused))" "512 3"
coherent=$(stat coherent)
refused=$(stat refused)
is "as many again, when they are gone" "$(manyvms 512)" 512
is "have it" "$(($(stat coherent) - coherent)) $(($(stat refused) - refused))" "512 0"
mode native
unload
