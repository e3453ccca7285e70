# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154
# Blocks of device memory, as large as this kernel makes them: by the leaves of the
# host's own table, or (up to the stable updates of autumn 2026) by the VMA, whatever
# the host has mapped of it.
bind $GIB
bind $SHM0
bind $SHM1
load standby=0
modprobe vmashape
thp=/sys/kernel/mm/transparent_hugepage/enabled
was=$(sed 's/.*\[\(.*\)\].*/\1/' $thp)

level_of() { vm a desc "$1" | cut -d' ' -f2; }

# Each VM's first access is in the middle of the gigabyte, so that the host has just
# that page of it where it maps on demand. At 880000000 nothing is congruent.
for huge in never always; do
	echo $huge >$thp
	vm_start a
	like "$huge: BARs" "$(vm a vfio $GIB)$(vm a vfio $SHM0)" 'ok*ok*'
	like "$huge: 1 GiB" "$(vm a map g $GIB 2 $BAR0)" 'ok*'
	like "$huge: 4 MiB" "$(vm a map s $SHM0 2 840000000)" 'ok*'
	like "$huge: not congruent" "$(vm a map n $GIB 2 880000000 "$(printf %x $((3 * PAGE)))" 500000)" 'ok*'
	for word in normal-nc device-nGnRE normal-nc; do
		mode $word
		type_is "$huge, 1 GiB, middle" a 820003000 $word
		note "$huge, $word: level $(level_of 820003000) of 1 GiB"
		type_is "$huge, 1 GiB, first page" a $BAR0 $word
		type_is "$huge, 1 GiB, last page" a 83ffff000 $word
		type_is "$huge, 4 MiB, its last page" a 8403ff000 $word
		type_is "$huge, 4 MiB, its first" a 840000000 $word
		type_is "$huge, not congruent" a 880000000 $word
		type_is "$huge, not congruent, 2 MiB further" a 880234000 $word
	done
	vm_end a
	# A rule about another device is no reason to doubt what this block is of, be its
	# first page there or not.
	mode policy
	policy "device-nGnRE pci=$SHM1"
	vm_start a
	like "$huge: a BAR again" "$(vm a vfio $GIB)$(vm a map g $GIB 2 $BAR0)" 'ok*ok*'
	type_is "$huge, 1 GiB, middle, a rule for another device" a 820003000 "$NATIVE"
	policy "normal-nc pci=$GIB"
	type_is "$huge, 1 GiB, middle, a rule for it" a 820003000 normal-nc
	vm_end a
done
echo "$was" >$thp
is "nothing was refused" "$(stat refused)" 0

# Rules for a part.
range() { printf 'phys=0x%x-0x%x' $(($1 + $2)) $(($1 + $2 + $3 - 1)); }
shm0=$(bar_phys $SHM0 2)
mode policy
vm_start a
like "a VM" "$(vm a vfio $SHM0)$(vm a vfio $SHM1)$(vm a map s $SHM0 2 840000000)" 'ok*ok*ok*'
policy "device-nGnRE $(range "$shm0" $((3 * PAGE)) "$PAGE")" normal-nc
type_is "beside the page of a rule, in the next 2 MiB" a 840200000 normal-nc
page=$(printf %x $((0x840000000 + 3 * PAGE)))
type_is "the page of a rule" a $page device-nGnRE
block=$(level_of $page)
[ "$block" = 3 ] && beside=normal-nc || beside=device-nGnRE
type_is "beside the page of a rule" a "$(printf %x $((0x840000000 + 4 * PAGE)))" $beside

# Another device behind a part of the VMA: no block reaches across.
like "a part is remapped" "$(vm a overmap s 100000 $SHM1 2 100000)" ok
policy "device-nGnRE pci=$SHM1" "normal-nc pci=$SHM0"
type_is "the other device's part" a 840100000 device-nGnRE
type_is "its last page" a 8401ff000 device-nGnRE
# Its last 4 KiB, whatever a page is: where a guest's fault is, is told to KVM in 4 KiB.
type_is "the first device, before it" a 8400ff000 normal-nc
type_is "the first device, behind it" a 840200000 normal-nc
is "nothing was refused" "$(stat refused)" 0
vm_end a

# A VMA over several BARs and holes between them; the host has all of it.
edu=$(bar_phys $EDU 0)
base=$((edu & ~0x1fffff))
vm_start a
like "2 MiB of BARs" \
	"$(vm a mapres e /dev/vmashape-noncached 860000000 200000 "$(printf %x $base)")" 'ok*'
edu_ipa=$(printf %x $((0x860000000 + edu - base)))
leaf() {
	vm a load 0 nGnRnE "$1" 4 >/dev/null
	vm a desc "$1" | cut -d' ' -f4
}
policy "normal-nc $(range $base 0 0x200000)"
is "several BARs, one rule" "$(leaf "$edu_ipa")" 0x5
note "level $(level_of "$edu_ipa")"
policy "device-nGnRE pci=$EDU" "normal-nc $(range $base 0 0x200000)"
is "several BARs, a rule for one" "$(leaf "$edu_ipa")" 0x1
mode normal-nc
[ "$(level_of "$edu_ipa")" = 3 ] && all=0x5 || all=0x1
like "several BARs are no BAR" "$(leaf "$edu_ipa")" "[$all 0x5 0x1]*"
vm_end a
rmmod vmashape
mode native
unload
