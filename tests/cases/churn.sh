# SPDX-License-Identifier: GPL-2.0-only
# Somebody binds and unbinds a device without end while a large table has to be compiled
# anew for it: guests of other devices go on.
bind $SHM0
bind $SHM1
load standby=0
other=device-nGnRE
[ "$NATIVE" = normal-nc ] || other=normal-nc
ms() { awk '{ print int($1 * 1000) }' /proc/uptime; }
awk 'BEGIN { for (i = 0; i < 32700; i++) printf "device-GRE phys=0x%x000-0x%xfff pid=%d\n", 4096 + i % 4000, 4096 + i % 4000, i + 1 }' >/tmp/big
echo "$other pci=$SHM0" >>/tmp/big
cat /tmp/big >$S/policy_stage
is "a large table" "$(attempt write $S/policy_commit 1)" 0
mode policy
vm_with_bar a $SHM0 2 $BAR0
type_is "before" a $BAR0 "$other"

(while :; do
	echo $SHM1 >$PCI/$SHM1/driver/unbind
	echo $SHM1 >/sys/bus/pci/drivers_probe
done) &
churner=$!
worst=0
retried=$(stat retried)
round=0
export PATIENCE=60
while [ $round -lt 12 ]; do
	round=$((round + 1))
	vm_forget a a
	begin=$(ms)
	answer=$(vm a load 0 nc $BAR0 4)
	took=$(($(ms) - begin))
	[ $took -le $worst ] || worst=$took
	case $answer in "ok 0x"*) ;; *) break ;; esac
	usleep 200000
done
like "the guest goes on" "$answer" 'ok 0x*'
# Time would tell of the emulator as well: of it, there is a note.
retried=$(($(stat retried) - retried))
[ $retried -lt 50 ] && ok "and is not sent back ($retried times)" || not_ok "and is not sent back: $retried times"
note "$worst ms at most"
kill $churner
wait $churner
vm_end a
bind $SHM1
vm_with_bar b $SHM1 2 $BAR0
type_is "the device itself, when it has come to rest" b $BAR0 "$NATIVE"
vm_end b
mode native
unload
