/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_POOL_H
#define ANNEX_POOL_H

#include <linux/types.h>
#include <annex/page.h>

struct annex;
struct annex_range;
struct annex_tables;
struct va_format;

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
 * Likewise: the frames of the pool, those of them that are free, and
 * annex_validate() of it. Process context; @report is called as an
 * annex_violation_fn is.
 */
annex_pfn_t annex_nr_frames(void);
annex_pfn_t annex_nr_free_frames(void);
unsigned long annex_recount(void (*report)(void *arg, struct va_format *vaf),
			    void *arg);

#endif /* ANNEX_POOL_H */
