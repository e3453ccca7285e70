# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154
# The longest that a handler runs, of what it may do with interrupts or preemption off,
# in instructions, as the graph tracer sees it. A figure a line:
#	figure bound-HANDLER WHAT INSTRUCTIONS
# A handler may take 50 us. That is counted as 100000 instructions: one in each cycle of
# a CPU at 2 GHz. The sentinel's pause is by the clock, and an instruction is a
# nanosecond here: what the sentinel may take is counted as 50000.
LIMIT=100000
other=device-nGnRE
[ "$NATIVE" = normal-nc ] || other=normal-nc
bind $BIG
bind $SHM0
bind $EDU
modprobe vmashape

# watch HANDLER: each of its calls from now on
watch() {
	echo >$TRACE/set_ftrace_filter
	echo "$1" >$TRACE/set_ftrace_filter
	echo >$TRACE/trace
	echo function_graph >$TRACE/current_tracer
}
# longest HANDLER: of those that were watched
longest() {
	sed -n "s/^.* \([0-9]*\)\.\([0-9]*\) us .* $1[ (].*/\1\2/p" $TRACE/trace | sort -n | tail -n 1
	echo nop >$TRACE/current_tracer
}
# bounded HANDLER WHAT: nothing has run for longer
bounded() {
	local most limit=$LIMIT
	[ "$1" != seen ] || limit=$((LIMIT / 2))
	most=$(longest "$1")
	say "figure bound-$1 $2 ${most:-0}"
	check "$1, $2: it was called" test "${most:-0}" -gt 100
	check "$1, $2: ${most:-0} instructions are not more than $limit" test "${most:-0}" -le $limit
}
# table FILE: a table of any size
table() {
	mode native
	cat "$1" >$S/policy_stage
	check "a table of $(wc -l <"$1") rules" eval "echo 1 >$S/policy_commit"
	mode policy
}
load_by() { modprobe s2memattr transport=kprobe "$@"; }

# The sentinel: a fault on device memory while the hook is out, in a page that the VMM
# has touched and in one that it has not.
load_by standby=1 mode=$other
vm_start a
like "a VM" "$(vm a vfio $SHM0)$(vm a map bar $SHM0 2 800001000 0 100000)" 'ok*ok*'
until_true 30 grep -q standby $S/hook/state
watch seen
vm a faults 1 nc 800001000 1000 >/dev/null
bounded seen absent
until_true 30 grep -q standby $S/hook/state
vm_forget a bar
watch seen
vm a faults 1 nc 800001000 1000 >/dev/null
bounded seen device
vm_end a
unload

# A block with several BARs in it, of which the host has all, in pages: 512 of them are
# looked at. On kernels that make none of it, a page.
edu=$(bar_phys $EDU 0)
base=$((edu & ~0x1fffff))
load_by standby=0
vm_start a
like "2 MiB of BARs" \
	"$(vm a mapres e /dev/vmashape-noncached 860000000 200000 "$(printf %x $base)")" 'ok*'
ipa=$(printf %x $((0x860000000 + edu - base)))
fault() {
	vm_forget a e
	watch s2m_fault
	vm a faults 1 nc "$ipa" 1000 >/dev/null
}
range() { printf 'phys=0x%x-0x%x' $((base + $1)) $((base + $1 + $2 - 1)); }
echo "$other $(range 0 0x200000)" >/tmp/table
table /tmp/table
fault
bounded s2m_fault block
level=$(vm a desc "$ipa" | cut -d' ' -f2)
note "level $level"
[ -z "$BLOCKS" ] || is "it is a block" "$level" "$BLOCKS"

# Rules of all kinds, of which none matches but the last.
rules() {
	awk -v n="$1" 'BEGIN {
		for (i = 0; i < n; i++) {
			k = i % 6
			if (k == 0) printf "device-GRE uid=%d\n", 1000000 + i
			if (k == 1) printf "device-GRE pid=%d\n", 1000000 + i
			if (k == 2) printf "device-GRE comm=vm-%d\n", i
			if (k == 3) printf "device-GRE cgroup=/a/b/c/vm-%d uid=%d\n", i, i + 1000000
			if (k == 4) printf "device-GRE cgroup=/machine.slice/vm-%d\n", i
			if (k == 5) printf "device-GRE phys=0x70%05x000-0x70%05xfff\n", i, i
		}
	}'
}
rules 99999 >/tmp/table
echo "$other $(range 0 0x200000)" >>/tmp/table
table /tmp/table
fault
bounded s2m_fault rules-100000

# As many edges of rules in one block as there may be, each with rules about who maps.
rules 10000 >/tmp/table
awk -v base=$base 'BEGIN {
	for (i = 0; i < 512; i++)
		printf "device-GRE phys=0x%x-0x%x uid=%d\n", base + i * 4096, base + i * 4096 + 4095, i + 1
}' >>/tmp/table
echo "$other $(range 0 0x200000)" >>/tmp/table
table /tmp/table
fault
bounded s2m_fault edges
# The same where nothing is known of the VMA.
rules 1000 >/tmp/table
awk -v base=$base 'BEGIN {
	for (i = 0; i < 32; i++)
		printf "device-GRE phys=0x%x-0x%x uid=%d vma=pfnmap pgprot=normal-nc\n", base + i * 65536, base + i * 65536 + 4095, i + 1
}' >>/tmp/table
echo "$other $(range 0 0x200000)" >>/tmp/table
table /tmp/table
fault
bounded s2m_fault late-keys

# Patterns are tried one by one.
awk 'BEGIN { for (i = 0; i < 1024; i++) printf "device-GRE cgroup=/*%d\n", i + 1000 }' >/tmp/table
echo "$other $(range 0 0x200000)" >>/tmp/table
table /tmp/table
fault
bounded s2m_fault patterns
mode native
vm_end a
rm /tmp/table
rmmod vmashape
echo >$TRACE/set_ftrace_filter
unload
