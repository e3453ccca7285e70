# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154
# Layers and the configuration with a real module and a VM whose type is watched:
# whoever changes one layer leaves the others, and no moment has neither the old
# answer nor the new one.

conf() { printf '%s\n' "$@" >/etc/s2memattr.conf; }
in_force() { [ "$(s2memattr config status)" = "in force" ]; }

check "loads" load
bind $SHM0
rm -rf /run/s2memattr /etc/s2memattr.conf.d
conf "mode = policy" "device-nGnRE pci=$SHM0"
check "config apply" s2memattr config apply
check "it is in force" in_force
vm_start a
like "a VM has a BAR" "$(vm a mapres s $PCI/$SHM0/resource2 $BAR0 100000)" 'ok*'
type_is "its type is the configuration's" a $BAR0 device-nGnRE

echo "normal-nc pci=$SHM0 bar=2" | s2memattr layer set vm1 -
type_is "a layer goes first" a $BAR0 normal-nc
check "and is in force" in_force
is "the kernel's table has both" "$(cat $S/policy | paste -sd,)" \
	"normal-nc pci=$SHM0 bar=2,device-nGnRE pci=$SHM0"
changes=$(cat $S/generation)
check "a reload" s2memattr config apply
is "that changes nothing changes nothing" "$(cat $S/generation)" "$changes"
type_is "the layer stands" a $BAR0 normal-nc
conf "mode = policy" "device-GRE pci=$SHM0"
check "a reload of another configuration" s2memattr config apply
is "is one change" "$(cat $S/generation)" $((changes + 1))
type_is "and the layer still stands" a $BAR0 normal-nc
s2memattr layer remove vm1
type_is "which goes with its own rule only" a $BAR0 device-GRE

# What the kernel refuses leaves layers and table.
awk 'BEGIN { for (i = 0; i < 3000; i++) printf "normal-nc phys=0x%x-0x%x uid=%d\n", i * 4096, 2147483647 - i * 4096, i }' >/tmp/steep
check "a layer that the kernel refuses" eval '! s2memattr layer set vm2 /tmp/steep'
is "leaves no layer" "$(s2memattr layer list | grep -c vm2)" 0
check "and what was in force" in_force

# Drift, as doctor and config status see it.
policy "native"
check "a table by hand is seen" eval '! in_force'
like "by the doctor, too" "$(s2memattr doctor | grep config)" "failure*not in force*"
check "config apply puts it right" s2memattr config apply
check "all is in force again" in_force
echo native >$S/mode
check "a mode by hand is seen" eval '! in_force'
s2memattr config apply

# Killed in the middle, again and again: the old layers or the new ones, and never a
# rule that nobody owns. A table of this size is not written in no time.
awk 'BEGIN { for (i = 0; i < 4000; i++) printf "native phys=0x%x000-0x%xfff\n", 4096 + i, 4096 + i }' >/tmp/big
for i in 1 2 3 4 5 6 7 8; do
	s2memattr layer set big /tmp/big &
	usleep $((i * 9000))
	kill -KILL $! 2>/dev/null
	wait $! 2>/dev/null
	s2memattr layer set small - <<-END
	native bar=5
	END
	rules=$(s2memattr layer list | awk '{ n += $2 } END { print n }')
	[ "$rules" = "$(wc -l <$S/policy)" ] && in_force || not_ok "killed after $((i * 9)) ms: $rules rules in layers, $(wc -l <$S/policy) in the kernel"
	s2memattr layer remove big 2>/dev/null
done
is "what was killed is all or nothing" "$(cat $S/policy | paste -sd,)" "native bar=5,device-GRE pci=$SHM0"

# A VM has something to lose, until it ends.
check "release is refused" eval '! s2memattr config release'
type_is "and nothing has changed" a $BAR0 device-GRE
vm_end a
check "without the VM it is not" s2memattr config release
is "the mode is native" "$(mode_now)" native
rm -rf /run/s2memattr
unload
