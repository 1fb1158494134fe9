/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_STORE_TABLES_H
#define ANNEX_STORE_TABLES_H

/* The frame tables of a pool: made, destroyed, counted. See tables.c. */
#include "store/types.h"

struct annex_frame_table *
__annex_frame_table_create(struct annex_store *store, const char *owner,
			   u32 nr_entries);
int __annex_frame_table_destroy(struct annex_store *store,
				struct annex_frame_table *t);
int __annex_frame_table_discard(struct annex_frame_table *t);
int __annex_frame_table_grow(struct annex_frame_table *t, u32 nr_entries);
unsigned int annex_store_exit(struct annex_store *store);
unsigned int annex_store_abandon(struct annex_store *store);
unsigned int annex_store_leaks(struct annex_store *store,
			       struct annex_table_holder *first);

#endif /* ANNEX_STORE_TABLES_H */
