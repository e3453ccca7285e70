# SPDX-License-Identifier: GPL-2.0-only
# The program for people with hardware works. What it prints here means nothing.
out=$(barstores $SHM1 2 0.05)
is "stores of three sizes through two mappings" "$(echo "$out" | grep -c 'ns a store')" 6
for type in device write-combining; do
	for size in 8 64 4096; do
		like "$type, $size bytes" "$(echo "$out" | grep "^$type $size B")" "* ns a store, * MB/s"
	done
done
