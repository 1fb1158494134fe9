/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_BASE_SHOW_H
#define ANNEX_BASE_SHOW_H

#include <linux/seq_file.h>

#include "base/counters.h"

struct annex;
struct annex_memblock_type;

/* One function for each file of debugfs annex/; each prints it whole. */
void annex_show_zoneinfo(struct seq_file *m, struct annex *annex);
void annex_show_buddyinfo(struct seq_file *m, struct annex *annex);
unsigned long annex_vmstat(struct annex *annex, enum annex_counter item);
void annex_show_vmstat(struct seq_file *m, struct annex *annex);
void annex_show_pagetypeinfo(struct seq_file *m, struct annex *annex);
void annex_show_memblock(struct seq_file *m,
			 const struct annex_memblock_type *type);
void annex_show_pool_map(struct seq_file *m, struct annex *annex);
void annex_show_layout(struct seq_file *m, struct annex *annex);
void annex_show_pkmap(struct seq_file *m, struct annex *annex);
void annex_show_kmap_local(struct seq_file *m, struct annex *annex);
void annex_show_slabinfo(struct seq_file *m, struct annex *annex);
void annex_show_vmallocinfo(struct seq_file *m, struct annex *annex);
void annex_show_provisional(struct seq_file *m, struct annex *annex);
void annex_show_final(struct seq_file *m, struct annex *annex);
void annex_show_process(struct seq_file *m, struct annex *annex);
void annex_show_validate(struct seq_file *m, struct annex *annex);

/* The only file that is printed in pieces. */
extern const struct seq_operations annex_page_owner_sops;

#endif /* ANNEX_BASE_SHOW_H */
