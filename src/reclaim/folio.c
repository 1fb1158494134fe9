// SPDX-License-Identifier: GPL-2.0-only
/*
 * Folios: the second part of the descriptor of some blocks, and its lifetime.
 *
 *   descriptor of the head                      folio (folio_slab.c)
 *   | USED, FOLIO, count | order, folio number | ---> | lru, mapping, ... pfn |
 *            ^                                                          |
 *            `----------------------------------------------------------'
 *
 * A folio is attached to a block in use. It ends with the block, or earlier if
 * its owner detaches it. Block and folio name each other. Both directions change
 * together under the lock of the folio's list, and the exchange that drops the
 * last reference to a block with a folio runs under the same lock. A holder of
 * the lock therefore sees that exactly one block names each used folio of the
 * list, and that each such block has the FOLIO flag.
 *
 * The drop of the last reference is refused while the folio has a mapping, is
 * mapped by page tables, is dirty or under writeback, as it is for a locked
 * block. An LRU list does not prevent the drop, because the lists hold no
 * reference. The folio leaves its list when the block is already CACHED: code
 * that finds a folio in a list must take a reference under the list's lock
 * (annex_page_take_ref()) and must skip the folio if that fails.
 *
 * Look-ups take no lock. The folio is stable for a caller that has a reference
 * to the block and does not detach the folio at the same time.
 *
 * Locking: the lock of the folio's list (folio_slab.c); inside it, the lru lock
 * that annex_lru_release() takes. Dropping the second last reference takes the
 * lru lock only. Any context but NMI.
 *
 * Failing: an errno and nothing changed; the public functions report it.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>

#include "base/for_kunit.h"
#include "page/frames.h"
#include "page/object_page.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "page/reclaim_calls.h"
#include "page/report.h"
#include "reclaim/folio.h"
#include "reclaim/folio_slab.h"
#include "reclaim/lru.h"

#define FOLIO	((u32)BIT(ANNEX_PG_FOLIO))

/* With one of these flags, the folio is in an LRU list or reclaim has it. */
#define LISTED	(BIT(ANNEX_FOLIO_LRU) | BIT(ANNEX_FOLIO_ISOLATED))

/* The folio that a link word names, or NULL. */
static struct annex_folio *link_folio(const struct annex_frames *frames,
				      u32 link)
{
	u32 nr = link & ANNEX_LINK_VALUE_MASK;

	/* A caller without a reference may see the link after a reuse. */
	if (annex_link_kind(link) != ANNEX_LINK_FOLIO ||
	    unlikely(nr >> ANNEX_FOLIO_SLAB_BITS >= frames->lowmem_pages))
		return NULL;
	return annex_folio_slab_folio(frames, nr);
}

/**
 * annex_head_folio() - the folio of a block
 * @frames: the frames of the pool
 * @head: the block's head
 *
 * Context: any.
 * Return: the folio or NULL.
 */
struct annex_folio *annex_head_folio(const struct annex_frames *frames,
				     const struct annex_page *head)
{
	u32 state = atomic_read_acquire(&head->state);

	if ((state & (ANNEX_PAGE_STATE_MASK | FOLIO)) !=
	    (ANNEX_PAGE_USED | FOLIO))
		return NULL;
	return link_folio(frames, READ_ONCE(head->link));
}
EXPORT_SYMBOL_FOR_KUNIT(annex_head_folio);

static void folio_init(struct annex_frames *frames, struct annex_folio *folio,
		       annex_pfn_t pfn)
{
	INIT_LIST_HEAD(&folio->lru);
	folio->mapping = NULL;
	folio->index = 0;
	folio->private = 0;
	atomic_set(&folio->_mapcount, -1);
	atomic_set(&folio->flags, 0);
	folio->pfn = pfn;
	folio->zone = annex_pfn_zone(frames, pfn);
}

/*
 * Tie a block and a folio together. The private value in the link word moves to
 * the folio: the owner may not know that the block gets a folio.
 */
static int tie(struct annex_frames *frames, struct annex_page *head,
	       struct annex_folio *folio)
{
	folio_init(frames, folio, head - frames->mem_map);
	return annex_page_tie_folio(head, annex_folio_slab_nr(frames, folio),
				    &folio->private);
}

/*
 * Tie a block to a folio of a list, or of @fresh; -ENOSPC if there is none. If a
 * failed attempt leaves a folio slab empty, @empty is set to it.
 */
static int try_attach(struct annex_frames *frames,
		      struct annex_folio_slab_list *list,
		      struct annex_page *head, struct annex_page **fresh,
		      struct annex_folio **foliop, struct annex_page **empty)
{
	int err = annex_page_unfit(atomic_read(&head->state));
	struct annex_folio *folio;
	unsigned long flags;

	/* A folio that another thread is tying is waited for below. */
	if (err && (err != -EEXIST || annex_head_folio(frames, head)))
		return err;
	spin_lock_irqsave(&list->lock, flags);
	folio = annex_folio_slab_take_locked(frames, list, fresh);
	err = folio ? tie(frames, head, folio) : -ENOSPC;
	if (err && folio)
		*empty = annex_folio_slab_give_locked(frames, folio);
	spin_unlock_irqrestore(&list->lock, flags);
	*foliop = err ? NULL : folio;
	return err;
}

/* Lowmem has no frame to spare: take a free folio from the list of any CPU. */
static int attach_anywhere(struct annex_frames *frames, struct annex_page *head,
			   struct annex_folio **foliop,
			   struct annex_page **empty)
{
	struct annex_page *none = NULL;
	int err = -ENOSPC;
	unsigned int i;

	for (i = 0; i < ANNEX_FOLIO_SLAB_LISTS && err == -ENOSPC; i++)
		err = try_attach(frames, &frames->reclaim->folio_slabs.list[i],
				 head, &none, foliop, empty);
	return err == -ENOSPC ? -ENOMEM : err;
}

/*
 * This CPU's list has no folio. Set @fresh to a frame for folios, or attach with
 * a folio of another CPU. Only if there is neither is it worth waiting, or using
 * a reserve. The lock is not held while frames are allocated.
 */
static int find_folio(struct annex_frames *frames, struct annex_page *head,
		      gfp_t gfp, struct annex_page **fresh,
		      struct annex_folio **foliop, struct annex_page **empty)
{
	int err;

	*fresh = annex_folio_slab_try(frames, gfp);
	if (*fresh)
		return 0;
	err = attach_anywhere(frames, head, foliop, empty);
	if (err == -ENOMEM)
		err = annex_object_page_alloc(frames, gfp, fresh);
	return err;
}

static int attach(struct annex_frames *frames, struct annex_page *head,
		  gfp_t gfp, struct annex_folio **foliop)
{
	struct annex_page *fresh = NULL, *empty = NULL;
	int err;

	for (;;) {
		err = try_attach(frames, annex_folio_slab_list_here(frames),
				 head, &fresh, foliop, &empty);
		if (err != -ENOSPC)
			break;
		if (fresh)
			return annex_disown(frames, fresh);
		err = find_folio(frames, head, gfp, &fresh, foliop, &empty);
		if (err || !fresh)
			break;
	}
	/* Another thread freed a folio, or attached a folio to this block. */
	annex_object_page_free(frames, fresh);
	annex_object_page_free(frames, empty);
	return err;
}

/* annex_folio_attach() in a pool. */
int __annex_folio_attach(struct annex_frames *frames, struct annex_page *page,
			 gfp_t gfp, struct annex_folio **foliop)
{
	int err = -EFAULT;

	*foliop = NULL;
	if (annex_refused_nmi(frames, ANNEX_BAD_ALLOC, "folio_attach"))
		return -EINVAL;
	if (unlikely(annex_page_nr(frames, page) >= frames->nr_pages))
		goto refuse;
	/* Our own reference keeps the block from being freed and reused. */
	err = annex_page_take_ref(page) ? -EINVAL : 0;
	if (unlikely(err))
		goto refuse;
	err = attach(frames, page, gfp, foliop);
	__annex_put_page(frames, page);
	if (likely(!err || err == -ENOMEM))
		return err;
refuse:
	return annex_refuse_page(frames, ANNEX_BAD_ALLOC, err, "folio_attach",
				 page);
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_folio_attach);

/* annex_folio_alloc() from a pool. */
int __annex_folio_alloc(struct annex_frames *frames, gfp_t gfp,
			unsigned int order, struct annex_folio **foliop)
{
	struct annex_page *page;
	int err;

	*foliop = NULL;
	err = annex_block_alloc(frames, gfp | __GFP_COMP, order, &page);
	if (unlikely(err))
		return err;
	err = attach(frames, page, gfp, foliop);
	if (unlikely(err))
		annex_block_free(frames, page, order);
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_folio_alloc);

/**
 * annex_folio_of() - look up the folio of a block, attach one if it has none
 * @frames: the frames of the pool
 * @head: the head of a block that the caller has a reference to, and whose
 *	folio is not detached meanwhile
 * @gfp: allocation flags
 * @foliop: set to the folio, or to NULL
 *
 * Context: any but NMI; it may sleep if @gfp allows it. Nothing is reported.
 * Return: 0; -EBUSY if the block has ANNEX_PG_PRIVATE, belongs to the heap or
 * is a page table; -ENOMEM.
 */
int annex_folio_of(struct annex_frames *frames, struct annex_page *head,
		   gfp_t gfp, struct annex_folio **foliop)
{
	int err;

	do {
		*foliop = annex_head_folio(frames, head);
		if (*foliop)
			return 0;
		err = attach(frames, head, gfp, foliop);
	} while (err == -EEXIST);
	return err;
}

/**
 * annex_folio_lock() - keep a folio attached to its block
 * @frames: the frames of the pool
 * @head: the head of a block
 * @flags: for annex_folio_unlock()
 * @foliop: set to the folio
 *
 * Context: any but NMI.
 * Return: the list of its folio, locked, for annex_folio_unlock(): the folio is
 * not detached and does not end. NULL, and no lock, if there is no folio.
 */
struct annex_folio_slab_list *annex_folio_lock(struct annex_frames *frames,
					       const struct annex_page *head,
					       unsigned long *flags,
					       struct annex_folio **foliop)
{
	struct annex_folio_slab_list *list;

	while ((*foliop = annex_head_folio(frames, head))) {
		list = annex_folio_slab_home(frames, *foliop);
		spin_lock_irqsave(&list->lock, *flags);
		/* sparse cannot follow a conditional lock. */
		__release(&list->lock);
		/* Recheck under the lock: the first look-up took none. */
		if (annex_head_folio(frames, head) == *foliop &&
		    annex_folio_slab_home(frames, *foliop) == list)
			return list;
		annex_folio_unlock(list, *flags);
	}
	return NULL;
}

/**
 * annex_folio_unlock() - undo annex_folio_lock()
 * @list: from annex_folio_lock()
 * @flags: from annex_folio_lock()
 */
void annex_folio_unlock(struct annex_folio_slab_list *list, unsigned long flags)
{
	__acquire(&list->lock);
	spin_unlock_irqrestore(&list->lock, flags);
}

/* Does a mapping, a page table or unwritten data depend on the folio? */
static bool relied_on(const struct annex_folio *folio)
{
	return folio->mapping || annex_folio_mapcount(folio) ||
	       atomic_read(&folio->flags) & (BIT(ANNEX_FOLIO_DIRTY) |
					     BIT(ANNEX_FOLIO_WRITEBACK));
}

static bool may_detach(const struct annex_folio *folio)
{
	return !relied_on(folio) &&
	       !(atomic_read(&folio->flags) & LISTED);
}

/**
 * annex_folio_known() - is this a folio of the pool? If not, report it
 * @frames: the frames of the pool
 * @folio: anything
 * @counter: which counter a refusal adds to
 * @call: the name of the call, for the report
 *
 * Context: any.
 */
bool annex_folio_known(struct annex_frames *frames,
		       const struct annex_folio *folio,
		       enum annex_counter counter, const char *call)
{
	if (likely(annex_folio_slab_in_use(frames, folio)))
		return true;
	annex_refuse_call(frames, counter, -EFAULT, call,
			  "the argument is no folio of the pool, or one that has ended");
	return false;
}

/* annex_folio_detach() in a pool. */
int __annex_folio_detach(struct annex_frames *frames, struct annex_folio *folio)
{
	struct annex_page *head, *empty = NULL;
	struct annex_folio_slab_list *list;
	struct annex_folio *found;
	unsigned long flags;
	bool may;

	if (annex_refused_nmi(frames, ANNEX_BAD_FREE, "folio_detach"))
		return -EINVAL;
	if (!annex_folio_known(frames, folio, ANNEX_BAD_FREE, "folio_detach"))
		return -EFAULT;
	head = annex_folio_head(folio);
	list = annex_folio_lock(frames, head, &flags, &found);
	/* Of two concurrent callers, one finds the folio detached. */
	may = list && found == folio && may_detach(folio) &&
	      !annex_page_untie_folio(head, annex_folio_slab_nr(frames, folio));
	if (may)
		empty = annex_folio_slab_give_locked(frames, folio);
	if (list)
		annex_folio_unlock(list, flags);
	annex_object_page_free(frames, empty);
	return may ? 0 :
		     annex_refuse_page(frames, ANNEX_BAD_FREE, -EBUSY,
				       "folio_detach", head);
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_folio_detach);

/* annex_folio_drop_second(), if ISOLATED does not change meanwhile. */
static int drop_second(struct annex_frames *frames, struct annex_page *head)
{
	int old = atomic_read_acquire(&head->state);
	const struct annex_folio *folio;

	if ((u32)old >> ANNEX_REF_SHIFT != 2)
		return -EAGAIN;
	folio = annex_head_folio(frames, head);
	if (folio && annex_folio_test_flag(folio, ANNEX_FOLIO_ISOLATED) &&
	    (old & BIT(ANNEX_PG_PRIVATE) || relied_on(folio)))
		return -EBUSY;
	return atomic_try_cmpxchg(&head->state, &old,
				  (int)((u32)old - ANNEX_REF_ONE)) ? 0 : -EAGAIN;
}

/**
 * annex_folio_drop_second() - drop the second last reference to a folio
 * @frames: the frames of the pool
 * @head: its block's head, for which annex_page_drop_ref_unless() has returned
 *	-EAGAIN
 *
 * If the other reference is the temporary one of reclaim, this one is the last
 * that counts. It is checked like the last one, so that a caller that makes a
 * mistake gets an error and keeps the frame.
 *
 * Reclaim sets ISOLATED before it takes its reference. When it puts the folio
 * back, it clears ISOLATED after it has dropped the reference. It does each
 * pair under the lru lock. So without the flag, reclaim has no reference; with
 * the flag, the check is repeated under the lock, because two other threads may
 * have the references. Without the lock, one mistake is not seen: between the
 * two looks at the count reclaim isolates the folio and another caller drops a
 * reference too many. The folio then stays until its owner releases it.
 *
 * Context: any but NMI.
 * Return: 0; -EBUSY, and the reference is kept, if only reclaim would keep a
 * reference to a folio that is mapped, dirty or otherwise relied on; -EAGAIN if
 * the count has changed.
 */
int annex_folio_drop_second(struct annex_frames *frames,
			    struct annex_page *head)
{
	struct annex_lruvec *lruvec;
	unsigned long flags;
	int err;

	err = drop_second(frames, head);
	if (likely(err != -EBUSY))
		return err;
	lruvec = &annex_pfn_zone(frames, head - frames->mem_map)->lruvec;
	spin_lock_irqsave(&lruvec->lock, flags);
	err = drop_second(frames, head);
	spin_unlock_irqrestore(&lruvec->lock, flags);
	return err;
}

/**
 * annex_folio_drop_last() - drop a reference that may be the last to a folio
 * @frames: the frames of the pool
 * @head: its block's head, for which annex_page_drop_ref() has returned -EBUSY
 *
 * Context: any but NMI.
 * Return: as annex_page_drop_ref(), but also 1 if the block had a folio that
 * nothing relied on and that has ended; -EAGAIN if the reference is the second
 * last.
 */
int annex_folio_drop_last(struct annex_frames *frames, struct annex_page *head)
{
	u32 busy = ANNEX_PG_CHECK_AT_FREE | ANNEX_DROP_WATCHED;
	struct annex_page *empty = NULL;
	struct annex_folio_slab_list *list;
	struct annex_folio *folio;
	unsigned long flags;
	int last;

	list = annex_folio_lock(frames, head, &flags, &folio);
	if (!list)
		return annex_page_drop_ref_unless(head, busy);
	if (!relied_on(folio))
		busy &= ~FOLIO;
	last = annex_page_drop_ref_unless(head, busy);
	if (last > 0 && !(busy & FOLIO)) {
		if (atomic_read(&folio->flags) & LISTED)
			annex_lru_release(folio);
		empty = annex_folio_slab_give_locked(frames, folio);
	}
	annex_folio_unlock(list, flags);
	annex_object_page_free(frames, empty);
	return last;
}

/* annex_page_folio() in a pool. */
struct annex_folio *__annex_page_folio(struct annex_frames *frames,
				       struct annex_page *page)
{
	if (unlikely(annex_page_nr(frames, page) >= frames->nr_pages))
		return NULL;
	return annex_head_folio(frames, annex_head_of(frames, page));
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_page_folio);

/* annex_folio_get() in a pool. */
int __annex_folio_get(struct annex_frames *frames, struct annex_folio *folio)
{
	if (!annex_folio_known(frames, folio, ANNEX_BAD_REF, "folio_get"))
		return -EFAULT;
	return __annex_get_page(frames, annex_folio_head(folio));
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_folio_get);

/* annex_folio_put() in a pool. */
int __annex_folio_put(struct annex_frames *frames, struct annex_folio *folio)
{
	if (!annex_folio_known(frames, folio, ANNEX_BAD_REF, "folio_put"))
		return -EFAULT;
	return __annex_put_page(frames, annex_folio_head(folio));
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_folio_put);

/*
 * annex_page_private() in a pool. The folio has the value if there is one, else
 * the descriptor.
 */
unsigned long __annex_page_private(struct annex_frames *frames,
				   struct annex_page *page)
{
	const struct annex_folio *folio;
	const struct annex_page *head;
	u32 link;

	if (unlikely(annex_page_nr(frames, page) >= frames->nr_pages))
		return 0;
	head = annex_head_of(frames, page);
	if (annex_page_state(head) != ANNEX_PAGE_USED)
		return 0;
	/* One read: a folio may be attached at any moment. */
	link = READ_ONCE(head->link);
	if (annex_link_kind(link) == ANNEX_LINK_PRIVATE)
		return link & ANNEX_PFN_MASK;
	folio = link_folio(frames, link);
	return folio ? READ_ONCE(folio->private) : 0;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_page_private);

/* Store in the folio if there is one, even if it is attached just now. */
static int store_private(struct annex_frames *frames, struct annex_page *page,
			 unsigned long value)
{
	struct annex_folio *folio = annex_head_folio(frames, page);
	int err = -EBUSY;

	if (!folio) {
		err = value > ANNEX_PFN_MASK ?
			      -ERANGE : annex_page_store_private(page, value);
		folio = err == -EBUSY ? annex_head_folio(frames, page) : NULL;
	}
	if (!folio)
		return err;
	WRITE_ONCE(folio->private, value);
	return 0;
}

/* annex_set_page_private() in a pool. */
int __annex_set_page_private(struct annex_frames *frames,
			     struct annex_page *page, unsigned long value)
{
	int err = -EFAULT;

	if (likely(annex_page_nr(frames, page) < frames->nr_pages))
		err = store_private(frames, page, value);
	if (unlikely(err == -ERANGE))
		return annex_refuse_call(frames, ANNEX_BAD_FLAG, err,
					 "set_page_private",
					 "the value has more than 24 bits, and the frame no folio");
	if (unlikely(err))
		return annex_refuse_page(frames, ANNEX_BAD_FLAG, err,
					 "set_page_private", page);
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_set_page_private);

/* annex_page_index() in a pool. */
unsigned long __annex_page_index(struct annex_frames *frames,
				 struct annex_page *page)
{
	struct annex_folio *folio = __annex_page_folio(frames, page);

	if (!folio)
		return 0;
	return READ_ONCE(folio->index) + (page - annex_folio_head(folio));
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_page_index);
