// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tree of a frame table: root, leaves, entries.
 *
 *   root (memory of the host)      leaf (a frame)       data (a frame)
 *   +---+---+---+---+---           +---+---+---+---     +-----------
 *   | 0 | o | 0 | o |       ,----> | 0 | o | 0 |   ,--> | 4 KB
 *   +---+-|-+---+---+---   /       +---+-|-+---+-- /    +-----------
 *         `---------------'              `--------'
 *    one entry for 4 MB             one entry for 4 KB
 *
 * Leaves and data are frames that have no address: each access maps one at a
 * scratch address of the CPU (host/frame.h), in any context but NMI, with
 * interrupts off, and without anything that can fail.
 *
 * A frame is reachable from its publication, a store-release of its entry after
 * its contents were written, until its entry is cleared; it is freed after a
 * grace period. So at every instant, also that of a crash:
 *
 *  - no frame is in two places, and none that is free is in any;
 *  - the descriptor of a leaf counts its entries that are no hole, and besides
 *    those that are being set or cleared while the lock is held. Without the
 *    lock held, there is at least one.
 *
 * Locking: look-ups are RCU readers and take no lock. Changes take the lock of
 * the leaf's part of the table, with interrupts off.
 *
 * Failing: a fresh frame or leaf is needed that the caller has not brought.
 */
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "base/for_kunit.h"
#include "page/page.h"
#include "store/leaf.h"
#include "store/store.h"

static unsigned long host_pfn(const struct annex_frame_table *t,
			      annex_pfn_t pfn)
{
	return t->base_pfn + pfn;
}

/* The entries of a leaf, while interrupts are off. */
static __always_inline u32 *entries(const struct annex_frame_table *t, annex_pfn_t leaf)
{
	return annex_frame_show_at(t->host, ANNEX_SCRATCH_LEAF,
				   host_pfn(t, leaf));
}

/* Set an entry, with the part's lock held. */
static void publish(const struct annex_frame_table *t, annex_pfn_t leaf,
		    u32 index, u32 value)
{
	u32 *entry = entries(t, leaf);

	/* The contents of its frame come first; pairs with annex_leaf_entry(). */
	smp_store_release(&entry[index % ANNEX_LEAF_ENTRIES], value);
}

/**
 * annex_leaf_lookup() - the entry of an index
 * @t: the table
 * @index: less than its number of entries
 *
 * Context: any but NMI, in an RCU reader: the frame of the entry stays.
 * Return: the entry, 0 for a hole.
 */
u32 annex_leaf_lookup(const struct annex_frame_table *t, u32 index)
{
	unsigned long flags;
	u32 entry;

	local_irq_save(flags);
	entry = annex_leaf_entry(t, index);
	local_irq_restore(flags);
	return entry;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_leaf_lookup);

static __always_inline void count_frames(struct annex_frame_table *t,
					 struct annex_table_part *part, int nr)
{
	part->frames += nr;
	WRITE_ONCE(part->changes, part->changes + 1);
	annex_count_events(&t->store->frames->counters, ANNEX_TABLE_FRAMES, nr);
}

static void count_leaves(struct annex_frame_table *t,
			 struct annex_table_part *part, int nr)
{
	part->leaves += nr;
	annex_count_events(&t->store->frames->counters, ANNEX_TABLE_LEAVES, nr);
}

/* Set the count in the descriptor of a leaf, at least 1. */
static void set_count(struct annex_frame_table *t, annex_pfn_t leaf, u32 index,
		      unsigned int nr)
{
	annex_page_set_own(t->store->frames->mem_map + leaf,
			   ANNEX_STORE_LEAF | index >> ANNEX_LEAF_SHIFT |
				   (nr - 1) << ANNEX_LEAF_NR_BITS);
}

/* The descriptor of the leaf of a root's entry. */
static struct annex_page *leaf_page(const struct annex_frame_table *t, u32 leaf)
{
	return t->store->frames->mem_map + annex_entry_pfn(leaf);
}

/* One entry of a leaf, which keeps at least one, comes into use or goes. */
static __always_inline void count_one(struct annex_frame_table *t,
				      struct annex_table_part *part, u32 leaf,
				      int nr)
{
	struct annex_page *page = leaf_page(t, leaf);

	annex_page_set_own(page, annex_page_own(page) +
				 ((u32)nr << ANNEX_LEAF_NR_BITS));
	count_frames(t, part, nr);
}

static annex_pfn_t pfn_of(const struct annex_frame_table *t,
			  const struct annex_page *page)
{
	return page - t->store->frames->mem_map;
}

/* Write an entry that has a frame, with the part's lock held. */
static void write_locked(struct annex_frame_table *t, u32 index, u32 entry,
			 const struct annex_span *span)
{
	unsigned long pfn = host_pfn(t, annex_entry_pfn(entry));
	u32 leaf = *annex_root_slot(t, index);

	if (!span->from)
		return;
	if (entry & ANNEX_ENTRY_UNWRITTEN && span->len < PAGE_SIZE)
		annex_frame_clear(t->host, pfn);
	annex_frame_write(t->host, pfn, span->offset, span->from, span->len);
	if (entry & ANNEX_ENTRY_UNWRITTEN)
		publish(t, annex_entry_pfn(leaf), index,
			entry & ~ANNEX_ENTRY_UNWRITTEN);
}

/* Install the fresh frame, and the fresh leaf if there is none yet. */
static void install_locked(struct annex_frame_table *t, u32 index, u32 flags,
			   struct annex_fresh *fresh)
{
	struct annex_table_part *part = annex_part_of(t, index);
	u32 *slot = annex_root_slot(t, index), leaf = *slot;
	u32 entry = annex_entry(pfn_of(t, fresh->data), flags);

	lockdep_assert_held(&part->lock);
	if (leaf) {
		annex_pfn_t pfn = annex_entry_pfn(leaf);

		set_count(t, pfn, index,
			  annex_leaf_count(t->store->frames->mem_map + pfn) + 1);
		publish(t, pfn, index, entry);
	} else {
		annex_pfn_t pfn = pfn_of(t, fresh->leaf);

		set_count(t, pfn, index, 1);
		publish(t, pfn, index, entry);
		/* Its entries come first; pairs with look-ups. */
		smp_store_release(slot, annex_entry(pfn, 0));
		fresh->leaf = NULL;
		count_leaves(t, part, 1);
		atomic_dec(&t->new_leaves);
	}
	fresh->data = NULL;
	count_frames(t, part, 1);
}

/* Change the flags of an entry. */
static void add_flags(struct annex_frame_table *t, u32 index, u32 entry,
		      u32 flags)
{
	u32 leaf = *annex_root_slot(t, index);

	publish(t, annex_entry_pfn(leaf), index, entry | flags);
}

/**
 * annex_leaf_fill() - write an entry, with a frame if it has none
 * @t: the table
 * @index: which
 * @span: what to write; @fresh has it already
 * @flags: flags that the entry gets; %ANNEX_ENTRY_UNWRITTEN only if it was a
 *	hole
 * @fresh: frames to install; those that are used become NULL
 *
 * Context: any but NMI.
 * Return: 0; -EAGAIN, with nothing changed, if a fresh frame is missing.
 */
int annex_leaf_fill(struct annex_frame_table *t, u32 index,
		    const struct annex_span *span, u32 flags,
		    struct annex_fresh *fresh)
{
	struct annex_table_part *part = annex_part_of(t, index);
	unsigned long irqflags;
	u32 entry;
	int err = 0;

	spin_lock_irqsave(&part->lock, irqflags);
	entry = annex_leaf_entry(t, index);
	if (entry) {
		write_locked(t, index, entry, span);
		flags &= ~ANNEX_ENTRY_UNWRITTEN;
		if (flags & ~entry)
			add_flags(t, index, entry, flags);
	} else if (fresh->data && (fresh->leaf || *annex_root_slot(t, index))) {
		install_locked(t, index, flags, fresh);
	} else {
		err = -EAGAIN;
	}
	spin_unlock_irqrestore(&part->lock, irqflags);
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_leaf_fill);

/* Change entries, with the part's lock held; return how many became holes. */
static u32 change_entries(struct annex_frame_table *t, annex_pfn_t leaf,
			  u32 first, u32 end, annex_entry_fn decide,
			  struct annex_chain *chain)
{
	u32 *entry = entries(t, leaf);
	u32 i, removed = 0;

	for (i = first; i < end; i++) {
		u32 *at = entry + i % ANNEX_LEAF_ENTRIES, old = *at, new;

		new = old ? decide(old) : 0;
		if (new == old)
			continue;
		WRITE_ONCE(*at, new);
		if (new)
			continue;
		annex_store_remove(t->store, annex_entry_pfn(old), chain);
		removed++;
	}
	return removed;
}

/* Entries of a leaf became holes: a leaf without others is removed. */
static void shrink_locked(struct annex_frame_table *t, u32 index, u32 removed,
			  struct annex_chain *chain)
{
	struct annex_table_part *part = annex_part_of(t, index);
	u32 *slot = annex_root_slot(t, index);
	annex_pfn_t leaf = annex_entry_pfn(*slot);
	unsigned int nr =
		annex_leaf_count(t->store->frames->mem_map + leaf) - removed;

	lockdep_assert_held(&part->lock);
	count_frames(t, part, -removed);
	if (nr) {
		set_count(t, leaf, index, nr);
		return;
	}
	WRITE_ONCE(*slot, 0);
	annex_store_remove(t->store, leaf, chain);
	count_leaves(t, part, -1);
}

/* An entry, with the part's lock held; NULL if there is no leaf. */
static __always_inline u32 *find_locked(const struct annex_frame_table *t,
					u32 index, u32 *leaf)
{
	*leaf = *annex_root_slot(t, index);
	if (unlikely(!*leaf))
		return NULL;
	return entries(t, annex_entry_pfn(*leaf)) + index % ANNEX_LEAF_ENTRIES;
}

/**
 * annex_leaf_install() - fill a hole of a leaf that is there
 * @t: the table
 * @index: which
 * @fresh: its frame, with all of its contents; NULL afterwards
 *
 * Context: any but NMI.
 * Return: true; false, with nothing changed, if there is no leaf, or no hole.
 */
bool annex_leaf_install(struct annex_frame_table *t, u32 index,
			struct annex_fresh *fresh)
{
	struct annex_table_part *part = annex_part_of(t, index);
	unsigned long flags;
	u32 *at, leaf;

	spin_lock_irqsave(&part->lock, flags);
	at = find_locked(t, index, &leaf);
	if (likely(at && !*at)) {
		count_one(t, part, leaf, 1);
		/* As publish(). */
		smp_store_release(at, annex_entry(pfn_of(t, fresh->data), 0));
		fresh->data = NULL;
	}
	spin_unlock_irqrestore(&part->lock, flags);
	return !fresh->data;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_leaf_install);

/**
 * annex_leaf_remove() - remove one entry
 * @t: the table
 * @index: which
 *
 * As annex_leaf_change(), without its loops and calls: this is how each page of
 * swap goes.
 *
 * Context: any but NMI.
 * Return: 1 if it became a hole, 0 if it was one.
 */
u32 annex_leaf_remove(struct annex_frame_table *t, u32 index)
{
	struct annex_table_part *part = annex_part_of(t, index);
	u32 *at, leaf, old = 0;
	bool last = false;
	unsigned long flags;

	spin_lock_irqsave(&part->lock, flags);
	at = find_locked(t, index, &leaf);
	if (at)
		old = *at;
	if (old)
		last = annex_leaf_count(leaf_page(t, leaf)) == 1;
	if (likely(old && !last)) {
		WRITE_ONCE(*at, 0);
		count_one(t, part, leaf, -1);
		annex_store_remove_one_locked(t->store, annex_entry_pfn(old));
		annex_table_uncharge(t, 1);
	}
	spin_unlock_irqrestore(&part->lock, flags);
	if (unlikely(last))
		return annex_leaf_change(t, index, index + 1,
					 annex_entry_remove);
	return !!old;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_leaf_remove);

/**
 * annex_leaf_change() - change or remove entries of a leaf
 * @t: the table
 * @first: the first index
 * @end: one past the last, which is of the same leaf
 * @decide: called for each entry that is no hole
 *
 * Context: any but NMI.
 * Return: how many entries became holes.
 */
u32 annex_leaf_change(struct annex_frame_table *t, u32 first, u32 end,
		      annex_entry_fn decide)
{
	struct annex_table_part *part = annex_part_of(t, first);
	struct annex_chain chain = ANNEX_CHAIN_EMPTY;
	unsigned long flags;
	u32 leaf, removed = 0;

	/* A leaf that comes now comes after this call. */
	if (!READ_ONCE(*annex_root_slot(t, first)))
		return 0;
	spin_lock_irqsave(&part->lock, flags);
	leaf = *annex_root_slot(t, first);
	if (leaf)
		removed = change_entries(t, annex_entry_pfn(leaf), first, end,
					 decide, &chain);
	if (removed)
		shrink_locked(t, first, removed, &chain);
	spin_unlock_irqrestore(&part->lock, flags);
	annex_store_free_later(t->store, &chain);
	annex_table_uncharge(t, removed);
	return removed;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_leaf_change);

static bool is_found(u32 entry, enum annex_find find)
{
	switch (find) {
	case ANNEX_FIND_HOLE:
		return !entry;
	case ANNEX_FIND_FRAME:
		return entry;
	case ANNEX_FIND_ZEROS:
		return !annex_entry_has_data(entry);
	default:
		return annex_entry_has_data(entry);
	}
}

static u32 scan(const u32 *entry, u32 index, u32 end, enum annex_find find)
{
	while (index < end &&
	       !is_found(READ_ONCE(entry[index % ANNEX_LEAF_ENTRIES]), find))
		index++;
	return index;
}

/**
 * annex_leaf_next() - search a leaf
 * @t: the table
 * @index: where to begin
 * @end: where to end, in the same leaf
 * @find: what to search for
 *
 * Context: any but NMI.
 * Return: the first such index, @end if there is none.
 */
u32 annex_leaf_next(const struct annex_frame_table *t, u32 index, u32 end,
		    enum annex_find find)
{
	unsigned long flags;
	u32 leaf;

	rcu_read_lock();
	/* Pairs with install_locked(). */
	leaf = smp_load_acquire(annex_root_slot(t, index));
	if (leaf) {
		index = scan(annex_frame_enter(t->host,
					       host_pfn(t, annex_entry_pfn(leaf)),
					       &flags),
			     index, end, find);
		annex_frame_leave(flags);
	} else if (!is_found(0, find)) {
		index = end;
	}
	rcu_read_unlock();
	return index;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_leaf_next);

/**
 * annex_leaf_frames() - the frames with contents of a range
 * @t: the table
 * @first: the first index
 * @end: one past the last
 * @host_pfn: gets the host pfn of each, 0 for none
 *
 * Context: any but NMI. The caller knows why the frames stay.
 * Return: how many there are.
 */
unsigned int annex_leaf_frames(const struct annex_frame_table *t, u32 first,
			       u32 end, unsigned long *host_pfn)
{
	unsigned int nr = 0;
	unsigned long flags;

	local_irq_save(flags);
	for (; first < end; first++, host_pfn++) {
		u32 entry = annex_leaf_entry(t, first);

		*host_pfn = 0;
		if (!annex_entry_has_data(entry))
			continue;
		*host_pfn = annex_entry_host_pfn(t, entry);
		nr++;
	}
	local_irq_restore(flags);
	return nr;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_leaf_frames);
