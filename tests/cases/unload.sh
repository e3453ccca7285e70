# SPDX-License-Identifier: GPL-2.0-only
# Going away: guests get KVM's own types back, kernel text its own bytes.
bind $SHM0
vm_with_bar a $SHM0 2 $BAR0
type_is "stock" a $BAR0 "$NATIVE"
# After the first VM has run: that alone turns static keys, which are text.
text=$(kerntext)
load
# What the hook patches.
case $(cat $S/hook/transport) in
kprobe) patched=kvm_pgtable_stage2_map ;;
ftrace) patched=$WALK ;;
esac
function=$(kerntext $patched)
is "text is untouched after load" "$(kerntext)" "$text"
other=device-nGnRE
[ "$NATIVE" = normal-nc ] || other=normal-nc
mode $other
type_is "armed" a $BAR0 $other
if [ "$(kerntext $patched)" = "$function" ]; then
	not_ok "the checksum sees an armed hook"
else
	ok "the checksum sees an armed hook"
fi
mode native
is "text is untouched in native mode" "$(kerntext)" "$text"
type_is "native" a $BAR0 "$NATIVE"
mode $other
type_is "armed again" a $BAR0 $other
check "unloads under a running guest" unload
is "text is untouched after unload" "$(kerntext)" "$text"
like "no mapping of the module's survives" "$(vm a leaves $BAR0 1000)" 'ok *none*'
type_is "the guest has KVM's own type" a $BAR0 "$NATIVE"
vm_end a
[ ! -e $S ] && ok "nothing left in sysfs" || not_ok "left $S"
is "nothing left among the kprobes" "$(grep -c . /sys/kernel/debug/kprobes/list)" 0
is "nothing left in ftrace" "$(grep -c kvm_pgtable_walk $TRACE/enabled_functions)" 0
