# SPDX-License-Identifier: GPL-2.0-only
# A kernel that reports no errors: a fuse that nobody watches is refused, not kept.
RULE="normal-nc prefetch=1 fuse"
WHY="fuse cannot be had: PCIe error reporting is switched off (pci=noaer or pci=nomsi)"
load
is "hook/fuse says so" "$(cat $S/hook/fuse)" unavailable
policy "native bar=1"
is "a rule with a fuse" "$(attempt write $S/policy "native bar=1
$RULE")" EOPNOTSUPP
is "is refused with a sentence" "$(cat $S/last_error)" "policy: rule 2: $WHY"
is "and nothing is changed" "$(cat $S/policy)" "native bar=1"
mode policy
is "in mode policy as well" "$(attempt write $S/policy "$RULE")" EOPNOTSUPP
is "with the same sentence" "$(cat $S/last_error)" "policy: rule 1: $WHY"
check "a rule without one is not" policy "normal-nc prefetch=1"
unload

# The mode's own.
check "fuse=1 is for mode normal-nc, and loads" load fuse=1
is "where the mode is refused" "$(attempt write $S/mode normal-nc)" EOPNOTSUPP
is "with a sentence" "$(cat $S/last_error)" "mode: $WHY"
is "and nothing is changed" "$(mode_now)" native
check "device-nGnRE needs no fuse" mode device-nGnRE
unload
dmesg -c >/dev/null
check "as the first mode it ends the load" sh -c "! modprobe s2memattr fuse=1 mode=normal-nc 2>/dev/null"
like "with the sentence" "$(dmesg | sed -n 's/.*s2memattr: //p')" "*$WHY: not loaded*"
