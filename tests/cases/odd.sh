# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154
# What nobody in their right mind does with these files: read in odd pieces, write twice
# to one open file, hand an open file to somebody else, write what is no text.
bind $SHM0
load
mode device-nGnRE
vm_with_bar a $SHM0 2 $BAR0
vm a load 0 nGnRnE $BAR0 4 >/dev/null

# Any part, in pieces of any size, is that part; and of 300 files that are open at once.
awk 'BEGIN { for (i = 0; i < 300; i++) printf "device-nGnRE phys=0x%x000-0x%xfff cgroup=/tenant-%d\n", 4096 + i, 4096 + i, i }' >/tmp/rules
cat /tmp/rules >$S/policy_stage
echo 1 >$S/policy_commit
for file in policy policy_hits mappings; do
	cat $S/$file >/tmp/whole
	like "$file in parts" "$(slices $S/$file /tmp/whole)" "* looked at, 0 wrong"
done
# Files that print a line: the same of the part that sysfs has.
is "mode from the middle" "$(dd if=$S/mode bs=1 skip=8 count=12 2>/dev/null)" "device-nGnRE"

# An open file reads as its opener may. It writes as its writer may: what somebody's
# standard output is pointed at is not theirs to set.
is "a user reads what root has opened" "$(asuser 1000 attempt read fd:3 3<$S/policy)" 0
for write in "mode native" "policy native" "policy_stage native" "policy_commit 0" "unaligned fault"; do
	# shellcheck disable=SC2086
	set -- $write
	for who in "asuser 1000" nocap; do
		# shellcheck disable=SC2086
		is "$1, opened by root, written by $who" "$($who attempt write fd:3 "$2" 3>$S/$1)" EPERM
		is "and why" "$(cat $S/last_error)" "$1: a writer needs CAP_SYS_ADMIN"
	done
done
is "the mode all the while" "$(mode_now)" device-nGnRE
check "the table all the while" cmp /tmp/rules $S/policy

# Nothing at all is no write: not an empty table, and not the end of a stage.
for file in mode unaligned policy policy_stage policy_commit; do
	is "no byte to $file" "$(attempt write $S/$file '')" 0
done
: >$S/policy
check "which leaves the table" cmp /tmp/rules $S/policy

# A second write to an open file is no second half.
is "two tables to one open file" "$(attempt write $S/policy 'native bar=1' 'native bar=2')" EFBIG
like "and why" "$(cat $S/last_error)" "policy: a write is a whole table*"
is "the first was one" "$(cat $S/policy)" "native bar=1"
is "two modes to one open file" "$(attempt write $S/mode native device-nGnRE)" 0
is "each is one" "$(mode_now)" device-nGnRE
echo native >>$S/policy
is "appending is writing" "$(cat $S/policy)" native

# Words that are none. A reader of last_error gets one line of text.
generation=$(cat $S/generation)
huge=$(head -c 4000 /dev/zero | tr '\0' x)
for file in mode unaligned policy policy_commit; do
	for text in 'a\0b' 'native\0' '\0' 'natïve' '№1' ' ' "$huge" 'native
native' '	native' '"' '\\n'; do
		# Blank tables are tables, and blanks around a mode are none of it.
		case $file-$text in "policy- " | policy-native?native | policy-?native | mode-?native) continue ;; esac
		is "$file, a bad word" "$(attempt write $S/$file "$text" | grep -c -e EINVAL -e E2BIG)" 1
		like "$file: in a sentence" "$(cat $S/last_error)" "$file: ?*"
		is "$file: of one line" "$(wc -l <$S/last_error)" 1
	done
done
like "what is left out is told" "$(attempt write $S/policy_commit "$huge" >/dev/null; cat $S/last_error)" \
	'policy_commit: "xxxx*xxx..." is neither 1 nor 0'
is "nothing of it took effect" "$(cat $S/generation) $(cat $S/policy)" "$generation native"
for word in FAULT Emulate fault; do
	is "unaligned $word" "$(attempt write $S/unaligned $word)" 0
	like "is that" "$(cat $S/unaligned)" "*[[]$(echo $word | tr A-Z a-z)[]]*"
done

# Many at once: writers of all files, and readers. Each write is whole or not at all.
pids=""
for i in 1 2 3 4 5 6; do
	(while [ ! -e /tmp/enough ]; do
		attempt write $S/policy "native pid=$i bar=1
native pid=$i bar=2" >/dev/null
		attempt write $S/policy_stage "native pid=$i" >/dev/null
		attempt write $S/policy_commit $((i % 2)) >/dev/null
		attempt write $S/mode policy >/dev/null
		cat $S/last_error $S/mappings $S/policy_hits >/dev/null
	done) &
	pids="$pids $!"
done
torn=0
seen=0
generation=$(cat $S/generation)
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	owners=$(sed -n 's/.*pid=\([0-9]*\).*/\1/p' $S/policy | sort -u | wc -l)
	[ "$owners" -le 1 ] || torn=$((torn + 1))
	[ "$owners" = 0 ] || seen=$((seen + 1))
done
touch /tmp/enough
# shellcheck disable=SC2086
wait $pids
is "tables torn" $torn 0
above "tables of theirs were seen" $seen 0
above "while these changed" "$(cat $S/generation)" "$generation"
type_is "and the guest lives" a $BAR0 "$NATIVE"

mode native
vm_end a
unload
