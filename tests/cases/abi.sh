# SPDX-License-Identifier: GPL-2.0-only
# docs/ABI and the live tree: every file that is there is documented with its mode,
# and every one documented is there.
check "loads" load

# MODE PATH a line. Several "What:" may stand before one description, whose first
# line starts with the mode.
documented() {
	awk '/^What:/ { path[++n] = $2 }
		/^\t\t\(0[0-7][0-7][0-7]\) / && n {
			for (i = 1; i <= n; i++) print substr($1, 3, 3), path[i]
			n = 0
		}
		/^$/ && n && !/\t/ { for (i = 1; i <= n; i++) print "???", path[i]; n = 0 }' /docs/ABI/* | sort
}
live() { find $S /sys/module/s2memattr/parameters -type f -exec stat -c '%a %n' {} + | sort; }
documented >/tmp/documented
live >/tmp/live
like "there are files" "$(wc -l </tmp/live)" "[1-9][0-9]*"
is "every file is documented with its mode, and the other way round" \
	"$(diff /tmp/documented /tmp/live | grep '^[-+][^-+]')" ""

# Each entry is complete, in the order of the kernel's own documents.
is "entries are complete" "$(awk '/^[A-Z][A-Za-z]*:/ { print $1 }' /docs/ABI/* | paste -sd' ' |
	sed 's/What: \(What: \)*Date: KernelVersion: Contact: Description: *//g')" ""
check "unloads" unload
