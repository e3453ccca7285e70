// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any instruction over any registers, and any stage-1 tables: all that a guest
 * may have changed before it is looked at. It must end, and stay in its buffers.
 */
#include <assert.h>

#include <s2memattr/a64.h>
#include <s2memattr/s1walk.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	u32 word;
	u32 flags;
	u64 base, offset, va;
	struct s2m_s1_regs regs;
};

struct tables {
	const u8 *data;
	size_t size;
	unsigned int reads;
};

static bool read_table(void *arg, u64 ipa, u64 *desc)
{
	struct tables *tables = arg;

	assert(ipa % 8 == 0 && ipa >> 52 == 0);
	assert(tables->reads++ < 5);
	if (tables->size < 8)
		return false;
	memcpy(desc, tables->data, 8);
	tables->data += 8;
	tables->size -= 8;
	return true;
}

static void walk(const struct input *input, const u8 *data, size_t size)
{
	struct tables tables = { data, size, 0 };
	const struct s2m_s1_memory memory = { .read = read_table, .arg = &tables };
	const struct s2m_s1_access access = {
		.fetch = input->flags & 1, .write = input->flags & 2,
		.user = input->flags & 4, .pan = input->flags & 8,
	};
	struct s2m_s1_walk found = { 0 };

	if (!s2m_s1_walk(&input->regs, input->va, &access, &memory, &found))
		assert(found.ipa >> 52 == 0);
}

static void move(const struct input *input, const struct s2m_a64_insn *insn)
{
	unsigned int size = s2m_a64_size(insn), done, i;
	struct s2m_a64_data regs;
	bool be = input->flags & 16;
	u64 address = s2m_a64_address(insn, input->base, input->offset);
	u8 *bytes;

	assert(size >= 1 && size <= S2M_A64_MAX_BYTES);
	assert(insn->nr_regs >= 1 && insn->nr_regs <= S2M_A64_MAX_REGS);
	bytes = malloc(size);
	memset(bytes, input->flags, size);
	memset(&regs, input->flags >> 8, sizeof(regs));
	for (i = 0; i < insn->nr_regs; i++)
		assert(s2m_a64_data_reg(insn, i) < 32);
	if (insn->store)
		s2m_a64_stored(insn, &regs, be, bytes);
	else
		s2m_a64_loaded(insn, bytes, be, &regs);
	for (done = 0; done < size; done += i) {
		i = s2m_a64_piece(address + done, size - done, insn->log2_element);
		assert(i && i <= 8 && !((address + done) % i) && i <= size - done);
	}
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct s2m_a64_insn insn;
	struct input input;

	if (size < sizeof(input))
		return 0;
	memcpy(&input, data, sizeof(input));
	walk(&input, data + sizeof(input), size - sizeof(input));
	if (!s2m_a64_decode(input.word, &insn)) {
		assert(insn.form >= S2M_A64_NR_COVERED && insn.form < S2M_A64_NR_FORMS);
		return 0;
	}
	assert(insn.form < S2M_A64_NR_COVERED);
	s2m_a64_new_base(&insn, input.base, input.offset);
	if (insn.form != S2M_A64_ZERO)
		move(&input, &insn);
	return 0;
}
