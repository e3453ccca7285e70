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
# Other machines may have the CPUs: what is to be found is a step that never ends, and uvm waits
# as long as they go on.
PATIENCE=3000
# Where the CPU has SVE, V registers are part of larger ones, and KVM keeps them elsewhere.
sve=
case $CPU in neoverse-v1 | max) grep -qw sve /proc/cpuinfo && sve=--sve ;; esac
# Kernels of ours do without what no case is about; Debian's have it.
case $CPU-$(uname -r) in
neoverse-v1-*-arm64* | max-*-arm64*) is "the CPU has SVE, and so has the kernel" "$sve" --sve ;;
esac
vm_start a --timeout 60 $sve
like "a BAR" "$(vm a vfio $SHM0)$(vm a map a $SHM0 2 $BAR0)" 'ok*ok*'
like "another BAR" "$(vm a vfio $SHM1)$(vm a map b $SHM1 2 $BAR1)" 'ok*ok*'
load unaligned=emulate
policy "normal-nc pci=$SHM0" "device-nGnRE pci=$SHM1"
mode policy
type_is "the CPU's BAR" a $BAR0 normal-nc
if [ "$sve" ]; then
	# Z2 is full of 5a: of which a load of its lower half leaves nothing, and a store all.
	for bar in a b; do
		is "over $bar, LDR of Q2 clears the rest of Z2" "$(vm a step 0 $bar 3dc00022 1s 11)" "ok 0 0x0"
		is "over $bar, STR of Q2 does not" "$(vm a step 0 $bar 3d800022 1s 11)" \
			"ok 0 0x5a5a5a5a5a5a5a5a"
	done
	# Emulators forget that for a lane; the Arm ARM has one rule for all writes of V2.
	is "over b, LD1 of a lane of V2 does, too" "$(vm a step 0 b 0d408022 1s 11)" "ok 0 0x0"
fi
# A guest that is its own debugger gets as many single steps as from the CPU, and one of them
# ends behind the instruction.
before=$(stat emulated)
for word in f9400022 f8408422 3dc00022 f9000022; do		# ldr x2; with write-back; of q2; str x2
	traced=$(vm a step 0 a $word 0t ff1)
	like "single steps of $word" "$traced" "ok 0 0x1????????"
	is "the same over b" "$(vm a step 0 b $word 0t ff1)" "$traced"
done
is "each of these by the module" $(($(stat emulated) - before)) 4
note "seed $SEED"
done=0 faults=0 carried=0
before=$(stat emulated)
while [ $carried -lt "$STEPS" ] && [ $done -lt $((STEPS * 3 / 2 + 500)) ]; do
	reply=$(vm a steps 0 a b 250 $SEED)
	case $reply in
	"ok 250 "*) faults=$((faults + ${reply##* })) ;;
	*)
		not_ok "steps $done to $((done + 250)) from seed $SEED: $reply"
		break
		;;
	esac
	done=$((done + 250))
	carried=$(($(stat emulated) - before))
	SEED=$(printf '%x' $((0x$SEED + 1)))
done
note "$done steps, $carried accesses carried out, $faults faults of their own"
check "$STEPS accesses, carried out by the module, are the same as the CPU's" [ $carried -ge "$STEPS" ]
is "none is an alignment fault" "$(stat alignment)" 0
mode native
unload
vm_end a
is "the log has no word of it" "$(dmesg | grep -c -e 'Unsupported FSC' -e WARNING -e BUG)" 0
