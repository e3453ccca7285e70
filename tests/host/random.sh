# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC3043
#
# Chance that can be had again: the same seed, the same numbers. Results are in
# variables, since a subshell would draw the same number again and again.

# seed NUMBER
seed() { random_state=$1; }

# draw N: $drawn is one of 0 to N - 1 (Knuth's MMIX generator, upper bits).
draw() {
	random_state=$((random_state * 6364136223846793005 + 1442695040888963407))
	drawn=$(((random_state >> 33 & 0x7fffffff) % $1))
}

# pick WORD...: $picked is one of them.
pick() {
	draw $#
	shift "$drawn"
	picked=$1
}
