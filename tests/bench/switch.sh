# SPDX-License-Identifier: GPL-2.0-only
# What a switch, a load and an unload cost. One line a figure:
#	figure STATE WHAT TICKS
# These wait for other CPUs and for grace periods. Waiting is not instructions,
# but it passes on the same clock.
ko=/lib/modules/$(uname -r)/updates/s2memattr.ko
resource=$PCI/$SHM1/resource2
other=device-nGnRE
[ "$NATIVE" = normal-nc ] || other=normal-nc

# best COMMAND...: the least of five times.
best() {
	local ticks least=
	for _ in 1 2 3 4 5; do
		ticks=$("$@") || return
		[ -n "$least" ] && [ "$least" -le "$ticks" ] || least=$ticks
	done
	echo "$least"
}

mapped() { case $1 in ok*) ;; *) not_ok "a VM says: $1" ;; esac }

# switches VMS PAGES: between two modes that both are not native.
switch() {
	local vm
	for vm in $(seq "$1"); do
		mapped "$(vm v$vm faults 1 nc 800001000 "$2")"
	done
	clock write $S/mode $(if [ "$(mode_now)" = normal-nc ]; then echo device-nGnRE; else echo normal-nc; fi)
}

for by in ftrace kprobe; do
	modprobe s2memattr transport=$by 2>/dev/null || continue
	rmmod s2memattr
	say "figure $by load $(clock load $ko transport=$by)"
	say "figure $by arm $(clock write $S/mode $other)"
	say "figure $by disarm $(clock write $S/mode native)"
	say "figure $by unload $(clock unload s2memattr)"
	say "figure $by load-armed $(clock load $ko "transport=$by mode=$other")"
	say "figure $by unload-armed $(clock unload s2memattr)"
done

load
started=0
for vms in 1 2 4 8 16 32; do
	while [ $started -lt $vms ]; do
		started=$((started + 1))
		vm_start v$started
		mapped "$(vm v$started mapres bar $resource 800001000 3ff000)"
	done
	mode $other
	say "figure vms-$vms switch $(best switch $vms 1000)"
done
while [ $started -gt 1 ]; do
	vm_end v$started
	started=$((started - 1))
done
for pages in 1 10 100 300; do
	say "figure pages-0x$pages switch $(best switch 1 ${pages}000)"
done
vm_end v1
unload
