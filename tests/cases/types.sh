# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154
# Each type for each shape of mapping, over memory that the kernel was told to
# leave alone (mem=896M on a machine with a gigabyte): RAM, but none of its own,
# and without a struct page, for which whole sections of 128M must be missing (of 512M
# with pages of 64 KiB).
reserved=$(sed 's/.*mem=\([0-9]*\)M.*/\1/' /proc/cmdline)
reserved=$(printf '%x' $((0x40000000 + reserved * 0x100000)))
if dmesg | grep -q 'Stage-2 Force Write-Back' &&
	dmesg | grep -q 'Instruction cache invalidation not required for I/D coherence'; then
	coherent=1
else
	coherent=
fi
modprobe vmashape
# AT S12E1R is EL2's: there is a third oracle on VHE only, which makes tables of 4 KiB.
if [ "$PAGE" = 4096 ] && modprobe s2par 2>/dev/null; then vhe=1; else vhe=; fi
note "coherent=$coherent vhe=$vhe"
load

# What KVM has for a cacheable VMA over such memory: Device, until Linux 6.17.
if [ "$CACHEABLE" = honoured ]; then cached=0x6; else cached=0x1; fi

# name:IPA, each over physical memory of its own.
shapes="" number=0
for flags in "" pfnmap- mixedio-; do
	for prot in cached wc noncached device; do
		shapes="$shapes $flags$prot:9$(printf '%02x' $number)00000"
		number=$((number + 1))
	done
done

# map_shapes VM
map_shapes() {
	local shape phys=$((0x$reserved)) reply
	for shape in $shapes; do
		reply=$(vm "$1" mapres "${shape%:*}" "/dev/vmashape-${shape%:*}" "${shape#*:}" \
			"$(printf '%x' $((4 * PAGE)))" "$(printf '%x' $phys)")
		[ "$reply" = ok ] || not_ok "$1 maps ${shape%:*}: $reply"
		phys=$((phys + 16 * PAGE))
	done
}

# What a shape gets from a wish; the rules of design, not of code.
memattr_wanted() {
	case $1-$2 in
	*cached:*-normal-wb)
		case $1 in
		*noncached:*) echo 0x1 ;;
		*) echo 0x6 ;;
		esac ;;
	*noncached:*-device-GRE | *wc:*-device-GRE | *device:*-device-GRE) echo 0x3 ;;
	*noncached:*-normal-nc | *wc:*-normal-nc | *device:*-normal-nc) echo 0x5 ;;
	*noncached:* | *wc:* | *device:*) echo 0x1 ;;
	*) echo $cached ;;
	esac
}

seen_wanted() {
	case $1 in
	0x1 | 0x3) echo device ;;
	*) echo nc ;;
	esac
}

# all_are DESC WISH: by what the guest observes and by what the table says.
all_are() {
	local shape want="" got="" desc memattr
	for shape in $shapes; do
		memattr=$(memattr_wanted "$shape" "$2")
		want="$want ${shape%:*}:$(seen_wanted "$memattr")/$memattr"
		got="$got ${shape%:*}:$(vm a type 0 "${shape#*:}")"
		desc=$(vm a desc "${shape#*:}")
		got="${got%ok *}${got##*ok }/${desc##* }"
	done
	is "$1" "$got" "$want"
}

# the_cpu_agrees DESC IPA: with src/core/combine.c, for each stage-1 type over what is there.
the_cpu_agrees() {
	local window reply verdict
	[ "$vhe" ] || return
	for window in wb nc nGnRnE nGnRE nGRE GRE wt; do
		reply=$(vm a par 0 $window "$2")
		echo "${reply#ok }"
	done >/tmp/par
	verdict=$(judge some </tmp/par)
	case $verdict in
	*"# 7 combinations, 7 of them as expected, 0 reserved") ok "AT S12E1R: $1" ;;
	*) not_ok "AT S12E1R: $1: $verdict $(tr '\n' ';' </tmp/par)" ;;
	esac
}

rule_for_all() { policy "$1 phys=0x$reserved-0x7fffffff"; }

vm_start a
map_shapes a
all_are "without a wish" native
the_cpu_agrees "KVM's device-nGnRE" 90100000
for knob in device-nGnRE normal-nc; do
	mode $knob
	# No PCI memory BAR: the normal-nc of the knob is not for it.
	all_are "mode $knob" native
done
mode policy
for word in device-GRE normal-nc device-nGnRE; do
	check "a rule for $word" rule_for_all $word
	all_are "rule $word" $word
	the_cpu_agrees "$word" 90100000
done
# By the flags of the VMA.
range=phys=0x$reserved-0x7fffffff
policy "normal-nc vma=pfnmap $range" "device-GRE vma=io $range" "device-nGnRE vma=pfnmap+io"
type_is "VM_PFNMAP alone" a 90600000 normal-nc
type_is "VM_IO alone" a 90a00000 device-GRE
type_is "both" a 90200000 device-nGnRE
# Memory that is no PCI BAR: what loosens has to name it.
for word in device-GRE normal-nc; do
	policy $word
	all_are "$word without an address" native
	policy "$word" "device-nGnRE"
	all_are "$word, and a rule behind it that restricts" device-nGnRE
done
echo 1 >$TRACE/events/s2memattr/decision/enable
check "normal-nc again" rule_for_all normal-nc
kept=$(stat kept)
vm a load 0 wb 90000000 4 >/dev/null
if [ $cached = 0x1 ]; then
	like "a cacheable VMA is explained" "$(grep ipa=0x90000000 $TRACE/trace | tail -n 1)" \
		'*kvm=device-nGnRE used=device-nGnRE why=vma-cacheable rule=1'
	is "it counts as kept" "$(stat kept)" $((kept + 1))
fi

# Memory that the VMM maps cacheable, and normal-wb.
if [ "$coherent" ]; then
	rewritten=$(stat rewritten)
	check "a rule for normal-wb" rule_for_all normal-wb
	all_are "rule normal-wb" normal-wb
	the_cpu_agrees "normal-wb" 90000000
	vm a poke cached 10 4 12345678 >/dev/null
	is "guest and VMM see the same" "$(vm a load 0 wb 90000010 4)" "ok 0x12345678"
	like "a non-cacheable VMA is explained" "$(grep ipa=0x90100000 $TRACE/trace | tail -n 1)" \
		'*kvm=device-nGnRE used=device-nGnRE why=vma-not-cacheable rule=1'
	if [ $cached = 0x1 ]; then
		like "normal-wb is told" "$(grep ipa=0x90000000 $TRACE/trace | tail -n 1)" \
			'*bar=-1 kvm=device-nGnRE used=normal-wb why=rule rule=1'
		is "three mappings are rewritten" "$(stat rewritten)" $((rewritten + 3))
	fi
	# The rule names no address: RAM and registers are not touched by it.
	policy normal-wb
	desc=$(vm a desc 40000000)
	is "RAM under normal-wb for everything" "${desc##* }" 0x6
	all_are "without an address normal-wb reaches no memory but BARs" native
	check "a rule for normal-nc" rule_for_all normal-nc
	all_are "and back" normal-nc
else
	generation=$(cat $S/generation)
	if rule_for_all normal-wb; then
		not_ok "normal-wb is refused on this host"
	else
		ok "normal-wb is refused on this host"
	fi
	is "with a sentence" "$(cat $S/last_error)" \
		"policy: rule 1: normal-wb needs a host with FEAT_S2FWB and CTR_EL0.DIC"
	is "the table is the old one" "$(cat $S/policy)" "normal-nc phys=0x$reserved-0x7fffffff"
	is "nothing took effect" "$(cat $S/generation)" "$generation"
	if policy "normal-nc id=15b3:*" "NORMAL_WB vma=pfnmap"; then
		not_ok "normal-wb among other rules is refused"
	else
		like "normal-wb among other rules is refused" "$(cat $S/last_error)" "policy: rule 2: *"
	fi
	all_are "guests are as before" normal-nc
fi

# A VMA with VM_MIXEDMAP alone: KVM has no way to such memory, and so have we not.
like "a mixed map" "$(vm a mapres m /dev/vmashape-mixed-cached a0000000 "$(printf '%x' "$PAGE")" \
	"$(printf '%x' $((0x$reserved + 0x1000000)))")" 'ok*'
is "KVM does not map it" "$(vm a load 0 nc a0000000 4)" "ok el2 14"
is "nothing was refused" "$(stat refused)" 0
echo 0 >$TRACE/events/s2memattr/decision/enable
vm_end a
unload
rmmod vmashape
[ -z "$vhe" ] || rmmod s2par
