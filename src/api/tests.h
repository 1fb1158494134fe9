/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_API_TESTS_H
#define ANNEX_API_TESTS_H

#include <linux/types.h>
#include <annex/page.h>

struct annex;
struct annex_range;
struct annex_tables;
struct va_format;

/* The pool of the loaded module; for src/module/ and src/api/ only. */
extern struct annex annex_pool;

/*
 * For tests, in the namespace ANNEX_INTERNAL: read or write any frame that is
 * not reserved. Any context but NMI. -EFAULT if @page is no descriptor of the
 * pool, -EPERM for a reserved frame, -ERANGE beyond the end of the frame.
 */
int annex_peek(const struct annex_page *page, unsigned int offset, void *buf,
	       unsigned int len);
int annex_poke(const struct annex_page *page, unsigned int offset,
	       const void *buf, unsigned int len);

/*
 * For tests, in the same namespace: the page tables that an MMU test walks, by
 * annex_pgtable_walk() and annex_pgtable_run(), which are exported for it, and
 * a word of any frame of the pool, page tables included: -EFAULT for an address
 * outside of the pool.
 */
const struct annex_tables *annex_peek_tables(struct annex_range *pool);
int annex_peek_phys(void *unused, u64 phys, u32 *word);

/*
 * For tests, in the same namespace: make annex_kmap() skip TLB invalidation, to
 * prove that a test detects stale translations. Process context, while no other
 * thread uses annex_kmap().
 */
void annex_keep_tlb(bool keep);

/*
 * For tests, in the same namespace: the number of frames of the pool, of its
 * free frames, and annex_validate() of it. Process context; @report is called
 * like an annex_violation_fn.
 */
annex_pfn_t annex_nr_frames(void);
annex_pfn_t annex_nr_free_frames(void);
unsigned long annex_recount(void (*report)(void *arg, struct va_format *vaf),
			    void *arg);

#endif /* ANNEX_API_TESTS_H */
