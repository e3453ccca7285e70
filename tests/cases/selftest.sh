# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154
# "s2memattr selftest" on this kernel, beside a guest that must not notice, in each mode, by
# each interface that vfio has here; killed wherever it may be; and where it has to fail, it
# does.

# tested STATUS ARGUMENT...: its output in /tmp/tested.
tested() {
	local want=$1 got=0
	shift
	s2memattr selftest "$@" >/tmp/tested 2>/tmp/tested.err || got=$?
	if [ $got = "$want" ]; then
		ok "selftest $* ends with $want"
	else
		not_ok "selftest $* ends with $got, want $want"
		sed 's/^/# /' /tmp/tested /tmp/tested.err >"$RESULT"
	fi
}
# said VERDICT WHAT [PATTERN]: a line of it.
said() { grep -q "^$1 $2: .*${3:-}" /tmp/tested; }
says() { check "says: $*" said "$@"; }
state() { cat $S/mode $S/policy $S/unaligned; }

modprobe vfio-pci
tested 3 --device $SHM0
says untried module 'not loaded'
load
tested 3
says untried device "modprobe vfio-pci; echo vfio-pci"
tested 1 --device 0000:00:1f.7
says FAIL device "no such PCI device"
bind $SHM0
bind $SHM1
bind $EDU

# The one beside: at work all the time, on a device of its own.
vm_with_bar other $SHM1 2 $BAR0
vm other count 0 nc $BAR0 >/dev/null
is_mapped() { vm other desc $BAR0 | grep -qv none; }
check "a guest beside has its BAR mapped" until_true 10 is_mapped
before=$(vm other desc $BAR0)

for mode in native device-nGnRE normal-nc policy; do
	mode $mode
	policy "native id=1af4:1110 bar=2 # somebody's"
	was=$(state)
	s2memattr selftest --device $SHM0 --write --emulate >/tmp/tested 2>&1
	is "in mode $mode, it ends with" $? 0
	for what in module hook device native device-nGnRE device-GRE normal-nc switches counter unaligned \
		'native again' others 'put back'; do
		says ok "$what"
	done
	check "and nothing is untried or wrong" [ "$(grep -vc '^ok ' /tmp/tested)" = 0 ]
	[ ! -e /dev/iommu ] || {
		says ok device "opened by cdev"
		for what in native device-nGnRE normal-nc; do says ok "cdev: $what" "stage 2 says so"; done
	}
	[ $mode = native ] && sed 's/^/# /' /tmp/tested >"$RESULT"
	is "mode, table and unaligned are as they were" "$(state)" "$was"
	is "no layer is the selftest's" "$(s2memattr layer list | grep -c '^selftest')" 0
done

# A number of the table in force, and of mode and unaligned, for what comes now.
mode native
policy "native id=1af4:1110 bar=2"
was=$(state)
as_before() { [ "$(state)" = "$was" ] && [ "$(s2memattr layer list | grep -c '^selftest')" = 0 ]; }
# reached LINES: the selftest has said so many, or has ended.
reached() { [ "$(grep -c . /tmp/tested)" -ge "$1" ] || ! kill -0 $tested; }
gone() { ! pidof s2memattr-vm >/dev/null; }

# Killed after each of its lines, with its VM or alone, as one likes: the watcher is left.
for line in $KILLS; do
	: >/tmp/tested
	s2memattr selftest --device $SHM0 --write --emulate >/tmp/tested 2>&1 &
	tested=$!
	until_true 60 reached $line
	check "after line $line: its VM is there" eval '! gone'
	kill -KILL $tested 2>/dev/null || not_ok "it ended before line $line"
	wait $tested 2>/dev/null
	check "killed after line $line: all is put back" until_true 20 as_before
	check "killed after line $line: its VM is gone" until_true 5 gone
done
like "the guest beside has not noticed" "$(vm other poll 0)" "ok * 0"

# Killed with its watcher, so that nobody is left. What stays behind meets nobody: not this VM,
# which has the same device. (Not with --emulate: "unaligned" may be left as it was then.)
: >/tmp/tested
s2memattr selftest --device $SHM0 --write >/tmp/tested 2>&1 &
tested=$!
until_true 60 reached 6
# Its name is "s2memattr", as its parent's; the VM's is random.
watcher=$(for pid in $(grep -l "^PPid:	$tested$" /proc/[0-9]*/status | cut -d/ -f3); do
	grep -q "^s2memattr$" /proc/"$pid"/comm && echo "$pid"
done)
check "it has a watcher" [ -n "$watcher" ]
kill -KILL $watcher $tested
wait $tested 2>/dev/null
check "killed with its watcher: its VM is gone" until_true 5 gone
like "its rule is left" "$(head -n 1 $S/policy)" "* pci=$SHM0 pid=* comm=s2m*"
is "mode native is what all others have" "$(tail -n 1 $S/policy)" native
vm_with_bar heir $SHM0 2 $BAR0
vm heir load 0 nc $BAR0 4 >/dev/null
type_is "a VM that has the device now" heir $BAR0 "$NATIVE"
vm_end heir
like "config status tells of it" "$(echo mode = normal-nc >/etc/s2memattr.conf; s2memattr config status)" "*selftest was killed*"
rm /etc/s2memattr.conf
check "the next command puts it back" s2memattr layer remove nobody
check "and all is as before" as_before
like "the guest beside has not noticed" "$(vm other stop 0)" "ok * 0"
is "nor has its mapping" "$(vm other desc $BAR0)" "$before"

# While somebody has the device.
vm_with_bar user $SHM0 2 $BAR0
tested 3 --device $SHM0
says untried device busy
vm_end user

# Beside a VM with device memory, and not told that it may: unaligned stays.
tested 3 --device $SHM0
says untried unaligned "--emulate changes it"
vm_end other

# Without writing: nothing in the BAR changes, with --write it is put back.
vm_with_bar owner $SHM0 2 $BAR0
vm owner poke a 8 8 1122334455667788 >/dev/null
vm_end owner
tested 0 --device $SHM0
tested 0 --device $SHM0 --write --bench --report --svg /tmp/bench.svg
says ok bench "48 medians of 31 runs"
check "the table has a line for each" [ "$(grep -cE '^(device|write-combining) +(store|load) ' /tmp/tested)" = 18 ]
check "the picture is one" grep -q '^</svg>' /tmp/bench.svg
check "the report has the kernel" grep -q "^kernel  *$(uname -r)$" /tmp/tested
check "and the hook" grep -q "^hook  *kvm_pgtable_stage2_map+0x" /tmp/tested
sed '/^ok/d; s/^/# /' /tmp/tested >"$RESULT"
vm_with_bar owner $SHM0 2 $BAR0
is "what was in the BAR is there" "$(vm owner peek a 8 8)" "ok 0x1122334455667788"
vm_end owner

# A BAR of nothing but registers, and one that nobody answers for.
tested 3 --device $EDU
says untried device "no prefetchable BAR"

# Hosts where it has to fail.
if [ "$TRANSPORT" != ftrace ] && [ "$(cat $S/hook/transport)" = kprobe ]; then
	echo 0 >/sys/kernel/debug/kprobes/enabled
	tested 1 --device $SHM0
	says FAIL policy
	echo 1 >/sys/kernel/debug/kprobes/enabled
	mode policy
	echo 0 >/sys/kernel/debug/kprobes/enabled
	lost() { [ "$(cat $S/hook/state)" = lost ]; }
	check "the hook is lost" until_true 5 lost
	tested 1 --device $SHM0
	says FAIL "\(hook\|policy\)"
	echo 1 >/sys/kernel/debug/kprobes/enabled
	mode native
fi
policy ""
unload
modprobe fakesoc revision=4
load
tested 3 --device $SHM0
says untried normal-nc "NVIDIA Vera"
says untried device-GRE "NVIDIA Vera"
says ok device-nGnRE
unload
rmmod fakesoc
