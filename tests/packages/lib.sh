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

# in_a_copy ARGUMENT...: goes on, from the script's beginning, in a copy of the tool
# root that is gone when it ends.
in_a_copy() {
	local dir
	[ "${S2M_COPY:-}" != yes ] || return 0
	mount -t tmpfs tmpfs /mnt
	mkdir /mnt/{upper,work,root}
	mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
	for dir in proc sys dev; do mount --rbind /$dir /mnt/root/$dir; done
	mount --bind /src /mnt/root/src
	mount --rbind /cache /mnt/root/cache
	exec chroot /mnt/root env S2M_COPY=yes "$(realpath "$0")" "$@"
}

# link_headers KERNEL: where the distribution's packages have them.
link_headers() {
	local headers=/cache/kernels/$1/headers dir
	for dir in "$headers"/usr/{src,lib}/*; do
		ln -s "$dir" "${dir#"$headers"}"
	done
}

finish() { [ "$failures" -eq 0 ]; }
