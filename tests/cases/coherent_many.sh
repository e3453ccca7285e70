# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154
# 512 VMs at a time have coherent-ram. Who comes when there are as many goes without,
# and is counted; when they have ended there is room again.
load
policy "coherent-ram comm=manyvms"
mode policy
refused=$(stat refused)
coherent=$(stat coherent)
is "512 VMs" "$(manyvms 512)" 512
is "have it" "$(($(stat coherent) - coherent)) $(($(stat refused) - refused))" "512 0"
coherent=$(stat coherent)
is "515 VMs run all the same" "$(manyvms 515)" 515
is "three of them are refused" "$(($(stat refused) - refused))" 3
note "coherent counts $(($(stat coherent) - coherent))"
refused=$(stat refused)
is "another, when they are gone" "$(manyvms 1)" 1
is "is not" "$(($(stat refused) - refused))" 0
mode native
unload
