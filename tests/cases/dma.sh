# SPDX-License-Identifier: GPL-2.0-only
# VFIO maps a BAR for DMA by the function by which KVM looks at device memory, once for
# each page. The sentinel is not in its way.
bind $BIG
other=device-nGnRE
[ "$NATIVE" = normal-nc ] || other=normal-nc
state() { [ "$(cat $S/hook/state)" = "$1" ]; }
# The fastest of some: others use this machine, too.
takes() { for _ in 1 2 3 4 5; do dmamap $BIG 2 0x4000000; done | sort -n | head -n 1; }

for transport in ftrace kprobe; do
	modprobe s2memattr standby=1 transport=$transport || {
		not_ok "$transport loads"
		continue
	}
	off=$(takes)
	mode $other
	check "$transport: stands down" until_true 30 state standby
	on=$(takes)
	check "$transport: still in standby" state standby
	note "$transport: $off us without, $on us in standby, for 64 MiB"
	if [ "${on:-0}" -gt 0 ] && [ "$on" -lt $((off * 2)) ]; then
		ok "$transport: mapping for DMA costs what it did"
	else
		not_ok "$transport: mapping for DMA costs $on us in standby, and $off without"
	fi
	unload
done
