# SPDX-License-Identifier: GPL-2.0-only
# Between two functions kernels from 6.3 on keep an address, which ends in other bits at each
# boot. At some it looks like a branch; what is read from the text must not depend on that.
# The test module makes such a boot of any.
other=normal-nc
[ "$NATIVE" != normal-nc ] || other=device-nGnRE
state_is() { [ "$(cat $S/hook/state)" = "$1" ]; }

# To the fault path, from where memslots are made: as if they were mapped in advance.
check "memslots: what looks like a branch" modprobe literal
check "memslots: it loads" load standby=1 mode=$other
check "memslots: it stands by" until_true 10 state_is standby
unload
rmmod literal

# To a function that has the walk's callback, from the fault path: as if that had a copy.
check "faults: what looks like a branch" modprobe literal behind=kvm_handle_guest_abort \
	to=kvm_pgtable_stage2_create_unlinked
check "faults: it loads" load mode=$other
unload
rmmod literal
