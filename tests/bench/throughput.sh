# SPDX-License-Identifier: GPL-2.0-only
# Faults a second, of one vCPU and of two at once, by the clock: here emulated CPUs run
# side by side and nothing counts instructions. One line a figure:
#	figure throughput-STATE one FAULTS	STATE: absent, ftrace or kprobe, the module
#	figure throughput-STATE two FAULTS	armed by it
# The best of several rounds, in which the states take turns, so that what else the
# machine may do meets all of them.
ROUNDS=8
PAGES=400000
RAM=900000000

# faster CPUS STATE: keep it if it is the best so far. The reply has nanoseconds a
# fault: ok N min MIN median MEDIAN mean MEAN
faster() {
	local reply now best
	vm_forget a ram
	reply=$(vm a faults "$1" wb $RAM $PAGES)
	# shellcheck disable=SC2086 # words
	set -- "$1" "$2" $reply
	[ "$3" = ok ] || not_ok "$2, $1 vCPUs: $reply"
	now=$(($1 * 1000000000 / ${10}))
	eval "best=\${best_$2_$1:-0}"
	[ "$now" -le "$best" ] || eval "best_$2_$1=$now"
}

both() {
	# The first one warms up.
	faster 1 warm
	faster 1 "$1"
	faster 2 "$1"
}

echo never >/sys/kernel/mm/transparent_hugepage/enabled
bind $SHM0
vm_start a --cpus 2
# A BAR, so that the hook is in for a reason.
like "a VM" "$(vm a vfio $SHM0)$(vm a map bar $SHM0 2 800001000 0 100000)$(vm a ram ram $RAM $PAGES)" 'ok*ok*ok*'
states=absent
for by in ftrace kprobe; do
	modprobe s2memattr transport=$by 2>/dev/null && unload && states="$states $by"
done
round=0
while [ $round -lt $ROUNDS ]; do
	for by in $states; do
		[ $by = absent ] || modprobe s2memattr transport=$by standby=0 mode="$NATIVE"
		both $by
		[ $by = absent ] || unload
	done
	round=$((round + 1))
done
vm_end a
for by in $states; do
	eval "say \"figure throughput-$by one \$best_${by}_1\""
	eval "say \"figure throughput-$by two \$best_${by}_2\""
done
