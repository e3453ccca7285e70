# SPDX-License-Identifier: GPL-2.0-only
# A BAR of a gigabyte, in blocks as large as this kernel makes them for device
# memory: pages on 6.1, 2 MiB from 6.12 on, and 1 GiB on kernels that size blocks
# from the VMA.
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
# at_level 1 2 3: the word for the level that there is
at_level() { eval "echo \$$level"; }

leaf_is() {
	local desc
	vm a load 0 nGnRnE "$2" 4 >/dev/null
	desc=$(vm a desc "$2")
	is "$1" "${desc##* }" "$3"
}
# A rule for one page in the middle of the BAR.
policy "device-nGnRE phys=$(printf '0x%x-0x%x' $((phys + 0x20003000)) $((phys + 0x20003fff)))" \
	"device-GRE"
leaf_is "first page" $BAR0 "$(at_level 0x1 0x3 0x3)"
leaf_is "last page" 83ffff000 "$(at_level 0x1 0x3 0x3)"
leaf_is "the page of the rule" 820003000 0x1
leaf_is "the page beside it" 820004000 "$(at_level 0x1 0x1 0x3)"
leaf_is "the next 2 MiB" 820200000 "$(at_level 0x1 0x3 0x3)"
before=$(stat reconciled)
policy "normal-nc phys=$(printf '0x%x-0x%x' $((phys + 0x20003000)) $((phys + 0x20003fff)))" \
	"device-GRE"
is "one page of a gigabyte is re-faulted" $(($(stat reconciled) - before)) 1
is "what is no block with it stays" "$(vm a desc 83ffff000 | cut -d' ' -f4)" "$(at_level none 0x3 0x3)"
leaf_is "the page of the rule" 820003000 "$(at_level 0x3 0x3 0x5)"
vm_end a
unload
