# SPDX-License-Identifier: GPL-2.0-only
# Virtual functions: rules by id and by address, while they come and go.
NIC=$(basename "$(dirname "$(grep -l 0x10c9 $PCI/*/device)")")
DISK=$(basename "$(dirname "$(grep -l 0x0010 $PCI/*/device)")")
echo 1 >/sys/module/vfio_pci/parameters/enable_sriov
check "a network card" bind "$NIC"
check "a disk" bind "$DISK"
vfs() { echo "$2" >"$PCI/$1/sriov_numvfs"; }
# vf PF NUMBER: its address
vf() { basename "$(readlink "$PCI/$1/virtfn$2")"; }
# vf_is DESC PF NUMBER TYPE
vf_is() {
	vm_start v
	echo 1 >"$PCI/$(vf "$2" "$3")/enable" 2>/dev/null
	vm v mapres s "$PCI/$(vf "$2" "$3")/resource0" $BAR0 1000 >/dev/null
	vm v load 0 nGnRnE $BAR0 4 >/dev/null
	is "$1" "$(vm v desc $BAR0 | cut -d' ' -f4)" "$(memattr_of "$4")"
	vm_end v
}

load
policy "normal-nc id=8086:10ca" "device-nGnRE"
mode policy
check "VFs come" vfs "$NIC" 4
vf_is "a VF that has come, by id" "$NIC" 0 normal-nc
vf_is "another one" "$NIC" 3 normal-nc
policy "device-nGnRE pci=$(vf "$NIC" 1)" "normal-nc id=8086:10ca" "device-nGnRE"
vf_is "by address" "$NIC" 1 device-nGnRE
vf_is "the next one" "$NIC" 2 normal-nc
check "VFs go" vfs "$NIC" 0
check "and come" vfs "$NIC" 7
vf_is "by address, again" "$NIC" 1 device-nGnRE
vf_is "by id, again" "$NIC" 6 normal-nc

# More than a hundred.
uptime_ms() { awk '{ print int($1 * 1000) }' /proc/uptime; }
slab_kb() { awk '/^(SUnreclaim|VmallocUsed)/ { n += $2 } END { print n }' /proc/meminfo; }
id=$(printf '%s:%s' "$(cut -c3- "$PCI/$DISK/vendor")" "$(cut -c3- "$PCI/$DISK/device")")
mode native
begin=$(uptime_ms)
check "127 VFs without a mode" vfs "$DISK" 127
native_ms=$(($(uptime_ms) - begin))
vfs "$DISK" 0
policy "normal-nc id=$id" "device-nGnRE"
mode policy
begin=$(uptime_ms)
before=$(slab_kb)
check "127 VFs under a live policy" vfs "$DISK" 127
live_ms=$(($(uptime_ms) - begin))
note "127 VFs: $native_ms ms in native, $live_ms ms under a policy, $(($(slab_kb) - before)) KiB of kernel memory"
is "all are there" "$(find "$PCI/$DISK/" -name 'virtfn*' | wc -l)" 127
[ "$live_ms" -le $((2 * native_ms + 2000)) ] && ok "a policy does not hold them up" ||
	not_ok "a policy does not hold them up: $live_ms ms, not $native_ms"
vf_is "the last of them" "$DISK" 126 normal-nc
begin=$(uptime_ms)
policy "device-nGnRE pci=$(vf "$DISK" 77)" "normal-nc id=$id" "device-nGnRE"
note "a table for all of them takes $(($(uptime_ms) - begin)) ms"
vf_is "one of them by address" "$DISK" 77 device-nGnRE
vf_is "and its neighbour" "$DISK" 78 normal-nc
check "they go" vfs "$DISK" 0
vfs "$NIC" 0
mode native
unload
