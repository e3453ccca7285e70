# SPDX-License-Identifier: GPL-2.0-only
# The control: without the module, KVM's own types, by both oracles.
bind $SHM0
vm_with_bar a $SHM0 2 $BAR0
type_is "BAR of the stock kernel" a $BAR0 "$NATIVE"
vm_end a
