/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_STORE_ENTRY_H
#define ANNEX_STORE_ENTRY_H

/*
 * The entries of a frame table, as values.
 *
 *    31          30     29        28   24 23                        0
 *   | UNWRITTEN | HELD | HOLDING |   0   | annex pfn + 1, 0 for none |
 *
 * A hole is 0. UNWRITTEN: the entry has a frame whose contents are undefined,
 * and reads as zeros. HELD: annex_frame_table_hold() has asked for the frame, so
 * zeros do not replace it. HOLDING: that call is still in progress, and it was
 * the one that set HELD.
 *
 * UNWRITTEN is set by annex_frame_table_hold() alone, so it implies HELD.
 */
#include <linux/bits.h>
#include <linux/types.h>
#include <annex/types.h>

#define ANNEX_ENTRY_HOLDING	((u32)BIT(29))
#define ANNEX_ENTRY_HELD	((u32)BIT(30))
#define ANNEX_ENTRY_UNWRITTEN	((u32)BIT(31))
#define ANNEX_ENTRY_FLAGS						\
	(ANNEX_ENTRY_HOLDING | ANNEX_ENTRY_HELD | ANNEX_ENTRY_UNWRITTEN)

/* An entry that maps a frame; @pfn is less than ANNEX_PFN_NIL. */
static inline u32 annex_entry(annex_pfn_t pfn, u32 flags)
{
	return (pfn + 1) | flags;
}

/* The frame of an entry that is no hole. */
static inline annex_pfn_t annex_entry_pfn(u32 entry)
{
	return (entry & ANNEX_PFN_MASK) - 1;
}

/* Does an entry have a frame with contents? Neither a hole nor UNWRITTEN. */
static __always_inline bool annex_entry_has_data(u32 entry)
{
	return (s32)entry > 0;
}

static_assert(ANNEX_ENTRY_UNWRITTEN == 1U << 31);

/**
 * typedef annex_entry_fn - decide what becomes of an entry
 * @entry: its value, not 0
 *
 * Return: the new value; 0 removes the frame.
 */
typedef u32 (*annex_entry_fn)(u32 entry);

/* The hole of annex_frame_table_punch(). */
static inline u32 annex_entry_remove(u32 entry)
{
	return 0;
}

/* The hole of a page of zeros: a held frame stays. */
static inline u32 annex_entry_remove_unheld(u32 entry)
{
	return entry & ANNEX_ENTRY_HELD ? entry : 0;
}

/* A hold has succeeded. */
static inline u32 annex_entry_end_hold(u32 entry)
{
	return entry & ~ANNEX_ENTRY_HOLDING;
}

/* A hold has failed: what it found, or what was written meanwhile, stays. */
static inline u32 annex_entry_undo_hold(u32 entry)
{
	if (!(entry & ANNEX_ENTRY_HOLDING))
		return entry;
	if (entry & ANNEX_ENTRY_UNWRITTEN)
		return 0;
	return entry & ~(ANNEX_ENTRY_HELD | ANNEX_ENTRY_HOLDING);
}

#endif /* ANNEX_STORE_ENTRY_H */
