# SPDX-License-Identifier: GPL-2.0-only
# One fault of each kind, for scripts/lab/breakdown.py to take apart. Names and places
# are those of faults.sh.
bind $SHM0
echo never >/sys/kernel/mm/transparent_hugepage/enabled
RAM=900000000
RAM1=a00001000
BAR=800001000
PAGES=8000
. /cases/profile.sh

touch_all() {
	vm a faults 1 wb $RAM $PAGES >/dev/null
	vm a faults 1 wb $RAM1 $PAGES >/dev/null
	vm a faults 1 nc $BAR $PAGES >/dev/null
}

one() {
	vm a faults 1 "$3" "$4" $PAGES >/dev/null
	vm_forget a bar ram ram1
	ask begin "$1" "$2"
	like "$1 $2" "$(vm a faults 1 "$3" "$4" $PAGES)" 'ok *'
	ask end
}

profile() {
	ask_load
	vm_forget a bar ram ram1
	touch_all
	one "$1" ram wb $RAM
	one "$1" ram1 wb $RAM1
	one "$1" device nc $BAR
}

other=device-nGnRE
[ "$NATIVE" = normal-nc ] || other=normal-nc
profile_open
vm_start a --cpus 2
like "a VM" "$(vm a vfio $SHM0)$(vm a map bar $SHM0 2 $BAR 0 100000)$(vm a ram ram $RAM 400000)$(vm a ram ram1 $RAM1 100000)" 'ok*ok*ok*ok*'
profile absent
for by in ftrace kprobe; do
	if ! modprobe s2memattr transport=$by standby=0 mode=$other 2>/dev/null; then
		note "this kernel has no transport $by"
		continue
	fi
	profile $by-rewritten
	unload
done
vm_end a
