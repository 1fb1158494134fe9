// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptors: the states of a frame, its references and its flags.
 *
 * The states, and the functions that move a block from one to another:
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
 *                                       USED <----> FOLIO_SLAB
 *                                            folio_slab.c
 *
 * RESERVED is entered at load and never left. Every other change is refused by
 * the function that would make it.
 *
 * The state determines the writers of a descriptor's two words. All other code
 * leaves both words alone and refuses the request.
 *
 *   INNER, FREE  the buddy allocator, with zone->lock held: plain stores
 *   CACHED       the code that took the block out of the buddy's lists or
 *                dropped its last reference: plain stores, the link word first
 *   RESERVED     none
 *   FOLIO_SLAB   folio_slab.c, until the frame is USED again: plain stores
 *   USED         holders of a reference, and by mistake callers that have
 *                dropped theirs: each word by compare-and-exchange alone
 *
 * The exchange of the state word checks the state. The exchange of the link
 * word checks the kind, which is part of the word. So it can hit neither a list
 * link nor a value of another kind:
 *
 *                     tie_folio()
 *     .--------- FOLIO <--------- PRIVATE <--. store_private(), make_used()
 *     |          untie_folio()    ^  |  ^    |
 *     `---------------------------'  |  `----'
 *                     make_own()     v
 *                                   OWN, until the block is free; of large
 *                                   objects see ANNEX_HEAP_LARGE
 *
 * Flags of the state word repeat the kind: the flag FOLIO goes with the kind
 * FOLIO; SLAB, TABLE and STORE go with OWN. Two words cannot change at once, so
 * for a moment only one of them has changed. The order of the changes follows
 * from the readers:
 *
 *   FOLIO   is set before the link word is FOLIO, and cleared after it is
 *           PRIVATE again. The flag is the right to change the link word: of
 *           two callers that tie the same block, one gets it. Code that looks
 *           up the folio, or loads or stores the private value, checks the link
 *           word's kind, in one read or exchange. A concurrent store of the
 *           value makes the exchange of tie_folio() fail; tie_folio() tries again
 *           and copies the value into the folio.
 *   SLAB,   are set after the link word is OWN, and cleared before it changes.
 *   TABLE,  Code that looks up the heap's value checks the flag, and finds the
 *   STORE   value complete. These frames are new: only a caller without a
 *           reference can interfere, and then annex gives the frame up.
 *
 * The flag PRIVATE means that the owner uses the value. Set before FOLIO, it
 * makes tie_folio() refuse the folio. Set after, it stands for the value in the
 * folio.
 *
 * Locking: none.
 *
 * Failing: an errno, nothing changed and nothing printed; the callers report
 * it.
 */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "base/for_kunit.h"
#include "boot/memblock.h"
#include "page/buddy.h"
#include "page/frames.h"
#include "page/page.h"

static const char *const state_names[] = {
	[ANNEX_PAGE_INNER] = "inner",	    [ANNEX_PAGE_FREE] = "free",
	[ANNEX_PAGE_CACHED] = "cached",	    [ANNEX_PAGE_USED] = "used",
	[ANNEX_PAGE_RESERVED] = "reserved", [ANNEX_PAGE_FOLIO_SLAB] = "slots",
};

static_assert(ARRAY_SIZE(state_names) == ANNEX_NR_PAGE_STATES);

/**
 * annex_page_state_name() - name of a state
 * @state: any value
 */
const char *annex_page_state_name(enum annex_page_state state)
{
	if (state >= ANNEX_NR_PAGE_STATES)
		return "corrupt";
	return state_names[state];
}
EXPORT_SYMBOL_FOR_KUNIT(annex_page_state_name);

static inline bool is_used(u32 state)
{
	return (state & ANNEX_PAGE_STATE_MASK) == ANNEX_PAGE_USED;
}

/* The errno for taking or dropping a reference of a frame that is not used. */
static int not_used_errno(u32 state)
{
	switch (state & ANNEX_PAGE_STATE_MASK) {
	case ANNEX_PAGE_FREE:
	case ANNEX_PAGE_CACHED:
		return -EALREADY;
	case ANNEX_PAGE_RESERVED:
	case ANNEX_PAGE_FOLIO_SLAB:
		return -EPERM;
	default:
		return -EINVAL;
	}
}

/**
 * annex_block_head() - find the block that a frame lies in
 * @frames: the frames of the pool
 * @pfn: a frame of it
 *
 * Blocks tile the pool and are aligned to their size: the head is the first
 * descriptor that is not inner among those at the multiples of 1, 2, 4, ...
 * frames below @pfn.
 *
 * Context: any. Stable only while the caller owns the block.
 * Return: its head, or %ANNEX_PFN_NIL if there is none at the moment.
 */
annex_pfn_t annex_block_head(const struct annex_frames *frames, annex_pfn_t pfn)
{
	unsigned int order;

	for (order = 0; order < ANNEX_MAX_ORDER; order++) {
		annex_pfn_t head = annex_block_pfn(pfn, order, frames->bias);
		const struct annex_page *page = frames->mem_map + head;

		if (head > pfn)
			break;
		if (annex_page_state(page) == ANNEX_PAGE_INNER)
			continue;
		return annex_page_order(page) < order ? ANNEX_PFN_NIL : head;
	}
	return ANNEX_PFN_NIL;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_block_head);

/**
 * annex_page_take_ref() - take a reference
 * @page: the head of a block that the caller holds a reference to
 *
 * Context: any.
 * Return: 0; -EALREADY for a free block, -EPERM for a frame that is reserved or
 * used by annex itself, -EINVAL for a descriptor that heads no block.
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
EXPORT_SYMBOL_FOR_KUNIT(annex_page_take_ref);

static inline bool is_watched(u32 state, u32 busy)
{
	return busy & ANNEX_DROP_WATCHED && state & 1U << ANNEX_PG_FOLIO;
}

/**
 * annex_page_drop_ref_unless() - drop a reference
 * @page: the head of a block that the caller holds a reference to
 * @busy: flags of a block whose last reference is not to be dropped, and
 *	optionally %ANNEX_DROP_WATCHED
 *
 * Context: any.
 * Return: 0 if references remain; 1 if none does: the block is now
 * %ANNEX_PAGE_CACHED and the caller must free it; -EBUSY, and the reference is
 * kept, if it is the last one and a flag of @busy is set; -EAGAIN, and the
 * reference is kept, if it is the second last, the block has a folio and @busy
 * has %ANNEX_DROP_WATCHED; or as annex_page_take_ref().
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
			if (new & busy & ANNEX_PG_MASK)
				return -EBUSY;
			new = ANNEX_PAGE_CACHED;
		} else if (new < 2 * ANNEX_REF_ONE && is_watched(new, busy)) {
			return -EAGAIN;
		}
	} while (!atomic_try_cmpxchg(&page->state, &old, (int)new));
	return new == ANNEX_PAGE_CACHED;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_page_drop_ref_unless);

/**
 * annex_page_set_bit() - set a flag and return its old value
 * @page: a head that the caller owns
 * @flag: the flag
 *
 * Context: any. A full barrier if the flag was clear.
 * Return: false if this call set the flag; true if it was set before, or if
 * @page is not used and cannot have a flag.
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
EXPORT_SYMBOL_FOR_KUNIT(annex_page_set_bit);

/**
 * annex_page_clear_bit() - clear a flag and return its old value
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
EXPORT_SYMBOL_FOR_KUNIT(annex_page_clear_bit);

/**
 * annex_page_store_private() - store the owner's value
 * @page: a used head that the caller owns
 * @value: at most 24 bits
 *
 * Context: any. Of two concurrent stores, one overwrites the other.
 * Return: 0; -ERANGE if @value is too wide; -EINVAL if @page is not used;
 * -EBUSY if its link word holds the number of a folio, or the block belongs to
 * the heap or is a page table.
 */
int annex_page_store_private(struct annex_page *page, u32 value)
{
	u32 state = atomic_read(&page->state);
	u32 link = READ_ONCE(page->link);

	if (value > ANNEX_PFN_MASK)
		return -ERANGE;
	if (!is_used(state))
		return -EINVAL;
	if (state & ANNEX_PG_ANNEX_HAS)
		return -EBUSY;
	do {
		if (annex_link_kind(link) != ANNEX_LINK_PRIVATE)
			return -EBUSY;
	} while (!try_cmpxchg(&page->link, &link,
			      annex_link_with(link, ANNEX_LINK_PRIVATE,
					      value)));
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_page_store_private);

/**
 * annex_page_unfit() - why annex cannot use a block's link word
 * @state: the block's state word
 *
 * Context: any; a function of its argument.
 * Return: 0 if it can; -EINVAL if the block is not used, -EEXIST if it has a
 * folio, -EBUSY if its owner uses the private value, or the block belongs to
 * the heap or is a page table.
 */
int annex_page_unfit(u32 state)
{
	if (!is_used(state))
		return -EINVAL;
	if (state & 1U << ANNEX_PG_FOLIO)
		return -EEXIST;
	return state & (1U << ANNEX_PG_PRIVATE | ANNEX_PG_ANNEX_HAS) ? -EBUSY :
								       0;
}

/* Set flags of a block, or return why it is unfit. */
static int claim(struct annex_page *page, u32 flags)
{
	int old = atomic_read(&page->state);
	int err;

	do {
		err = annex_page_unfit(old);
		if (err)
			return err;
	} while (!atomic_try_cmpxchg(&page->state, &old,
				     (int)((u32)old | flags)));
	return 0;
}

/**
 * annex_page_tie_folio() - store the number of a folio in its block
 * @page: the head of a block that the caller has a reference to
 * @nr: the number of a folio that the caller owns
 * @private: the folio's private value, set to the old value of the link word
 *
 * Context: any but NMI, with interrupts off: other CPUs may spin until it ends.
 * Return: 0; or as annex_page_unfit(), and nothing is changed.
 */
int annex_page_tie_folio(struct annex_page *page, u32 nr,
			 unsigned long *private)
{
	u32 link;
	int err;

	/* -EEXIST promises a folio: wait until the other caller has tied it. */
	do {
		err = claim(page, 1U << ANNEX_PG_FOLIO);
		link = READ_ONCE(page->link);
	} while (err == -EEXIST && annex_link_kind(link) == ANNEX_LINK_PRIVATE);
	if (err)
		return err;
	do {
		/* Only if annex has taken the frame for itself meanwhile. */
		if (annex_link_kind(link) != ANNEX_LINK_PRIVATE) {
			annex_page_clear_bit(page, ANNEX_PG_FOLIO);
			return -EBUSY;
		}
		*private = link & ANNEX_PFN_MASK;
		/* A full barrier: a reader of the number sees the folio. */
	} while (!try_cmpxchg(&page->link, &link,
			      annex_link_with(link, ANNEX_LINK_FOLIO, nr)));
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_page_tie_folio);

/**
 * annex_page_untie_folio() - undo annex_page_tie_folio()
 * @page: the head of a block that the caller has a reference to
 * @nr: the number of the folio that it holds
 *
 * The private value becomes 0.
 *
 * Context: as annex_page_tie_folio().
 * Return: 0, and the caller owns the folio; -EBUSY if %ANNEX_PG_PRIVATE is set;
 * -EINVAL if the block does not hold that folio.
 */
int annex_page_untie_folio(struct annex_page *page, u32 nr)
{
	u32 link = annex_link_with(READ_ONCE(page->link), ANNEX_LINK_FOLIO, nr);

	if (annex_page_test_flag(page, ANNEX_PG_PRIVATE))
		return -EBUSY;
	if (!try_cmpxchg(&page->link, &link,
			 annex_link_with(link, ANNEX_LINK_PRIVATE, 0)))
		return -EINVAL;
	annex_page_clear_bit(page, ANNEX_PG_FOLIO);
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_page_untie_folio);

/* Change the kind of a link word; false if the kind is not @from. */
static __always_inline bool change_kind(struct annex_page *page, u32 from, u32 to, u32 value)
{
	u32 link = READ_ONCE(page->link);

	do {
		if (annex_link_kind(link) != from)
			return false;
	} while (!try_cmpxchg(&page->link, &link,
			      annex_link_with(link, to, value)));
	return true;
}

/**
 * annex_page_make_own() - mark a block that annex uses itself
 * @page: the head of a block that annex has just allocated
 * @value: the value of the link word, at most 26 bits
 * @flags: the use that annex makes of it, as bits of the state word
 *
 * Context: any.
 * Return: 0; or as annex_page_unfit() if a caller without a reference has
 * interfered: see annex_disown().
 */
int annex_page_make_own(struct annex_page *page, u32 value, u32 flags)
{
	int err;

	if (!change_kind(page, ANNEX_LINK_PRIVATE, ANNEX_LINK_OWN, value))
		return -EBUSY;
	err = claim(page, flags);
	if (err)
		change_kind(page, ANNEX_LINK_OWN, ANNEX_LINK_PRIVATE, 0);
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_page_make_own);

/**
 * annex_page_unmake_own() - undo annex_page_make_own()
 * @page: the head of a block, which the caller frees next
 * @flags: as for annex_page_make_own()
 *
 * The link word keeps its kind until the block is free.
 *
 * Context: any.
 * Return: true if this call cleared the flags; false if they were not set. Of
 * two concurrent callers, one clears them.
 */
bool annex_page_unmake_own(struct annex_page *page, u32 flags)
{
	int old = atomic_read(&page->state);

	do {
		if (!is_used(old) || ((u32)old & flags) != flags)
			return false;
	} while (!atomic_try_cmpxchg(&page->state, &old,
				     (int)((u32)old & ~flags)));
	return true;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_page_unmake_own);

/**
 * annex_pages_reserve() - mark the frames that memblock holds
 * @frames: the frames of the pool, their descriptors zeroed
 * @reserved: the regions that memblock holds
 *
 * A frame is reserved if any byte of it is.
 *
 * Context: process; the pool is not published yet.
 */
void annex_pages_reserve(struct annex_frames *frames,
			 const struct annex_memblock_type *reserved)
{
	unsigned int i;

	for (i = 0; i < reserved->cnt; i++) {
		const struct annex_memblock_region *r = &reserved->regions[i];
		u64 base = r->base - frames->range.start;
		annex_pfn_t pfn = base >> PAGE_SHIFT;
		annex_pfn_t end =
			(base + r->size + PAGE_SIZE - 1) >> PAGE_SHIFT;

		for (; pfn < end; pfn++)
			atomic_set(&frames->mem_map[pfn].state,
				   ANNEX_PAGE_RESERVED);
	}
}
