# SPDX-License-Identifier: GPL-2.0-only
# A block is dropped by a change for one page in its middle, also where the VMM has
# touched only another page of it, or nothing: vfio maps on demand from 6.12 on.
bind $BIG
load standby=0
vm_start a
like "a gigabyte" "$(vm a vfio $BIG)$(vm a map b $BIG 2 $BAR0)" 'ok*ok*'
vm a load 0 nGnRnE $BAR0 4 >/dev/null
desc=$(vm a desc $BAR0)
note "leaf: $desc"
set -- $desc
is "KVM's own type" "$4" "$(memattr_of $NATIVE)"
case $2 in
1) middle=$((0x20000000 + 5 * PAGE)) ;;
2) middle=$((0x100000 + 5 * PAGE)) ;;
*) middle=0 ;;
esac
other=device-nGnRE
[ "$NATIVE" = normal-nc ] || other=normal-nc
phys=$(($(bar_phys $BIG 2) + middle))
check "a rule for one page of it" policy "$other phys=$(printf '0x%x-0x%x' $phys $((phys + PAGE - 1)))"
before=$(stat reconciled)
mode policy
is "nothing of it is left" "$(vm a desc $BAR0 | cut -d' ' -f4)" none
is "that was one range" $(($(stat reconciled) - before)) 1
like "the guest goes on" "$(vm a load 0 nGnRnE $BAR0 4)" 'ok 0x*'
vm a load 0 nGnRnE $BAR0 4 >/dev/null
before=$(stat reconciled)
policy "$other phys=$(printf '0x%x-0x%x' $phys $((phys + PAGE - 1)))" "native bar=5"
is "a change that is not about it drops nothing" $(($(stat reconciled) - before)) 0
vm_end a
mode native
unload
