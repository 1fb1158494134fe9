/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_H
#define ANNEX_PAGE_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/types.h>
#include <annex/types.h>

/**
 * DOC: the descriptor of a frame
 *
 * Every frame of the pool has a struct annex_page of 8 bytes. At any time the
 * pool is tiled by blocks, naturally aligned runs of 2^order frames, and the
 * descriptor of a block's first frame, its head, speaks for all of it. The
 * others are %ANNEX_PAGE_INNER and hold nothing, which is why giving or
 * taking a block of 512 frames costs what giving one costs, and why a zeroed
 * array is a valid start.
 *
 * ::
 *
 *          31   28 27  26 25                                      0
 *   link  | order | kind |    free: previous in list                |
 *         |       |      |    used: private value, 24 bits          |
 *         |       |      |    used, with a folio: its slot          |
 *          31                            12 11          3 2       0
 *   state | used: reference count, 20 bits | flags       | state   |
 *         | free: next in list, 24 bits | order (7..3)   | state   |
 *
 * State, flags and count share one word on purpose: one compare-and-exchange
 * decides whether a frame may be freed, takes the last reference and makes
 * the frame the allocator's. Of two callers who free the same frame at the
 * same moment exactly one succeeds, the other is told.
 *
 * The link word says itself what its value is, since that changes while others
 * look at it.
 */

/**
 * DOC: memory without struct page
 *
 * The kernel does not know the frames of the pool: there is no struct page that
 * says anything of them, and where there is one at all, it belongs to nobody.
 * A struct annex_page is none, and the compiler tells them apart. It cannot tell
 * addresses apart: those of annex lie in the kernel's vmalloc space, of which
 * is_vmalloc_addr() is true, virt_addr_valid() is false, and virt_to_page() and
 * __pa() are wrong.
 *
 * ==========================================  ===============================
 * excluded, with an address of annex          instead
 * ==========================================  ===============================
 * kfree(), kvfree(), vfree(), free_pages(),   what annex has of these names
 * krealloc(), ksize(), kmem_cache_free()
 * virt_to_page(), page_address(), __pa(),     annex_kmap_to_page(),
 * vmalloc_to_page()                           annex_vmalloc_to_page(),
 *                                             annex_page_address(),
 *                                             annex_page_to_phys()
 * sg_set_buf(), sg_init_one(), bios, the      a copy in a page of the kernel's,
 * page cache, get_user_pages(), splice()      by annex_kmap_local_page()
 * dma_map_single(), dma_map_page()            the same, or dma_map_resource() of
 *                                             annex_page_to_phys() by a driver
 *                                             that looks after masks and caches
 * remap_pfn_range() of virt_to_phys()         the same of annex_page_to_phys()
 * ==========================================  ===============================
 *
 * copy_to_user(), memcpy() and all else that takes an address for what is behind
 * it works. With slab_debug=1, or on a kernel with CONFIG_DEBUG_VIRTUAL, the
 * functions of the first row and iounmap(), vunmap() and sg_init_one() are
 * watched: the log has who gave them an address of annex, and all but the last
 * are not run. Such a kernel stops at virt_to_page() and __pa() by itself.
 */

/**
 * struct annex_page - what annex keeps for each frame
 * @link: order, and a list link or the owner's private value
 * @state: state, and flags with the reference count or a list link
 *
 * The fields belong to annex; users go through the accessors.
 */
struct annex_page {
	u32 link;
	atomic_t state;
};

static_assert(sizeof(struct annex_page) == 8);

/* page <-> annex pfn is a shift by this much. */
#define ANNEX_PAGE_STRUCT_SHIFT	3
static_assert(sizeof(struct annex_page) == BIT(ANNEX_PAGE_STRUCT_SHIFT));

/**
 * enum annex_page_state - who has the block that a descriptor heads
 * @ANNEX_PAGE_INNER: not a head: what holds for its block's head holds for it
 * @ANNEX_PAGE_FREE: in a free list of its zone
 * @ANNEX_PAGE_CACHED: the allocator's, between a free list and an owner
 * @ANNEX_PAGE_USED: handed out
 * @ANNEX_PAGE_RESERVED: never handed out: reserved by the memory map, or
 *	taken by the early allocator
 * @ANNEX_PAGE_SLOTS: annex's own: a frame of lowmem that holds folios
 * @ANNEX_NR_PAGE_STATES: how many there are
 */
enum annex_page_state {
	ANNEX_PAGE_INNER,
	ANNEX_PAGE_FREE,
	ANNEX_PAGE_CACHED,
	ANNEX_PAGE_USED,
	ANNEX_PAGE_RESERVED,
	ANNEX_PAGE_SLOTS,
	ANNEX_NR_PAGE_STATES
};

#define ANNEX_PAGE_STATE_MASK	0x7U

/**
 * enum annex_pageflags - flags of a used frame, as bits of its state word
 * @ANNEX_PG_LOCKED: held by annex_lock_page()
 * @ANNEX_PG_WAITERS: somebody sleeps for it
 * @ANNEX_PG_HEAD: allocated with __GFP_COMP: references to any of its frames
 *	count here
 * @ANNEX_PG_SLAB: belongs to the heap
 * @ANNEX_PG_TABLE: is a page table
 * @ANNEX_PG_PRIVATE: its private value means something to its owner
 * @ANNEX_PG_ERROR: an I/O error hit its contents
 * @ANNEX_PG_FOLIO: its private value is the slot of its folio
 * @ANNEX_PG_OWNER_PRIV_1: for the owner's use
 * @ANNEX_PG_END: one past the last bit
 */
enum annex_pageflags {
	ANNEX_PG_LOCKED = 3,
	ANNEX_PG_WAITERS,
	ANNEX_PG_HEAD,
	ANNEX_PG_SLAB,
	ANNEX_PG_TABLE,
	ANNEX_PG_PRIVATE,
	ANNEX_PG_ERROR,
	ANNEX_PG_FOLIO,
	ANNEX_PG_OWNER_PRIV_1,
	ANNEX_PG_END
};

#define ANNEX_PG_FIRST		ANNEX_PG_LOCKED
#define ANNEX_PG_MASK		((1U << ANNEX_PG_END) - (1U << ANNEX_PG_FIRST))

/*
 * Flags that say that somebody still relies on the frame: with one of them
 * set it is not freed. Head, error and the owner's own bit lapse by
 * themselves, and so does waiters, which may stand when the last waiter has
 * given up.
 */
#define ANNEX_PG_CHECK_AT_FREE						\
	(1U << ANNEX_PG_LOCKED | 1U << ANNEX_PG_SLAB |			\
	 1U << ANNEX_PG_TABLE | 1U << ANNEX_PG_PRIVATE |		\
	 1U << ANNEX_PG_FOLIO)

/*
 * Flags by which annex itself keeps a block together; nobody else sets or
 * clears them.
 */
#define ANNEX_PG_ANNEX_OWN						\
	(1U << ANNEX_PG_HEAD | 1U << ANNEX_PG_WAITERS | 1U << ANNEX_PG_FOLIO |	\
	 1U << ANNEX_PG_SLAB | 1U << ANNEX_PG_TABLE)

/*
 * Flags of blocks that annex itself has allocated: nobody else locks them, has a
 * value or a flag there, or frees them.
 */
#define ANNEX_PG_ANNEX_HAS	((u32)(BIT(ANNEX_PG_SLAB) | BIT(ANNEX_PG_TABLE)))

/*
 * The count takes what the flags leave of the word. Its top bit is the
 * word's sign: a count that reaches it stays there for ever and the frame
 * with it, which loses 4 KB and cannot be used to free what others hold.
 */
#define ANNEX_REF_SHIFT		12
#define ANNEX_REF_ONE		((u32)BIT(ANNEX_REF_SHIFT))
#define ANNEX_REF_SATURATED	((u32)BIT(31 - ANNEX_REF_SHIFT))
static_assert((int)ANNEX_PG_END <= ANNEX_REF_SHIFT);

/* The order in the link word, at its top: one shift reads it. */
#define ANNEX_LINK_ORDER_SHIFT	28
static_assert(ANNEX_MAX_ORDER - 1 <= ~0U >> ANNEX_LINK_ORDER_SHIFT);

/* What the rest of the word is. */
#define ANNEX_LINK_KIND_SHIFT	26
#define ANNEX_LINK_KIND_MASK	(3U << ANNEX_LINK_KIND_SHIFT)
#define ANNEX_LINK_PRIVATE	0U /* the owner's value */
#define ANNEX_LINK_LIST		((u32)BIT(ANNEX_LINK_KIND_SHIFT)) /* if free */
#define ANNEX_LINK_SLOT		(2U << ANNEX_LINK_KIND_SHIFT) /* of the folio */
#define ANNEX_LINK_OWN		(3U << ANNEX_LINK_KIND_SHIFT) /* the heap's */

#define ANNEX_LINK_VALUE_MASK	((1U << ANNEX_LINK_KIND_SHIFT) - 1)
static_assert(ANNEX_LINK_KIND_SHIFT >= ANNEX_PFN_BITS);

/**
 * annex_page_state() - state of the block that @page heads
 * @page: a descriptor of a pool
 *
 * Context: any. A snapshot, unless the caller owns the frame.
 */
static inline enum annex_page_state
annex_page_state(const struct annex_page *page)
{
	return atomic_read(&page->state) & ANNEX_PAGE_STATE_MASK;
}

/* The lowest byte of a free block's state word: its state and its order. */
#define ANNEX_FREE_MARK(order)	((order) << 3 | ANNEX_PAGE_FREE)

/**
 * annex_page_order() - order of the block that @page heads
 * @page: a head
 *
 * Context: any. Stable only while the caller owns the block.
 */
static inline unsigned int annex_page_order(const struct annex_page *page)
{
	return READ_ONCE(page->link) >> ANNEX_LINK_ORDER_SHIFT;
}

/**
 * annex_page_ref_count() - references recorded in this very descriptor
 * @page: a descriptor of a pool
 *
 * annex_page_count() answers for any frame of a compound block.
 *
 * Context: any.
 * Return: the count, 0 for a frame that nobody owns, %ANNEX_REF_SATURATED for
 * one that is pinned for ever.
 */
static inline unsigned int annex_page_ref_count(const struct annex_page *page)
{
	u32 state = atomic_read(&page->state);

	if ((state & ANNEX_PAGE_STATE_MASK) != ANNEX_PAGE_USED)
		return 0;
	return state >> ANNEX_REF_SHIFT;
}

/**
 * annex_page_test_flag() - is a flag set?
 * @page: a head that the caller owns
 * @flag: the flag
 *
 * Context: any.
 * Return: true if @page is used and has the flag.
 */
static inline bool annex_page_test_flag(const struct annex_page *page,
					enum annex_pageflags flag)
{
	u32 state = atomic_read(&page->state);

	return (state & ANNEX_PAGE_STATE_MASK) == ANNEX_PAGE_USED &&
	       state & 1U << flag;
}

#endif /* ANNEX_PAGE_H */
