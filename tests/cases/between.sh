# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2046,SC2086 # commands and replies are words
# What a guest, or its VMM, changes between a fault and its emulation.
#
# Whatever it is, what is carried out is an access that the guest could make at that
# moment, or none; no byte of anything else moves, and the host lives and has nothing to
# say. "between" makes the change at the one moment that matters, and takes it back
# before the guest goes on.
B=/sys/module/between/parameters
STORE=f9000022			# str x2, [x1]
LOAD=f9400022			# ldr x2, [x1]
TABLE2=40020000			# of OP_STEPS: its first entry leads to the table of level 3,
CODE=40021000			# whose first page is the code of a step,
LEAF=40021088			# and here is the page where the steps below begin, of the BAR the ninth
AT=1ffd				# the access: it crosses into the next one
NC=0060000000000747		# a leaf: Normal-NC, for EL0, never executed

event() { sed -n 's/.* emulation: //p' $TRACE/trace | tail -n 1; }
why() { event | sed 's/.*result=//'; }
# leaf IPA [BITS]: a descriptor of level 3 for that page, with these bits set as well.
leaf() { printf '%x' $((0x$NC | 0x$1 | 0x${2:-0})); }

# meanwhile IPA SIZE VALUE COMMAND...: the VM's answer to the command.
meanwhile() {
	echo 0x$1 >$B/ipa
	echo 0x$3 >$B/value
	echo $2 >$B/size
	shift 3
	echo 0 >$B/times
	vm a "$@"
}

# turns DESC RESULT PATTERN GOT: what was in between has come to this.
turns() {
	is "$1: it was there" "$(cat $B/times)" 1
	like "$1: for the guest" "$4" "$3"
	is "$1: the reason" "$(sed -n 's/.* emulation: .*result=//p' $TRACE/trace | head -n 1)" "$2"
	echo >$TRACE/trace
}

# Where all stores below go if they go anywhere, and its neighbours.
fill() {
	local at
	for at in 8ff0 8ff8 9000 d000 d008 100ff0 100ff8; do
		vm a poke a $at 8 ffffffffffffffff >/dev/null
	done
}
# untouched DESC OFFSET...: these words of the BAR.
untouched() {
	local what=$1 at
	shift
	for at; do
		is "$what: nothing at $at" "$(vm a peek a $at 8)" "ok 0xffffffffffffffff"
	done
}

dmesg -c >/dev/null
bind $SHM0
bind $SHM1
vm_start a --cpus 2
like "a VM" "$(vm a vfio $SHM0)$(vm a map a $SHM0 2 $BAR0)$(vm a vfio $SHM1)$(vm a map b $SHM1 2 $BAR1)" \
	'ok*ok*ok*ok*'
# No device is there, and who reads gets an external abort.
like "memory that does not answer" "$(vm a mapres hole /dev/mem 840000000 1000 b000000)" 'ok*'
like "memory that cannot be written" "$(vm a ram ro 900000000 1000)$(vm a unmap ro)$(vm a remap ro ro)" 'ok*ok*ok*'
sea=$(kerntext do_sea)
load unaligned=emulate
mode device-nGnRE
check "memory can be changed in between" modprobe between
echo 1 >$TRACE/events/s2memattr/emulation/enable
fill
is "without a change it is carried out" "$(vm a step 0 a $STORE 0 $AT) $(why)" "ok 0 0x0 0x0 done"
is "across both pages" "$(vm a peek a 8ff8 8) $(vm a peek a d000 8)" \
	"ok 0xffffffffff ok 0xffffff0000000000"
# A slice of what the CPU has found is looked at again with the rights of this moment, so
# first those that do not change. Armv8.0 has neither PAN nor UAO.
OWN=f8400822			# ldtr x2, [x1]
if [ "$CPU" != cortex-a72 ]; then
	is "LDTR with PAN, of a page of EL0" "$(vm a step 0 a $OWN 1p $AT) $(why)" "ok 0 0x0 0x0 done"
	is "LDR with PAN, of a page of EL1" "$(vm a step 0 a $LOAD 1po $AT) $(why)" "ok 0 0x0 0x0 done"
	is "LDTR with UAO, of a page of EL1" "$(vm a step 0 a $OWN 1uo $AT) $(why)" "ok 0 0x0 0x0 done"
fi
fill
echo >$TRACE/trace

# Code. PC is known by the fault itself: IPA 0.
load="load 0 nc 800008ff1 8 miss"
aligned="ok el1 0x96000021 *"
turns "a load becomes a store" changed-meanwhile "$aligned" "$(meanwhile 0 4 f90000c0 $load)"
turns "one of another address" changed-meanwhile "$aligned" "$(meanwhile 0 4 f94000e0 $load)"
turns "one with an offset" changed-meanwhile "$aligned" "$(meanwhile 0 4 f94008c0 $load)"
turns "no load at all" form-not-covered "$aligned" "$(meanwhile 0 4 d503201f $load)"
turns "one that is exclusive" form-not-covered "$aligned" "$(meanwhile 0 4 c85f7cc0 $load)"
# CPACR_EL1 of a vCPU that has had no step is as it was at reset: SIMD&FP is not for it.
turns "one of SIMD&FP, which is off" not-allowed "$aligned" \
	"$(meanwhile 0 4 fd4000c0 load 1 nc 800008ff1 8 miss)"
# What has the guest's registers as they are is an access that the guest could make.
turns "a narrower one" "done" "ok 0xffffffff" "$(meanwhile 0 4 b94000c0 $load)"
# The stack pointer, at the same address, is not aligned, and SCTLR_EL1.SA0 is set.
slot=$(vm a stepat | sed 's/ok //')
turns "one by a stack pointer that the CPU would not take" changed-meanwhile \
	"ok 1 0x92000021 0x$AT" "$(meanwhile $slot 4 f94003e2 step 0 a $LOAD 0 $AT)"
turns "one by another register" "done" "ok 0 0x0 0x0" \
	"$(meanwhile $slot 4 f9400023 step 0 a $LOAD 0 $AT)"
untouched "code" 8ff0 8ff8

# Tables: what the guest's own say now is what it gets.
store="step 0 a $STORE 0 $AT"
turns "the page goes" fault-of-its-own "ok 1 0x92000047 0x$AT" "$(meanwhile $LEAF 8 0 $store)"
turns "without the access flag" fault-of-its-own "ok 1 0x9200004b 0x$AT" \
	"$(meanwhile $LEAF 8 $(printf '%x' $((0x$(leaf 800008000) & ~0x400))) $store)"
turns "read-only" fault-of-its-own "ok 1 0x9200004f 0x$AT" \
	"$(meanwhile $LEAF 8 $(leaf 800008000 80) $store)"
turns "for EL1 alone" fault-of-its-own "ok 1 0x9200004f 0x$AT" \
	"$(meanwhile $LEAF 8 $(printf '%x' $((0x$(leaf 800008000) & ~0x40))) $store)"
turns "for EL1 alone, asked for EL0" fault-of-its-own "ok 1 0x9600000f 0x$AT" \
	"$(meanwhile $LEAF 8 $(printf '%x' $((0x$(leaf 800008000) & ~0x40))) step 0 a f8400822 1 $AT)"
turns "for EL1 alone, and asked for it" "done" "ok 0 0x0 0x0" \
	"$(meanwhile $LEAF 8 $(printf '%x' $((0x$(leaf 800008000) & ~0x40))) step 0 a $LOAD 1 $AT)"
if [ "$CPU" != cortex-a72 ]; then
	turns "for EL0 as well, with PAN" fault-of-its-own "ok 1 0x9600000f 0x$AT" \
		"$(meanwhile $LEAF 8 $(leaf 800008000) step 0 a $LOAD 1po $AT)"
	turns "for EL0 as well, with PAN and UAO" fault-of-its-own "ok 1 0x9600000f 0x$AT" \
		"$(meanwhile $LEAF 8 $(leaf 800008000) step 0 a $OWN 1puo $AT)"
fi
# Index 7 of MAIR_EL1 is 0xf0 while a step is made.
turns "Tagged" stage-1-unknown "ok 1 0x92000061 0x$AT" "$(meanwhile $LEAF 8 $(leaf 800008000 1c) $store)"
turns "Device" fault-of-its-own "ok 1 0x92000061 0x$AT" \
	"$(meanwhile $LEAF 8 $(leaf 800008000 8) $store)"
# Where KVM knows the IPA, another one is not what has faulted.
elsewhere="done" answer="ok 0 0x0 0x0"
[ -z "$FAULT_IPA" ] || elsewhere=changed-meanwhile answer="ok 1 0x92000061 0x$AT"
untouched "tables" 8ff0 8ff8 d000 100ff0 100ff8
turns "another page of the BAR" $elsewhere "$answer" "$(meanwhile $LEAF 8 $(leaf 800100000) $store)"
untouched "another page" 8ff0 8ff8 100ff0
[ -n "$FAULT_IPA" ] || is "another page has the first bytes" "$(vm a peek a 100ff8 8)" "ok 0xffffffffff"
fill
readonly=read-only
[ -z "$FAULT_IPA" ] || readonly=changed-meanwhile
turns "a read-only memslot" $readonly "ok 1 0x92000061 0x$AT" \
	"$(meanwhile $LEAF 8 $(leaf 900000000) $store)"
untouched "read-only" 8ff0 8ff8 d000
is "read-only: nothing there" "$(vm a peek ro ff8 8)" "ok 0x0"
if [ -z "$FAULT_IPA" ]; then
	turns "where no memslot is" again "ok 0 0x0 0x0" "$(meanwhile $LEAF 8 $(leaf a00000000) $store)"
else
	turns "where no memslot is" changed-meanwhile "ok 1 0x92000061 0x$AT" \
		"$(meanwhile $LEAF 8 $(leaf a00000000) $store)"
fi
turns "an address that is too large" fault-of-its-own "ok 1 0x92000043 0x$AT" \
	"$(meanwhile $LEAF 8 $(leaf 1000000000) $store)"
turns "the code with them" again "ok 0 0x0 0x0" "$(meanwhile $TABLE2 8 a00000003 $store)"
fill

# A table of its own for the BAR: in device memory it is read as what it is, and what
# does not answer is not there.
entry=$(printf '%x' $(($(vm a ttbr 0 | sed 's/ok //') + 96 * 8)))
vm a poke b 0 8 0060000800000745 >/dev/null
turns "a table in device memory" "done" "ok 0xffffffffffffffff" "$(meanwhile $entry 8 810000003 $load)"
vm a poke b 0 8 0 >/dev/null
turns "one with nothing in it" fault-of-its-own "ok el1 0x96000006 *" "$(meanwhile $entry 8 810000003 $load)"
turns "one that does not answer" again "ok 0xffffffffffffffff" "$(meanwhile $entry 8 840000003 $load)"
turns "one where no memslot is" again "ok 0xffffffffffffffff" "$(meanwhile $entry 8 a00000003 $load)"

# RAM behind a BAR, of which the VMM keeps a log of what is written: the page is in it.
like "RAM with a log behind a BAR" \
	"$(vm a map bar $SHM0 2 900020000 0 1000)$(vm a ram ram 900021000 2000)$(vm a unmap ram)$(vm a remap ram log)" \
	'ok*ok*ok*ok*'
like "its page is mapped" "$(vm a load 0 nc 900020ff0 8 miss)" 'ok 0x*'
vm a dirty ram >/dev/null
is "a load is not in it" "$(vm a load 0 nc 900020ffd 8 miss | cut -c1-5) $(vm a dirty ram)" "ok 0x ok 0 0x0 0x0"
like "a store" "$(vm a store 0 nc 900020ffd 8 1122334455667788 miss)" 'ok 0x*'
is "a store is" "$(vm a dirty ram) $(vm a peek ram 0 4)" "ok 1 0x0 0x0 ok 0x22334455"

# Memory of a guest_memfd, which is not what the VMM has at the memslot's address. Neither is
# read or written there: not as a part of the access, not as a table, not as code.
memfd=$(vm a memfd memfd 900031000 1000)
if [ -n "$FAULT_IPA" ] || [ "$memfd" = ok ]; then
	is "a guest_memfd" "$memfd" ok
	like "a BAR before it" "$(vm a map front $SHM0 2 900030000 0 1000)" ok
	like "its page is mapped" "$(vm a load 0 nc 900030ff0 8 miss)" 'ok 0x*'
	vm a poke a 0ff8 8 ffffffffffffffff >/dev/null
	like "the guest's word" "$(vm a store 0 wb 900031000 8 1122334455667788)" 'ok 0x*'
	vm a poke memfd 0 8 5a5a5a5a5a5a5a5a >/dev/null
	is "and the VMM's are two" "$(vm a load 0 wb 900031000 8) $(vm a peek memfd 0 8)" \
		"ok 0x1122334455667788 ok 0x5a5a5a5a5a5a5a5a"
	like "a store into both is refused" "$(vm a store 0 nc 900030ffd 8 55 miss)" \
		"ok el1 0x96000061 *"
	is "the reason" "$(why)" guest-memfd
	is "nothing has been written" \
		"$(vm a peek a 0ff8 8) $(vm a load 0 wb 900031000 8) $(vm a peek memfd 0 8)" \
		"ok 0xffffffffffffffff ok 0x1122334455667788 ok 0x5a5a5a5a5a5a5a5a"
	# At that address: what a table and the code that is looked for could be.
	vm a poke memfd 0 8 0060000800000745 >/dev/null
	slot=$(vm a stepat | sed 's/ok //')
	vm a poke memfd $(printf '%x' $((0x$slot & 0xff8))) 8 f9400022f9400022 >/dev/null
	echo >$TRACE/trace
	turns "a table that is one" guest-memfd "$aligned" "$(meanwhile $entry 8 900031003 $load)"
	turns "code that is one" guest-memfd "ok 1 0x92000021 0x$AT" \
		"$(meanwhile $CODE 8 $(printf '%x' $((0x900031000 | 0x6c3))) step 0 a $LOAD 0 $AT)"
	like "these go" "$(vm a unmap front drop)$(vm a unmap memfd drop)" 'ok*ok*'
else
	like "no guest_memfd" "$memfd" 'err no guest_memfd: *'
fi

# Two vCPUs on one address: both go on, and not a byte beside it changes.
fill
like "two count" "$(vm a count 0 nc 800008ffd)$(vm a count 1 nc 800008ffd)" 'ok*ok*'
usleep 700000
for cpu in 0 1; do
	reply=$(vm a stop $cpu)
	note "vCPU $cpu: $reply"
	like "vCPU $cpu has no fault" "$reply" "ok [1-9]*[0-9] *[0-9]"
done
is "the bytes before" $((0x$(vm a peek a 8ff8 4 | sed 's/.*0x//'))) $((0xffffffff))
is "the bytes behind" $(($(vm a peek a 9000 8 | sed 's/ok //') >> 40 & 0xffffff)) $((0xffffff))

# The VMM's mapping goes in between: KVM makes of it what it makes of any such access. The
# vCPU waits for a table, which its VMM keeps back for that time.
modprobe fuse 2>/dev/null
mkdir -p /tmp/table /tmp/stall
stallfs /tmp/table 0 0060000800000745 &
tables=$!
until_true 5 test -f /tmp/table/f
like "a page that comes late" "$(vm a mapres late /tmp/table/f 900011000 1000)" ok
alignment=$(stat alignment)
echo >$TRACE/trace
meanwhile $entry 8 900011003 count 0 nc 800008ff9 >/dev/null
asleep() { grep -q emulat /proc/$(vm_pid a)/task/*/stack; }
check "a vCPU waits for it" until_true 5 asleep
like "memory decoding goes off" "$(vm a decode $SHM0 off)" ok
check "it still waits" asleep
kill -USR1 $tables
awake() { ! asleep; }
check "it comes" until_true 5 awake
usleep 100000
like "memory decoding comes back" "$(vm a decode $SHM0 on)" ok
reply=$(vm a stop 0)
note "counter: $reply"
like "KVM tells the VMM" "$reply" "* el2 [1-9]* 14*"
check "the access was to be made again" grep -q "result=again" $TRACE/trace
is "no guest has a fault of it" "$(stat alignment)" "$alignment"
is "nor is anything else done" "$(grep ' emulation: ' $TRACE/trace | grep -cv -e result=again -e result=done)" 0
rmmod between
echo 0 >$TRACE/events/s2memattr/emulation/enable

# Memory that its owner makes wait for ever: the vCPU waits, and nobody else does.
stallfs /tmp/stall 0 &
server=$!
until_true 5 test -f /tmp/stall/f
like "a page that does not come" \
	"$(vm a map one $SHM0 2 900012000 0 1000)$(vm a mapres two /tmp/stall/f 900013000 1000)" 'ok*ok*'
like "the page before it" "$(vm a load 0 nc 900012ff0 8 miss)" 'ok 0x*'
like "an access that does not end" "$(vm a load 0 nc 900012ffd 8 miss)" "err *"
check "a change does not wait for it" timeout 5 sh -c "echo normal-nc >$S/mode && echo device-nGnRE >$S/mode"
check "nor does the knob" timeout 5 sh -c "echo fault >$S/unaligned && echo emulate >$S/unaligned"
check "nor the way back" timeout 5 sh -c "echo native >$S/mode"
vm_start b
like "nor another VM" "$(vm b ram r 900000000 1000)$(vm b store 0 wb 900000000 8 1)" 'okok*'
rm -f /tmp/refused
(
	rmmod s2memattr 2>/dev/null
	echo $? >/tmp/refused
) &
check "nor who wants to unload the module" until_true 10 test -e /tmp/refused
is "which is refused while somebody is inside" "$(cat /tmp/refused)" 1
# Its server goes last, so that it is the killed vCPU that has to come out by itself.
kill -KILL "$(vm_pid a)"
until_true 5 unload 2>/dev/null || note "until its memory comes or is gone"
kill $server $tables
vm_gone a
gone() { [ ! -e $S ] || unload 2>/dev/null; }
check "then it is unloaded" until_true 10 gone
is "text of do_sea() is untouched" "$(kerntext do_sea)" "$sea"
vm_end b
is "the log has no word of it" \
	"$(dmesg | grep -c -e WARNING -e BUG -e 'Internal error' -e 'Unsupported FSC' -e 'ynchronous')" 0
umount /tmp/stall /tmp/table
