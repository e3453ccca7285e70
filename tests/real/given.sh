# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154
#
# A kernel that forces Device memory on guests: the module gives write-combining.
. /cases/story.sh

text "A guest gets a PCI device. Like a driver with ioremap_wc(), wcprobe maps its BAR for"
text "write-combining, and loads from an unaligned address, which such memory allows."
start
guest_type "wcprobe bare"
guest_sees "guest# wcprobe bare" || fail "the guest does not listen"
say "guest wcprobe bare"
reports "error: kvm run failed Bad address"
host 'dmesg | grep "Unsupported FSC"'
guest_kill
text "The VM is dead: the kernel made the mapping Device memory, behind the guest's back."
text "The same guest with s2memattr:"
host "modprobe s2memattr"
host "echo normal-nc > $MODE"
start
guest "wcprobe bare" "$WC"

text "On servers that corrupt write-combining it has to stay Device memory. Then the host"
text "carries out what such memory does not take: memcpy(), memmove(), memset() at all offsets."
host "echo device-nGnRE > $MODE"
guest "wcprobe copy" "copy: SIGBUS"
host "echo emulate > $UNALIGNED"
guest "wcprobe copy" "copy: 1728 calls, 0 wrong"
host "cat /sys/kernel/s2memattr/stats/emulated"
host "echo normal-nc > $MODE"

text "The knob is live. This guest probes all the time, in a way that survives either"
text "answer, and reports each change; it also counts through the mapping."
guest "wcprobe watch" "$WC"
host "echo native > $MODE"
reports "$DEVICE"
host "echo normal-nc > $MODE"
reports "$WC"
host "echo device-nGnRE > $MODE"
reports "$DEVICE"
host "echo normal-nc > $MODE"
reports "$WC"
text "Unloading gives the kernel's own answer back."
host "rmmod s2memattr"
reports "$DEVICE"
stop_watching
power_off
