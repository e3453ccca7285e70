# SPDX-License-Identifier: GPL-2.0-only
# Processes that want to run and may not, as in any container with a limit of CPU time,
# keep no change waiting, nor standby.
bind $SHM0
load standby=1
other=device-nGnRE
[ "$NATIVE" = normal-nc ] || other=normal-nc
cgroup=/tmp/throttled
mkdir -p $cgroup
mount -t cgroup2 none $cgroup
echo +cpu >$cgroup/cgroup.subtree_control
mkdir $cgroup/pod
check "a limit of CPU time" sh -c "echo '5000 1000000' >$cgroup/pod/cpu.max"
vm_with_bar a $SHM0 2 $BAR0
pids=
for i in $(seq 1 40); do
	sh -c "echo \$\$ >$cgroup/pod/cgroup.procs; while :; do :; done" &
	pids="$pids $!"
done
all_in() { [ "$(wc -l <$cgroup/pod/cgroup.procs)" -ge 40 ]; }
check "40 processes that may hardly run" until_true 60 all_in

# within SECONDS DESC COMMAND...
within() {
	local seconds=$1 what=$2
	shift 2
	rm -f /tmp/within
	("$@" && : >/tmp/within) &
	check "$what" until_true "$seconds" test -e /tmp/within
}
standby() { until_true 30 grep -q standby $S/hook/state; }
for i in 1 2; do
	within 15 "a mode is set, $i" mode $other
	vm a load 0 nGnRnE $BAR0 4 >/dev/null
	within 30 "the hook is taken out, $i" standby
	vm_forget a a
	within 15 "and put in again for a guest's fault, $i" vm a load 0 nGnRnE $BAR0 4
	type_is "the type, $i" a $BAR0 $other
	within 15 "native, $i" mode native
done

# Nor does the module wait for them that has carried out an access for a guest.
if echo emulate 2>/dev/null >$S/unaligned; then
	mode device-nGnRE
	vm a load 0 nc "$(printf '%x' $((0x$BAR0 + 1)))" 8 miss >/dev/null
	[ "$(stat emulated)" -gt 0 ] || note "nothing is carried out for a guest here"
fi
within 15 "it is unloaded" unload
# shellcheck disable=SC2086 # many words
kill -KILL $pids
for i in $pids; do
	wait "$i" 2>/dev/null
done
vm_end a
until_true 30 test ! -e /sys/module/s2memattr
rmdir $cgroup/pod
umount $cgroup
