# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154
# The list of live mappings against the oracle that shares no code with it,
# leaf by leaf.
bind $SHM0
bind $SHM1
bind $GPU
load
is "permissions" "$(ls -l $S/mappings | cut -c1-10)" "-r--------"
is "no VM, no mapping" "$(cat $S/mappings)" ""

# The lines of a process as leaves: level, physical address, MemAttr, IPA.
listed() {
	local line pid ipa size phys leaf level type dev bar rule attr
	grep "^pid=$1 " $S/mappings | while read -r line; do
		# shellcheck disable=SC2086,SC2163 # words of key=value
		local $line
		attr=$(memattr_of $type)
		while [ $((size)) -gt 0 ]; do
			printf '%d 0x%x %s 0x%x\n' $level $phys "$attr" $ipa
			ipa=$((ipa + leaf)) phys=$((phys + leaf)) size=$((size - leaf))
		done
	done
}
# What the oracle's output says, as the same.
leaves() {
	local level desc attr ipa
	while read -r level desc attr ipa; do
		[ "$level" = waiting ] ||
			printf '%d 0x%x %s %s\n' $level $((desc & 0xfffffffff000)) $attr $ipa
	done
}
# agrees DESC VM [LEAVES]: all of the VM's table but its RAM, below 2^36.
agrees() {
	local pid
	pid=$(vm_pid $2)
	listed $pid >/tmp/listed
	s2peek -v $pid $BAR0 800000000 | leaves >/tmp/walked
	same "$1" "$3"
}
same() {
	local count
	count=$(wc -l </tmp/walked)
	if ! cmp -s /tmp/listed /tmp/walked; then
		not_ok "$1: $(diff /tmp/listed /tmp/walked | head -n 3 | tr '\n' ';')"
	elif [ -n "$2" ] && [ "$count" != "$2" ]; then
		not_ok "$1: $count leaves, not $2"
	else
		ok "$1 ($count leaves)"
	fi
}
# An offset in BAR 0.
ipa() { printf '%x' $((0x$BAR0 + $1)); }
touch_all() { vm $1 storm 0 nc $BAR0 "$(printf '%x' $((32 * PAGE)))" >/dev/null; usleep 100000; vm $1 stop 0 >/dev/null; }

vm_with_bar a $SHM0 2 $BAR0
like "a display" "$(vm a vfio $GPU)$(vm a map g $GPU 0 $BAR1 0 1000000)" 'ok*ok*'
agrees "nothing touched yet" a 0
for word in native device-nGnRE normal-nc policy; do
	mode $word
	[ $word != policy ] || policy "device-GRE bar=2" "normal-nc pci=$GPU"
	agrees "$word: nothing is left of what changed" a
	vm a load 0 nGnRnE $BAR0 4 >/dev/null
	vm a load 0 nGnRnE "$(ipa $((7 * PAGE)))" 4 >/dev/null
	vm a load 0 nGnRnE $BAR1 4 >/dev/null
	agrees "$word" a
	touch_all a
	agrees "$word, many pages" a
	[ "$(wc -l </tmp/walked)" -gt 0 ] && ok "$word: there are some" || not_ok "$word: none"
done
phys=$(bar_phys $SHM0 2)
like "a line" "$(grep " ipa=0x$BAR0 " $S/mappings)" \
	"pid=$(vm_pid a) ipa=0x$BAR0 size=0x* phys=0x$(echo ${phys#0x} | sed 's/^0*//') leaf=0x* level=? type=device-GRE dev=$SHM0 bar=2 rule=1"
like "another device, another rule" "$(grep " ipa=0x$BAR1 " $S/mappings)" \
	"* type=normal-nc dev=$GPU bar=0 rule=2"
is "lines of this VM only" "$(grep -vc "^pid=$(vm_pid a) " $S/mappings)" 0

# A rule that ends inside a BAR ends a line: types differ, or only rules do.
policy "normal-nc phys=$phys-$(printf 0x%x $((phys + 2 * PAGE - 1)))" "normal-nc"
touch_all a
agrees "a rule for two pages" a
case $(vm a desc $BAR0) in
"ok 3 "*)
	like "the rule's line" "$(grep " ipa=0x$BAR0 " $S/mappings)" "* size=$(printf 0x%x $((2 * PAGE))) * rule=1"
	like "the line behind it" "$(grep " ipa=0x$(ipa $((2 * PAGE))) " $S/mappings)" "* rule=2"
	;;
*)	like "a block with two rules" "$(grep " ipa=0x$BAR0 " $S/mappings)" "* size=0x* * rule=1" ;;
esac
mode normal-nc
like "no rule in another mode" "$(vm a load 0 nc $BAR0 4 >/dev/null; head -n 1 $S/mappings)" "* rule=-"

# Several VMs, one of which has closed its own file.
vm_with_bar b $SHM1 2 $BAR0
touch_all a
touch_all b
agrees "the first of two" a
agrees "the second of two" b
pid=$(vm_pid b)
mkfifo /tmp/go
s2peek -v -w $pid $BAR0 800000000 </tmp/go >/tmp/raw &
peek=$!
exec 8>/tmp/go
until_true 5 grep -q waiting /tmp/raw
like "the VM's file is closed" "$(vm b closevm)" ok
listed $pid >/tmp/listed
echo >&8
exec 8>&-
wait $peek
leaves </tmp/raw >/tmp/walked
same "a VM known by its vCPU alone"
[ -s /tmp/listed ] && ok "which is listed" || not_ok "which is listed"
vm_end b
is "a VM that ended has no lines" "$(grep -c "^pid=$pid " $S/mappings)" 0

# Rebound to nobody: VFIO takes the mapping away, and the line with it.
like "decoding off" "$(vm a decode $SHM0 off)" ok
is "nothing of the device is left" "$(grep -c "dev=$SHM0 " $S/mappings)" 0
agrees "nor in the table" a
vm_end a

# Read while modes change and a VM is killed: no line is torn, nothing breaks.
vm_with_bar c $SHM0 2 $BAR0
vm c storm 0 nc $BAR0 40000 >/dev/null
check "there is something to read" until_true 5 grep -q "^pid=" $S/mappings
(for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
	mode device-nGnRE
	mode normal-nc
	mode native
done) &
switcher=$!
reads=0
lines=0
torn=0
killed=
while kill -0 $switcher 2>/dev/null; do
	cat $S/mappings >/tmp/lines
	reads=$((reads + 1))
	lines=$((lines + $(wc -l </tmp/lines)))
	[ "$(grep -vcE '^pid=[0-9]+ ipa=0x[0-9a-f]+ size=0x[0-9a-f]+ phys=0x[0-9a-f]+ leaf=0x(1000|10000|200000) level=[23] type=(device-nGnRE|normal-nc) dev=0000:00:06.0 bar=2 rule=-$' /tmp/lines)" = 0 ] ||
		torn=$((torn + 1))
	if [ -z "$killed" ] && [ $reads -ge 5 ] && [ $lines -gt 0 ]; then
		kill -KILL "$(vm_pid c)"
		killed=yes
	fi
done
wait $switcher
is "a VM was killed meanwhile" "$killed" yes
[ "$killed" ] || kill -KILL "$(vm_pid c)"
above "it was read meanwhile" $reads 1
above "and there were lines" $lines 0
is "no line is torn" $torn 0
vm_gone c
is "nothing is left of it" "$(cat $S/mappings)" ""
mode native
unload
