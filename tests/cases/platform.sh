# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154
# Platforms that corrupt merged writes to PCIe are known, and protected.
#
# The shipped code runs, without a seam. Mocked is what no emulator offers:
#  - Ampere Altra is known by the PCI ID 1def:e100. The ID in the module's table
#    is patched to that of the emulated host bridge, 1b36:0008.
#  - NVIDIA Vera is known by the SoC ID that firmware reports. A test module
#    registers a SoC with that ID where the kernel's own driver would.
ko=/lib/modules/$(uname -r)/updates/s2memattr.ko
bridge=0000:00:00.0
altra="Ampere Altra erratum 82288 (PCIE_65): PCIe writes with gaps in their byte enables may go to wrong addresses"
vera="the erratum of NVIDIA Vera before revision 5: PCIe writes that do not enable all bytes may go to wrong addresses"
cp "$ko" /tmp/altra.ko
check "the ID of Altra is in the module's table" swapbytes /tmp/altra.ko ef1d00e1 361b0800
is "the emulated bridge has the other ID" "$(cat $PCI/$bridge/vendor $PCI/$bridge/device | tr '\n' ' ')" \
	"0x1b36 0x0008 "

# logged DESC PATTERN: the module said that, once, since the last look
logged() {
	local said
	said=$(dmesg -c | sed -n 's/.*s2memattr: //p')
	is "$1: one line" "$(echo "$said" | grep -c "$2")" 1
}

# refuses DESC WORD: the table or the mode
refuses_rule() {
	if policy "device-nGnRE class=0200xx" "$2"; then
		not_ok "$1: $2 is refused as a rule"
	else
		is "$1: $2 is refused as a rule, with the erratum" "$(cat $S/last_error)" \
			"policy: rule 2: $3 is refused on this host, $erratum (force=1 lifts this)"
	fi
	is "$1: the table is as it was" "$(cat $S/policy)" ""
}

refuses() {
	local before
	before=$(cat $S/generation)
	if mode normal-nc; then
		not_ok "$1: normal-nc is refused as the mode"
	else
		is "$1: normal-nc is refused as the mode, with the erratum" "$(cat $S/last_error)" \
			"mode: normal-nc is refused on this host, $erratum (force=1 lifts this)"
	fi
	is "$1: the mode is as it was" "$(mode_now)" native
	refuses_rule "$1" "NORMAL_NC" normal-nc
	refuses_rule "$1" "device-GRE bar=2" device-GRE
	is "$1: nothing took effect" "$(cat $S/generation)" "$before"
	check "$1: device-nGnRE is accepted" mode device-nGnRE
	check "$1: native is accepted" mode native
	check "$1: strict rules are accepted" policy "device-nGnRE bar=2" "native"
	policy ""
}

allows() {
	check "$1: normal-nc is allowed" mode normal-nc
	check "$1: rules as well" policy "normal-nc bar=2" "device-GRE"
	mode native
	policy ""
}

dmesg -c >/dev/null
load
is "a platform without errata: nothing is said" "$(dmesg | grep -c -i erratum)" 0
allows "a platform without errata"
unload

erratum=$altra
dmesg -c >/dev/null
check "loads on an Altra" insmod /tmp/altra.ko ${TRANSPORT:+"transport=$TRANSPORT"}
logged "found at load" "^$altra; normal-nc and device-GRE are refused\$"
refuses "Altra"
unload
dmesg -c >/dev/null
is "mode=normal-nc at load: errno" "$(finit /tmp/altra.ko mode=normal-nc)" EOPNOTSUPP
logged "mode=normal-nc at load" \
	"^mode: normal-nc is refused on this host, $altra (force=1 lifts this): not loaded\$"
if [ ! -e $S ] && [ ! -e /sys/module/s2memattr ]; then
	ok "nothing left behind"
else
	not_ok "nothing left behind"
fi
dmesg -c >/dev/null
check "force=1" insmod /tmp/altra.ko force=1 mode=normal-nc ${TRANSPORT:+"transport=$TRANSPORT"}
like "and it says so" "$(dmesg | grep s2memattr:)" \
	"*: force=1: normal-nc and device-GRE are allowed in spite of $altra
*: mode normal-nc, *, against an erratum by force=1"
allows "Altra with force=1"
unload

# The bridge turns up when a guest has normal-nc already.
bind $SHM0
echo 1 >$PCI/$bridge/remove
dmesg -c >/dev/null
insmod /tmp/altra.ko ${TRANSPORT:+"transport=$TRANSPORT"}
check "no bridge, no erratum" policy "normal-nc bar=2"
mode policy
vm_with_bar a $SHM0 2 $BAR0
type_is "before the bridge comes" a $BAR0 normal-nc
echo 1 >$TRACE/events/s2memattr/decision/enable
echo 1 >/sys/bus/pci/rescan
check "the bridge is back" test -e $PCI/$bridge
logged "found later" "^$altra; normal-nc and device-GRE are refused\$"
touched() {
	vm a load 0 nc $BAR0 4 >/dev/null
	grep -q why=erratum $TRACE/trace
}
check "its mapping is made anew" until_true 5 touched
type_is "KVM's own again" a $BAR0 "$NATIVE"
like "with the reason" "$(grep why=erratum $TRACE/trace | tail -n 1)" \
	"*dev=$SHM0 bar=2 kvm=$NATIVE used=$NATIVE why=erratum rule=1"
# The tool has one answer with the module: its table is patched as the module's is.
cp "$(command -v s2memattr)" /tmp/tool
check "the ID of Altra is in the tool's table" swapbytes /tmp/tool ef1d00e1 361b0800
bar_of() { /tmp/tool policy test --pid "$(vm_pid a)" $SHM0 | sed -n "/BAR 2/{n;p;}"; }
like "the tool says so too" "$(bar_of)" \
	"* native  rule 1: normal-nc bar=2  (normal-nc is not granted: erratum)"
is "and in its list" "$(/tmp/tool devices | awk -v d=$SHM0 '$1 == d && $2 == 2 { print $6, $7 }')" "native 1"
like "which a tool without that erratum does not" "$(s2memattr policy test --pid "$(vm_pid a)" $SHM0)" \
	"* normal-nc  rule 1: *"
check "the current table may be written again" policy "normal-nc bar=2"
if policy "normal-nc bar=3"; then
	not_ok "but no other like it"
else
	like "but no other like it" "$(cat $S/last_error)" "*$altra*"
fi
check "device-nGnRE is given" policy "device-nGnRE bar=2"
type_is "a strict rule" a $BAR0 device-nGnRE
like "and by the tool" "$(bar_of)" "* device-nGnRE  rule 1: device-nGnRE bar=2"
echo 0 >$TRACE/events/s2memattr/decision/enable
vm_end a
unload

erratum=$vera
for revision in 0 4; do
	modprobe fakesoc revision=$revision
	dmesg -c >/dev/null
	load
	logged "Vera, revision $revision" "^$vera; normal-nc and device-GRE are refused\$"
	refuses "Vera, revision $revision"
	unload
	rmmod fakesoc
done
modprobe fakesoc revision=4
load force=1
like "Vera with force=1" "$(dmesg | grep s2memattr: | tail -n 1)" "*, against an erratum by force=1"
allows "Vera with force=1"
unload
rmmod fakesoc
for revision in 5 16; do
	modprobe fakesoc revision=$revision
	load
	allows "Vera, revision $revision"
	unload
	rmmod fakesoc
done
