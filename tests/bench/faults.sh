# SPDX-License-Identifier: GPL-2.0-only
# What a stage-2 fault costs, in instructions. One line a figure:
#	figure STATE WHAT INSTRUCTIONS
# STATE is absent, or TRANSPORT-native, -kept (armed, KVM's own type stands),
# -rewritten or -standby (no device fault for a while); WHAT is a page of
#	first	a BAR, which finds the hook out and waits until it is in
#	ram	in a memslot that could have blocks: KVM looks for one, a walk more
#	ram1	in a memslot that could not
#	device	a BAR
#	ram2	as ram, with two vCPUs at once
#
# A BAR that begins one page off the block grid is mapped in pages on every
# kernel.
bind $SHM0
echo never >/sys/kernel/mm/transparent_hugepage/enabled
PAGES=400000
RAM=900000000		# may have blocks: the VMM's address is congruent to it
RAM1=a00001000		# may not: not a whole block of it lies in the memslot

figure() {
	# ok N min MIN median MEDIAN mean MEAN
	local reply
	local type=wb
	case $2 in device | first) type=nc ;; esac
	reply=$(vm "$4" faults "$3" $type "$5" "$6")
	# shellcheck disable=SC2086 # words
	set -- "$1" "$2" $reply
	if [ "${3:-}" = ok ]; then
		say "figure $1 $2 $8"
	else
		not_ok "$1 $2: $*"
	fi
}

touch_all() {
	vm a faults 1 wb $RAM $PAGES >/dev/null
	vm a faults 1 wb $RAM1 100000 >/dev/null
	vm a faults 1 nc 800001000 100000 >/dev/null
}

measure() {
	local round
	# The first round warms up.
	for round in warm $1; do
		vm_forget a bar ram ram1
		if [ "$round" = warm ]; then
			touch_all
		else
			figure "$round" ram 1 a $RAM $PAGES
			figure "$round" ram1 1 a $RAM1 100000
			figure "$round" device 1 a 800001000 100000
		fi
	done
	vm_forget a bar ram ram1
	figure "$1" ram2 2 a $RAM $PAGES
}

other=device-nGnRE
[ "$NATIVE" = normal-nc ] || other=normal-nc
vm_start a --cpus 2
like "a VM" "$(vm a vfio $SHM0)$(vm a map bar $SHM0 2 800001000 0 100000)$(vm a ram ram $RAM $PAGES)$(vm a ram ram1 $RAM1 100000)" 'ok*ok*ok*ok*'
for _ in 1 2 3; do
	vm_forget a bar ram ram1
	touch_all
done
measure absent
for by in ftrace kprobe; do
	if ! modprobe s2memattr transport=$by standby=0 2>/dev/null; then
		note "this kernel has no transport $by"
		continue
	fi
	measure $by-native
	mode "$NATIVE"
	measure $by-kept
	mode $other
	measure $by-rewritten
	is "$by: nothing refused" "$(stat refused)" 0
	unload

	modprobe s2memattr transport=$by standby=1 mode=$other
	# The first one warms up.
	for round in warm $by-standby; do
		vm_forget a bar ram ram1
		until [ "$(cat $S/hook/state)" = standby ]; do sleep 1; done
		vm a faults 1 wb $RAM $PAGES >/dev/null
		vm a faults 1 wb $RAM1 100000 >/dev/null
		vm_forget a bar ram ram1
		if [ "$round" != warm ]; then
			figure "$round" ram 1 a $RAM $PAGES
			figure "$round" ram1 1 a $RAM1 100000
			is "$by: still in standby" "$(cat $S/hook/state)" standby
		fi
		# One page: the fault that brings the hook back.
		[ "$round" = warm ] && vm a faults 1 nc 800001000 1000 >/dev/null
	done
	figure $by-standby first 1 a 800001000 1000
	is "$by: armed by it" "$(cat $S/hook/state)" armed
	unload
done
measure absent-again
vm_end a
