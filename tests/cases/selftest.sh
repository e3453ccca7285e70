# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154
# "s2memattr selftest" on this kernel, beside a guest that must not notice, in each mode;
# killed wherever it may be; and where it has to fail, it does.

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
	sed 's/^/# /' /tmp/tested >"$RESULT"
	is "mode, table and unaligned are as they were" "$(state)" "$was"
	is "no layer is the selftest's" "$(s2memattr layer list | grep -c '^selftest')" 0
done
mode native
policy ""
like "the guest beside has not noticed" "$(vm other stop 0)" "ok * 0"
is "nor has its mapping" "$(vm other desc $BAR0)" "$before"
vm_end other
unload
