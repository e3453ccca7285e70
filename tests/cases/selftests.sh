# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154
#
# The kernel's own KVM selftests, or those of VFIO: without the module, then with it in
# each mode. What they say must not change, test by test: exit status, what they count as
# passed and failed within, and why they skip. $SELFTESTS is quick, full or vfio; what
# runs in which, with which arguments, and why, is in /selftests/list.
OUT=/tmp/selftests
mkdir -p $OUT

# "program arguments" of what is to run, a line each.
planned() {
	local when program arguments
	grep -v '^#' /selftests/list | while read -r when program arguments; do
		case $when in
		both) [ "$SELFTESTS" != vfio ] || continue ;;
		"$SELFTESTS") ;;
		flaps) [ "$SELFTESTS" = full ] || continue ;;
		*) continue ;;
		esac
		# Quick is for one kernel, which has them all.
		[ "$SELFTESTS" = quick ] || [ -x "/selftests/bin/$program" ] || continue
		echo "$program $arguments"
	done
	[ "$SELFTESTS" = full ] || return
	# What another kernel brings that the list does not know.
	for program in /selftests/bin/*; do
		program=${program##*/}
		grep -qE "^[a-z]+ +$program( |$)" /selftests/list || echo "$program"
	done
}

# left_out: what does not run, with the reason that the list gives.
left_out() {
	sed -n 's/^without \([^ ]*\) /\1: /p; s/^broken \([^ ]*\) \([^ ]*\) /\2 of \1: /p' /selftests/list
}

# SIGALRM: some programs give their guest ten seconds on the clock on the wall. That
# says how busy the machine is, not what KVM does.
ALARM=142

# verdict PROGRAM [ARGUMENT...]: one line.
verdict() {
	local program=$1 status tries=3
	shift
	while
		timeout -s KILL 600 "/selftests/bin/$program" "$@" >$OUT/said 2>&1 </dev/null
		status=$?
		tries=$((tries - 1))
		[ $status -eq $ALARM ] && [ $tries -gt 0 ]
	do :; done
	printf 'status %s' $status
	awk '/^ok /	{ ok++ }
	     /^not ok /	{ not_ok++ }
	     /# SKIP/	{ sub(/.*# SKIP[ -]*/, ""); why = why "; " $0 }
	     END	{ if (ok + not_ok) printf ", %d ok, %d not ok", ok, not_ok
			  if (why) printf ", skipped%s", why
			  print "" }' $OUT/said
}

tenths() { awk '{ print int($1 * 10) }' /proc/uptime; }

# run_all STATE: what each says, in $OUT/STATE/NUMBER.
run_all() {
	local line number=0 start now spent=
	mkdir -p "$OUT/$1"
	start=$(tenths)
	while read -r line <&3; do
		number=$((number + 1))
		# shellcheck disable=SC2086 # program and arguments
		verdict $line >"$OUT/$1/$number"
		now=$(tenths)
		spent="$spent $((now - start))"
		start=$now
	done 3<$OUT/planned
	note "$1: $number tests, in tenths of a second:$spent"
}

# compare STATE: with what they said without the module.
compare() {
	local line number=0 was now
	while read -r line <&3; do
		number=$((number + 1))
		was=$(cat $OUT/absent/$number)
		now=$(cat "$OUT/$1/$number")
		if grep -q "^flaps *${line%% *} " /selftests/list; then
			note "$1: $line: $now"
		else
			is "$1: $line" "$now" "$was"
		fi
	done 3<$OUT/planned
}

# Which mode is live is seen from outside, by a guest that has a BAR.
in_mode() {
	is "mode" "$(mode_now)" "$1"
	vm_with_bar a $SHM0 2 $BAR0
	type_is "a BAR in mode $1" a $BAR0 "$2"
	vm_end a
	run_all "$1"
	is "$1: still the mode" "$(mode_now)" "$1"
	is "$1: no call was missed" "$(cat $S/hook/missed)" 0
	is "$1: nothing was refused" "$(stat refused)" 0
	compare "$1"
}

bind $SHM0
# Those of VFIO take a device by this name.
bind $SHM1
export VFIO_SELFTESTS_BDF=$SHM1
planned >$OUT/planned
above "there are tests to run" "$(wc -l <$OUT/planned)" 0
while read -r line <&3; do
	check "${line%% *} is there" test -x "/selftests/bin/${line%% *}"
done 3<$OUT/planned
[ "$SELFTESTS" = quick ] || left_out | while read -r line; do note "left out: $line"; done
run_all absent
number=0
while read -r line <&3; do
	number=$((number + 1))
	note "without the module: $line: $(cat $OUT/absent/$number)"
done 3<$OUT/planned
above "some of them pass" "$(cat $OUT/absent/* | grep -cE '^status 0|, [1-9][0-9]* ok')" 0

load
in_mode native "$NATIVE"
mode device-nGnRE
in_mode device-nGnRE device-nGnRE
mode normal-nc
in_mode normal-nc normal-nc
policy "device-GRE pci=$SHM0 bar=2" "normal-nc prefetch=1" "device-nGnRE class=0604xx" \
	"normal-nc phys=0x8000000000-0x80ffffffff uid=0"
mode policy
in_mode policy device-GRE
is "the whole run refused nothing" "$(stat refused)" 0
unload
