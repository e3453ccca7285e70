# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154
#
# QEMU and Linux under coherent-ram, on a CPU without FEAT_S2FWB: two vCPUs, a
# write-combining BAR, a vCPU that goes and comes, a reboot.
. /cases/guest.sh
guest_command() {
	printf '%s\n' qemu-system-aarch64 -accel kvm -M virt,gic-version=host -cpu host -smp 2 -m 192M \
		-nodefaults -nographic -serial stdio -device "vfio-pci,host=$1" \
		-kernel /guest/Image -initrd /guest/initramfs \
		-append "console=ttyAMA0 quiet loglevel=1 cryptomgr.notests"
}

bind "$SHM0"
check "the oracle is there" modprobe livemair
check "loads" load mode=policy
policy "coherent-ram comm=qemu-system-aar" "normal-nc id=1af4:1110"

guest_start "$SHM0"
check "the guest comes up" guest_up
is "both vCPUs have it" "$(stat coherent)" 2
mairs_are "booted" $LINUX_MAIR_COHERENT
guest_asks wcprobe bare
is "the BAR is write-combining" "$guest_line" "wc: write-combining (Normal-NC)"
guest_sees "guest: status 0"
check "a vCPU goes" guest_run "echo 0 >/sys/devices/system/cpu/cpu1/online"
check "and comes back" guest_run "echo 1 >/sys/devices/system/cpu/cpu1/online"
is "as the other one" "$(stat coherent)" 3
mairs_are "after that" $LINUX_MAIR_COHERENT
guest_type "reboot -f"
check "the guest comes up again" guest_up
is "both vCPUs have it again" "$(stat coherent)" 5
mairs_are "rebooted" $LINUX_MAIR_COHERENT
guest_asks wcprobe bare
is "the BAR is write-combining again" "$guest_line" "wc: write-combining (Normal-NC)"
guest_sees "guest: status 0"

# Without the rule: the register is the guest's.
policy "normal-nc id=1af4:1110"
guest_type "reboot -f"
check "the guest comes up without the rule" guest_up
mairs_are "without the rule" $LINUX_MAIR
check "a vCPU goes" guest_run "echo 0 >/sys/devices/system/cpu/cpu1/online"
check "and comes back" guest_run "echo 1 >/sys/devices/system/cpu/cpu1/online"
is "nobody has it" "$(stat coherent)" 5
mairs_are "without the rule, after that" $LINUX_MAIR
guest_off
is "the guest powers off" $? 0
unload
rmmod livemair
