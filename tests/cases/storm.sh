# SPDX-License-Identifier: GPL-2.0-only
# A device that reports errors without end keeps nobody waiting: no change, no fuse of
# another device, and not the module's unloading.
bind $SHM0
load
# within SECONDS DESC COMMAND...
within() {
	local seconds=$1 what=$2
	shift 2
	rm -f /tmp/within
	("$@" && : >/tmp/within) &
	check "$what" until_true "$seconds" test -e /tmp/within
}
policy "normal-nc pci=$SHM0 fuse"
mode policy
is "errors are listened to" "$(cat $S/hook/fuse 2>/dev/null)" armed
check "a storm of errors begins" modprobe busstorm device=$EDU other=$SHM0 lasts=30000
blown() { grep -q "$SHM0" $S/fuses; }
check "the fuse of another device blows meanwhile" until_true 8 blown
within 8 "a table is set" policy "normal-nc pci=$SHM0 fuse" "device-nGnRE"
within 8 "a mode is set" mode native
within 8 "and another one" mode policy
heard=$(stat bus_errors)
check "it is a storm ($heard errors)" test "$heard" -gt 1000
is "and nothing else has blown" "$(wc -l <$S/fuses)" 1
within 8 "it is unloaded" unload
rmmod busstorm
