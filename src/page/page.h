/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_PAGE_H
#define ANNEX_PAGE_PAGE_H

#include <annex/page.h>
#include <annex/types.h>

struct annex;

const char *annex_page_state_name(enum annex_page_state state);
annex_pfn_t annex_block_head(const struct annex *annex, annex_pfn_t pfn);
int annex_page_take_ref(struct annex_page *page);
int annex_page_drop_ref_unless(struct annex_page *page, u32 busy);
bool annex_page_set_bit(struct annex_page *page, enum annex_pageflags flag);
bool annex_page_clear_bit(struct annex_page *page, enum annex_pageflags flag);
int annex_page_store_private(struct annex_page *page, u32 value);
void annex_pages_reserve(struct annex *annex);

/**
 * annex_page_drop_ref() - one user fewer, unless somebody relies on the block
 * @page: the head of a block that the caller holds a reference to
 *
 * Context: any.
 * Return: as annex_page_drop_ref_unless() with %ANNEX_PG_CHECK_AT_FREE.
 */
static inline int annex_page_drop_ref(struct annex_page *page)
{
	return annex_page_drop_ref_unless(page, ANNEX_PG_CHECK_AT_FREE);
}

/**
 * annex_page_load_private() - the owner's value in the descriptor itself
 * @page: a head
 *
 * Context: any, for the owner.
 * Return: the 24-bit value that annex_page_store_private() stored last; 0 for
 * a new frame, for one that is not used, and for one with a folio.
 */
static inline u32 annex_page_load_private(const struct annex_page *page)
{
	u32 state = atomic_read(&page->state);

	if ((state & (ANNEX_PAGE_STATE_MASK | 1U << ANNEX_PG_FOLIO)) !=
	    ANNEX_PAGE_USED)
		return 0;
	return READ_ONCE(page->link) & ANNEX_PFN_MASK;
}

/**
 * annex_page_make_used() - hand a block to an owner
 * @page: its head, %ANNEX_PAGE_CACHED and so nobody else's
 * @order: its order
 * @flags: the flags it starts with, as bits of the state word
 */
static inline void annex_page_make_used(struct annex_page *page,
					unsigned int order, u32 flags)
{
	WRITE_ONCE(page->link, order << ANNEX_LINK_ORDER_SHIFT);
	atomic_set(&page->state, ANNEX_REF_ONE | flags | ANNEX_PAGE_USED);
}

/**
 * annex_page_drop_only_ref() - take a block back if that is all there is to it
 * @page: a descriptor of the pool
 *
 * What annex_page_drop_ref() does, for a block of one user, no flag and no
 * compound head: one exchange.
 *
 * Context: any.
 * Return: true if the block is now %ANNEX_PAGE_CACHED and the caller's to
 * free; false, with nothing changed, if more has to be looked at.
 */
static __always_inline bool annex_page_drop_only_ref(struct annex_page *page)
{
	int only = ANNEX_REF_ONE | ANNEX_PAGE_USED;

	return atomic_try_cmpxchg(&page->state, &only, ANNEX_PAGE_CACHED);
}

/**
 * annex_page_undo_drop() - what annex_page_drop_only_ref() took is back
 * @page: a block that is the caller's by that
 */
static inline void annex_page_undo_drop(struct annex_page *page)
{
	atomic_set(&page->state, ANNEX_REF_ONE | ANNEX_PAGE_USED);
}

#endif /* ANNEX_PAGE_PAGE_H */
