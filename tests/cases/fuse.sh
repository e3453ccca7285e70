# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154
# A device whose bus reports errors loses what a rule with a fuse gives it, by itself.
#
# FUSE0 and RNG are two functions of one device, FUSE1 is behind another port. Only RNG and
# the ports can report errors; FUSE0 and FUSE1 have memory that shows its type to a guest.
RULES="normal-nc class=050000 bar=2 fuse"
TABLE=$(printf '%s\n' "$RULES" "normal-nc pci=$RNG fuse" "device-nGnRE")

# What firmware does on a server: the function reports errors, if Linux has not seen to that,
# and its port passes them on. Device Control is in the PCI Express capability.
byte() { hexdump -s "$2" -n 1 -e '1/1 "%d"' "$PCI/$1/config"; }
set_bits() {
	printf "\\$(printf %o $(($(byte "$1" "$2") | $3)))" |
		dd of="$PCI/$1/config" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
reports() {
	local at
	at=$(byte "$1" 52)
	while [ "$at" -gt 0 ] && [ "$(byte "$1" "$at")" -ne 16 ]; do
		at=$(byte "$1" $((at + 1)))
	done
	note "$1: Device Control is $(byte "$1" $((at + 8)))"
	set_bits "$1" $((at + 8)) 15
	set_bits "$1" 5 1	# Command: SERR# Enable
}
passes_on() {
	reports "$1"
	set_bits "$1" 62 2	# Bridge Control: SERR# Enable
}
# aer KIND ID ERROR: the emulator makes one; the kernel has counted it when this returns.
aer_count() { cat $PCI/$RNG/aer_dev_$1 $PCI/$PORT0/aer_dev_$1 $PCI/$PORT1/aer_dev_$1 | awk '/^TOTAL/ { n += $2 } END { print n + 0 }'; }
seen_more() { [ "$(aer_count "$1")" -gt "$2" ]; }
aer() {
	local kind=$1 before
	shift
	before=$(aer_count "$kind")
	monitor "pcie_aer_inject_error $*"
	check "the kernel hears of $*" until_true 10 seen_more "$kind" "$before"
}
# tell_of PARAMETER...: an error that nobody has had
tell_of() { modprobe buserror "$@" && rmmod buserror; }
# What is told of a fuse, without when.
fuses() { sed 's/ since=[1-9][0-9]*//' $S/fuses; }
reset() { attempt write $S/fuses "$1"; }
has_blown() { grep -q "^dev=$1 " $S/fuses; }
# With the change that follows: the types are in force.
settled() { has_blown "$1" && grep -q '\[' $S/mode; }
blows() { check "the fuse of $1 blows" until_true 10 settled "$1"; }
lines() { dmesg | sed -n 's/.*s2memattr: //p'; }
rng_type() { vm n load 0 nc $BAR1 4 >/dev/null; vm n desc $BAR1 | cut -d' ' -f4; }
stays() { type_is "$1: FUSE0" a $BAR0 normal-nc; type_is "$1: FUSE1" b $BAR0 normal-nc; is "$1: no fuse" "$(fuses)" ""; }

# Through sysfs: with a device of VFIO's in its IOMMU group (the emulator's ports do not keep
# theirs apart) a port's interrupts do not come through.
for device in $FUSE0 $FUSE1 $RNG; do
	[ ! -e "$PCI/$device/driver" ] || echo "$device" >"$PCI/$device/driver/unbind"
	echo 1 >"$PCI/$device/enable"
done
reports $RNG
passes_on $PORT0
passes_on $PORT1
dmesg -c >/dev/null
load
is "nobody watches without a fuse" "$(cat $S/hook/fuse)" off
mode policy
is "nor in mode policy without one" "$(cat $S/hook/fuse)" off
policy "$TABLE"
is "a rule with a fuse" "$(cat $S/hook/fuse)" armed
is "reads back" "$(sed -n 1p $S/policy)" "$RULES"
vm_start a --cpus 2
like "a maps FUSE0" "$(vm a mapres m $PCI/$FUSE0/resource2 $BAR0 100000)" 'ok*'
vm_start b
like "b maps FUSE1" "$(vm b mapres m $PCI/$FUSE1/resource2 $BAR0 100000)" 'ok*'
vm_start n
like "n maps RNG" "$(vm n mapres s $PCI/$RNG/resource4 $BAR1 4000)" 'ok*'
stays "at first"
is "at first: RNG" "$(rng_type)" "$(memattr_of normal-nc)"

# What is no uncorrected error does nothing. QEMU makes none for such a device, the kernel
# itself does: function 1 of device 0 of bus 1, a Bad TLP.
modprobe aer_inject
before=$(aer_count correctable)
printf '\1\0\1\0\0\0\0\0\100\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' >/dev/aer_inject
check "the kernel hears of a correctable error" until_true 10 seen_more correctable "$before"
rmmod aer_inject
usleep 300000
stays "a correctable error"
is "is not counted" "$(stat bus_errors)" 0

# A guest that counts through the BAR. The error is none of RNG alone.
echo >$TRACE/trace
echo 1 >$TRACE/events/s2memattr/fuse/enable
echo 1 >$TRACE/events/ras/aer_event/enable
generation=$(cat $S/generation)
like "a counts" "$(vm a count 1 nc ${BAR0%000}100)" 'ok*'
like "b counts" "$(vm b count 0 nc ${BAR0%000}100)" 'ok*'
aer nonfatal rng UNSUP
blows $RNG
blows $FUSE0
type_is "the other function of the device" a $BAR0 device-nGnRE
is "RNG" "$(rng_type)" "$(memattr_of device-nGnRE)"
counted=$(vm b stop 0)
like "b has lost nothing" "$counted" 'ok [1-9]* 0'
type_is "a device behind another port" b $BAR0 normal-nc
counted=$(vm a stop 1)
like "a has lost nothing" "$counted" 'ok [1-9]* 0'
is "two fuses, of which rules" "$(fuses | sort)" "dev=$FUSE0 error=nonfatal by=$RNG phys=- rule=1 $RULES
dev=$RNG error=nonfatal by=$RNG phys=- rule=2 normal-nc pci=$RNG fuse"
since=$(sed -n 's/.* since=\([0-9]*\) .*/\1/p' $S/fuses | head -n 1)
now=$(date +%s)
[ "$since" -le "$now" ] && [ "$since" -ge $((now - 120)) ] && ok "when" || not_ok "when: $since, now $now"
is "in the log, once each, with the rule and the way back" "$(lines | grep -c '^0000:01:00.[01] goes back to device-nGnRE for an uncorrected error (nonfatal), as rule [12] asks for; "s2memattr fuse reset 0000:01:00.[01]" undoes it$')" 2
is "in the trace" "$(grep -c " fuse: dev=0000:01:00.[01] error=nonfatal by=$RNG phys=0x0 rule=[12]" $TRACE/trace)" 2
note "$(grep -E ' (aer_event|fuse): ' $TRACE/trace | sed 's/.* \([0-9.]*\): \([a-z_]*\): .*/\2 \1/' | paste -sd' ')"
is "counted" "$(stat blown)" 2
is "as one change" "$(($(cat $S/generation) - generation))" 1

# It stays.
aer nonfatal rng UNSUP
is "another error blows nothing more" "$(stat blown)" 2
policy "normal-nc"
type_is "after a table without a fuse" a $BAR0 device-nGnRE
is "nobody watches any more" "$(cat $S/hook/fuse)" off
mode normal-nc
type_is "in mode normal-nc" a $BAR0 device-nGnRE
type_is "in mode normal-nc, another device" b $BAR0 normal-nc
mode native
type_is "in mode native it is KVM's, which is this for sysfs" a $BAR0 device-nGnRE
mode policy
policy "$TABLE"
type_is "with the table of before" a $BAR0 device-nGnRE
before=$(sed -n '$p' $S/policy_hits)
vm_forget a m
type_is "faulted in anew" a $BAR0 device-nGnRE
is "no rule has decided that" "$(sed -n '$p' $S/policy_hits)" "$before"
echo 1 >$TRACE/events/s2memattr/decision/enable
vm_forget a m
vm a load 0 nc $BAR0 4 >/dev/null
echo 0 >$TRACE/events/s2memattr/decision/enable
like "the trace says so" "$(grep ' decision: ' $TRACE/trace)" "*dev=$FUSE0 bar=2*used=device-nGnRE why=fuse rule=0*"

# And goes.
is "another word" "$(reset rubbish)" EINVAL
is "is refused" "$(cat $S/last_error)" 'fuses: "rubbish" is neither [domain:]bus:device.function nor all'
is "a function without" "$(reset $FUSE1)" ENOENT
is "is refused, too" "$(cat $S/last_error)" "fuses: none has blown for $FUSE1"
is "not by a user" "$(asuser 1000 attempt write $S/fuses all)" EACCES
is "a function with" "$(reset $FUSE0)" 0
type_is "reset" a $BAR0 normal-nc
is "only that one" "$(fuses)" "dev=$RNG error=nonfatal by=$RNG phys=- rule=2 normal-nc pci=$RNG fuse"
is "all" "$(reset all)" 0
is "RNG is reset" "$(rng_type)" "$(memattr_of normal-nc)"
is "none is left" "$(fuses)" ""
is "all of none" "$(reset all)" 0

# An error that a function finds by itself is not its neighbour's. (The one of before is
# still in its register, since nobody has recovered it.)
printf '\377\377\377\377' | dd of=$PCI/$RNG/config bs=1 seek=260 conv=notrunc 2>/dev/null
aer nonfatal rng COMP_TIME
blows $RNG
type_is "a completion timeout of the other function" a $BAR0 normal-nc
is "one fuse" "$(fuses)" "dev=$RNG error=nonfatal by=$RNG phys=- rule=2 normal-nc pci=$RNG fuse"
reset all >/dev/null

# Of the port: all below.
aer nonfatal fuse.1 UNSUP
blows $FUSE1
type_is "below the port" b $BAR0 device-nGnRE
type_is "below another port" a $BAR0 normal-nc
is "by whom" "$(fuses | sed 's/error=[a-z]* //')" "dev=$FUSE1 by=$PORT1 phys=- rule=1 $RULES"
reset all >/dev/null

# What DPC does: no function is told of, a port is recovered.
tell_of port=$PORT1
blows $FUSE1
is "a port that is recovered" "$(fuses)" "dev=$FUSE1 error=recovery by=$PORT1 phys=- rule=1 $RULES"
type_is "and its neighbour" a $BAR0 normal-nc
reset all >/dev/null

# A fatal one, with the reset of the link that the kernel makes.
aer fatal fuse.1 MALF_TLP
blows $FUSE1
like "fatal" "$(fuses)" "dev=$FUSE1 error=* by=$PORT1 phys=- rule=1 $RULES"
type_is "and again there, after the link was reset" b $BAR0 device-nGnRE
reset all >/dev/null
stays "reset"

# A CPU that names an address.
at=$(bar_phys $FUSE1 2)
tell_of phys=$((at + 4096)) severity=2
blows $FUSE1
is "a CPU's error in its memory" "$(fuses)" "dev=$FUSE1 error=cpu by=- phys=$(printf '0x%x' $((at + 4096))) rule=1 $RULES"
type_is "of another device" a $BAR0 normal-nc
reset all >/dev/null
tell_of phys=$((0x40000000)) severity=2
usleep 300000
stays "a CPU's error in RAM"

# Of somebody whom no rule gives a fuse to, who is not there, or has no mappings.
policy "$RULES" "normal-nc pci=$RNG"
tell_of device=$RNG status=$((0x4000))
tell_of device=0000:7f:00.0
tell_of device=$SHM0 severity=2
usleep 300000
stays "of others"
is "RNG keeps its type" "$(rng_type)" "$(memattr_of normal-nc)"
tell_of device=$SHM0
blows $SHM0
is "a device that no guest has" "$(fuses)" "dev=$SHM0 error=nonfatal by=$SHM0 phys=- rule=1 $RULES"
reset all >/dev/null

# A storm of one device is one error, of more than can be told apart all devices'.
before=$(stat bus_errors)
tell_of device=$FUSE1 count=10000
blows $FUSE1
is "a storm is counted" "$(($(stat bus_errors) - before))" 10000
type_is "and is one device's" a $BAR0 normal-nc
is "one fuse" "$(fuses | wc -l)" 1
reset all >/dev/null
tell_of device=mem0
blows $FUSE0
blows $FUSE1
is "somebody's, whose name is none" "$(fuses | grep -c "error=unnamed by=- phys=- rule=1 $RULES")" "$(fuses | wc -l)"
reset all >/dev/null
tell_of devices=2000 count=2000
blows $FUSE0
type_is "more than can be told apart" a $BAR0 device-nGnRE
type_is "all of them" b $BAR0 device-nGnRE
reset all >/dev/null

# An error that was told of while a rule with a fuse was in force, and whose table is being
# replaced, or is gone, when somebody looks at it.
missed=0
early=0
for i in 1 2 3 4 5 6 7 8 9 10; do
	policy "$RULES"
	vm a load 0 nc $BAR0 4 >/dev/null
	before=$(stat bus_errors)
	tell_of device=$FUSE0 &
	error=$!
	usleep $((i * 8000))
	heard=$(stat bus_errors)
	policy "normal-nc"
	wait $error
	if [ "$heard" != "$before" ]; then
		early=$((early + 1))
		until_true 5 settled $FUSE0 || missed=$((missed + 1))
	fi
	reset all >/dev/null
done
note "$early of 10 errors were told of before the change"
is "errors before a change are not lost" $missed 0

# An error of a mapping of the table before, while the one after is settled, by a writer that
# is killed. As long as a VM's mmu_lock is held a change does not settle.
waits() { grep -q '(policy)' $S/mode; }
modprobe mmubusy
policy "$RULES"
vm_forget a m
vm a load 0 nc $BAR0 4 >/dev/null
echo 6000 2>/dev/null >/sys/module/mmubusy/parameters/hold
# The shell itself, to be killed.
sh -c "echo normal-nc bar=2 >$S/policy" 2>/dev/null &
writer=$!
check "a change waits" until_true 5 waits
kill -KILL $writer
tell_of device=$FUSE0
check "and still does" waits
wait $writer
check "the fuse of the rule before has blown" until_true 10 settled $FUSE0
type_is "of the rule before" a $BAR0 device-nGnRE
reset all >/dev/null
policy "$RULES"
rmmod mmubusy

# An error whose device has left the bus before anybody looked at it: who comes to its
# address has its fuse. Who holds the lock of changes keeps all others from looking.
modprobe lingers
lingers() { grep -q Y /sys/module/lingers/parameters/lingers; }
# lingering DESC MS
lingering() {
	echo "$2" >/sys/module/lingers/parameters/ms
	policy "normal-nc bar=2" &
	writer=$!
	check "$1: a change lingers" until_true 5 lingers
}
lets_go() {
	check "$1: before the change is made" lingers
	wait $writer
	check "$1: its fuse has blown" until_true 5 settled $FUSE1
	# There was a table in between, of which nobody knows that the port was nothing in it.
	is "$1: no other" "$(fuses | grep -v "^dev=$PORT1 ")" "dev=$FUSE1 error=nonfatal by=$2 phys=- rule=1 $RULES"
}
leaves() { echo 1 >"$PCI/$FUSE1/remove"; }
is_back() {
	echo 1 >/sys/bus/pci/rescan
	echo 1 >"$PCI/$FUSE1/enable"
}
maps_fuse1() {
	vm_start b
	like "$1: b maps FUSE1" "$(vm b mapres m $PCI/$FUSE1/resource2 $BAR0 100000)" 'ok*'
}
# Who reads what mappings there are has a table made, and settles nothing.
learnt() { cat $S/mappings >/dev/null; }
type_is "b has what goes" b $BAR0 normal-nc
vm_end b
lingering "a device that goes" 6000
tell_of device=$FUSE1
leaves
lets_go "a device that goes" $FUSE1
policy "$RULES"
is_back
maps_fuse1 "a device that is back"
type_is "a device that is back" b $BAR0 device-nGnRE
type_is "of another device" a $BAR0 normal-nc
reset all >/dev/null
type_is "a device that is back, reset" b $BAR0 normal-nc
vm_end b
lingering "a device below a port" 6000
tell_of device=$PORT1
leaves
lets_go "a device below a port" $PORT1
reset all >/dev/null

# One that has come and gone before a change was made, so that no table of the two knows it.
policy "$RULES"
learnt
lingering "a device that comes and goes" 10000
is_back
learnt
maps_fuse1 "a device that comes and goes"
type_is "a device that comes and goes" b $BAR0 normal-nc
tell_of device=$FUSE1
vm_end b
leaves
learnt
lets_go "a device that comes and goes" $FUSE1
rmmod lingers
reset all >/dev/null

# No memory for a table that knows a device: its error waits for one, others' do not.
policy "$RULES"
is "no fuse" "$(fuses)" ""
modprobe nomemory function=s2m_index_build left=1000000
dmesg -c >/dev/null
is_back
check "there is no memory to learn of a device" until_true 5 eval "dmesg | grep -q 'does not know the present PCI devices yet'"
tell_of device=$FUSE1
usleep 300000
tell_of device=$FUSE0
check "the fuse of one that is known blows" until_true 5 has_blown $FUSE0
type_is "without memory" a $BAR0 device-nGnRE
echo 0 >/sys/module/nomemory/parameters/left
blows $FUSE1
rmmod nomemory
reset all >/dev/null
maps_fuse1 "at last"
stays "at last"

# Errors, changes and resets at once; then unloading in the midst of it.
policy "$TABLE"
like "a counts" "$(vm a count 1 nc ${BAR0%000}100)" 'ok*'
(while [ ! -e /tmp/enough ]; do tell_of device=$FUSE0 count=1000; done) &
storm=$!
i=0
while [ $i -lt 20 ]; do
	policy "$RULES"
	mode normal-nc
	reset all >/dev/null
	mode policy
	policy "$TABLE"
	i=$((i + 1))
done
blows $FUSE0
type_is "after all that" a $BAR0 device-nGnRE
check "unloads in a storm" unload
touch /tmp/enough
wait $storm
like "a has lost nothing" "$(vm a stop 1)" 'ok [1-9]* 0'
type_is "KVM's own type is back" a $BAR0 device-nGnRE

# The mode's own fuse; and unloading forgets what has blown.
load fuse=1
is "unloading forgets" "$(fuses)" ""
is "the parameter" "$(cat /sys/module/s2memattr/parameters/fuse)" Y
mode normal-nc
is "the mode watches" "$(cat $S/hook/fuse)" armed
type_is "in mode normal-nc" a $BAR0 normal-nc
tell_of device=$FUSE0
blows $FUSE0
is "no rule" "$(fuses | grep "^dev=$FUSE0 ")" "dev=$FUSE0 error=nonfatal by=$FUSE0 phys=- rule=-"
type_is "the mode's fuse" a $BAR0 device-nGnRE
type_is "of another device" b $BAR0 normal-nc
like "in the log" "$(lines | tail -n 1)" "$RNG goes back to device-nGnRE for an uncorrected error (nonfatal), as fuse=1 asks for; \"s2memattr fuse reset $RNG\" undoes it"

# What KVM itself gives to a device of VFIO's may be the mode's type already.
check "SHM0 is bound" bind $SHM0
vm_with_bar v $SHM0 2 $BAR0
type_is "of VFIO" v $BAR0 normal-nc
tell_of device=$SHM0
blows $SHM0
type_is "of VFIO, blown" v $BAR0 device-nGnRE
vm_forget v a
type_is "of VFIO, faulted in anew" v $BAR0 device-nGnRE
mode native
type_is "of VFIO, in mode native" v $BAR0 $NATIVE
vm_end v
mode device-nGnRE
is "a mode that gives nothing has none" "$(cat $S/hook/fuse)" off
vm_end n
vm_end b
vm_end a
unload
echo 0 >$TRACE/events/ras/aer_event/enable
