# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # set by scripts/test
#
# Some cells, and some of their cases: what scripts/test does when it is asked for one.
# Sourced by it, never returns.

# lap WHAT: so many seconds since the last one.
lap_began=$SECONDS laps=()
lap() {
	laps+=("$1 $((SECONDS - lap_began))")
	lap_began=$SECONDS
}

suite() { "$lab/enter" bookworm -- python3 scripts/lab/suite.py "$@" ${full:+"$full"} "${choice[@]}"; }

# cells: kernel, name and cases of each, a line each. A name that is none is refused here,
# before anything is fetched or built.
cells() {
	"$lab/roots" bookworm || die "the lab cannot be set up"
	suite --list "${kernels[@]}"
}

# build_for KERNEL CELLS: all that the initramfs of these cells has in it.
build_for() {
	passes "$1: builds without a warning at W=1" silent "$lab/build" "$1"
	[[ $2 != *-selftests-[qf]* ]] ||
		passes "$1: the kernel's own tests of KVM build" "$lab/build-selftests" "$1"
	[[ $2 != *-selftests-vfio* ]] ||
		passes "the newest kernel's own tests of VFIO build" "$lab/build-selftests" --vfio newest
}

# A kernel that can no longer be had is left out, as in the whole run.
have() {
	[ ! -e "$cache/kernels/$1/release" ] || return 0
	echo "ok - kernel $1 # SKIP it cannot be had" | record
	return 1
}

chosen=$(cells) || exit 2
[ -z "$list" ] || { echo "$chosen" && exit; }
mapfile -t kernels < <(cut -d' ' -f1 <<<"$chosen" | sort -u)
status=0
"$lab/bootstrap" "${kernels[@]}" || status=$?
[ $status -eq 0 ] || [ $status -eq 3 ] || die "the lab cannot be set up"
lap "looking for what is there"
here=()
for name in "${kernels[@]}"; do
	have "$name" || continue
	here+=("$name")
	build_for "$name" "$(awk -v k="$name" '$1 == k' <<<"$chosen" | cut -d' ' -f2 | xargs)"
done
lap "the module"
if [ ${#here[@]} -eq 0 ]; then tally; fi # nothing was checked: it fails
passes "what the tests bring builds" "$lab/build-tests" "${here[@]}"
lap "the tests' modules and programs"

# What failed to build is not tried with what was built before.
if ! grep -q '^not ok' "$log"; then
	mkdir -p "$cache/work"
	work=$(mktemp -d "$cache/work/some.XXXXXX")
	stage "virtual machines" suite --workdir "/cache/work/${work##*/}" "${here[@]}"
	lap "the machines"
	if grep -q '^not ok' "$log"; then
		echo "# consoles: $work"
	else
		rm -rf "$work"
	fi
fi
printf -v spent ', %s' "${laps[@]}"
echo "# seconds: ${spent#, }"
tally
exit
