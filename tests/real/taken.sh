# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154
#
# A kernel that gives write-combining to every guest: the module takes it away.
. /cases/story.sh

text "This kernel gives write-combining to every guest, also on servers whose PCIe"
text "corrupts such writes, and has no way to say no."
start
guest "wcprobe bare" "$WC"
guest "wcprobe watch" "$WC"
host "modprobe s2memattr"
host "echo device-nGnRE > $MODE"
reports "$DEVICE"
host "echo native > $MODE"
reports "$WC"
host "echo device-nGnRE > $MODE"
reports "$DEVICE"
text "Unloading gives the kernel's own answer back."
host "rmmod s2memattr"
reports "$WC"
stop_watching
power_off
