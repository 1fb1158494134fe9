/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_POOL_H
#define ANNEX_POOL_H

#include <linux/types.h>
#include <annex/page.h>

struct annex;
struct annex_range;
struct annex_tables;

/* The pool of the loaded module, for api.c alone; main.c has it. */
extern struct annex annex_pool;

/*
 * The contents of any frame that is not reserved, for the tests; exported in
 * the namespace ANNEX_INTERNAL. Any context but NMI. -EFAULT for what is no
 * descriptor of the pool, -EPERM for a reserved frame, -ERANGE beyond the end
 * of the frame.
 */
int annex_peek(const struct annex_page *page, unsigned int offset, void *buf,
	       unsigned int len);
int annex_poke(const struct annex_page *page, unsigned int offset,
	       const void *buf, unsigned int len);

/*
 * Tests only, and in the same namespace: what the MMU is asked about. With it go
 * annex_pgtable_walk() and annex_pgtable_run(), for these tables and those of
 * processes, and a word of any frame of the pool, tables included: -EFAULT for
 * an address that is not the pool's.
 */
const struct annex_tables *annex_peek_tables(struct annex_range *pool);
int annex_peek_phys(void *unused, u64 phys, u32 *word);

/*
 * Tests only, and in the same namespace: let kmap() leave translations in the
 * TLBs where it has to invalidate them, to see that somebody notices. Process
 * context, while nobody else uses kmap().
 */
void annex_keep_tlb(bool keep);

/*
 * And to see that nothing is gone: how many things do not hold, as validate says
 * them, into the log; and how many frames are free. Process context.
 */
unsigned long annex_recount(unsigned long *free);

#endif /* ANNEX_POOL_H */
