# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154
# The command line tool with a real module under it. What it prints is held
# against what the kernel itself says.

# status_is DESC STATUS COMMAND...: it ends with that, output in /tmp/out, /tmp/err.
status_is() {
	local what=$1 want=$2 got=0
	shift 2
	"$@" >/tmp/out 2>/tmp/err || got=$?
	if [ $got = "$want" ]; then
		ok "$what"
	else
		not_ok "$what: status $got, want $want: $(head -n 3 /tmp/err)"
	fi
}
field() { sed -n "s/^$1  *//p" /tmp/out; }

status_is "status without the module" 3 s2memattr status
like "says so" "$(cat /tmp/err)" "*not loaded*"
status_is "a load that the module refuses" 1 s2memattr load transport=pigeon
like "says why in the kernel's words" "$(cat /tmp/err)" "s2memattr: not loaded: *pigeon*"
# The kernel would ignore it, and load.
for word in mod=normal-nc normal-nc =; do
	status_is "load $word" 1 s2memattr load "$word"
	like "says what is wrong with $word" "$(cat /tmp/err)" \
		"s2memattr: not loaded: \"$word\" sets no parameter*"
done
check "and nothing is loaded" [ ! -e /sys/module/s2memattr ]
status_is "load" 0 s2memattr load ${TRANSPORT:+"transport=$TRANSPORT"}
status_is "loading again" 0 s2memattr load
status_is "status" 0 s2memattr status
is "its mode" "$(field mode)" native
like "its hook" "$(field hook)" "off, $(cat $S/hook/transport) at kvm_pgtable_stage2_map+0x*"
is "mode" "$(s2memattr mode)" native

status_is "mode WORD" 0 s2memattr mode NORMAL_NC
is "took effect" "$(mode_now)" normal-nc
status_is "a bad word" 1 s2memattr mode frobnicate
is "has the kernel's sentence" "$(cat /tmp/err)" \
	's2memattr: mode: "frobnicate" is none of native, device-nGnRE, normal-nc, policy'
status_is "status" 0 s2memattr status
like "repeats it" "$(field "last error")" 'mode: "frobnicate"*'
like "as a user without rights" "$(asuser 1000 s2memattr mode native 2>&1)" '*ermission denied'
is "which changes nothing" "$(mode_now)" normal-nc

# What users may not read is told to be missing.
asuser 1000 s2memattr metrics >/tmp/out 2>/tmp/err
is "metrics as a user" "$(sed -n 's/^s2memattr_readable{file="\(.*\)"} 0/\1/p' /tmp/out | tr '\n' ' ')" \
	"policy mappings fuses "
like "and on standard error" "$(cat /tmp/err)" "*policy cannot be read*mappings cannot be read*"
like "status as a user" "$(asuser 1000 s2memattr status)" "*rules       not for this user to read*"
status_is "an empty word" 2 s2memattr mode ""
is "changes nothing" "$(mode_now)" normal-nc

# Tables, small and large, from a file and from a configuration.
echo "NORMAL_NC bar=2 # why not" >/tmp/rules
status_is "policy apply" 0 s2memattr policy apply /tmp/rules
is "the kernel has it" "$(cat $S/policy)" "normal-nc bar=2"
is "policy show" "$(s2memattr policy show)" "normal-nc bar=2"
awk 'BEGIN { for (i = 0; i < 10000; i++) printf "normal-nc phys=0x%x000-0x%xfff\n", 4096 + i, 4096 + i }' >/tmp/big
status_is "10,000 rules" 0 s2memattr policy apply /tmp/big
check "the kernel has them" cmp /tmp/big $S/policy
s2memattr policy show >/tmp/shown
check "policy show has them" cmp /tmp/big /tmp/shown
# One that parses but overlaps too much: only the kernel finds out.
awk 'BEGIN { for (i = 0; i < 3000; i++) printf "normal-nc phys=0x%x-0x%x uid=%d\n", i * 4096, 2147483647 - i * 4096, i }' >/tmp/steep
status_is "a table that the kernel refuses" 1 s2memattr policy apply /tmp/steep
like "in its words" "$(cat /tmp/err)" "s2memattr: policy*: *"
check "leaves the old one" cmp /tmp/big $S/policy
status_is "and no stage" 0 s2memattr policy apply /tmp/big
# It is somebody else's as long as that process lives, however slow this machine is.
staged() { [ "$(attempt write $S/policy_commit 0)" = EBUSY ]; }
given_up() { [ "$(attempt write $S/policy_commit 0)" = 0 ]; }
(sh -c "echo rubbish >$S/policy_stage; exec sleep 60" & echo $! >/tmp/stager)
until_true 10 staged
status_is "somebody else's stage" 1 s2memattr policy apply /tmp/steep
like "is respected" "$(cat /tmp/err)" "*is staging a table*"
kill "$(cat /tmp/stager)"
until_true 10 given_up

printf 'device-nGnRE bar=0\nmode = policy\nnative\n' >/etc/s2memattr.conf
status_is "config apply" 0 s2memattr config apply
is "its rules" "$(cat $S/policy)" "device-nGnRE bar=0
native"
is "its mode" "$(mode_now)" policy
cp /tmp/steep /tmp/conf
echo "mode = normal-nc" >>/tmp/conf
status_is "a configuration that the kernel refuses" 1 s2memattr config apply /tmp/conf
is "leaves the mode" "$(mode_now)" policy
is "and the rules" "$(cat $S/policy)" "device-nGnRE bar=0
native"
status_is "config reset" 0 s2memattr config reset
is "gives the mode back" "$(mode_now)" native
is "and the table" "$(cat $S/policy)" ""
for table in /conf/*.conf; do
	status_is "$(basename "$table") as configuration" 0 s2memattr config apply "$table"
	is "$(basename "$table") sets" "$(mode_now)" policy
done

s2memattr config reset

# What guests have, by the tool and by the oracles.
bind $SHM0
vm_with_bar a $SHM0 2 $BAR0
s2memattr mode normal-nc
type_is "a guest's BAR" a $BAR0 normal-nc
status_is "mappings" 0 s2memattr mappings
like "tells it" "$(grep " 0x$BAR0 " /tmp/out | tr -s ' ')" \
	" $(vm_pid a) uvm 0x$BAR0 * normal-nc * $SHM0 2 -"
is "metrics add it up" "$(s2memattr metrics | sed -n 's/^s2memattr_mapped_bytes.*normal-nc"} //p')" \
	"$(s2memattr --json mappings | awk -F'[:,]' '/"size"/ { n += $2 } END { print n }')"
# As node_exporter reads it: nothing of another format.
is "metrics are in the text format" "$(s2memattr metrics | grep -c '^# EOF')" 0
like "metrics end with a figure" "$(s2memattr metrics | tail -n 1)" "s2memattr_* [0-9]*"

# What a table says about a device is what a guest of it gets.
bar_of() { s2memattr policy test --pid "$(vm_pid a)" $SHM0 | sed -n "/BAR 2/{n;p;}"; }
s2memattr mode policy
for rule in "device-GRE id=1af4:1110 bar=2" "device-nGnRE comm=uvm" "normal-nc uid=0 prefetch=1" \
	"normal-nc driver=vfio-pci" "device-GRE class=0500xx" "device-nGnRE cgroup=/"; do
	policy "native bar=5" "$rule"
	like "test $rule" "$(bar_of)" "* ${rule%% *}  rule 2: *"
	type_is "with $rule a guest's BAR" a $BAR0 "${rule%% *}"
	is "devices agrees about $rule" "$(s2memattr devices | awk -v d=$SHM0 '$1 == d && $2 == 2 { print $6 }')" \
		"$(case $rule in *comm* | *uid*) echo native ;; *) echo ${rule%% *} ;; esac)"
done

# Decisions as they are made; nothing is left however it ends.
instances() { ls $TRACE/instances | wc -l; }
s2memattr watch --json --count 1 >/tmp/watched 2>/tmp/err &
watcher=$!
until_true 10 grep -qs 1 $TRACE/instances/*/events/s2memattr/decision/enable
s2memattr mode normal-nc
vm a load 0 nc $BAR0 4 >/dev/null
wait $watcher
is "watch ends after --count" $? 0
like "and tells the decision" "$(cat /tmp/watched)" \
	'*"ipa":"0x'$BAR0'"*"dev":"'$SHM0'","bar":2,*"used":"normal-nc","why":"mode"*'
is "its instance is gone" "$(instances)" 0
s2memattr watch --count 1 >/tmp/watched 2>/tmp/err &
watcher=$!
until_true 10 grep -qs 1 $TRACE/instances/*/events/s2memattr/decision/enable
s2memattr mode device-nGnRE
vm a load 0 nc $BAR0 4 >/dev/null
wait $watcher
like "in text it has the time and the process" "$(cat /tmp/watched)" \
	"[0-9]*.[0-9]* uvm-[0-9]* ipa=0x$BAR0 *used=device-nGnRE why=mode rule=0"
s2memattr mode normal-nc
for signal in INT TERM HUP; do
	# A shell's background job has INT ignored unless it is asked for.
	sh -c "trap - INT; exec s2memattr watch" >/tmp/watched &
	watcher=$!
	until_true 10 grep -qs 1 $TRACE/instances/*/events/s2memattr/decision/enable
	is "a watch has an instance" "$(instances)" 1
	kill -$signal $watcher
	wait $watcher
	is "which is gone after SIG$signal" "$(instances)" 0
done
is "nobody else's tracing is on" "$(cat $TRACE/events/s2memattr/decision/enable)" 0

# The doctor, on a system that is well, but for what this machine lacks.
s2memattr doctor >/tmp/out
finding() { awk -v c="$1" '$2 == c' /tmp/out | tr -s ' '; }
like "doctor: architecture" "$(finding architecture)" "ok architecture arm64"
# By the machine's CPU: other cases empty the log.
case "$CPU $(cat /proc/cmdline)" in
cortex-a72* | *mode=nvhe*) like "doctor: nVHE" "$(finding kvm)" "ok kvm nVHE mode" ;;
*) like "doctor: VHE" "$(finding kvm)" "ok kvm VHE mode" ;;
esac
case $CPU in
neoverse-v1 | max) like "doctor: FWB" "$(finding fwb)" "ok fwb FEAT_S2FWB*" ;;
*) like "doctor: no FWB" "$(finding fwb)" "ok fwb no FEAT_S2FWB*" ;;
esac
case $NATIVE in
normal-nc) like "doctor: what the kernel does" "$(finding kernel-type)" "ok *select Normal-NC, as its type*" ;;
*) like "doctor: what the kernel does" "$(finding kernel-type)" "ok *forces Device-nGnRE*, as its type*" ;;
esac
like "doctor: the module" "$(finding module)" "ok module loaded, built for this kernel"
like "doctor: no headers here" "$(finding headers)" "warning headers missing*"
like "doctor: signature" "$(finding signature)" "ok signature Secure Boot is off*"
like "doctor: hook" "$(finding hook)" "ok hook *hit * times"
like "doctor: probes" "$(finding probes)" "ok probes *"
like "doctor: alignment faults" "$(finding alignment)" "ok alignment faults go to the guest, * so far"
case $CPU in
neoverse-v1 | max) like "doctor: coherent-ram" "$(finding coherent-ram)" "ok *not needed*" ;;
*) like "doctor: coherent-ram" "$(finding coherent-ram)" "ok *no rule asks for it" ;;
esac
for file in state survival coherent; do
	is "metrics know the word of hook/$file" "$(s2memattr metrics | sed -n "s/^s2memattr_hook_$file{state=\"\(.*\)\"} 1/\1/p")" \
		"$(cat $S/hook/$file)"
done
s2memattr mode native
vm a load 0 nc $BAR0 4 >/dev/null
like "doctor: by live mappings" "$(s2memattr doctor | awk '$2 == "kernel-type"')" "*as live mappings show"
vm_end a

# A hook that somebody has switched off: no verb calls that well.
if [ "$TRANSPORT" = kprobe ]; then
	echo "mode = normal-nc" >/etc/s2memattr.conf
	s2memattr config apply
	status_is "in force" 0 s2memattr config status
	echo 0 >/sys/kernel/debug/kprobes/enabled
	lost() { [ "$(cat $S/hook/state) $(cat $S/mode)" = "lost native device-nGnRE (normal-nc) policy" ]; }
	check "the kernel says so" until_true 5 lost
	is "mode" "$(s2memattr mode 2>/tmp/err)" normal-nc
	like "and that it is not in force" "$(cat /tmp/err)" "*not in force for all guests"
	s2memattr status >/tmp/out
	is "status" "$(field mode)" "normal-nc (not in force for all guests)"
	status_is "config status" 1 s2memattr config status
	is "metrics" "$(s2memattr metrics | sed -n 's/^s2memattr_mode_in_force //p')" 0
	s2memattr doctor >/tmp/out
	like "doctor" "$(finding hook)" "failure hook *not armed although the mode is normal-nc*"
	echo 1 >/sys/kernel/debug/kprobes/enabled
	in_force() { s2memattr config status >/dev/null; }
	check "it comes back" until_true 10 in_force
fi

status_is "unload" 0 s2memattr unload
check "is gone" [ ! -e /sys/module/s2memattr ]
status_is "unloading again" 0 s2memattr unload
status_is "config reset without the module" 0 s2memattr config reset
