/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_PAGE_H
#define ANNEX_PAGE_PAGE_H

#include <annex/page.h>
#include <annex/types.h>

struct annex_frames;
struct annex_memblock_type;

const char *annex_page_state_name(enum annex_page_state state);
annex_pfn_t annex_block_head(const struct annex_frames *frames,
			     annex_pfn_t pfn);
/*
 * For annex_page_drop_ref_unless(): do not drop the second last reference of a
 * block with a folio either.
 */
#define ANNEX_DROP_WATCHED	1U
static_assert(!(ANNEX_DROP_WATCHED & ANNEX_PG_MASK));

int annex_page_take_ref(struct annex_page *page);
int annex_page_drop_ref_unless(struct annex_page *page, u32 busy);
bool annex_page_set_bit(struct annex_page *page, enum annex_pageflags flag);
bool annex_page_clear_bit(struct annex_page *page, enum annex_pageflags flag);
int annex_page_store_private(struct annex_page *page, u32 value);
int annex_page_unfit(u32 state);
int annex_page_tie_folio(struct annex_page *page, u32 nr,
			 unsigned long *private);
int annex_page_untie_folio(struct annex_page *page, u32 nr);
int annex_page_make_own(struct annex_page *page, u32 value, u32 flags);
bool annex_page_unmake_own(struct annex_page *page, u32 flags);
void annex_pages_reserve(struct annex_frames *frames,
			 const struct annex_memblock_type *reserved);

/**
 * annex_page_drop_ref() - drop a reference, but not the last of a block in use
 * @page: the head of a block that the caller holds a reference to
 *
 * Context: any.
 * Return: as annex_page_drop_ref_unless() with %ANNEX_PG_CHECK_AT_FREE.
 */
static inline int annex_page_drop_ref(struct annex_page *page)
{
	return annex_page_drop_ref_unless(page, ANNEX_PG_CHECK_AT_FREE);
}

/* Replace the kind and the value of a link word; the order stays. */
static inline u32 annex_link_with(u32 link, u32 kind, u32 value)
{
	return link >> ANNEX_LINK_ORDER_SHIFT << ANNEX_LINK_ORDER_SHIFT |
	       kind | value;
}

/**
 * annex_page_set_own() - change the value of a block that annex uses itself
 * @page: its head, marked by annex_page_make_own()
 * @value: at most 26 bits
 *
 * No other writer exists: the functions for callers exchange the word only if
 * it has another kind.
 *
 * Context: any; the caller excludes other calls for the block.
 */
static inline void annex_page_set_own(struct annex_page *page, u32 value)
{
	WRITE_ONCE(page->link, annex_link_with(READ_ONCE(page->link),
					       ANNEX_LINK_OWN, value));
}

/* The value of a block that annex uses itself. */
static inline u32 annex_page_own(const struct annex_page *page)
{
	return READ_ONCE(page->link) & ANNEX_LINK_VALUE_MASK;
}

/* The kind of a link word: ANNEX_LINK_* */
static inline u32 annex_link_kind(u32 link)
{
	return link & ANNEX_LINK_KIND_MASK;
}

/**
 * annex_page_load_private() - the private value in the descriptor itself
 * @page: a head
 *
 * Context: any, for the owner.
 * Return: the 24-bit value that annex_page_store_private() stored last; 0 for
 * a new frame, a frame that is not used, and a frame with a folio.
 */
static inline u32 annex_page_load_private(const struct annex_page *page)
{
	u32 state = atomic_read_acquire(&page->state);
	u32 link = READ_ONCE(page->link);

	if ((state & ANNEX_PAGE_STATE_MASK) != ANNEX_PAGE_USED ||
	    annex_link_kind(link) != ANNEX_LINK_PRIVATE)
		return 0;
	return link & ANNEX_PFN_MASK;
}

/**
 * annex_page_make_used() - hand a block to an owner
 * @page: its head, %ANNEX_PAGE_CACHED and owned by the caller
 * @order: its order
 * @flags: the flags it starts with, as bits of the state word
 */
static inline void annex_page_make_used(struct annex_page *page,
					unsigned int order, u32 flags)
{
	WRITE_ONCE(page->link,
		   order << ANNEX_LINK_ORDER_SHIFT | ANNEX_LINK_PRIVATE);
	atomic_set_release(&page->state,
			   ANNEX_REF_ONE | flags | ANNEX_PAGE_USED);
}

/*
 * Is a block of this order? The same as comparing annex_page_order(), in fewer
 * instructions: for a constant order of 0 the link word is compared in memory.
 * For other orders, a link word that has not changed has the same order. Each
 * function reads the word once.
 */
static __always_inline bool annex_link_has_order(u32 link, unsigned int order)
{
	if (__builtin_constant_p(order) && !order)
		return link < 1U << ANNEX_LINK_ORDER_SHIFT;
	return link >> ANNEX_LINK_ORDER_SHIFT == order;
}

static __always_inline bool annex_page_same_order(const struct annex_page *page,
						  u32 link, unsigned int order)
{
	/* One read of one word: it cannot be torn. */
	u32 now = data_race(page->link);

	if (__builtin_constant_p(order) && !order)
		return annex_link_has_order(now, 0);
	return now == link;
}

/**
 * annex_page_drop_only_ref_of() - drop the only reference to a block
 * @page: a descriptor of the pool
 * @order: the order that it must have
 * @flags: the flags that it must have: 0, or the flag of a compound head
 *
 * The common case of annex_page_drop_ref(), in one exchange. The order is
 * checked before the exchange, so that a block of another order, which its
 * owner may be using, is not changed even for a moment. It is checked again
 * after the exchange: a caller without a reference may have been interrupted in
 * between, while the block was freed and split.
 *
 * Context: any.
 * Return: true if the block is now %ANNEX_PAGE_CACHED and the caller must
 * free it; false, with nothing changed, if the slow path has to decide.
 */
static __always_inline bool annex_page_drop_only_ref_of(struct annex_page *page,
							unsigned int order,
							u32 flags)
{
	int only = ANNEX_REF_ONE | ANNEX_PAGE_USED | flags;
	/* As annex_page_order() reads it, but compared in memory. */
	u32 link = data_race(page->link);

	if (unlikely(!annex_link_has_order(link, order)) ||
	    !atomic_try_cmpxchg(&page->state, &only, ANNEX_PAGE_CACHED))
		return false;
	if (likely(annex_page_same_order(page, link, order)))
		return true;
	atomic_set(&page->state, ANNEX_REF_ONE | ANNEX_PAGE_USED | flags);
	return false;
}

/* The same for a block without any flag. */
static __always_inline bool annex_page_drop_only_ref(struct annex_page *page,
						     unsigned int order)
{
	return annex_page_drop_only_ref_of(page, order, 0);
}

#endif /* ANNEX_PAGE_PAGE_H */
