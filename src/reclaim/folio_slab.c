// SPDX-License-Identifier: GPL-2.0-only
/*
 * Folio slabs: the memory of folios.
 *
 * A folio is an object of an object page, which is called a folio slab: see
 * page/object_page.c. It is in lowmem, so that a folio always has an address.
 *
 * Each CPU has a list of folio slabs with its own lock. A folio comes from the
 * list of the CPU that allocates it and returns to the same list (the home of
 * its folio slab), so CPUs that allocate and free their own folios share no
 * list. When lowmem has no frame for another folio slab, all lists are searched.
 *
 * A descriptor has 26 bits for the number of a folio. Number and address are
 * computed from each other:
 *
 *   number = annex pfn of the folio slab << 7 | index in the page
 *
 * The descriptor of a folio slab has a state of its own, ANNEX_PAGE_FOLIO_SLAB: a
 * call that frees it, takes a reference to it or sets a flag of it is refused,
 * as for a reserved frame.
 *
 * Invariant, under the lock, besides that of object pages: a used folio belongs
 * to exactly one block, which names it. annex_validate() checks both.
 *
 * Locking: list->lock, with interrupts off, since folios end in interrupts. The
 * lock of a folio's home is held while a block and the folio are tied or untied
 * (folio.c), but never while frames are allocated or freed. No two of the locks
 * are held at once.
 *
 * Failing: -ENOMEM if lowmem has no frame, or if the state of the frame has
 * been changed by a thread without a reference to it.
 */
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/mm.h>

#include "base/for_kunit.h"
#include "page/frames.h"
#include "page/object_page.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "page/page_fast.h"
#include "reclaim/folio_slab.h"

/**
 * annex_folio_slabs_init() - initialise the lists of folio slabs, empty
 * @folio_slabs: those of a pool that is not in use yet
 */
void annex_folio_slabs_init(struct annex_folio_slabs *folio_slabs)
{
	struct annex_folio_slab_list *list;

	for (list = folio_slabs->list;
	     list < folio_slabs->list + ANNEX_FOLIO_SLAB_LISTS; list++) {
		spin_lock_init(&list->lock);
		INIT_LIST_HEAD(&list->partial);
	}
}

/**
 * annex_folio_slabs_used() - how many folios are in use
 * @folio_slabs: of a pool
 *
 * Context: any. An unlocked sum over the lists.
 */
unsigned long
annex_folio_slabs_used(const struct annex_folio_slabs *folio_slabs)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < ANNEX_FOLIO_SLAB_LISTS; i++)
		sum += READ_ONCE(folio_slabs->list[i].nr_used);
	return sum;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_folio_slabs_used);

/**
 * annex_folio_slab_try() - get a frame to hold folios, if there is one to spare
 * @frames: the frames of the pool
 * @gfp: allocation flags; zone modifiers are ignored
 *
 * It does not wait, and uses no reserve. A failure is not reported: there may
 * be free folios in the lists of other CPUs.
 *
 * Context: any but NMI.
 * Return: the frame, for annex_folio_slab_take_locked(), or NULL.
 */
struct annex_page *annex_folio_slab_try(struct annex_frames *frames, gfp_t gfp)
{
	const gfp_t not = __GFP_DIRECT_RECLAIM | __GFP_NOFAIL | __GFP_HIGH |
			  __GFP_MEMALLOC;
	struct annex_page *page;

	if (!frames->lowmem)
		return NULL;
	gfp &= ANNEX_GFP_OWN_MASK & ~not;
	page = annex_alloc_fast(frames, gfp, 0);
	return page ?: annex_alloc_slow(frames, gfp | __GFP_NOMEMALLOC, 0, NULL);
}

/**
 * annex_folio_slab() - the folio slab in a frame
 * @frames: the frames of the pool
 * @pfn: the frame
 *
 * Context: any.
 */
struct annex_folio_slab *annex_folio_slab(const struct annex_frames *frames,
					  annex_pfn_t pfn)
{
	return frames->lowmem + ((size_t)pfn << PAGE_SHIFT);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_folio_slab);

/* The frame of lowmem that contains an address. */
static annex_pfn_t lowmem_pfn(const struct annex_frames *frames,
			      const void *addr)
{
	return (size_t)(addr - frames->lowmem) >> PAGE_SHIFT;
}

/**
 * annex_folio_slab_home() - the list that a folio goes back to
 * @frames: the frames of the pool
 * @folio: a folio
 *
 * Context: any. Stable while the folio is in use.
 */
struct annex_folio_slab_list *
annex_folio_slab_home(struct annex_frames *frames,
		      const struct annex_folio *folio)
{
	const struct annex_folio_slab *sp =
		annex_folio_slab(frames, lowmem_pfn(frames, folio));

	/* A caller without a reference may read a former folio slab. */
	return &frames->reclaim->folio_slabs.list[READ_ONCE(sp->head.home) %
						  ANNEX_FOLIO_SLAB_LISTS];
}
EXPORT_SYMBOL_FOR_KUNIT(annex_folio_slab_home);

/*
 * Add a folio slab. We hold the only reference to the frame: if its state is not
 * as we left it, a thread without a reference has changed it, and we must not
 * use the frame.
 */
static bool add_locked(struct annex_frames *frames,
		       struct annex_folio_slab_list *list,
		       struct annex_page *page)
{
	struct annex_folio_slab *sp =
		annex_folio_slab(frames, page - frames->mem_map);
	int ours = ANNEX_REF_ONE | ANNEX_PAGE_USED;

	lockdep_assert_held(&list->lock);
	bitmap_zero(sp->head.used, ANNEX_FOLIOS_PER_SLAB);
	WRITE_ONCE(sp->head.home, list - frames->reclaim->folio_slabs.list);
	if (!atomic_try_cmpxchg(&page->state, &ours, ANNEX_PAGE_FOLIO_SLAB))
		return false;
	list_add(&sp->head.partial, &list->partial);
	WRITE_ONCE(list->nr_pages, list->nr_pages + 1);
	return true;
}

/**
 * annex_folio_slab_take_locked() - take a folio
 * @frames: the frames of the pool
 * @list: the list to take it from
 * @fresh: points to a frame from annex_object_page_alloc(), which becomes a
 *	folio slab if the list has no free folio, and is then set to NULL; or to
 *	NULL
 *
 * Context: any, with the lock of the list held.
 * Return: the folio, not initialised; NULL if there is none. If @fresh still
 * points to a frame after NULL, that frame was tampered with: see
 * annex_disown().
 */
struct annex_folio *
annex_folio_slab_take_locked(struct annex_frames *frames,
			     struct annex_folio_slab_list *list,
			     struct annex_page **fresh)
{
	struct annex_folio_slab *sp;
	unsigned int i;

	lockdep_assert_held(&list->lock);
	if (list_empty(&list->partial) && *fresh &&
	    add_locked(frames, list, *fresh))
		*fresh = NULL;
	sp = list_first_entry_or_null(&list->partial, struct annex_folio_slab,
				      head.partial);
	if (!sp)
		return NULL;
	i = annex_object_take(&sp->head, ANNEX_FOLIOS_PER_SLAB);
	WRITE_ONCE(list->nr_used, list->nr_used + 1);
	list->generation++;
	return &sp->folio[i];
}

/**
 * annex_folio_slab_give_locked() - give a folio back
 * @frames: the frames of the pool
 * @folio: the folio, which no block names any more
 *
 * Context: any, with the lock of its home list held.
 * Return: its page, for annex_object_page_free(), if it is empty now; or NULL.
 */
struct annex_page *annex_folio_slab_give_locked(struct annex_frames *frames,
						struct annex_folio *folio)
{
	struct annex_folio_slab_list *list =
		annex_folio_slab_home(frames, folio);
	annex_pfn_t pfn = lowmem_pfn(frames, folio);
	struct annex_folio_slab *sp = annex_folio_slab(frames, pfn);

	lockdep_assert_held(&list->lock);
	WRITE_ONCE(list->nr_used, list->nr_used - 1);
	list->generation++;
	if (!annex_object_give(&sp->head, folio - sp->folio,
			       ANNEX_FOLIOS_PER_SLAB, &list->partial))
		return NULL;
	WRITE_ONCE(list->nr_pages, list->nr_pages - 1);
	annex_page_make_used(frames->mem_map + pfn, 0, 0);
	return frames->mem_map + pfn;
}

/**
 * annex_folio_slab_nr() - the number of a folio
 * @frames: the frames of the pool
 * @folio: the folio
 *
 * Context: any.
 */
u32 annex_folio_slab_nr(const struct annex_frames *frames,
			const struct annex_folio *folio)
{
	annex_pfn_t pfn = lowmem_pfn(frames, folio);

	return pfn << ANNEX_FOLIO_SLAB_BITS |
	       (u32)(folio - annex_folio_slab(frames, pfn)->folio);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_folio_slab_nr);

/**
 * annex_folio_slab_folio() - the folio with a given number
 * @frames: the frames of the pool
 * @nr: the number, as annex_folio_slab_nr() made it
 *
 * Context: any.
 */
struct annex_folio *annex_folio_slab_folio(const struct annex_frames *frames,
					   u32 nr)
{
	struct annex_folio_slab *sp =
		annex_folio_slab(frames, nr >> ANNEX_FOLIO_SLAB_BITS);

	return &sp->folio[nr & ((1U << ANNEX_FOLIO_SLAB_BITS) - 1)];
}
EXPORT_SYMBOL_FOR_KUNIT(annex_folio_slab_folio);

/**
 * annex_folio_slab_in_use() - is this the address of a folio?
 * @frames: the frames of the pool
 * @folio: anything
 *
 * Context: any. A snapshot, unless the caller has a reference to the block.
 * Return: true for a folio of @frames that is in use.
 */
bool annex_folio_slab_in_use(const struct annex_frames *frames,
			     const struct annex_folio *folio)
{
	unsigned long at = (unsigned long)folio - (unsigned long)frames->lowmem;
	unsigned long pfn = at >> PAGE_SHIFT;
	size_t off = offset_in_page(at);

	if (!frames->lowmem || pfn >= frames->lowmem_pages ||
	    annex_page_state(frames->mem_map + pfn) != ANNEX_PAGE_FOLIO_SLAB)
		return false;
	if (off < offsetof(struct annex_folio_slab, folio))
		return false;
	off -= offsetof(struct annex_folio_slab, folio);
	if (off % sizeof(*folio) ||
	    off / sizeof(*folio) >= ANNEX_FOLIOS_PER_SLAB)
		return false;
	/*
	 * Other folios of the page change concurrently, and so does this one if
	 * the caller has no reference: then both results are correct.
	 */
	return data_race(test_bit(off / sizeof(*folio),
				  annex_folio_slab(frames, pfn)->head.used));
}
EXPORT_SYMBOL_FOR_KUNIT(annex_folio_slab_in_use);
