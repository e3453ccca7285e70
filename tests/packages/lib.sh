# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Checks for the scripts here; sourced. A command's output is shown if it fails.

version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "${BASH_SOURCE[0]%/*}/../../dkms.conf")
export version DEBIAN_FRONTEND=noninteractive LC_ALL=C
failures=0

ok() { echo "ok - $*"; }
not_ok() {
	echo "not ok - $*"
	failures=$((failures + 1))
}

# check DESC COMMAND...: it succeeds.
check() {
	local what=$1 output
	shift
	if output=$("$@" 2>&1 </dev/null); then
		ok "$what"
	else
		not_ok "$what ($*)"
		printf '%s\n' "$output" | sed 's/^/#   /'
	fi
}

# is DESC GOT WANT; like DESC GOT PATTERN; not_like DESC GOT PATTERN
is() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1: got '$2', want '$3'"; fi; }
# shellcheck disable=SC2053 # patterns
like() { if [[ $2 == $3 ]]; then ok "$1"; else not_ok "$1: got '$2', want '$3'"; fi; }
# shellcheck disable=SC2053
not_like() { if [[ $2 != $3 ]]; then ok "$1"; else not_ok "$1: got '$2'"; fi; }

finish() { [ "$failures" -eq 0 ]; }
