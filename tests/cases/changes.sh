# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154
# Who changed what: a line in the log and an event for each change that took effect.
lines() { dmesg | sed -n 's/.*s2memattr: \(\(mode\|table of\) .*, by .*\)/\1/p'; }
events() { grep -c ' change: ' $TRACE/trace; }
dmesg -c >/dev/null
load
echo >$TRACE/trace
echo 1 >$TRACE/events/s2memattr/change/enable
is "loading changes nothing" "$(lines)" ""

is "a mode" "$(attempt write $S/mode normal-nc)" 0
like "leaves a line" "$(lines)" 'mode normal-nc (was native), by pid [1-9]*, uid 0, comm "attempt"'
like "and an event" "$(grep ' change: ' $TRACE/trace)" \
	"*change: mode=normal-nc rules=0 generation=1 pid=[1-9]* uid=0 comm=attempt"
is "of the same process" "$(lines | sed 's/.*pid \([0-9]*\).*/\1/')" \
	"$(sed -n 's/.* change: .* pid=\([0-9]*\) .*/\1/p' $TRACE/trace)"
attempt write $S/mode normal-nc >/dev/null
attempt write $S/mode frobnicate >/dev/null
attempt write $S/policy rubbish >/dev/null
is "what changes nothing leaves none" "$(lines | wc -l) $(events)" "1 1"
attempt write $S/policy 'native bar=1' >/dev/null
like "a table leaves one" "$(lines | tail -n 1)" 'table of 1 rules (was 0), by pid *, uid 0, comm "attempt"'
odd=$(printf '/tmp/odd"\nna:me')
cp "$(command -v attempt)" "$odd"
"$odd" write $S/mode device-nGnRE >/dev/null
like "a name cannot break the line" "$(lines | tail -n 1)" 'mode device-nGnRE (was normal-nc), *comm "odd"*'
sleep 6

# Many in a row: not all, but how many are not, and the last one in any case.
dmesg -c >/dev/null
before=$(events)
generation=$(cat $S/generation)
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	attempt write $S/policy "native bar=1 pid=$i" >/dev/null
	attempt write $S/policy "native bar=2 pid=$i" >/dev/null
done
attempt write $S/mode policy >/dev/null
is "all take effect" "$(($(cat $S/generation) - generation))" 41
is "all are traced" "$(($(events) - before))" 41
last_is_told() { [ "$(lines | tail -n 1 | cut -d, -f1)" = "mode policy (was device-nGnRE)" ]; }
check "the last one is told" until_true 12 last_is_told
left=$(dmesg | sed -n 's/.*s2memattr: \([0-9]*\) changes are not listed here/\1/p' | awk '{ n += $1 } END { print n + 0 }')
note "$(lines | wc -l) of 41 listed"
is "none is lost without a word" "$(($(lines | wc -l) + left))" 41

# One that is not listed at once is, by itself, however slow this machine is.
sleep 6
count=0
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
	sh -c "echo \$\$ >/tmp/writer; exec attempt write $S/policy 'native bar=4 pid=$i'" >/dev/null
	[ "$(lines | wc -l)" -gt $count ] || break
	count=$(lines | wc -l)
done
is "one is left out" "$(lines | wc -l)" "$count"
left_out_is_told() { lines | tail -n 1 | grep -q "by pid $(cat /tmp/writer),"; }
check "and is told all the same" until_true 12 left_out_is_told

# Unloading does not lose it either.
dmesg -c >/dev/null
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do attempt write $S/policy "native bar=3 pid=$i" >/dev/null; done
echo 0 >$TRACE/events/s2memattr/change/enable
check "unloads" unload
like "unloading tells what was waiting" "$(lines | tail -n 1)" \
	'mode native (was policy), by pid *, uid 0, comm "rmmod"'
check "mode= at load" load mode=device-nGnRE
like "mode= is a change" "$(lines | tail -n 1)" 'mode device-nGnRE (was native), by pid *, uid 0, comm "*"'
unload
# What is accepted, and most likely not meant, is told with the table.
if [ "$CPU" = neoverse-v1 ] || [ "$CPU" = max ]; then
	load
	sleep 5
	dmesg -c >/dev/null
	if policy "native bar=1" "normal-wb driver=nvgrace-gpu-vfio-pci"; then
		like "a remark about a rule" "$(dmesg | grep 'rule 2')" "*rule 2: normal-wb without phys=*"
	else
		like "no normal-wb on this host" "$(cat $S/last_error)" "*CTR_EL0.DIC"
	fi
	unload
fi
