# SPDX-License-Identifier: GPL-2.0-only
# One event for each decision, with all of its facts.
bind $SHM0
load
vm_with_bar a $SHM0 2 $BAR0
phys=$(awk 'NR == 3 { print $1 }' $PCI/$SHM0/resource | sed 's/0x0*/0x/')
other=device-nGnRE
[ "$NATIVE" = normal-nc ] || other=normal-nc

last_event() { sed -n 's/.* decision: //p' $TRACE/trace | tail -n 1; }

echo 1 >$TRACE/events/s2memattr/decision/enable
vm a load 0 nc $BAR0 4 >/dev/null
is "no event while native" "$(last_event)" ""
mode $other
faults=$(stat faults)
rewritten=$(stat rewritten)
vm a load 0 nc $BAR0 4 >/dev/null
# A page, or from 6.12 on a block.
like "an event tells all" "$(last_event)" \
	"ipa=0x$BAR0 phys=$phys size=0x*000 dev=$SHM0 bar=2 kvm=$NATIVE used=$other why=mode rule=0"
is "it counts as a fault" "$(stat faults)" $((faults + 1))
is "and as rewritten" "$(stat rewritten)" $((rewritten + 1))
mode "$NATIVE"
kept=$(stat kept)
vm a load 0 nc $BAR0 4 >/dev/null
like "KVM's own type told as such" "$(last_event)" \
	"ipa=0x$BAR0 phys=$phys size=0x*000 dev=$SHM0 bar=2 kvm=$NATIVE used=$NATIVE why=mode rule=0"
is "it counts as kept" "$(stat kept)" $((kept + 1))
echo 0 >$TRACE/events/s2memattr/decision/enable
vm_end a
unload
