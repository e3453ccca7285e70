# SPDX-License-Identifier: GPL-2.0-only
# An access that Device memory does not take is carried out exactly.
#
# The judge is the CPU: the same instruction with the same registers is made over a
# BAR that is Normal-NC, where the CPU makes it, and over one that is Device, where
# the module does. Afterwards all registers, flags, exceptions and bytes are the same.
SEED=$(printf '%x' $(($(date +%s) % 1000000)))

# Other cases leave reports there of faults that they ask for.
dmesg -c >/dev/null
bind $SHM0
bind $SHM1
# Many steps take long, and other machines may have the CPUs for seconds: what is to be
# found is a step that never ends.
PATIENCE=150
vm_start a --timeout 60
like "a BAR" "$(vm a vfio $SHM0)$(vm a map a $SHM0 2 $BAR0)" 'ok*ok*'
like "another BAR" "$(vm a vfio $SHM1)$(vm a map b $SHM1 2 $BAR1)" 'ok*ok*'
load unaligned=emulate
policy "normal-nc pci=$SHM0" "device-nGnRE pci=$SHM1"
mode policy
type_is "the CPU's BAR" a $BAR0 normal-nc
note "seed $SEED"
done=0 faults=0
while [ $done -lt "$STEPS" ]; do
	reply=$(vm a steps 0 a b 250 $SEED)
	case $reply in
	"ok 250 "*) faults=$((faults + ${reply##* })) ;;
	*)
		not_ok "steps $done to $((done + 250)) from seed $SEED: $reply"
		break
		;;
	esac
	done=$((done + 250))
	SEED=$(printf '%x' $((0x$SEED + 1)))
done
is "$STEPS steps are the same" $done "$STEPS"
emulated=$(stat emulated)
note "$emulated accesses carried out, $faults faults of their own"
check "many of them by the module" [ "$emulated" -gt $((STEPS / 3)) ]
is "none is an alignment fault" "$(stat alignment)" 0
mode native
unload
vm_end a
is "the log has no word of it" "$(dmesg | grep -c -e 'Unsupported FSC' -e WARNING -e BUG)" 0
