# SPDX-License-Identifier: GPL-2.0-only
# The knob: what it says, what it takes, what it refuses.
bind $SHM0
check "loads" load
is "mode at load" "$(cat $S/mode)" "[native] device-nGnRE normal-nc policy"
is "not armed at load" "$(cat $S/hook/armed)" 0
is "generation at load" "$(cat $S/generation)" 0
# Where the kernel can be preempted anybody could keep ftrace waiting; where locks sleep
# there is nothing else.
case $(uname -v) in
*PREEMPT_RT*) auto=ftrace ;;
*PREEMPT*) auto=kprobe ;;
*) auto=ftrace ;;
esac
is "transport" "$(cat $S/hook/transport)" "${TRANSPORT:-$auto}"
like "site" "$(cat $S/hook/site)" 'kvm_pgtable_stage2_map+0x*'
is "last_error at load" "$(cat $S/last_error)" ok

vm_with_bar a $SHM0 2 $BAR0
type_is "native" a $BAR0 "$NATIVE"

mode normal-nc
is "mode reads" "$(cat $S/mode)" "native device-nGnRE [normal-nc] policy"
is "armed" "$(cat $S/hook/armed)" 1
is "generation counts" "$(cat $S/generation)" 1
type_is "after normal-nc" a $BAR0 normal-nc
mode device-nGnRE
type_is "after device-nGnRE" a $BAR0 device-nGnRE
is "generation counts on" "$(cat $S/generation)" 2
mode device-nGnRE
is "the same again is no change" "$(cat $S/generation)" 2

for word in NORMAL_NC Device_nGnRE Normal-NC DEVICE_nGnRE normal_nc device-ngnre; do
	check "the spelling $word" mode $word
	is "the spelling $word means" "$(mode_now | tr A-Z a-z)" \
		"$(echo $word | tr A-Z_ a-z-)"
done
check "no newline" sh -c "printf normal-nc >$S/mode"
is "no newline means" "$(mode_now)" normal-nc

# Bad writes: nothing changes, and last_error says why.
generation=$(cat $S/generation)
bad() {
	local what=$1
	if eval "$2" >$S/mode 2>/dev/null; then
		not_ok "$what is accepted"
	else
		is "$what leaves the mode" "$(mode_now)" normal-nc
		is "$what leaves the generation" "$(cat $S/generation)" "$generation"
		like "$what is explained" "$(cat $S/last_error)" "mode: $3"
	fi
}
bad "an unknown word" "echo normal-wt" '"normal-wt*" is none of native, device-nGnRE, normal-nc, policy'
bad "a word and more" "echo normal-nc now" '* is none of *'
bad "an empty line" "echo" '* is none of *'
bad "a blank" "printf ' '" '* is none of *'
bad "a prefix" "echo normal" '* is none of *'
bad "4 KiB of noise" "dd if=/dev/urandom bs=4096 count=1" '*..." is none of *'
bad "a binary zero" "printf 'normal-nc\\000'" '"normal-nc\\0" is none of *'
bad "a lone zero" "dd if=/dev/zero bs=1 count=1" '"\\0" is none of *'
type_is "after all bad writes" a $BAR0 normal-nc
check "a good write" mode device-nGnRE
is "clears last_error" "$(cat $S/last_error)" ok

# The file belongs to root; a root without CAP_SYS_ADMIN is none.
is "permissions" "$(ls -l $S/mode | cut -c1-10)" "-rw-r--r--"
if nocap sh -c "echo normal-nc >$S/mode" 2>/dev/null; then
	not_ok "a write without CAP_SYS_ADMIN is accepted"
else
	ok "a write without CAP_SYS_ADMIN is refused"
fi
is "and changes nothing" "$(mode_now)" device-nGnRE
like "and is explained" "$(cat $S/last_error)" 'mode: *CAP_SYS_ADMIN'

mode native
is "disarmed again" "$(cat $S/hook/armed)" 0
type_is "native again" a $BAR0 "$NATIVE"
check "unloads" unload
vm_end a

check "mode= at load" load mode=NORMAL_NC
is "mode= means" "$(mode_now)" normal-nc
is "mode= arms" "$(cat $S/hook/armed)" 1
check "unloads while armed" unload
