# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# How checks are said and counted; sourced after common.sh by who prints them on the
# machine of the lab: scripts/test and scripts/lint.
#
# Lines that start with "ok - " or "not ok - " count, wherever they come from.

# What each part of the run has said: checks in NAME, all of it in NAME.said.
logs=$(mktemp -d)
log=$logs/main
: >"$log"
declare -A pids=()
# shellcheck disable=SC2317 # called by the trap
end() {
	local pid
	for pid in "${pids[@]}"; do kill -- "-$pid" 2>/dev/null || :; done
	rm -rf "$logs"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

heading() { printf '\n== %s\n' "$*"; }
record() { tee -a "$log"; }
result() {
	if [ "$1" -eq 0 ]; then echo "ok - $2"; else echo "not ok - $2"; fi | record
}
# passes DESC COMMAND...: one check; what it printed is shown if it fails.
passes() {
	local what=$1 output status=0 start=$SECONDS before
	shift
	children
	before=$spent
	output=$("$@" 2>&1) || status=$?
	result "$status" "$what"
	cost "$start" "$before" "$what"
	[ "$status" -eq 0 ] || printf '%s\n' "$output" | sed 's/^/#   /'
}
# silent COMMAND...: succeeds and has nothing to say on stderr.
silent() {
	local said status=0
	said=$("$@" 2>&1 >/dev/null) || status=$?
	echo "$said"
	[ $status -eq 0 ] && [ -z "$said" ]
}
# children: sets $spent, the centiseconds of CPU of what this shell has waited for.
children() {
	local file=$logs/times.$BASHPID minutes seconds
	# Not by a pipe, at whose end it would be another shell's.
	times >"$file"
	spent=0
	while IFS=ms read -r minutes seconds; do
		seconds=${seconds/[.,]/}
		spent=$((spent + minutes * 6000 + 10#$seconds / 10))
	done < <(sed -n '2s/ /\n/p' "$file")
}
# cost SECOND CENTISECONDS DESC: what it took since then; one has to know what is worth it.
cost() {
	local wall=$((SECONDS - $1))
	children
	[ $wall -lt 5 ] || echo "# $3: $wall s, $(((spent - $2) / 100)) of CPU"
}
# stage DESC COMMAND...: it prints its checks itself. If it ends badly, one of them
# must say so, or it has not come to all of them.
stage() {
	local what=$1 status=0 said start=$SECONDS before
	shift
	said=$(wc -l <"$log")
	children
	before=$spent
	"$@" | record || status=$?
	[ "$status" -eq 0 ] || tail -n +$((said + 1)) "$log" | grep -q '^not ok' ||
		result 1 "$what ended with status $status"
	cost "$start" "$before" "$what"
}
# beside NAME FUNCTION: meanwhile, on the CPU that is idle while one file is compiled.
# A process group of its own, to be ended as a whole.
beside() {
	: >"$logs/$1"
	set -m
	log=$logs/$1 "$2" >"$logs/$1.said" 2>&1 &
	set +m
	pids[$1]=$!
}
# together [NAME...]: wait for what runs beside, or for all of it, and show what it said.
together() {
	local name
	[ $# -gt 0 ] || set -- "${!pids[@]}"
	for name; do
		wait "${pids[$name]}" || result 1 "a part of the tests broke down: $name"
		unset "pids[$name]"
		cat "$logs/$name.said"
		cat "$logs/$name" >>"$log"
		rm "$logs/$name.said"
	done
}
# tally: the failures once more, and the last line. Fails if anything has failed, or
# nothing was checked.
tally() {
	local passed failed skipped
	skipped=$(grep -c '^ok - .*# SKIP' "$log" || :)
	passed=$(($(grep -c '^ok - ' "$log" || :) - skipped))
	failed=$(grep -c '^not ok' "$log" || :)
	printf '\n'
	grep -E '^not ok|# SKIP' "$log" || :
	if [ "$skipped" -gt 0 ]; then
		echo "$passed passed, $failed failed, $skipped skipped"
	else
		echo "$passed passed, $failed failed"
	fi
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
