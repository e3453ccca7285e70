# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154
#
# No memory, at every allocation of ours in turn: those with the module's code in
# their call chain, so also what kprobes, ftrace and sysfs allocate on our behalf.
# For kernels with fault injection.
#
# What cannot be done leaves no trace: mode, table, generation and the type that
# a guest has are what they were, and last_error says why.
INJECT=/sys/kernel/debug
MODULE=/lib/modules/$(uname -r)/updates/s2memattr.ko
MOST=400	# more allocations than anything here makes

# only_below START END: allocations with an address between these in their chain.
only_below() {
	local kind
	for kind in failslab fail_page_alloc; do
		printf '%u' "$1" >$INJECT/$kind/require-start
		printf '%u' "$2" >$INJECT/$kind/require-end
	done
}

# Also those that could wait, and single pages; a line for each in the log, not
# the whole chain.
for kind in failslab fail_page_alloc; do
	echo N >$INJECT/$kind/ignore-gfp-wait
	echo 32 >$INJECT/$kind/stacktrace-depth
	echo 1 >$INJECT/$kind/verbose
done
echo N >$INJECT/fail_page_alloc/ignore-gfp-highmem
echo 0 >$INJECT/fail_page_alloc/min-order
# What the kernel says about lack of memory looks like trouble on the console; the
# case "reports" reads all of it afterwards.
dmesg -n 1

only_below_module() {
	local start
	start=$(($(cat /sys/module/s2memattr/sections/.text)))
	only_below $start $((start + $(awk '$1 == "s2memattr" { print $2 }' /proc/modules)))
}

# Where the module is not yet: below the call of its init. The loader itself warns
# when it has no memory, which is none of our business.
only_below_init() {
	# shellcheck disable=SC2046 # two addresses
	only_below $(awk '$3 == "do_one_initcall" { print "0x" $1; found = 1; next }
			  found { print "0x" $1; exit }' /proc/kallsyms)
}

refusals() { dmesg | grep -c 's2memattr: .*not loaded'; }

# All that a failed call may not change. Standby comes by itself, with time.
state() {
	mode_now
	cat $S/generation $S/policy
	sed 's/^standby$/armed/' $S/hook/state
	vm a load 0 nc $BAR0 4 >/dev/null
	vm a desc $BAR0
}

# each DESC UNDO CALL...: let the first allocation of a call fail, then the second,
# until it makes no more. UNDO brings back what was where it worked all the same.
each() {
	local what=$1 undo=$2 n=0 failed=0 survived=0 silent=0 changed=0 reply was now marker
	shift 2
	was=$(state)
	while :; do
		n=$((n + 1))
		echo nonsense >$S/mode 2>/dev/null # leaves its own sentence
		marker=$(cat $S/last_error)
		reply=$(failnth $n "$@")
		case $reply in
		"ok injected")
			survived=$((survived + 1))
			eval "$undo"
			was=$(state)
			;;
		*" injected")
			failed=$((failed + 1))
			[ "$(cat $S/last_error)" != "$marker" ] || {
				silent=$((silent + 1))
				note "$what: allocation $n: $reply, but last_error is still '$marker'"
			}
			now=$(state)
			[ "$now" = "$was" ] || {
				changed=$((changed + 1))
				note "$what: allocation $n: '$was' became '$now'"
			}
			;;
		*) break ;;
		esac
		[ $n -le $MOST ] || break
	done
	is "$what: works when all allocations do" "$reply" "ok -"
	note "$what: $((n - 1)) allocations, without $failed of them it fails"
	injected=$((injected + n - 1))
	refused=$((refused + failed))
	is "$what: what failed changed nothing" $changed 0
	is "$what: what failed said so" $silent 0
	eval "$undo"
	is "$what: all is as before" "$(state | sed 2d)" "$(echo "$was" | sed 2d)"
}

# Is the BAR what the driver's rule says?
known_by_driver() {
	local desc
	vm b load 0 nc $BAR0 4 >/dev/null
	desc=$(vm b desc $BAR0)
	[ "${desc##* }" = "$(memattr_of device-GRE)" ]
}

bind $SHM0
bind $SHM1

for transport in kprobe ftrace; do
	only_below_init
	n=0
	left=0
	silent=0
	while :; do
		n=$((n + 1))
		was=$(refusals)
		reply=$(failnth $n load $MODULE "mode=normal-nc transport=$transport")
		case $reply in
		"ok injected") unload ;;
		*" injected")
			[ ! -e $S ] && [ ! -e /sys/module/s2memattr ] &&
				[ "$(grep -c . /sys/kernel/debug/kprobes/list)" = 0 ] || {
				left=$((left + 1))
				note "load: allocation $n: $reply, and something is left behind"
			}
			[ "$(refusals)" -gt "$was" ] || {
				silent=$((silent + 1))
				note "load: allocation $n: $reply, without a sentence: $(dmesg | tail -n 1)"
			}
			;;
		*) break ;;
		esac
		[ $n -le $MOST ] || break
	done
	is "load, $transport: works when all allocations do" "$reply" "ok -"
	above "load, $transport: allocations failed" $((n - 1)) 0
	is "load, $transport: what failed left nothing behind" $left 0
	is "load, $transport: what failed said so" $silent 0
	unload
done

vm_with_bar a $SHM0 2 $BAR0
table1="device-GRE pci=$SHM0
native bar=1"
table2="normal-nc pci=$SHM0 bar=2
device-nGnRE phys=0x8000000000-0x80ffffffff uid=0
native cgroup=/machine comm=qemu"
for transport in kprobe ftrace; do
	modprobe s2memattr transport=$transport
	only_below_module
	injected=0
	refused=0
	printf '%s\n' "$table1" >$S/policy
	each "$transport: mode native -> device-nGnRE" "mode native" write $S/mode device-nGnRE
	each "$transport: mode native -> normal-nc" "mode native" write $S/mode normal-nc
	each "$transport: mode native -> policy" "mode native" write $S/mode policy
	mode policy
	each "$transport: mode policy -> native" "mode policy" write $S/mode native
	each "$transport: a table" "printf '%s\n' '$table1' >$S/policy" write $S/policy "$table2"
	each "$transport: a staged piece" "echo 0 >$S/policy_commit" write $S/policy_stage "$table2"
	echo "$table2" >$S/policy_stage
	each "$transport: a commit" "printf '%s\n' '$table1' >$S/policy
		printf '%s\n' '$table2' >$S/policy_stage" write $S/policy_commit 1
	echo 0 >$S/policy_commit
	# Files that can be read: with the permission, which root could do without.
	for file in $(find $S -type f -perm -444); do
		each "$transport: reading ${file##*/}" : read "$file"
	done
	above "$transport: allocations failed" $injected 0
	above "$transport: and what made them with them" $refused 0
	mode native
	unload
done
vm_end a

# A device changes hands while there is no memory to publish that: its driver is
# bound all the same, and known to the table as soon as there is memory again.
load
mode policy
policy "device-GRE driver=vfio-pci pci=$SHM1"
only_below_module
n=0
while :; do
	n=$((n + 1))
	echo $SHM1 >/sys/bus/pci/drivers/vfio-pci/unbind
	reply=$(failnth $n write /sys/bus/pci/drivers/vfio-pci/bind $SHM1)
	[ "$reply" = "ok injected" ] && [ $n -le $MOST ] || break
	vm_start b
	vm b vfio $SHM1 >/dev/null
	vm b map a $SHM1 2 $BAR0 >/dev/null
	if until_true 5 known_by_driver; then
		vm_end b
	else
		not_ok "a driver bound while allocation $n failed: $(vm b desc $BAR0)"
		vm_end b
		break
	fi
done
is "a driver is bound without memory to publish that" "$reply" "ok -"
above "binding: allocations failed" $((n - 1)) 0
mode native
unload
only_below 0 18446744073709551615
dmesg -n 7
