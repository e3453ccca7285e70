# SPDX-License-Identifier: GPL-2.0-only
# A guest keeps mmu_lock busy for seconds, by set/way operations, which make KVM flush
# all that is mapped; meanwhile it touches its BAR from standby. No mapping is made
# without the hook.
bind $SHM0
other=device-nGnRE
[ "$NATIVE" = normal-nc ] || other=normal-nc
state() { [ "$(cat $S/hook/state)" = "$1" ]; }

# slips FLUSHERS: touch the BAR while so many vCPUs keep mmu_lock busy; $desc is the leaf.
slips() {
	local cpu
	for cpu in $(seq 1 "$1"); do
		vm a bgflush "$cpu" >/dev/null
	done
	vm a load 0 nGnRnE $BAR0 4 >/dev/null
	desc=$(vm a desc $BAR0)
	for cpu in $(seq 1 "$1"); do
		vm a stop "$cpu" >/dev/null
	done
}

# tries TRANSPORT CPUS
tries() {
	local round before missed desc
	modprobe s2memattr standby=1 transport="$1" || { not_ok "$1 loads"; return; }
	vm_start a --cpus "$2"
	like "$1, $2 vCPUs: a VM" "$(vm a vfio $SHM0)$(vm a map a $SHM0 2 $BAR0)$(vm a ram r 900000000 8000000)" 'ok*ok*ok*'
	# What there is to flush.
	vm a storm 0 wb 900000000 8000000 write >/dev/null
	sleep "$FILL"
	vm a stop 0 >/dev/null
	for round in 1 2 3; do
		# From native: so that standby comes as soon as at first.
		mode "$NATIVE"
		mode $other
		check "$1, $2 vCPUs, round $round: stands down" until_true 30 state standby
		vm_forget a a
		check "$1, $2 vCPUs, round $round: in standby" state standby
		before=$(stat faults)
		missed=$(cat $S/hook/missed)
		slips $(($2 - 1))
		is "$1, $2 vCPUs, round $round: the hook's type" "${desc##* }" "$(memattr_of $other)"
		[ "$(stat faults)" -gt "$before" ] && ok "$1, $2 vCPUs, round $round: by the hook" ||
			not_ok "$1, $2 vCPUs, round $round: not by the hook"
		is "$1, $2 vCPUs, round $round: nothing missed" "$(cat $S/hook/missed)" "$missed"
	done
	vm_end a
	mode native
	unload
}

FILL=10
# Transport and vCPUs.
for each in $SLIPS; do
	tries "${each%:*}" "${each#*:}"
done
