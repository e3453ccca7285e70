# SPDX-License-Identifier: GPL-2.0-only
# What it takes to decide a block of 2 MiB, of which the host has pages, against a page:
# what a fault costs more with the hook in than without, in instructions. One VMA and one
# BAR cover the block, which is what a VMM's mapping of a BAR looks like. For kernels that
# size blocks from the VMA.
#	figure decided page|block INSTRUCTIONS
bind $BIG
BLOCKS="0 1 2 3 4 5 6 7"
IPA=840200000		# blocks of 2 MiB, none of 1 GiB: the VMA is shorter
PAGES=900001000		# off the grid of blocks
mean() { vm a faults 1 nc "$1" "$2" | sed -n 's/^ok .* mean //p'; }

# cost_of WHAT: mean instructions of a fault
cost_of() {
	local sum=0 i got
	vm_forget a "$1" >/dev/null
	case $1 in
	pages) mean $PAGES 8000 ;;
	blocks)
		for i in $BLOCKS; do
			got=$(mean "$(printf %x $((0x$IPA + i * 0x200000)))" 1000)
			sum=$((sum + ${got:-0}))
		done
		echo $((sum / 8))
		;;
	esac
}

vm_start a --cpus 2
like "a VM" "$(vm a vfio $BIG)$(vm a map blocks $BIG 2 $IPA 200000 1000000)$(vm a map pages $BIG 2 $PAGES 2000000 100000)" 'ok*ok*ok*'
for _ in 1 2 3; do
	cost_of pages >/dev/null
	cost_of blocks >/dev/null
done
page=$(cost_of pages) block=$(cost_of blocks)
is "it is blocks" "$(vm a desc $IPA | cut -d' ' -f2)" 2
is "it is pages" "$(vm a desc $PAGES | cut -d' ' -f2)" 3
# By rules: a mode of one type may need no look at the VMA.
modprobe s2memattr standby=0
policy "normal-nc pci=$BIG"
mode policy
cost_of pages >/dev/null
cost_of blocks >/dev/null
page=$(($(cost_of pages) - page)) block=$(($(cost_of blocks) - block))
is "the type of a block" "$(vm a desc $IPA | cut -d' ' -f2,4)" "2 0x5"
is "nothing is refused" "$(stat refused)" 0
say "figure decided page $page"
say "figure decided block $block"
check "a block is decided in at most twice the instructions of a page ($block, $page)" \
	test "$block" -le $((2 * page))
check "and it takes some to decide" test "$page" -gt 50
mode native
unload
vm_end a
