# SPDX-License-Identifier: GPL-2.0-only
# Guests can keep mmu_lock busy (operations by set/way). A change waits for it, but how
# often is not up to how many memslots and leaves such a guest has.
bind $BIG
load standby=0
other=device-nGnRE
[ "$NATIVE" = normal-nc ] || other=normal-nc
SLOTS=60
BUSY=/sys/module/mmubusy/parameters

ipa() { printf '%x' $((0x$BAR0 + $1 * 0x200000)); }
# A change for all slots: $dropped is what it dropped, $sections how often it took the lock.
change() {
	local i before
	mode native
	for i in $(seq 1 $SLOTS); do
		vm a load 0 nGnRnE "$(ipa "$i")" 4 >/dev/null
	done
	before=$(stat reconciled)
	echo 0 >$BUSY/sections
	[ -z "$1" ] || echo "$1" 2>/dev/null >$BUSY/hold || return 1
	mode $other
	sections=$(cat $BUSY/sections)
	dropped=$(($(stat reconciled) - before))
}

modprobe mmubusy
vm_start a
like "a VM" "$(vm a vfio $BIG)" 'ok*'
for i in $(seq 1 $SLOTS); do
	vm a map "s$i" $BIG 2 "$(ipa "$i")" "$(printf '%x' $((i * 0x2000)))" 1000 >/dev/null
done
change
is "all $SLOTS leaves are dropped" "$dropped" $SLOTS
free=$sections
# Some microseconds at a time, so that guests' faults are not kept waiting.
[ "$free" -ge 2 ] && ok "a free lock is taken $free times" || not_ok "a free lock is taken $free times"
if change 5000; then
	is "all $SLOTS leaves are dropped" "$dropped" $SLOTS
	[ "$sections" -ge 1 ] && [ "$sections" -le $((free / 4)) ] &&
		ok "one that had to be waited for only $sections times" ||
		not_ok "one that had to be waited for is taken $sections times"
	is "nothing is left" "$(vm a desc "$(ipa $SLOTS)" | cut -d' ' -f4)" none
else
	note "this kernel's mmu_lock cannot be held for somebody else"
fi
vm_end a
rmmod mmubusy
mode native
unload
