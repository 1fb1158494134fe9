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
 * Every frame of the pool has a struct annex_page of 8 bytes. Blocks, naturally
 * aligned runs of 2^order frames, tile the pool at all times. The descriptor of
 * a block's first frame, its head, describes the whole block. The other
 * descriptors are %ANNEX_PAGE_INNER and hold nothing: allocating or freeing 512
 * frames costs as much as a single frame, and a zeroed array is a valid start.
 *
 * ::
 *
 *          31   28 27  26 25                                      0
 *   link  | order | kind |    free: previous in list                |
 *         |       |      |    used: private value, 24 bits          |
 *         |       |      |    used, with a folio: its number        |
 *          31                            13 12          3 2       0
 *   state | used: reference count, 19 bits | flags       | state   |
 *         | free: next in list, 24 bits | order (7..3)   | state   |
 *
 * State, flags and count share one word, so that one compare-and-exchange
 * checks whether a frame may be freed, drops the last reference and passes the
 * frame to the allocator. If two callers free the same frame at the same time,
 * exactly one succeeds and the other gets an error.
 *
 * The link word holds the kind of its value next to the value, because both
 * change under lockless readers.
 */

/**
 * DOC: memory without struct page
 *
 * The kernel does not manage the frames of the pool: a frame has no struct
 * page, or one that describes nothing. The compiler tells a struct annex_page
 * from a struct page. It cannot tell addresses apart: annex's lie in the
 * kernel's vmalloc space, where is_vmalloc_addr() is true, virt_addr_valid() is
 * false, and virt_to_page() and __pa() are wrong.
 *
 * ==========================================  ===============================
 * not for an address of annex                 instead
 * ==========================================  ===============================
 * kfree(), kvfree(), vfree(), free_pages(),   annex_kfree() and the like,
 * krealloc(), ksize(), kmem_cache_free()      annex_free_pages_addr()
 * virt_to_page(), page_address(), __pa(),     annex_kmap_to_page(),
 * vmalloc_to_page()                           annex_vmalloc_to_page(),
 *                                             annex_page_address(),
 *                                             annex_page_to_phys()
 * sg_set_buf(), sg_init_one(), bios, the      a copy in a page of the kernel,
 * page cache, get_user_pages(), splice()      through annex_kmap_local_page()
 * dma_map_single(), dma_map_page()            the same, or dma_map_resource()
 *                                             of annex_page_to_phys() in a
 *                                             driver that handles masks and
 *                                             caches
 * remap_pfn_range() of virt_to_phys()         the same of annex_page_to_phys()
 * ==========================================  ===============================
 *
 * copy_to_user(), memcpy() and other functions that only access the memory at
 * an address work. With slab_debug=1, or on a kernel with CONFIG_DEBUG_VIRTUAL,
 * annex probes the functions of the first row, iounmap(), vunmap(),
 * vmalloc_to_page() and sg_init_one(): a call with an address of annex is logged
 * with its caller, and skipped unless it is sg_init_one(). A kernel with
 * CONFIG_DEBUG_VIRTUAL itself stops at virt_to_page() and __pa().
 */

/**
 * struct annex_page - the descriptor of a frame
 * @link: order, and a list link or the owner's private value
 * @state: state, and flags with the reference count or a list link
 *
 * The fields are private to annex; callers use the accessors.
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
 * enum annex_page_state - state of the block that a descriptor heads
 * @ANNEX_PAGE_INNER: not a head: the state of its block's head applies
 * @ANNEX_PAGE_FREE: in a free list of its zone
 * @ANNEX_PAGE_CACHED: held by the allocator, in a per-CPU list or on its way
 *	between a list and an owner
 * @ANNEX_PAGE_USED: allocated
 * @ANNEX_PAGE_RESERVED: never allocated: reserved by the memory map, or
 *	taken by the early allocator
 * @ANNEX_PAGE_FOLIO_SLAB: used by annex itself: a frame of lowmem that holds folios
 * @ANNEX_NR_PAGE_STATES: number of states
 */
enum annex_page_state {
	ANNEX_PAGE_INNER,
	ANNEX_PAGE_FREE,
	ANNEX_PAGE_CACHED,
	ANNEX_PAGE_USED,
	ANNEX_PAGE_RESERVED,
	ANNEX_PAGE_FOLIO_SLAB,
	ANNEX_NR_PAGE_STATES
};

#define ANNEX_PAGE_STATE_MASK	0x7U

/**
 * enum annex_pageflags - flags of a used frame, as bits of its state word
 * @ANNEX_PG_LOCKED: held by annex_lock_page()
 * @ANNEX_PG_WAITERS: threads may be waiting for the frame
 * @ANNEX_PG_HEAD: allocated with __GFP_COMP: references to any of its frames
 *	count here
 * @ANNEX_PG_SLAB: belongs to the heap
 * @ANNEX_PG_TABLE: is a page table
 * @ANNEX_PG_PRIVATE: the owner uses the private value
 * @ANNEX_PG_ERROR: an I/O error hit its contents
 * @ANNEX_PG_FOLIO: its private value is the number of its folio
 * @ANNEX_PG_OWNER_PRIV_1: for the owner's use
 * @ANNEX_PG_STORE: belongs to a frame table
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
	ANNEX_PG_STORE,
	ANNEX_PG_END
};

#define ANNEX_PG_FIRST		ANNEX_PG_LOCKED
#define ANNEX_PG_MASK		((1U << ANNEX_PG_END) - (1U << ANNEX_PG_FIRST))

/*
 * A frame with one of these flags is still in use, and is not freed. Freeing
 * clears the other flags: head, error, the owner's own bit, and waiters, which
 * stays set after the last waiter has given up.
 */
#define ANNEX_PG_CHECK_AT_FREE						\
	(1U << ANNEX_PG_LOCKED | 1U << ANNEX_PG_SLAB |			\
	 1U << ANNEX_PG_TABLE | 1U << ANNEX_PG_PRIVATE |		\
	 1U << ANNEX_PG_FOLIO | 1U << ANNEX_PG_STORE)

/*
 * Flags that annex maintains itself; the functions for callers refuse to set or
 * clear them.
 */
#define ANNEX_PG_ANNEX_OWN						\
	(1U << ANNEX_PG_HEAD | 1U << ANNEX_PG_WAITERS | 1U << ANNEX_PG_FOLIO |	\
	 1U << ANNEX_PG_SLAB | 1U << ANNEX_PG_TABLE | 1U << ANNEX_PG_STORE)

/*
 * Flags of blocks that annex has allocated for itself. Callers cannot lock or
 * free such a block, nor set its private value or flags.
 */
#define ANNEX_PG_ANNEX_HAS						\
	((u32)(BIT(ANNEX_PG_SLAB) | BIT(ANNEX_PG_TABLE) | BIT(ANNEX_PG_STORE)))

/*
 * The count takes the rest of the word. Its top bit is the word's sign: a count
 * that reaches it saturates, and the frame is pinned for ever. This leaks 4 KB,
 * but no overflow can free a frame that has references.
 */
#define ANNEX_REF_SHIFT		13
#define ANNEX_REF_ONE		((u32)BIT(ANNEX_REF_SHIFT))
#define ANNEX_REF_SATURATED	((u32)BIT(31 - ANNEX_REF_SHIFT))
static_assert((int)ANNEX_PG_END <= ANNEX_REF_SHIFT);

/* The order in the link word, at its top: one shift reads it. */
#define ANNEX_LINK_ORDER_SHIFT	28
static_assert(ANNEX_MAX_ORDER - 1 <= ~0U >> ANNEX_LINK_ORDER_SHIFT);

/* The kind of the value in the rest of the word. */
#define ANNEX_LINK_KIND_SHIFT	26
#define ANNEX_LINK_KIND_MASK	(3U << ANNEX_LINK_KIND_SHIFT)
#define ANNEX_LINK_PRIVATE	0U /* the owner's value */
#define ANNEX_LINK_LIST		((u32)BIT(ANNEX_LINK_KIND_SHIFT)) /* if free */
#define ANNEX_LINK_FOLIO	(2U << ANNEX_LINK_KIND_SHIFT) /* of the folio */
#define ANNEX_LINK_OWN		(3U << ANNEX_LINK_KIND_SHIFT) /* annex's */

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
 * annex_page_ref_count() - references counted in this descriptor
 * @page: a descriptor of a pool
 *
 * annex_page_count() takes any frame of a compound block.
 *
 * Context: any.
 * Return: the count, 0 for a frame without an owner, %ANNEX_REF_SATURATED for
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
