# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154
#
# The last case on a kernel that counts which lines and branches of the module run
# (CONFIG_GCOV_KERNEL): what was counted in all cases before, for scripts/coverage.
counts=/sys/kernel/debug/gcov
mkdir -p /tmp/counts
# What debugfs says of a file's size is nothing.
find $counts -name '*.gcda' | while read -r file; do
	name=${file#*/src/}
	mkdir -p "/tmp/counts/$(dirname "$name")"
	cat "$file" >"/tmp/counts/$name"
done
above "files were counted" "$(find /tmp/counts -name '*.gcda' | wc -l)" 40
tar -C /tmp/counts -czf - . | base64 >/tmp/counts.text
while read -r line; do say "archive $line"; done </tmp/counts.text
