# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2046,SC2086 # commands and replies are words
# What Device memory does not take ends in the guest, not with the guest.
#
# The judge is the machine itself: the same instruction through a mapping that is
# Device at stage 1 faults at EL1 without any hypervisor, and what the guest finds
# in its registers must be the same but for the address.
MMIO=870000000			# platform MMIO: Device under every mode
LOW=80000000			# where AArch32 can reach
ko=/lib/modules/$(uname -r)/updates/s2memattr.ko

survival() { cat $S/hook/survival; }
unsupported() { dmesg | grep -c 'Unsupported FSC'; }

# kills DESC COMMAND: the fault is KVM's, and KVM fails KVM_RUN with EFAULT and says so.
kills() {
	local before
	before=$(unsupported)
	is "$1: to the VMM" "$(vm a $2)" "ok el2 14"
	is "$1: in the log" "$(unsupported)" $((before + 1))
}

reflected=0

# survives DESC COMMAND IPA ESR SPSR: the fault is the guest's. COMMAND has TYPE
# for the stage-1 type and IPA for the address.
survives() {
	local what=$1 ipa=$3 got want far command
	local type=nc window=0x1000000000
	case $2 in
	*32) type=wb window=0 ;;
	esac
	far=$(printf '0x%x' $((window + 0x$ipa)))
	command=$(echo "$2" | sed "s/TYPE/$type/; s/IPA/$ipa/")
	is "$what: to the guest" "$(vm a $command)" "ok el1 $4 $far"
	reflected=$((reflected + 1))
	got=$(vm a exception 0)
	set -- "$1" "$2" "$3" "$4" "$5" $got
	is "$what: ESR, FAR" "$7 $8" "$4 $far"
	is "$what: ELR is the instruction" "$9" "${11}"
	is "$what: SPSR is its PSTATE" "${10}" "$5"
	[ "$type" = nc ] || return

	vm a $(echo "$2" | sed "s/TYPE/nGnRE/; s/IPA/$ipa/") >/dev/null
	want=$(vm a exception 0)
	is "$what: as the machine does it" "$(echo "$got" | sed "s/ $far / * /")" \
		"$(echo "$want" | sed "s/ 0x3${far#0x1} / * /")"
}

bind $SHM0
bind $SHM1
vm_with_bar a $SHM0 2 $BAR0
like "a BAR below 4 GiB" "$(vm a vfio $SHM1)$(vm a map low $SHM1 2 $LOW)" 'ok*ok*'
# As in the case "eligible": fw_cfg, which no driver has claimed.
like "platform MMIO" "$(vm a mapres u /dev/mem $MMIO 10000 9020000)" 'ok*'

kills "without the module" "load 0 nc ${MMIO%0}1 4 miss"
text=$(kerntext kvm_handle_guest_abort)
kerntext -x kvm_handle_guest_abort >/tmp/words
load
is "text is untouched after load" "$(kerntext kvm_handle_guest_abort)" "$text"
is "state after load" "$(survival)" off
kills "native" "load 0 nc ${MMIO%0}1 4 miss"
is "none is counted" "$(stat alignment)" 0

mode device-nGnRE
kerntext -x kvm_handle_guest_abort >/tmp/words.now
is "one word of text is another, and no more" \
	"$(awk 'NR == FNR { was[NR] = $0; next } was[FNR] != $0 { n++ } END { print n + 0 }' \
	  /tmp/words /tmp/words.now)" 1
is "state under a mode" "$(survival)" armed
type_is "under device-nGnRE" a $BAR0 device-nGnRE
reflected=$(stat alignment)
log=$(unsupported)
# (No DC ZVA: the emulator lets it through, see tests/calibrate/expected.)
for from in el1 el0; do
	class=$([ $from = el1 ] && echo 96 || echo 92)
	spsr=$([ $from = el1 ] && echo 0xa00003c5 || echo 0xa00003c0)
	for size in 2 4 8; do
		survives "$from loads $size" "load 0 TYPE IPA $size miss $from" 800001ff1 \
			0x${class}000021 $spsr
		survives "$from stores $size" "store 0 TYPE IPA $size 55 miss $from" 800001ff1 \
			0x${class}000061 $spsr
	done
	survives "$from loads across pages" "load 0 TYPE IPA 8 miss $from" 800001ffd \
		0x${class}000021 $spsr
done
for from in a32 t32; do
	if [ "$(vm a load 0 wb $LOW 4 plain $from)" = "err no AArch32 at EL0" ]; then
		note "this CPU has no AArch32 at EL0"
		continue
	fi
	spsr=$([ $from = a32 ] && echo 0xa00001d0 || echo 0xa00001f0)
	survives "$from loads" "load 0 TYPE IPA 4 miss $from" 80000102 0x92000021 $spsr
	survives "$from stores" "store 0 TYPE IPA 4 55 miss $from" 80000101 0x92000061 $spsr
done
survives "MMIO that is no BAR" "load 0 TYPE IPA 4 miss el0" ${MMIO%0}1 0x92000021 0xa00003c0
is "each is counted, and nothing else" "$(stat alignment)" $reflected
is "no word of it in the log" "$(unsupported)" $log
like "an aligned access works" "$(vm a load 0 nc 800002000 8 miss el0)" 'ok 0x*'

# The trace says where.
echo 1 >$TRACE/events/s2memattr/alignment/enable
vm a store 0 nc 800000ff1 4 55 miss el0 >/dev/null
set -- $(vm a exception 0)
where="dev=0000:00:00.0 bar=-1"
[ -z "$FAULT_IPA" ] || where="dev=$SHM0 bar=2"
is "an event tells all" "$(sed -n 's/.* alignment: //p' $TRACE/trace)" \
	"pc=$6 far=0x1800000ff1 esr=0x92000061 $where"
vm a load 0 nc ${MMIO%0}1 4 miss >/dev/null
like "also of what is no BAR" "$(sed -n 's/.* alignment: //p' $TRACE/trace | tail -n 1)" \
	"*far=0x1${MMIO%0}1 esr=0x96000021 dev=0000:00:00.0 bar=-1"
echo 0 >$TRACE/events/s2memattr/alignment/enable

# Faults that are not ours: no host mapping is EFAULT as well, and stays so.
count=$(stat alignment)
like "decoding goes off" "$(vm a decode $SHM0 off)" 'ok*'
is "no host mapping, aligned" "$(vm a load 0 nc 800003000 4 miss)" "ok el2 14"
is "no host mapping, unaligned" "$(vm a load 0 nc 800003001 4 miss)" "ok el2 14"
like "decoding comes back" "$(vm a decode $SHM0 on)" 'ok*'
like "no memslot" "$(vm a load 0 nc 8f0000001 4 miss)" 'err MMIO exit*'
check "faults of other kinds can be had" modprobe otherfsc
for fsc in 0x30 0x31 0x3d; do	# TLB conflict, hardware update of flags, no such code
	echo $((fsc)) >/sys/module/otherfsc/parameters/fsc
	kills "xFSC=$fsc" "load 0 nc 800000ff1 4 miss"
	like "xFSC=$fsc: KVM saw that" "$(dmesg | grep 'Unsupported FSC' | tail -n 1)" "*xFSC=$fsc *"
done
rmmod otherfsc
log=$(unsupported)
is "none of these is counted" "$(stat alignment)" "$count"

# A guest that does nothing but unaligned accesses, while the type changes.
mode normal-nc
type_is "under normal-nc" a $BAR0 normal-nc
is "normal-nc takes unaligned accesses" "$(vm a store 0 nc 800000ff1 4 55 miss)" "ok 0x55"
like "counting starts" "$(vm a count 0 nc 800000ff1)" 'ok*'
i=0
while [ $i -lt 40 ]; do
	mode device-nGnRE
	mode normal-nc
	i=$((i + 1))
done
reply=$(vm a stop 0)
note "counter: $reply"
like "each fault was the guest's" "$reply" "ok * el1 * 0x960000[26]1 0x1800000ff1"
case $reply in
*el2* | *mmio*) not_ok "the VM was told nothing" ;;
*) ok "the VM was told nothing" ;;
esac
is "no word of it in the log" "$(unsupported)" $log

mode native
is "text is untouched in native mode" "$(kerntext kvm_handle_guest_abort)" "$text"
is "state in native mode" "$(survival)" off
kills "native again" "load 0 nc ${MMIO%0}1 4 miss"
unload

# Kernels where this cannot be had: a sentence, and all else works.
# without DESC FROM TO SENTENCE
without() {
	cp $ko /tmp/less.ko
	swapstr /tmp/less.ko "$2" "$3" || not_ok "cannot patch $2"
	dmesg -c >/dev/null
	check "$1: loads" insmod /tmp/less.ko mode=device-nGnRE
	like "$1: is told" "$(dmesg | grep s2memattr: | grep -v -e taint -e mode -e 'a fuse')" \
		"*s2memattr: $4: an alignment fault in device memory ends the VM, as without this module$5"
	is "$1: state" "$(survival)" unavailable
	type_is "$1: under device-nGnRE" a $BAR0 device-nGnRE
	kills "$1" "load 0 nc 800000ff1 4 miss"
	is "$1: none is counted" "$(stat alignment)" 0
	unload
}
without "no vcpu_write_sys_reg" vcpu_write_sys_reg vcpu_write_sys_rex \
	"this kernel offers no vcpu_write_sys_rex to look at" \
	"; a table with coherent-ram cannot be in force without FEAT_S2FWB"
without "another report" "Unsupported FSC: " "Unsupported FSX: " \
	"found no report of an unsupported FSC in kvm_handle_guest_abort"
vm_end a
