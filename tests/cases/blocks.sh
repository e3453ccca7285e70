# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2086 # words
# A BAR of a gigabyte, in blocks as large as this kernel makes them for device
# memory: pages on 6.1, 2 MiB from 6.12 on (512 MiB with pages of 64 KiB), and 1 GiB on
# kernels that size blocks from the VMA.
bind $BIG
[ -z "$THP" ] || like "transparent huge pages: $THP" \
	"$(cat /sys/kernel/mm/transparent_hugepage/enabled)" "*\[$THP\]*"
load
mode policy
phys=$(bar_phys $BIG 2)
vm_start a
like "a BAR of 1 GiB" "$(vm a vfio $BIG)$(vm a map b $BIG 2 $BAR0)" 'ok*ok*'
vm a load 0 nGnRnE $BAR0 4 >/dev/null
desc=$(vm a desc $BAR0)
level=$(echo "$desc" | cut -d' ' -f2)
note "leaves of level $level"
case $level in
1 | 2 | 3) ok "leaves of some size" ;;
*) not_ok "leaves of some size: $desc" ;;
esac
# Bytes of a block of level 1, 2 and 3.
case $PAGE in
4096) blocks="40000000 200000 1000" ;;
16384) blocks="none 2000000 4000" ;;
65536) blocks="none 20000000 10000" ;;
esac
block=$((0x$(echo $blocks | cut -d' ' -f"$level")))
ipa() { printf '%x' $((0x$BAR0 + $1)); }

leaf_is() {
	local desc
	vm a load 0 nGnRnE "$2" 4 >/dev/null
	desc=$(vm a desc "$2")
	is "$1" "${desc##* }" "$3"
}
# A rule for one page in the middle of the BAR. A block that it is in has the stricter
# type all over.
at=$((0x20000000 + 3 * PAGE))
page=$(printf 'phys=0x%x-0x%x' $((phys + at)) $((phys + at + PAGE - 1)))
# outside OFFSET WORD ELSE: WORD if that is in another block than the rule's page.
outside() { if [ $(($1 / block)) -ne $((at / block)) ]; then echo "$2"; else echo "$3"; fi; }
last=$((0x40000000 - PAGE)) next=$((at + PAGE)) further=$((at / 0x200000 * 0x200000 + 0x200000))
policy "device-nGnRE $page" "device-GRE"
leaf_is "first page" $BAR0 "$(outside 0 0x3 0x1)"
leaf_is "last page" "$(ipa $last)" "$(outside $last 0x3 0x1)"
leaf_is "the page of the rule" "$(ipa $at)" 0x1
leaf_is "the page beside it" "$(ipa $next)" "$(outside $next 0x3 0x1)"
leaf_is "the next 2 MiB" "$(ipa $further)" "$(outside $further 0x3 0x1)"
before=$(stat reconciled)
policy "normal-nc $page" "device-GRE"
is "one page of a gigabyte is re-faulted" $(($(stat reconciled) - before)) 1
is "what is no block with it stays" "$(vm a desc "$(ipa $last)" | cut -d' ' -f4)" \
	"$(outside $last 0x3 none)"
leaf_is "the page of the rule" "$(ipa $at)" "$([ $block = $PAGE ] && echo 0x5 || echo 0x3)"
vm_end a
unload
