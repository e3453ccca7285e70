/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What decides for the compiler which of its functions hyp/pgtable.c has inlined, so
 * that kvm_pgtable_stage2_map() calls _kvm_pgtable_walk(). Compilers come to that by
 * themselves (gcc 10 in Debian's 5.10); gcc 12 inlines both or none in 6.12.
 */
struct kvm_pgtable;
struct kvm_pgtable_walker;
struct kvm_pgtable_walk_data;

__attribute__((__always_inline__))
int kvm_pgtable_walk(struct kvm_pgtable *pgt, unsigned long long addr, unsigned long long size,
		     struct kvm_pgtable_walker *walker);
__attribute__((__noinline__))
static int _kvm_pgtable_walk(struct kvm_pgtable *pgt, struct kvm_pgtable_walk_data *data);
