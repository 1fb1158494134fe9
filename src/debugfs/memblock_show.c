// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs annex/memblock/{memory,reserved}: the regions of the early allocator,
 * as the kernel prints its own. The lists do not change any more once the buddy
 * has the frames.
 */
#include <linux/seq_file.h>

#include "base/for_kunit.h"
#include "base/show.h"
#include "boot/memblock.h"

/**
 * annex_show_memblock() - print a list of regions
 * @m: where to
 * @type: the list
 *
 * Context: process.
 */
void annex_show_memblock(struct seq_file *m,
			 const struct annex_memblock_type *type)
{
	unsigned int i;

	for (i = 0; i < type->cnt; i++) {
		const struct annex_memblock_region *r = &type->regions[i];

		seq_printf(m, "%4u: 0x%016llx..0x%016llx\n", i, r->base,
			   r->base + r->size - 1);
	}
}
EXPORT_SYMBOL_FOR_KUNIT(annex_show_memblock);
