# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2034,SC2154,SC3043
#
# Everything at once, by chance, for $SOAK_SECONDS seconds. Two VMs of two
# vCPUs each go through a BAR without pause. Meanwhile one process changes modes
# and tables, loads and unloads the module; another takes memslots, devices,
# drivers and the VMs themselves away and brings them back; a third reads all that
# there is to read. Now and then they stop, and each leaf of both BARs has to be
# what the policy says. In the end nothing may be left.
#
# The same seed does the same steps in the same order, but how they meet is up to
# the machine.
. /cases/random.sh
. /cases/wanted.sh
. /cases/leaks.sh

HALF=200000		# of a BAR, in hexadecimal
TABLE=/tmp/table
B_BAR=$PCI/$SHM1/resource2

# complain WHAT TEXT: for all processes here, since only one at a time can use the
# result port. The WHATs are in verdict().
complain() { echo "round $round: $2" | cut -c 1-500 >>"/tmp/complaints.$1"; }
complaints() { cat /tmp/complaints.* 2>/dev/null; }

# did THING: for the count of what has happened.
did() { echo "$1" >>/tmp/done; }

### The two VMs. A BAR has two memslots, "keep" and "come"; vCPU 0 stores to the
### first and reads back, vCPU 1 reads the second, which goes and comes.

# VM b has its BAR through sysfs: vfio would not let go of the driver.
map_half() {
	case $1 in
	a) vm a map "$2" $SHM2 2 "$3" "$4" $HALF ;;
	b) vm b mapres "$2" "$B_BAR" "$3" $HALF "$4" ;;
	esac
}
bar_of() { [ "$1" = a ] && bar=$BAR0 || bar=$BAR1; }
come_of() { [ "$1" = a ] && come=800200000 || come=810200000; }

# asks VM COMMAND...: what has to work.
asks() {
	local reply
	reply=$(vm "$@")
	case $reply in
	ok*) ;;
	*) complain guests "$*: $reply" ;;
	esac
}

storm() {
	bar_of "$1"
	come_of "$1"
	pick nc nGnRE GRE nGnRnE
	asks "$1" storm 0 "$picked" $bar $HALF write
	pick nc nGnRE GRE nGnRnE
	asks "$1" storm 1 "$picked" $come $HALF
	eval "gone_$1="
}

start_vm() {
	bar_of "$1"
	come_of "$1"
	vm_start "$1" --cpus 2 --timeout 15
	[ "$1" = b ] || until_true 10 opens_device || complain guests "a: cannot open $SHM2"
	case $(map_half "$1" keep $bar 0)$(map_half "$1" come $come $HALF) in
	okok) ;;
	*) complain guests "$1: cannot map its BAR" ;;
	esac
	storm "$1"
}
opens_device() { [ "$(vm a vfio $SHM2)" = ok ]; }

# stopped VM CPU: no access of its went wrong. Where there was no memslot, an exit
# to the VMM is right; and where the kernel looks for it twice, an error when it went
# in between (KVM of 5.10, also without the module and for RAM).
stopped() {
	local reply gone
	reply=$(vm "$1" stop "$2")
	eval "gone=\$gone_$1"
	case $2$gone$SLOTS-$reply in
	*"-ok 0 "*) complain guests "$1: vCPU $2 did nothing" ;;
	*"-ok "*" 0") ;;
	1yes*"-ok "*" 0 mmio "*" "*) ;;
	1yestwice"-ok "*" 0 el2 "*" 14 mmio "*" "*) ;;
	*) complain guests "$1: vCPU $2: $reply" ;;
	esac
}
stop_storm() {
	stopped "$1" 0
	stopped "$1" 1
}

### What is done to them.

disturb_slot() {
	come_of "$1"
	eval "gone_$1=yes"
	draw 3
	if [ "$drawn" = 0 ]; then
		asks "$1" unmap come drop
		case $(map_half "$1" come $come $HALF) in
		ok) ;;
		*) complain guests "$1: cannot map again" ;;
		esac
	else
		asks "$1" unmap come
		draw 20
		usleep $((drawn * 1000))
		asks "$1" remap come
	fi
	did memslot
}
# Of a BAR that KVM has mapped before any fault VFIO knows nothing (5.10, also without
# the module): the guest would see the device in the middle of it.
disturb_reset() {
	[ "$BARS" != at-once ] || stop_storm a
	asks a reset $SHM2
	[ "$BARS" != at-once ] || storm a
	did reset
}
# Without decoding each access is an error: the VM has to stand still.
disturb_decoding() {
	stop_storm a
	asks a decode $SHM2 off
	asks a decode $SHM2 on
	storm a
	did decoding
}
disturb_driver() {
	if [ -e $PCI/$SHM1/driver ]; then
		echo $SHM1 >/sys/bus/pci/drivers/vfio-pci/unbind
	else
		bind $SHM1 || complain guests "cannot bind $SHM1"
	fi
	did rebind
}
disturb_vm() {
	draw 3
	if [ "$drawn" = 0 ]; then
		stop_storm "$1"
		vm_end "$1"
	else
		vm_kill "$1"
	fi
	start_vm "$1"
	did kill
}
disturb_storm() {
	stop_storm "$1"
	storm "$1"
}
disturb() {
	local vm
	pick a b
	vm=$picked
	pick slot slot slot reset decoding driver driver vm storm
	"disturb_$picked" "$vm"
}

### What is done to the module. What is in force afterwards is in /tmp/state.

fails() { ! "$@" 2>/dev/null; }

change_mode() {
	pick native device-nGnRE normal-nc policy policy policy policy
	if mode "$picked"; then
		MODE=$picked
	else
		complain changes "mode $picked: $(cat $S/last_error)"
	fi
	did mode
}
# write_table FILE: at once, or in lines. At once is a page at most.
write_table() {
	local line
	draw 3
	if [ "$drawn" != 0 ] && [ "$(wc -c <"$1")" -lt 4096 ]; then
		cat "$1" >$S/policy
	else
		echo 0 >$S/policy_commit
		while IFS= read -r line; do
			echo "$line" >$S/policy_stage || return
		done <"$1"
		echo 1 >$S/policy_commit
	fi
}
change_table() {
	random_table /tmp/table.new
	if [ ! -s /tmp/table.new ]; then
		echo "# nothing" >/tmp/table.new
	fi
	if write_table /tmp/table.new; then
		grep -v '^#' /tmp/table.new >$TABLE
	else
		complain changes "table: $(cat $S/last_error): $(tr '\n' ';' </tmp/table.new)"
	fi
	did table
}
# A table with one line that is not to be: it is refused and nothing changes.
change_nothing() {
	local before
	random_table /tmp/table.bad
	pick normal-wt "normal-nc bar=6" "normal-nc bar=1 bar=1" "device-nGnRE phys=0x2000-0x1000" \
		"normal-nc pci=" "nothing" "native vma=ram" "device-GRE class=05" "mode = native" \
		"coherent-ram bar=2"
	echo "$picked" >>/tmp/table.bad
	before=$(cat $S/mode $S/policy $S/generation | md5sum)
	if write_table /tmp/table.bad 2>/dev/null; then
		complain refusals "'$picked' is taken"
	elif [ "$(cat $S/last_error)" = ok ]; then
		complain refusals "'$picked' is refused without a word"
	elif [ "$(cat $S/mode $S/policy $S/generation | md5sum)" != "$before" ]; then
		complain refusals "'$picked' has changed something"
	fi
	fails mode normal-wt || complain refusals "mode normal-wt is taken"
	did refused
}
load_by() { modprobe s2memattr "transport=$1" "standby=$2" "mode=$3"; }
module_in() {
	local transport standby
	pick auto kprobe ftrace
	transport=${TRANSPORT:-$picked}
	pick 0 1 1 2
	standby=$picked
	pick native device-nGnRE normal-nc policy
	MODE=$picked
	: >$TABLE
	load_by $transport $standby $MODE ||
		complain changes "cannot load: $transport $standby $MODE"
	did load
}
# books: what it has counted, before it is forgotten.
books() {
	[ "$(stat refused)" = 0 ] || complain refused "$(stat refused) mappings"
	missed=$((missed + $(cat $S/hook/missed)))
	for stat in faults rewritten retried reconciled alignment; do
		eval "total_$stat=\$((total_$stat + $(stat $stat)))"
	done
}
module_out() {
	books
	unload || complain changes "cannot unload"
	[ ! -e $S ] || complain changes "left $S"
}
change_module() {
	module_out
	draw 300
	usleep $((drawn * 1000))
	module_in
}
change() {
	[ "$(cat $S/hook/state)" != standby ] || did standby
	pick mode mode mode table table table table table table table nothing module
	"change_$picked"
	# Long enough for the hook to go, now and then.
	pick 0 0 0 0 10 30 100 300 1500
	usleep $((picked * 1000))
}
save() { set | grep -e '^MODE=' -e '^missed=' -e '^total_' >/tmp/state; }
# changes SEED COUNT: a process of its own.
changes() {
	local left=$2
	seed "$1"
	while [ "$left" -gt 0 ]; do
		change
		left=$((left - 1))
	done
	save
	: >/tmp/quiet
}

reads() {
	while [ ! -e /tmp/enough ]; do
		cat $S/mode $S/policy $S/policy_hits $S/mappings $S/last_error $S/stats/* \
			$S/hook/* >/dev/null 2>&1
		usleep 50000
	done
}

### What has to be.

# leaves_are VM IPA START END: of one type, all of them there.
leaves_are() {
	local pages=$((($4 - $3) / 4096)) got want
	wanted "$3"
	want="ok $pages leaves: $(memattr_of $wanted):$pages"
	got=$(vm "$1" leaves $2 $(printf '%x' $(($4 - $3))))
	[ "$got" = "$want" ] || wrong="$wrong $1 $2: want $want, got $got;"
	observed "$1" "$2" $wanted
}
# observed VM IPA TYPE: by the guest itself.
observed() {
	local got
	got=$(vm "$1" type 1 $2)
	[ "$got" = "ok $(seen_as $3)" ] || wrong="$wrong $1 sees at $2: $got, want $3;"
}
# block_is VM IPA DESC START END: and all of it in the block.
block_is() {
	local types="" edge last=""
	for edge in $(edges $4 $5); do
		[ -z "$last" ] || { wanted $last && types="$types $wanted"; }
		last=$edge
	done
	# shellcheck disable=SC2086 # a word a type
	strictest $types
	[ "${3##* }" = "$(memattr_of $strictest)" ] ||
		wrong="$wrong $1 $2: want a block of$types, got $3;"
	observed "$1" "$2" $strictest
}
# half_is VM IPA START: what one memslot maps.
half_is() {
	local desc last="" edge end=$(($3 + 0x$HALF))
	desc=$(vm "$1" desc "$2")
	case $desc in
	"ok 2 "*)
		block_is "$1" "$2" "$desc" $3 $end
		return
		;;
	esac
	for edge in $(edges $3 $end); do
		[ -z "$last" ] ||
			leaves_are "$1" $(printf '%x' $((0x$2 + last - $3))) $last $edge
		last=$edge
	done
}
vm_is() {
	bar_of "$1"
	come_of "$1"
	case $1 in
	a) BAR_OF=$SHM2 DRIVER=vfio-pci KVM=$NATIVE PHYS=$PHYS0 ;;
	b)
		BAR_OF=$SHM1 DRIVER='' PHYS=$PHYS1
		# From 6.9 on more is for vfio's mappings only.
		KVM=device-nGnRE
		[ ! -e $PCI/$SHM1/driver ] || DRIVER=vfio-pci
		;;
	esac
	half_is "$1" $bar $PHYS
	half_is "$1" $come $((PHYS + 0x$HALF))
}
all_is() {
	wrong=
	vm_is a
	vm_is b
	[ -z "$wrong" ]
}
# Once round each half, so that all of it is mapped; then vCPU 1 is free to look.
goes_round() {
	local reply
	reply=$(vm "$1" poll "$2")
	set -- ${reply:-ok 0}
	[ "${2:-0}" -gt "$((last_poll + 1024))" ]
}
# In calm, nobody but a new table takes old leaves away: when the write has returned,
# no leaf may be there that the old one made. vCPU 0 goes on making new ones.
turn_tables() {
	local word vm reply
	mode policy || complain changes "mode policy: $(cat $S/last_error)"
	MODE=policy
	for word in device-GRE normal-nc device-nGnRE; do
		echo "$word" >$TABLE
		cat $TABLE >$S/policy || complain changes "table: $(cat $S/last_error)"
		for vm in a b; do
			bar_of $vm
			reply=$(vm $vm leaves $bar $HALF)
			case ${reply#ok * leaves: } in
			*" "*) complain types "$vm: two types of leaves under $word: $reply" ;;
			none | "$(memattr_of $word)":*) ;;
			*) complain types "$vm: old leaves under $word: $reply" ;;
			esac
		done
	done
	did turn
}
check_quiet() {
	local vm cpu reply
	for vm in a b; do
		for cpu in 0 1; do
			reply=$(vm $vm poll $cpu)
			set -- $reply
			last_poll=${2:-0}
			until_true 20 goes_round $vm $cpu || complain guests "$vm: vCPU $cpu stands still"
		done
		stopped $vm 1
	done
	# Nobody writes when a device changes drivers, nor when the hook was missed: that
	# is made good soon, not at once.
	until_true 4 all_is || complain types "$MODE: $wrong table: $(tr '\n' ';' <$TABLE)"
	turn_tables
	for vm in a b; do
		come_of $vm
		asks $vm storm 1 nc $come $HALF
		eval "gone_$vm="
	done
	[ "$(mode_now)" = "$MODE" ] || complain changes "mode is $(mode_now), not $MODE"
	did check
}

# A round in two is calm but for the changes: else what is done to the VMs could drop
# what a change has left in a table.
one_round() {
	local calm
	round=$((round + 1))
	rm -f /tmp/quiet
	draw 1000000
	changer_seed=$drawn
	draw 2
	calm=$drawn
	draw 8
	changes $changer_seed $((drawn + 1)) &
	changer=$!
	while [ ! -e /tmp/quiet ]; do
		if [ $calm = 1 ]; then usleep 20000; else disturb; fi
	done
	wait $changer
	. /tmp/state
	check_quiet
}

### From nothing to nothing.

begin() {
	start_vm a
	start_vm b
	module_in
	rm -f /tmp/enough
	reads &
	reader=$!
}
end() {
	: >/tmp/enough
	wait $reader
	draw 2
	[ "$drawn" = 0 ] || module_out
	for vm in a b; do
		stop_storm $vm
		vm_end $vm
	done
	[ ! -e $S ] || module_out
	settle_memory
}

# take_stock NAME: of what the kernel holds.
take_stock() {
	look_at_slab
	vmalloc_areas >/tmp/vmalloc.$1
	kmalloc_objects >/tmp/kmalloc.$1
	kvmalloc_objects >/tmp/kvmalloc.$1
	held_objects >/tmp/held.$1
	large=$(large_pages)
}

uptime_now() { cut -d. -f1 /proc/uptime; }

bind $SHM2
bind $SHM1
PHYS0=$(($(bar_phys $SHM2 2)))
PHYS1=$(($(bar_phys $SHM1 2)))
seed "$SOAK_SEED"
note "S2M_SOAK_SEED=$SOAK_SEED S2M_SOAK_SECONDS=$SOAK_SECONDS"
round=0 missed=0
leaks_begin
# What the kernel keeps for the next time is there after the first.
for transport in kprobe ftrace; do
	load_by $transport 1 device-nGnRE
	[ "$STANDBY" = no ] || until_true 30 grep -q standby $S/hook/state
	unload
done
begin
one_round
end
take_stock before
large_before=$large
stop_at=$(($(uptime_now) + SOAK_SECONDS))
begin
while [ "$(uptime_now)" -lt $stop_at ] && [ -z "$(complaints)" ]; do
	one_round
done
end

some() { head -n 5 | tr '\n' ';'; }
# verdict WHAT DESC
verdict() { is "$2" "$(cat "/tmp/complaints.$1" 2>/dev/null | some)" ""; }
verdict types "every leaf is what the policy says"
verdict guests "no access of a guest went wrong"
verdict changes "every change was made"
verdict refusals "what was refused has changed nothing"
verdict refused "no mapping was refused"
take_stock after
# is_as_before DESC WHAT SLACK
is_as_before() { is "$1" "$(growth /tmp/$2.before /tmp/$2.after $3 | some)" ""; }
is "no object of ours is left" "$(slab_leaks | some)" ""
is_as_before "nothing in vmalloc space is left" vmalloc 0
is_as_before "nothing of kmalloc's is left" kmalloc 64
is_as_before "nothing of kvmalloc's is left" kvmalloc 8
is_as_before "no VM, process or address space is kept" held 4
[ $((large - large_before)) -le 4 ] && ok "no large memory is left" ||
	not_ok "no large memory is left: $large_before pages, now $large"
is "nothing left among the kprobes" "$(cat /sys/kernel/debug/kprobes/list)" ""
is "nothing left in ftrace" "$(grep -e kvm_ -e follow_ $TRACE/enabled_functions)" ""
note "$round rounds: $(sort /tmp/done | uniq -c | awk '{ print $1, $2 }' | tr '\n' ',')"
note "$(growth /tmp/kmalloc.before /tmp/kmalloc.after 0 | tr '\n' ',')"
note "$(cat /tmp/kvmalloc.* /tmp/held.* | tr '\n' ',') large $large_before $large"
for thing in mode table check turn; do
	above "there was: $thing" "$(grep -cx $thing /tmp/done)" 0
done
# One round in two is calm: of so many, hardly all.
[ $round -lt 10 ] ||
	above "something was done to the VMs" "$(grep -cxE 'memslot|reset|decoding|rebind|kill' /tmp/done)" 0
for stat in faults rewritten reconciled; do
	eval "above 'it counted: $stat' \$total_$stat 0"
done
above "rounds" $round 1
note "missed $missed, faults $total_faults, rewritten $total_rewritten, retried $total_retried"
