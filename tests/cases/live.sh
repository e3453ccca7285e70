# SPDX-License-Identifier: GPL-2.0-only
# Switching under running guests.
bind $SHM0
bind $SHM1

# A VM that is older than the module, counting through the BAR all the while.
vm_with_bar a $SHM0 2 $BAR0
like "counting starts" "$(vm a count 0 nc $BAR0)" 'ok*'
check "loads under a running guest" load

flips=$FLIPS
i=0
before=$(stat reconciled)
start=$(cut -d. -f1 /proc/uptime)
while [ $i -lt $flips ]; do
	mode normal-nc || break
	mode device-nGnRE || break
	i=$((i + 2))
done
is "$flips flips" $i $flips
note "$flips flips took $(($(cut -d. -f1 /proc/uptime) - start)) s"
[ $(($(stat reconciled) - before)) -ge $flips ] && ok "each re-faulted the BAR" ||
	not_ok "each re-faulted the BAR: $before, now $(stat reconciled)"
reply=$(vm a stop 0)
set -- $reply
note "counter: $reply"
is "nothing lost, nothing repeated" "$1 ${3:-}" "ok 0"
[ "${2:-0}" -gt $flips ] && ok "the guest went on counting" || not_ok "the guest counted $reply"
type_is "after the last flip" a $BAR0 device-nGnRE

# Two VMs, one write.
vm_with_bar b $SHM1 2 $BAR1
for word in normal-nc device-nGnRE normal-nc; do
	mode $word
	type_is "first VM after one write" a $BAR0 $word
	type_is "second VM after the same write" b $BAR1 $word
done

# A write has taken effect when it returns: the table holds no old leaf then.
vm a load 0 nc $BAR0 4 >/dev/null
mode device-nGnRE
like "no leaf survives the write" "$(vm a leaves $BAR0 1000)" 'ok *none*'

# A VM that dies in the middle of a flip.
like "storm" "$(vm b storm 0 nc $BAR1 100000)" 'ok*'
generation=$(cat $S/generation)
(
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		mode normal-nc && mode device-nGnRE || exit
	done
) &
flipper=$!
usleep 50000
kill -0 $flipper && during=yes || during=no
vm_kill b
is "a VM was killed during flips" $during yes
wait $flipper
is "each of them went well" $? 0
is "and there were so many" "$(cat $S/generation)" $((generation + 20))
mode normal-nc
type_is "the other VM goes on" a $BAR0 normal-nc
vm_end a
unload

# $LOADS times in and out under a guest that faults without pause.
vm_with_bar c $SHM0 2 $BAR0
like "storm" "$(vm c storm 0 nc $BAR0 100000)" 'ok*'
i=0
while [ $i -lt "$LOADS" ]; do
	load mode=$([ $((i % 2)) = 0 ] && echo normal-nc || echo device-nGnRE) || break
	unload || break
	i=$((i + 1))
done
is "loaded and unloaded" $i "$LOADS"
like "the guest never noticed" "$(vm c stop 0)" 'ok * 0'
type_is "and has the kernel's own type" c $BAR0 "$NATIVE"
vm_end c
