# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=busybox disable=SC2154
#
# coherent-ram and a guest that has firmware: edk2 turns its caches on with types of
# its own, and Linux takes over without a reset, MAIR_EL1 included.
. /cases/guest.sh
guest_command() {
	printf '%s\n' qemu-system-aarch64 -accel kvm -M virt,gic-version=host -cpu host -smp 2 -m 256M \
		-nodefaults -nographic -no-reboot -serial stdio -bios /guest/firmware \
		-kernel /guest/Image -initrd /guest/initramfs \
		-append "console=ttyAMA0 quiet loglevel=1 cryptomgr.notests"
}

check "the oracle is there" modprobe livemair
check "loads" load mode=policy
policy "coherent-ram comm=qemu-system-aar"
guest_start ""
# The firmware clears the screen, on the same line.
check "the guest comes up" guest_sees "*guest: ready" 300
is "MAIR_EL1 of both vCPUs" \
	"$(tr , '\n' </sys/module/livemair/parameters/mair | xargs printf '%x ')" \
	"400ffffff 400ffffff 0 0 "
is "firmware, Linux, Linux on the second vCPU" "$(stat coherent)" 3
guest_off
is "the guest powers off" $? 0
unload
rmmod livemair
