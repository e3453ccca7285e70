# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154
#
# QEMU, edk2 and Linux under coherent-ram, on a CPU without FEAT_S2FWB. The firmware
# turns its caches on with types of its own, and Linux takes over without a reset,
# MAIR_EL1 included. Two vCPUs, a write-combining BAR, and a reboot without the rule.
. /cases/guest.sh
guest_command() {
	printf '%s\n' qemu-system-aarch64 -accel kvm -M virt,gic-version=host -cpu host -smp 2 -m 256M \
		-nodefaults -nographic -serial stdio -device "vfio-pci,host=$1,rombar=0" \
		-bios /guest/firmware -kernel /guest/Image -initrd /guest/initramfs \
		-append "console=ttyAMA0 quiet loglevel=1 cryptomgr.notests"
}

# The firmware clears the screen, on the same line.
up() { guest_sees "*guest: ready" 300; }

bind "$SHM0"
check "the oracle is there" modprobe livemair
check "loads" load mode=policy
policy "coherent-ram comm=qemu-system-aar" "normal-nc id=1af4:1110"
guest_start "$SHM0"
check "the guest comes up" up
# Linux 5.10 starts its second vCPU before it writes such a register again: then none
# has it, which is sound.
case $(uname -r) in
5.10.*)
	mairs_are "booted, and nobody has it" $LINUX_MAIR
	had=1
	;;
*)
	mairs_are "booted" $LINUX_MAIR_COHERENT
	had=3
	;;
esac
is "firmware, Linux, Linux on the second vCPU" "$(stat coherent)" $had
guest_asks wcprobe bare
is "the BAR is write-combining" "$guest_line" "wc: write-combining (Normal-NC)"
guest_sees "guest: status 0"

policy "normal-nc id=1af4:1110"
guest_type "reboot -f"
check "the guest comes up without the rule" up
mairs_are "without the rule" $LINUX_MAIR
is "nobody has it" "$(stat coherent)" $had
guest_off
is "the guest powers off" $? 0
unload
rmmod livemair
