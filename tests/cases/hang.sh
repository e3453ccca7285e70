# SPDX-License-Identifier: GPL-2.0-only
# Nobody can stop a change of the policy, nor hide from it.
bind $SHM0
bind $SHM1
load standby=0
other=device-nGnRE
[ "$NATIVE" = normal-nc ] || other=normal-nc

ms() { awk '{ print int($1 * 1000) }' /proc/uptime; }
# spent COMMAND...: milliseconds
spent() {
	local begin
	begin=$(ms)
	"$@"
	echo $(($(ms) - begin))
}
leaf() { vm "$1" desc "$2" | cut -d' ' -f4; }
touch_bars() {
	vm a load 0 nGnRnE $BAR0 4 >/dev/null
	vm b load 0 nGnRnE $BAR1 4 >/dev/null
}

vm_with_bar a $SHM0 2 $BAR0
vm_with_bar b $SHM1 2 $BAR1
touch_bars
without=$(spent mode $other)
mode native
touch_bars
is "both are mapped" "$(leaf a $BAR0) $(leaf b $BAR1)" "$(memattr_of $NATIVE) $(memattr_of $NATIVE)"

# A process with a VM and a device keeps its mmap_lock, for ever, and one of its
# threads waits to write it.
modprobe fuse 2>/dev/null
mkdir -p /tmp/stall
stallfs /tmp/stall &
server=$!
until_true 5 test -f /tmp/stall/f
like "a fault that does not end" "$(vm b stall /tmp/stall/f)" ok
# To forget what has been referenced takes the lock to write, on all kernels.
stuck() { ! timeout 2 sh -c "echo 1 >/proc/$(vm_pid b)/clear_refs" 2>/dev/null; }
check "its mmap_lock is kept" until_true 10 stuck

# Nor does it keep those waiting who only look, or the module from being unloaded.
mode policy
begin=$(ms)
timeout 20 cat $S/mappings >/tmp/lines
is "reading mappings ends" $? 0
took=$(($(ms) - begin))
[ $took -lt 5000 ] && ok "in time ($took ms)" || not_ok "in time: $took ms"
like "what can be told is" "$(grep "^pid=$(vm_pid b) ipa=0x$BAR1 " /tmp/lines)" \
	"* type=$NATIVE dev=$SHM1 bar=2 rule=\?"
like "of the others all is" "$(grep "^pid=$(vm_pid a) ipa=0x$BAR0 " /tmp/lines)" \
	"* type=$NATIVE dev=$SHM0 bar=2 rule=-"
is "and nothing else" "$(grep -vc -e "^pid=$(vm_pid a) ipa=0x$BAR0 " -e "^pid=$(vm_pid b) ipa=0x$BAR1 " /tmp/lines)" 0
cat $S/mappings >/dev/null &
reader=$!
usleep 300000
begin=$(ms)
timeout 20 rmmod s2memattr
is "unloading beside a reader ends" $? 0
took=$(($(ms) - begin))
[ $took -lt 8000 ] && ok "in time ($took ms)" || not_ok "in time: $took ms"
wait $reader
load standby=0
(
	spent mode $other >/tmp/took.tmp
	mv /tmp/took.tmp /tmp/took
) &
writer=$!
limit=$((3 * without / 1000 + 3))
if until_true $limit test -e /tmp/took; then
	ok "a change does not wait for it ($(cat /tmp/took) ms, without it $without ms)"
	is "its own VM has lost its mapping when the write returns" "$(leaf b $BAR1)" none
	is "and so has the other one" "$(leaf a $BAR0)" none
	type_is "the other one goes on" a $BAR0 $other
	is "and the change is in force" "$(mode_now)" $other
else
	not_ok "a change does not wait for it: none after $limit s (without it $without ms)"
fi
kill $server
kill -KILL "$(vm_pid b)"
wait $writer
vm_gone b
umount /tmp/stall 2>/dev/null
rm -f /tmp/took

# Nor is anybody kept waiting by a thread that is within the module, where an access that
# is carried out for a guest waits for that lock: unloading is refused at once.
# Where the host's own table says Device nobody needs it: half of the access is in RAM.
mode device-nGnRE
page=$(printf %x $PAGE)
behind=$(printf %x $((0x900000000 + 19 * PAGE)))
across=$(printf %x $((0x$behind - 3)))
carries=
if echo emulate 2>/dev/null >$S/unaligned; then
	carries=maybe
	vm_start c
	like "a page of a BAR, and RAM behind it" \
		"$(vm c vfio $SHM1)$(vm c map one $SHM1 2 $(printf %x $((0x$behind - PAGE))) 0 $page)$(vm c ram two $behind $page)" 'ok*ok*ok*'
	like "both mapped" "$(vm c load 0 nc $(printf %x $((0x$behind - 16))) 8 miss)$(vm c load 0 wb $behind 8 miss)" 'ok*ok*'
	vm c load 0 nc $across 8 miss >/dev/null
fi
if [ "$(stat emulated)" -gt 0 ]; then
	stallfs /tmp/stall &
	server=$!
	until_true 5 test -f /tmp/stall/f
	like "a fault that does not end, again" "$(vm c stall /tmp/stall/f)" ok
	stuck_too() { ! timeout 2 sh -c "echo 1 >/proc/$(vm_pid c)/clear_refs" 2>/dev/null; }
	check "its mmap_lock is kept, too" until_true 10 stuck_too
	vm c load 0 nc $across 8 miss >/dev/null &
	waiter=$!
	held() { [ "$(cat /sys/module/s2memattr/refcnt)" -gt 0 ]; }
	check "who waits holds the module" until_true 10 held
	rm -f /tmp/unloaded
	(
		rmmod s2memattr 2>/dev/null
		echo $? >/tmp/unloaded
	) &
	check "unloading beside an access that waits ends" until_true 10 test -e /tmp/unloaded
	is "because it is refused" "$(cat /tmp/unloaded)" 1
	mode native
	is "no change waits for it" "$(mode_now)" native
	kill $server
	kill -KILL "$(vm_pid c)"
	wait $waiter
	vm_gone c
	umount /tmp/stall 2>/dev/null
else
	note "nothing is carried out for a guest here"
	[ -z "$carries" ] || vm_end c
fi
echo fault >$S/unaligned 2>/dev/null

# A VM whose files are all in a socket that nobody reads, and whose vCPU runs.
mode native
vm_with_bar h $SHM1 2 $BAR1
like "a storm" "$(vm h storm 0 nc $BAR1 10000)" 'ok*'
like "its files are hidden" "$(vm h hide on)" ok
like "it is listed" "$(grep "^pid=$(vm_pid h) ipa=0x$BAR1" $S/mappings)" "* type=$NATIVE *"
before=$(stat reconciled)
mode $other
[ "$(stat reconciled)" -gt "$before" ] && ok "it is reached" || not_ok "it is reached: $before"
check "and faults in again" until_true 5 grep -q "^pid=$(vm_pid h) .* type=$other " $S/mappings
is "nothing of it is as it was" "$(grep -c "^pid=$(vm_pid h) .* type=$NATIVE " $S/mappings)" 0
like "it shows up again" "$(vm h hide off)" ok
like "it has lost nothing" "$(vm h stop 0)" 'ok * 0'
type_is "its type" h $BAR1 $other
vm_end h

mode native

# A writer that is killed halfway: what is read is not ahead of what is in force, and
# the rest is done without it. Where mmu_lock can be held by somebody else.
modprobe mmubusy
vm_forget a a
vm a load 0 nGnRnE $BAR0 4 >/dev/null
# Long enough for what comes here: a kernel that watches itself is slow.
hold=$((5 * SLOW))
[ -z "$WATCHERS" ] || hold=$((4 * hold))
if echo $((1000 * hold)) 2>/dev/null >/sys/module/mmubusy/parameters/hold; then
	sh -c "echo $other >$S/mode" 2>/dev/null &
	writer=$!
	# shellcheck disable=SC2317 # called by until_true
	pending() { grep -q "($other)" $S/mode; }
	check "a mode that is not settled reads as such" until_true 2 pending
	is "by no brackets" "$(grep -c '\[' $S/mode)" 0
	kill -KILL $writer
	# Another one that waits can be sent away.
	begin=$(ms)
	timeout 1 sh -c "echo native >$S/mode" 2>/dev/null
	is "a second writer is sent away" $? 143
	begin=$(($(ms) - begin))
	check "in time ($begin ms)" test "$begin" -lt 3500
	wait $writer
	in_force() { [ "$(mode_now)" = $other ]; }
	check "the rest is done by somebody else" until_true $((hold + 5)) in_force
	is "the leaf is gone" "$(leaf a $BAR0)" none
	type_is "the type" a $BAR0 $other
else
	note "this kernel's mmu_lock cannot be held for somebody else"
fi
rmmod mmubusy
vm_end a
mode native
unload
