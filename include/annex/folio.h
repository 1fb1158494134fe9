/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_FOLIO_H
#define ANNEX_FOLIO_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/types.h>
#include <annex/page.h>
#include <annex/types.h>

struct annex_folio;
struct annex_zone;

/**
 * DOC: folios
 *
 * The descriptor of a frame has room for what every frame needs. An owner who
 * wants more, a place in an LRU list, a mapping and an index in it, a count of
 * the page tables that show the frame, attaches a folio to the block: 36 bytes
 * from slots that annex keeps in lowmem. The descriptor then has
 * %ANNEX_PG_FOLIO and, in place of its small private value, the number of the
 * slot.
 *
 * A folio has no count of its own. Whoever has a reference to the block has
 * one to the folio, and it ends with the block. The last reference is kept,
 * and the call that would drop it refused, while something still leads to the
 * folio: a mapping, page tables, dirty contents, a write under way, a lock. An
 * LRU list is nothing of the kind. The reference that reclaim has for a moment does
 * not count: with no other one left, yours is the last.
 *
 * Page locks are for any frame; a compound block has one. They go to those who
 * wait in the order in which they came.
 */

/**
 * enum annex_folioflags - flags of a folio
 * @ANNEX_FOLIO_REFERENCED: used since reclaim looked last
 * @ANNEX_FOLIO_UPTODATE: its contents are what its mapping says
 * @ANNEX_FOLIO_DIRTY: they are newer than what is stored behind the mapping
 * @ANNEX_FOLIO_LRU: it is in an LRU list
 * @ANNEX_FOLIO_ACTIVE: that list is, or was, the active one
 * @ANNEX_FOLIO_WRITEBACK: it is being written
 * @ANNEX_FOLIO_RECLAIM: to be released when it is written
 * @ANNEX_FOLIO_WAITERS: somebody sleeps until it is written
 * @ANNEX_FOLIO_ISOLATED: reclaim has taken it out of its list
 * @ANNEX_NR_FOLIO_FLAGS: how many there are
 */
enum annex_folioflags {
	ANNEX_FOLIO_REFERENCED,
	ANNEX_FOLIO_UPTODATE,
	ANNEX_FOLIO_DIRTY,
	ANNEX_FOLIO_LRU,
	ANNEX_FOLIO_ACTIVE,
	ANNEX_FOLIO_WRITEBACK,
	ANNEX_FOLIO_RECLAIM,
	ANNEX_FOLIO_WAITERS,
	ANNEX_FOLIO_ISOLATED,
	ANNEX_NR_FOLIO_FLAGS
};

/* Flags that an owner sets and clears as he likes. */
#define ANNEX_FOLIO_OWNER_FLAGS						\
	(BIT(ANNEX_FOLIO_REFERENCED) | BIT(ANNEX_FOLIO_UPTODATE))

/**
 * struct annex_mapping_ops - how reclaim deals with an owner's folios
 * @writepage: start writing the contents of a dirty folio to where they belong.
 *	The folio is locked, no longer dirty, and under writeback, which the
 *	owner ends with annex_folio_end_writeback(), before or after he returns,
 *	from any context. 0, or an errno if nothing was started: annex then ends
 *	the writeback and the folio is dirty again. NULL: dirty folios stay.
 * @release: let go of a clean folio. The folio is locked and reclaim has a
 *	reference to it. The owner, under whatever guards his look-ups, checks
 *	with annex_folio_count() that nobody else has one (that is, the count
 *	is his own and reclaim's, 2), forgets the folio and returns true, by
 *	which his reference becomes reclaim's; or returns false. When he has
 *	returned true, annex clears the mapping, unlocks the page and frees the
 *	block; he does none of this himself.
 *
 * Both may sleep, and may allocate: requests they make never reclaim again.
 * They are not called any more for a folio that annex_lru_del() has taken back
 * while its page was locked by the caller.
 */
struct annex_mapping_ops {
	int (*writepage)(struct annex_folio *folio);
	bool (*release)(struct annex_folio *folio);
};

/**
 * struct annex_mapping - what an owner's folios hold the contents of
 * @ops: how reclaim deals with them
 * @private: the owner's
 */
struct annex_mapping {
	const struct annex_mapping_ops *ops;
	void *private;
};

/**
 * struct annex_folio - what some blocks have beyond their descriptor
 * @lru: place in a list of its zone, or the owner's while it is in none
 * @mapping: what it holds a part of, or NULL
 * @index: which part, in frames
 * @private: the owner's value
 * @_mapcount: page tables that show it, less one
 * @flags: enum annex_folioflags as bits
 * @pfn: the block's first frame
 * @zone: its zone
 *
 * Owners set @mapping, @index and @private while the folio is in no list, or
 * locked; the rest belongs to annex. Of a block with a folio, @private is what
 * annex_page_private() and annex_set_page_private() mean.
 */
struct annex_folio {
	struct list_head lru;
	struct annex_mapping *mapping;
	unsigned long index;
	unsigned long private;
	atomic_t _mapcount;
	atomic_t flags;
	annex_pfn_t pfn;
	struct annex_zone *zone;
};

/* 64-bit kernels, for tests only, have wider pointers. */
static_assert(sizeof(struct annex_folio) <= (BITS_PER_LONG == 32 ? 48 : 64));

/**
 * annex_folio_test_flag() - is a flag set?
 * @folio: the folio
 * @flag: the flag
 *
 * Context: any.
 */
static inline bool annex_folio_test_flag(const struct annex_folio *folio,
					 enum annex_folioflags flag)
{
	return atomic_read(&folio->flags) & BIT(flag);
}

/**
 * annex_folio_mapcount() - how many page tables show a folio
 * @folio: the folio
 *
 * Context: any.
 */
static inline int annex_folio_mapcount(const struct annex_folio *folio)
{
	return atomic_read(&folio->_mapcount) + 1;
}

int annex_folio_alloc(gfp_t gfp, unsigned int order,
		      struct annex_folio **foliop);
int annex_folio_attach(struct annex_page *page, gfp_t gfp,
		       struct annex_folio **foliop);
int annex_folio_detach(struct annex_folio *folio);
struct annex_folio *annex_page_folio(struct annex_page *page);
struct annex_page *annex_folio_page(const struct annex_folio *folio);
unsigned int annex_folio_order(const struct annex_folio *folio);
unsigned int annex_folio_count(const struct annex_folio *folio);
int annex_folio_get(struct annex_folio *folio);
int annex_folio_put(struct annex_folio *folio);
bool annex_folio_test_set_flag(struct annex_folio *folio,
			       enum annex_folioflags flag);
bool annex_folio_test_clear_flag(struct annex_folio *folio,
				 enum annex_folioflags flag);
int annex_folio_inc_mapcount(struct annex_folio *folio);
int annex_folio_dec_mapcount(struct annex_folio *folio);

int annex_lock_page(struct annex_page *page);
bool annex_trylock_page(struct annex_page *page);
int annex_unlock_page(struct annex_page *page);
int annex_wait_on_page_locked(struct annex_page *page);

bool annex_folio_mark_dirty(struct annex_folio *folio);
bool annex_folio_clear_dirty(struct annex_folio *folio);
bool annex_folio_start_writeback(struct annex_folio *folio);
int annex_folio_end_writeback(struct annex_folio *folio);
int annex_folio_wait_writeback(struct annex_folio *folio);

int annex_page_mapcount(struct annex_page *page);
struct annex_mapping *annex_page_mapping(struct annex_page *page);
unsigned long annex_page_index(struct annex_page *page);
unsigned long annex_page_private(struct annex_page *page);

#endif /* ANNEX_FOLIO_H */
