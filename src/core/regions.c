// SPDX-License-Identifier: GPL-2.0-only
/*
 * BARs made disjoint, so that an address belongs to one of them or to none.
 *
 * A BAR gets the unused rest of its first and last page. In a page with more
 * than one BAR, the unused bytes go to the BAR before them, or else to the one
 * behind: what matters is that a mapping of that page meets all of its BARs, and
 * nothing that is no BAR. What rules say of a BAR is not for here.
 */
#include "compile.h"

static bool usable(const struct s2m_device *device)
{
	return device->start <= device->end && device->end <= S2M_MAX_PHYS;
}

static int copy_devices(struct s2m_index *index, const struct s2m_device *devices, u32 n)
{
	size_t names = 0, used = 0;
	u32 i;

	for (i = 0; i < n; i++)
		if (devices[i].driver)
			names += strlen(devices[i].driver) + 1;

	index->devices = s2m_alloc_array(n, sizeof(*devices));
	index->names = s2m_alloc_array(names, 1);
	if (!index->devices || !index->names)
		return -ENOMEM;
	index->bytes += n * sizeof(*devices) + names;

	for (i = 0; i < n; i++) {
		size_t len;

		index->devices[i] = devices[i];
		index->blown |= devices[i].blown;
		if (!devices[i].driver)
			continue;
		len = strlen(devices[i].driver) + 1;
		memcpy(index->names + used, devices[i].driver, len);
		index->devices[i].driver = index->names + used;
		used += len;
	}
	return 0;
}

static int by_start(const void *a, const void *b)
{
	const struct s2m_region *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->device < y->device ? -1 : x->device > y->device;
}

/* Cut sorted regions where they overlap; grow them to whole pages. Return: how many are left. */
static u32 make_disjoint(struct s2m_region *regions, u32 n, u64 page)
{
	struct s2m_region *last = NULL;
	u64 last_end = 0;		/* before it grew */
	u32 i, kept = 0;

	for (i = 0; i < n; i++) {
		struct s2m_region region = regions[i];
		u64 end = region.end;

		if (last && region.start <= last_end) {
			if (end <= last_end)
				continue;
			region.start = last_end + 1;
			last->end = last_end;
		} else if (last && region.start <= last->end) {
			last->end = region.start - 1;
		} else {
			region.start &= ~(page - 1);
		}
		region.end = end | (page - 1);
		last = &regions[kept++];
		*last = region;
		last_end = end;
	}
	return kept;
}

int s2m_regions_build(struct s2m_build *build, const struct s2m_device *devices, u32 n,
		      u32 page_size)
{
	struct s2m_vec *vec = &build->index->regions;
	struct s2m_region *region;
	u32 i;
	int err;

	err = copy_devices(build->index, devices, n);
	if (err)
		return err;
	for (i = 0; i < n; i++) {
		if (!usable(&devices[i]))
			continue;
		region = s2m_vec_push(vec);
		if (!region)
			return -ENOMEM;
		region->start = devices[i].start;
		region->end = devices[i].end;
		region->device = i;
		region->set = S2M_SET_EMPTY;
	}
	s2m_sort(vec->data, vec->count, sizeof(*region), by_start);
	vec->count = make_disjoint(vec->data, vec->count, page_size);
	return 0;
}
