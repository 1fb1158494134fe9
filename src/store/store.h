/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_STORE_STORE_H
#define ANNEX_STORE_STORE_H

/* The frames of all tables of a pool: allocated and freed. See store.c. */
#include <linux/gfp.h>

#include "page/report.h"
#include "store/types.h"

void annex_store_init(struct annex_store *store);
void annex_store_close(struct annex_store *store);

struct annex_page *annex_store_alloc(struct annex_store *store, gfp_t gfp,
				     u32 value);
void annex_store_free(struct annex_store *store, struct annex_page *page);
void annex_store_remove(struct annex_store *store, annex_pfn_t pfn,
			struct annex_chain *chain);
void annex_store_remove_one_locked(struct annex_store *store, annex_pfn_t pfn);
void annex_store_free_later(struct annex_store *store,
			    const struct annex_chain *chain);
void annex_store_reap(struct annex_store *store);

/* Refuse a call for a table, with a line in the log. Returns @err. */
static inline int annex_store_refuse(const struct annex_store *store, int err,
				     const char *call, const char *why)
{
	return annex_refuse_call(store->frames, ANNEX_BAD_TABLE, err, call,
				 why);
}

#endif /* ANNEX_STORE_STORE_H */
