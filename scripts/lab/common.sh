# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # used by who sources this
#
# Paths and helpers for the scripts of the lab; sourced, not run.
#
# Everything that the lab makes lives in the cache, nothing in the repository:
#
#   apt/SUITE       private apt state, so that the machine's lists stay as they are
#   kernels/NAME    release, version, vmlinuz, modules/, headers/
#   source/NAME     the source of a kernel, as Debian patches it
#   roots/NAME      tool roots
#   build/NAME      out-of-tree builds of the module
#   pools           the kernels that Debian's pools have, see scripts/lab/pools
#   matrix/         what came of each kernel, see scripts/lab/matrix.py
#
# Environment: S2M_CACHE, S2M_MIRROR, S2M_SECURITY_MIRROR

lab=$(cd -- "${BASH_SOURCE[0]%/*}" && pwd -P)
repo=${lab%/scripts/lab}
self=${0##*/}
cache=${S2M_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/s2memattr}
table=$lab/kernels
umask 022

say() { printf '%s: %s\n' "$self" "$*" >&2; }
die() { say "$*"; exit 1; }
unavailable() { say "$*"; exit 3; }

# Chroots and mounts need root.  Keep the caller's cache and S2M_* under sudo.
need_root() {
	local -a keep=()
	if [ "$EUID" -ne 0 ]; then
		command -v sudo >/dev/null ||
			die "needs root (it makes chroots): run it as root or install sudo"
		mapfile -t keep < <(env | grep -E '^(S2M_|https?_proxy=|no_proxy=)' || :)
		exec sudo env "${keep[@]}" S2M_CACHE="$cache" "$(realpath "$0")" "$@"
	fi
	mkdir -p "$cache"/{apt,kernels,roots,build,lock}
	cache=$(cd "$cache" && pwd -P)
	export S2M_CACHE=$cache
	native=$(dpkg --print-architecture)
}

# lock NAME: hold it until this process and its children have ended.
lock() {
	exec {lock_fd}>"$cache/lock/$1"
	flock "$lock_fd"
}

# fresh FILE MINUTES: is it there and younger than that?
fresh() { [ -n "$(find "$1" -maxdepth 0 -mmin "-$2" 2>/dev/null)" ]; }

day=1440

names() { awk '!/^#/ && NF && $2 != "source" && !seen[$1]++ { print $1 }' "$table"; }

# Those that debug-kernel builds.
debug_names() { awk '!/^#/ && $2 == "source" { print $1 }' "$table"; }

# is_highest NAME: is it the highest version of its lines, not the first that is there?
is_highest() { [[ $1 == newest || $1 == newest-* || $1 == next ]]; }

# field NAME COLUMN: from the first line of a kernel.
field() { lines_of "$1" | awk -v c="$2" 'NR == 1 { print $c }'; }

# lines_of NAME: its lines of the table, or the one of scripts/lab/pools.
lines_of() {
	local file
	for file in "$table" "$cache/pools"; do
		[ ! -e "$file" ] || awk -v n="$1" '$1 == n' "$file"
	done
}

# pool_names KIND: kernels of scripts/lab/pools, with headers ("built") or without ("read").
pool_names() {
	[ "$1" = built ] || { awk '$4 == "-" { print $1 }' "$cache/pools"; return; }
	awk '$4 != "-" { print $1 }' "$cache/pools"
}

# root_of NAME: the tool root with the compiler that this kernel was built with.
root_of() { cat "$cache/kernels/$1/root" 2>/dev/null || field "$1" 5; }

# copy_changed DIR PART...: brings a copy up to date with these files and folders of the
# working directory, so that make rebuilds what changed, and forgets what is gone.
copy_changed() {
	local dst=$1 file
	shift
	mkdir -p "$dst"
	find "$@" -type f | LC_ALL=C sort >"$dst/.files.new"
	while read -r file; do
		cmp -s "$file" "$dst/$file" && continue
		mkdir -p "$dst/$(dirname "$file")"
		cp "$file" "$dst/$file"
	done <"$dst/.files.new"
	if [ -e "$dst/.files" ]; then
		LC_ALL=C comm -23 "$dst/.files" "$dst/.files.new" |
			(cd "$dst" && xargs -r -d '\n' rm -f)
	fi
	mv "$dst/.files.new" "$dst/.files"
}

known() {
	local n
	for n; do
		[ -n "$(field "$n" 1)" ] ||
			die "no kernel '$n' (there are: $(names | xargs))"
	done
}

# for_kernel NAME: make's arguments to build a module for it, a line each.
# Debian's headers know their compiler; those of a kernel that the lab has
# built do not.
for_kernel() {
	printf '%s\n' -C "/usr/src/linux-headers-$(<"$cache/kernels/$1/release")" ARCH=arm64
	if [ "$(field "$1" 2)" = source ]; then
		tools "$(root_of "$1")"
		[ "$(field "$1" 4)" != gcov ] || echo S2M_GCOV=y
	elif [ "$native" != arm64 ]; then
		echo CROSS_COMPILE=aarch64-linux-gnu-
	fi
}

# tools ROOT: make's arguments for what compiles in it, a line each.
tools() {
	local cross=
	if [ "$1" = clang ]; then
		echo LLVM=1
		return
	fi
	[ "$native" = arm64 ] || cross=aarch64-linux-gnu-
	[ -z "$cross" ] || echo "CROSS_COMPILE=$cross"
	echo "CC=${cross}gcc-12"
}
