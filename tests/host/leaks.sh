# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC3043
#
# What the kernel holds, by its own books, and for whom. To be asked while the
# module is not loaded: what its code has allocated is then known by a return
# address to which no name belongs.

# look_at_slab: what slub_debug=U knows of the caches that we allocate from, in
# /tmp/leaks.sites: a record an allocation site, "COUNT CALLER ... age=..." and, on
# newer kernels, the call chain, a line each. Of many lines these: first lines,
# nameless ones with the line before, and some.
look_at_slab() {
	local of sites
	of=/sys/kernel/debug/slab sites=alloc_traces
	[ -e $of/kernfs_node_cache/$sites ] || of=/sys/kernel/slab sites=alloc_calls
	cat $of/kmalloc-*/$sites $of/kernfs_node_cache/$sites 2>/dev/null |
		grep -F -B 1 -e ' age=' -e __get_insn_slot -e 0xffff >/tmp/leaks.sites
}

# Once, before the module is loaded for the first time: what is nameless then, the
# init code of others, is not ours.
leaks_begin() {
	look_at_slab
	grep -o '0xffff[0-9a-f]*' /tmp/leaks.sites | sort -u >/tmp/leaks.others
}

# slab_leaks: a line for each site of code that is gone. Not the page that kprobes
# put copies of instructions into: they keep one for the next time.
slab_leaks() {
	awk 'FNR == NR { others[$1]; next }
		/ age=/ { site = $1 " " $2; told = 0; before = "" }
		/__get_insn_slot/ { told = 1 }
		match($0, /0xffff[0-9a-f]+/) {
			address = substr($0, RSTART, RLENGTH)
			if (!told && !(address in others)) {
				print site, "by", before, address
				told = 1
			}
		}
		!/ age=/ { before = $1 }' /tmp/leaks.others /tmp/leaks.sites
}

# Everything in vmalloc space by who asked for it. Not the stacks of tasks, which
# come and go, nor what has been given back and only not been reused yet: these
# are the new addresses that one finds at any time.
vmalloc_areas() {
	awk '!/unpurged|vmap_stack|kernel_clone|copy_process|dup_task_struct|fork/ {
		sub(/\+.*/, "", $3); count[$3]++
	}
	END { for (caller in count) print caller, count[caller] }' /proc/vmallocinfo | sort
}

# Pages of slab that belong to no cache: what kmalloc() takes from the page
# allocator, since it is too large for one.
large_pages() {
	local slabs
	# Each CPU's share in the sums.
	cat /proc/sys/vm/stat_refresh >/dev/null
	slabs=$(awk '/ : slabdata / { pages += $6 * $15 } END { print pages }' /proc/slabinfo)
	awk -v slabs="$slabs" '/^Slab:/ { print $2 / 4 - slabs }' /proc/meminfo
}

# Objects in the caches that kmalloc() has.
kmalloc_objects() {
	awk '/^(dma-)?kmalloc-/ { print $1, $2 }' /proc/slabinfo | sort
}

# Objects that kvmalloc() has given to anybody: without call chains (5.10) it is
# itself the site.
kvmalloc_objects() {
	awk '/ age=/ && $2 ~ /^_*kvmalloc/ { n += $1 } END { print "kvmalloc", n + 0 }' /tmp/leaks.sites
}

# Objects that somebody may have kept a reference to.
held_objects() { awk '/^(kvm_vcpu|mm_struct|pid) / { print $1, $2 }' /proc/slabinfo; }

# settle_memory: until what is freed later has been freed.
settle_memory() {
	for _ in 1 2 3; do
		echo 3 >/proc/sys/vm/drop_caches
		usleep 300000
	done
}

# growth BEFORE AFTER SLACK: a line for each word of which there is more than that more.
growth() {
	awk -v slack="$3" 'FNR == NR { before[$1] = $2; next }
		$2 > before[$1] + slack { print $1 ": " before[$1] + 0 ", now " $2 }' "$1" "$2"
}
