# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154
# What one open file shows is for nobody else: not through another file, not for
# another opener, not after its close. And nobody without privilege is in the way.
bind $SHM0
load
mode device-nGnRE
vm_with_bar a $SHM0 2 $BAR0
vm a load 0 nGnRnE $BAR0 4 >/dev/null
awk 'BEGIN { for (i = 0; i < 2000; i++) printf "device-nGnRE phys=0x%x000-0x%xfff cgroup=/tenant-%d\n", 4096 + i, 4096 + i, i }' >/tmp/rules
cat /tmp/rules >$S/policy_stage
echo 1 >$S/policy_commit
like "there is something to leak" "$(cat $S/mappings)" "pid=* phys=0x*"

# The three texts are root's, with CAP_SYS_ADMIN; everything else fits a page.
for file in mappings policy policy_hits; do
	is "$file: for root" "$(attempt read $S/$file)" 0
	is "$file: not for a user" "$(asuser 1000 attempt read $S/$file)" EACCES
	is "$file: nor for a root without CAP_SYS_ADMIN" "$(nocap attempt read $S/$file)" EPERM
done
large=""
for file in $(cd $S && find . -type f); do
	[ "$(asuser 1000 cat $S/$file 2>/dev/null | wc -c)" -lt 256 ] || large="$large $file"
done
is "what users can read is short" "$large" ""

# from FILE OFFSET: what is there, without the beginning having been read
from() { dd if=$S/$1 bs=4096 iflag=skip_bytes skip=$2 count=1 2>/dev/null; }
# Many open and close one file; then another is read in the middle.
wrong=0 empty=0
cat $S/policy >/tmp/policy
cat $S/policy_hits >/tmp/hits
tail -c +101 /tmp/policy | head -c 4096 >/tmp/policy.part
tail -c +101 /tmp/hits | head -c 4096 >/tmp/hits.part
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	for _ in 1 2 3 4; do dd if=$S/mappings bs=1 count=1 >/dev/null 2>&1; done
	for name in policy hits; do
		file=policy${name#policy}
		[ $name = policy ] || file=policy_hits
		from $file 100 >/tmp/got
		[ -s /tmp/got ] || empty=$((empty + 1))
		cmp -s /tmp/got /tmp/$name.part || wrong=$((wrong + 1))
	done
	dd if=$S/policy bs=1 count=1 >/dev/null 2>&1
	case $(from mappings 1) in
	*tenant* | *"no rule"*) wrong=$((wrong + 1)) ;;
	esac
done
is "the middle of a file is its own text" "$wrong wrong, $empty empty" "0 wrong, 0 empty"

# A reader is disturbed by nobody: not by many others, not by a change.
exec 3<$S/policy 4<$S/policy
dd bs=100 count=1 <&3 >/tmp/read 2>/dev/null
pids=""
for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
	sh -c "exec 5<$S/policy 6<$S/policy_hits; read -r _ <&5; read -r _ <&6; sleep 20" &
	pids="$pids $!"
	dd if=$S/policy bs=1 count=1 >/dev/null 2>&1
done
policy "native bar=5"
cat <&3 >>/tmp/read
check "a reader in the middle of 24 others, and of a change" cmp /tmp/read /tmp/policy
is "the next one sees the new table" "$(cat $S/policy)" "native bar=5"
is "an open file that was not read yet, too" "$(cat <&4)" "native bar=5"
exec 3<&- 4<&-
# shellcheck disable=SC2086
kill $pids
# shellcheck disable=SC2086
wait $pids

# Kept texts go with their files, also those that are open when the module goes.
exec 3<$S/mappings
dd bs=1 count=1 <&3 >/dev/null 2>&1
vm_end a
mode native
check "unloads under an open file" unload
is "which is dead then" "$(cat <&3 2>/dev/null)" ""
exec 3<&-
