# SPDX-License-Identifier: GPL-2.0-only
# A machine where KVM runs protected, or where it does not run at all, or whose compiler
# has left nothing at the place of the hook that is known: the module stays out ($REFUSAL says why) and the machine stays healthy.
ko=/lib/modules/$(uname -r)/updates/s2memattr.ko
is "errno" "$(finit $ko)" "${REFUSAL%%:*}"
like "one sentence" "$(dmesg | grep s2memattr: | grep -v -e tainting -e taints)" \
	"*s2memattr: ${REFUSAL#*:}*: not loaded"
[ ! -e $S ] && [ ! -e /sys/module/s2memattr ] && ok "nothing left behind" || not_ok "left something"
