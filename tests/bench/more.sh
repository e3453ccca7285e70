# SPDX-License-Identifier: GPL-2.0-only
# What a rule table, and a switch, cost a running guest. One line a figure:
#	figure rules-N device INSTRUCTIONS	a fault that a table of N rules decides
#	figure drop-N held INSTRUCTIONS		how long a switch keeps a guest that uses N
#						pages of its BAR from mapping them anew: the
#						call that drops them, median of ten
# How long a guest waits cannot be seen from inside under -icount: emulated CPUs take
# turns of some milliseconds.
bind $SHM0
BAR=800001000
other=device-nGnRE
[ "$NATIVE" = normal-nc ] || other=normal-nc

# table N: rules of four kinds that do not match, and one that does.
table() {
	awk -v n="$1" -v type=$other 'BEGIN {
		for (i = 1; i < n; i++) {
			if (i % 4 == 0)
				printf "normal-nc id=15b3:%x class=%06x\n", i % 65536, i
			if (i % 4 == 1)
				printf "normal-nc phys=0x80%05x000-0x80%05xfff\n", i, i
			if (i % 4 == 2)
				printf "device-nGnRE pid=%d\n", 1000000 + i
			if (i % 4 == 3)
				printf "device-GRE uid=%d driver=vfio-pci\n", 1000000 + i
		}
		print type " id=1af4:*"
	}'
}

# shellcheck disable=SC2046 # the sixth word is the median
fault() {
	set -- $(vm a faults 1 nc $BAR 100000)
	echo "$6"
}

modprobe s2memattr standby=0
vm_start a --cpus 2
like "a VM" "$(vm a vfio $SHM0)$(vm a map bar $SHM0 2 $BAR 0 100000)" 'ok*ok*'
for rules in 10 1000 100000; do
	table $rules >/tmp/table
	cat /tmp/table >$S/policy_stage
	echo 1 >$S/policy_commit
	mode policy
	# The first one warms up.
	vm_forget a bar
	fault >/dev/null
	vm_forget a bar
	say "figure rules-$rules device $(fault)"
	is "$rules rules: it was rewritten" "$(vm a desc $BAR | sed 's/.* //')" "$(memattr_of $other)"
done
mode native
vm_end a
rm /tmp/table

# held PAGES: what the graph tracer says of the call, in nanoseconds: instructions. A
# switch makes several, most of them of memory that is not the guest's.
held() {
	local i
	for i in 1 2 3 4 5 6 7 8 9 10; do
		vm a faults 1 nc $BAR "${1}000" >/dev/null
		echo >$TRACE/trace
		mode $([ $((i % 2)) = 0 ] && echo "$NATIVE" || echo $other)
		sed -n 's/.* \([0-9]*\)\.\([0-9]*\) us .*s2m_stage2_drop.*/\1\2/p' \
			$TRACE/trace | sort -n | tail -n 1
	done | sort -n | sed -n 6p
}

vm_start a
like "a VM" "$(vm a vfio $SHM0)$(vm a map bar $SHM0 2 $BAR 0 100000)" 'ok*ok*'
mode "$NATIVE"
echo s2m_stage2_drop >$TRACE/set_ftrace_filter
echo function_graph >$TRACE/current_tracer
for pages in 1 10 100; do
	held=$(held $pages)
	like "a switch is seen to drop $pages pages (hex)" "$held" '[1-9]*'
	say "figure drop-$pages held $held"
done
echo nop >$TRACE/current_tracer
echo >$TRACE/set_ftrace_filter
mode native
vm_end a
unload
