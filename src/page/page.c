// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptors: the states of a frame, its references and its flags.
 *
 * The states, and who moves a block from one to another:
 *
 *              annex_buddy_add()
 *   INNER ----------------------------> FREE <------.
 *     ^  \                               |          | annex_buddy_free_locked()
 *     |   \ split        buddy_take_locked()        | (under zone->lock)
 *     |    `-----------------.           v          |
 *     `---------------------- \------ CACHED -------'
 *      merged with its buddy   `-->      |   ^
 *                             make_used()|   | annex_page_drop_ref(), the last
 *   RESERVED (for ever)                  v   |
 *                                       USED <----> SLOTS
 *                                            slot.c
 *
 * RESERVED is entered at load and never left. Every other change is refused by
 * the function that would make it.
 *
 * Locking: none. A used frame's state word changes by compare-and-exchange, so
 * that its state, flags and count are judged and changed as one.
 *
 * Failing: an errno, nothing changed and nothing printed; the callers know
 * what was asked and report it.
 */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "annex.h"
#include "page/buddy.h"
#include "page/page.h"

static const char * const state_names[] = {
	[ANNEX_PAGE_INNER] = "inner",
	[ANNEX_PAGE_FREE] = "free",
	[ANNEX_PAGE_CACHED] = "cached",
	[ANNEX_PAGE_USED] = "used",
	[ANNEX_PAGE_RESERVED] = "reserved",
	[ANNEX_PAGE_SLOTS] = "slots",
};

static_assert(ARRAY_SIZE(state_names) == ANNEX_NR_PAGE_STATES);

/**
 * annex_page_state_name() - a state in words
 * @state: anything
 */
const char *annex_page_state_name(enum annex_page_state state)
{
	if (state >= ANNEX_NR_PAGE_STATES)
		return "corrupt";
	return state_names[state];
}

static inline bool is_used(u32 state)
{
	return (state & ANNEX_PAGE_STATE_MASK) == ANNEX_PAGE_USED;
}

/* Why a frame that is not used has no references to take or drop. */
static int not_used_errno(u32 state)
{
	switch (state & ANNEX_PAGE_STATE_MASK) {
	case ANNEX_PAGE_FREE:
	case ANNEX_PAGE_CACHED:
		return -EALREADY;
	case ANNEX_PAGE_RESERVED:
	case ANNEX_PAGE_SLOTS:
		return -EPERM;
	default:
		return -EINVAL;
	}
}

/**
 * annex_block_head() - the block that a frame lies in
 * @annex: the pool
 * @pfn: a frame of it
 *
 * Blocks tile the pool and are aligned to their size: the head is the first
 * descriptor that is not inner among those at the multiples of 1, 2, 4, ...
 * frames below @pfn.
 *
 * Context: any. Stable only while the caller owns the block.
 * Return: its head, or %ANNEX_PFN_NIL if there is none just now.
 */
annex_pfn_t annex_block_head(const struct annex *annex, annex_pfn_t pfn)
{
	unsigned int order;

	for (order = 0; order < ANNEX_MAX_ORDER; order++) {
		annex_pfn_t head = annex_block_pfn(pfn, order, annex->bias);
		const struct annex_page *page = annex->mem_map + head;

		if (head > pfn)
			break;
		if (annex_page_state(page) == ANNEX_PAGE_INNER)
			continue;
		return annex_page_order(page) < order ? ANNEX_PFN_NIL : head;
	}
	return ANNEX_PFN_NIL;
}

/**
 * annex_page_take_ref() - one more user
 * @page: the head of a block that the caller holds a reference to
 *
 * Context: any.
 * Return: 0; -EALREADY for a free block, -EPERM for a frame that is reserved or
 * annex's own, -EINVAL for a descriptor that heads no block.
 */
int annex_page_take_ref(struct annex_page *page)
{
	int old = atomic_read(&page->state);

	do {
		if (!is_used(old))
			return not_used_errno(old);
		if (old < 0)
			return 0;
	} while (!atomic_try_cmpxchg(&page->state, &old,
				     (int)((u32)old + ANNEX_REF_ONE)));
	return 0;
}

/**
 * annex_page_drop_ref_unless() - one user fewer
 * @page: the head of a block that the caller holds a reference to
 * @busy: flags with which the last reference is not dropped
 *
 * Context: any.
 * Return: 0 if others hold the block; 1 if nobody does: it is now
 * %ANNEX_PAGE_CACHED and the caller's to free; -EBUSY, and the reference kept,
 * if it is the last one and a flag of @busy is set; or as
 * annex_page_take_ref().
 */
int annex_page_drop_ref_unless(struct annex_page *page, u32 busy)
{
	int old = atomic_read(&page->state);
	u32 new;

	do {
		if (!is_used(old))
			return not_used_errno(old);
		if (old < 0)
			return 0;
		new = (u32)old - ANNEX_REF_ONE;
		if (new < ANNEX_REF_ONE) {
			if (new & busy)
				return -EBUSY;
			new = ANNEX_PAGE_CACHED;
		}
	} while (!atomic_try_cmpxchg(&page->state, &old, (int)new));
	return new == ANNEX_PAGE_CACHED;
}

/**
 * annex_page_set_bit() - set a flag and tell what it was
 * @page: a head that the caller owns
 * @flag: the flag
 *
 * Context: any. A full barrier if the flag was clear.
 * Return: true if it was set before, or if @page is not used and so can have
 * no flag: the caller did not get it.
 */
bool annex_page_set_bit(struct annex_page *page, enum annex_pageflags flag)
{
	int old = atomic_read(&page->state);

	do {
		if (!is_used(old) || old & 1U << flag)
			return true;
	} while (!atomic_try_cmpxchg(&page->state, &old,
				     (int)((u32)old | 1U << flag)));
	return false;
}

/**
 * annex_page_clear_bit() - clear a flag and tell what it was
 * @page: a head that the caller owns
 * @flag: the flag
 *
 * Context: any. A full barrier if the flag was set.
 * Return: true if it was set; false if it was not, or if @page is not used.
 */
bool annex_page_clear_bit(struct annex_page *page, enum annex_pageflags flag)
{
	int old = atomic_read(&page->state);

	do {
		if (!is_used(old) || !(old & 1U << flag))
			return false;
	} while (!atomic_try_cmpxchg(&page->state, &old,
				     (int)((u32)old & ~(1U << flag))));
	return true;
}

/**
 * annex_page_store_private() - store the owner's value
 * @page: a used head that the caller owns
 * @value: at most 24 bits
 *
 * Context: any; one caller at a time.
 * Return: 0; -ERANGE if @value is too wide; -EINVAL if @page is not used;
 * -EBUSY if it has a folio, whose slot stands there, or is the heap's or a page
 * table.
 */
int annex_page_store_private(struct annex_page *page, u32 value)
{
	u32 state = atomic_read(&page->state);

	if (value > ANNEX_PFN_MASK)
		return -ERANGE;
	if (!is_used(state))
		return -EINVAL;
	if (state & (1U << ANNEX_PG_FOLIO | ANNEX_PG_ANNEX_HAS))
		return -EBUSY;
	WRITE_ONCE(page->link, (page->link & ~ANNEX_PFN_MASK) | value);
	return 0;
}

/**
 * annex_pages_reserve() - mark the frames that memblock holds
 * @annex: the pool, its descriptors zeroed, memblock final
 *
 * A frame of which any byte is reserved is reserved.
 *
 * Context: process; nobody else knows the pool.
 */
void annex_pages_reserve(struct annex *annex)
{
	const struct annex_memblock_type *res = &annex->memblock.reserved;
	unsigned int i;

	for (i = 0; i < res->cnt; i++) {
		u64 base = res->regions[i].base - annex->pool.start;
		annex_pfn_t pfn = base >> PAGE_SHIFT;
		annex_pfn_t end = (base + res->regions[i].size + PAGE_SIZE - 1)
				  >> PAGE_SHIFT;

		for (; pfn < end; pfn++)
			atomic_set(&annex->mem_map[pfn].state,
				   ANNEX_PAGE_RESERVED);
	}
}
