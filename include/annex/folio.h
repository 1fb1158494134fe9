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
 * The descriptor of a frame has only the fields that every frame needs. An
 * owner that needs more (a place in an LRU list, a mapping and an index in it,
 * a count of the page tables that map the frame) attaches a folio to the block:
 * 36 bytes of lowmem, with a number. The descriptor then has
 * %ANNEX_PG_FOLIO set and holds that number in place of its small
 * private value.
 *
 * A folio has no reference count of its own: a reference to the block is a
 * reference to the folio, and the folio ends with the block. A call that would
 * drop the last reference is refused while the folio has a mapping, is mapped
 * by page tables, is dirty, under writeback or locked. An LRU list holds no
 * reference. The temporary reference of reclaim does not count: if only one
 * other reference is left, that one is the last.
 *
 * Every frame can be locked; a compound block has one lock. Waiters get the
 * lock in the order of their arrival.
 */

/**
 * enum annex_folioflags - flags of a folio
 * @ANNEX_FOLIO_REFERENCED: used since reclaim last scanned it
 * @ANNEX_FOLIO_UPTODATE: the contents are valid
 * @ANNEX_FOLIO_DIRTY: the contents are newer than the stored copy
 * @ANNEX_FOLIO_LRU: its owner has added it to the LRU lists
 * @ANNEX_FOLIO_ACTIVE: its list is, or was, the active one
 * @ANNEX_FOLIO_WRITEBACK: it is under writeback
 * @ANNEX_FOLIO_RECLAIM: reclaim it when the writeback ends
 * @ANNEX_FOLIO_WAITERS: a thread waits for the end of the writeback
 * @ANNEX_FOLIO_ISOLATED: reclaim has isolated it
 * @ANNEX_NR_FOLIO_FLAGS: number of flags
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

/* Flags that an owner may set and clear at any time. */
#define ANNEX_FOLIO_OWNER_FLAGS						\
	(BIT(ANNEX_FOLIO_REFERENCED) | BIT(ANNEX_FOLIO_UPTODATE))

/**
 * struct annex_mapping_ops - how reclaim deals with an owner's folios
 * @writepage: start to write a dirty folio back. The folio is locked, no longer
 *	dirty, and under writeback. The owner ends the writeback with
 *	annex_folio_end_writeback(), before or after it returns, from any
 *	context but NMI. Returns 0, or an errno if it started nothing: annex
 *	then ends the writeback and marks the folio dirty again. NULL: dirty
 *	folios stay.
 * @release: release a clean folio. The folio is locked and reclaim holds a
 *	reference to it. Under the lock of its look-ups, the owner checks with
 *	annex_folio_count() that its own reference and reclaim's are the only
 *	ones (a count of 2). If so, it removes the folio from its look-ups and
 *	returns true, which hands its reference to reclaim; otherwise it returns
 *	false. After true, annex clears the mapping, unlocks the page and frees
 *	the block; the owner must not.
 *
 * Both may sleep and allocate; their allocations do not enter reclaim again. If
 * a caller holds the page lock while annex_lru_del() removes a folio, neither
 * is called for that folio afterwards.
 */
struct annex_mapping_ops {
	int (*writepage)(struct annex_folio *folio);
	bool (*release)(struct annex_folio *folio);
};

/**
 * struct annex_mapping - the object whose contents an owner's folios hold
 * @ops: how reclaim deals with the folios
 * @private: for the owner's use
 */
struct annex_mapping {
	const struct annex_mapping_ops *ops;
	void *private;
};

/**
 * struct annex_folio - the second part of the descriptor of some blocks
 * @lru: link in an LRU list of the zone; the owner's while it is in no list
 * @mapping: the object whose contents the block holds, in part; or NULL
 * @index: offset of the block's contents in that object, in frames
 * @private: a value of the owner
 * @_mapcount: number of page tables that map it, minus one
 * @flags: enum annex_folioflags as bits
 * @pfn: the block's first frame
 * @zone: the block's zone
 *
 * The owner sets @mapping, @index and @private while the folio is in no list,
 * or locked; the other fields belong to annex. annex_page_private() and
 * annex_set_page_private() of a block with a folio access @private.
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

/* 64-bit kernels, which only tests use, have wider pointers. */
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
 * annex_folio_mapcount() - how many page tables map a folio
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
