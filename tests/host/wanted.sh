# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC3043,SC3060,SC2154
#
# What a table of rules says, written from the description of the table and with
# nothing of the module's. About BAR 2 of the two shared-memory devices only:
#
#   BAR_OF, DRIVER, KVM	the device, its driver, and what KVM itself has for it
#   MODE, TABLE		the mode in force, and a file with the table

# rule_matches ADDRESS KEY...: does a rule, all of whose keys these are?
rule_matches() {
	local at=$1 key value
	shift
	for key; do
		value=${key#*=}
		# shellcheck disable=SC2194,SC2254 # values may be patterns of what the device is
		case $key in
		pci=*) case $BAR_OF in $value) ;; *) return 1 ;; esac ;;
		id=*) case 1af4:1110 in $value) ;; *) return 1 ;; esac ;;
		class=*) case 050000 in ${value//x/?}) ;; *) return 1 ;; esac ;;
		driver=*) [ "$value" = "$DRIVER" ] || return 1 ;;
		phys=*) [ "$at" -ge $((${value%-*})) ] && [ "$at" -le $((${value#*-})) ] || return 1 ;;
		bar=2 | prefetch=1 | uid=0 | comm=uvm) ;;
		*) return 1 ;;
		esac
	done
}

# wanted ADDRESS: $wanted is the type of the page there.
wanted() {
	local type keys
	wanted=$MODE
	if [ "$MODE" = policy ]; then
		wanted=native
		while read -r type keys; do
			# shellcheck disable=SC2086 # a word a key
			if rule_matches "$1" $keys; then
				wanted=$type
				break
			fi
		done <"$TABLE"
	fi
	[ "$wanted" != native ] || wanted=$KVM
}

# edges START END: where the answer may change, in order, START first and END last.
edges() {
	local word edge
	for word in $(grep -o 'phys=[^ ]*' "$TABLE"); do
		word=${word#phys=}
		for edge in $((${word%-*})) $((${word#*-} + 1)); do
			[ $edge -le "$1" ] || [ $edge -ge "$2" ] || echo $edge
		done
	done | sort -un | { echo "$1" && cat && echo "$2"; }
}

# strictest TYPE...: $strictest is what a block gets that all of them are in.
strictest() {
	case " $* " in
	*" device-nGnRE "*) strictest=device-nGnRE ;;
	*" device-GRE "*) strictest=device-GRE ;;
	*) strictest=normal-nc ;;
	esac
}

# random_rule: $rule is one, with up to two keys of which each may match or not.
random_rule() {
	local from to base
	pick native device-nGnRE device-GRE normal-nc
	rule=$picked
	draw 3
	[ "$drawn" != 0 ] || return
	for _ in one two; do
		pick "pci=$SHM2" "pci=$SHM1" "pci=0000:00:*.0" "pci=0001:*:*.*" "id=1af4:*" \
			"id=15b3:*" class=0500xx class=02xxxx bar=2 bar=0 prefetch=1 prefetch=0 \
			driver=vfio-pci driver=mlx5_vfio_pci uid=0 uid=64055 comm=uvm comm=qemu \
			phys= phys= phys= phys= phys= phys=
		if [ "$picked" = phys= ]; then
			pick "$PHYS0" "$PHYS1"
			base=$picked
			draw 1024
			from=$drawn
			draw $((1024 - from))
			to=$((from + drawn))
			picked=$(printf 'phys=0x%x-0x%x' $((base + from * 4096)) $((base + to * 4096 + 4095)))
		fi
		# A key may be given once.
		case $rule in *" ${picked%%=*}="*) continue ;; esac
		rule="$rule $picked"
		draw 2
		[ "$drawn" = 0 ] || break
	done
}

# random_table FILE: now and then one that fills pages.
random_table() {
	local count filler=0
	draw 5
	count=$drawn
	draw 8
	[ "$drawn" != 0 ] || filler=99
	{
		while [ $filler -gt 0 ]; do
			echo "device-GRE bar=1 pci=0002:$filler:*.*"
			filler=$((filler - 1))
		done
		while [ "$count" -gt 0 ]; do
			random_rule
			echo "$rule"
			count=$((count - 1))
		done
	} >"$1"
}
