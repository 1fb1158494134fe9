// SPDX-License-Identifier: GPL-2.0-only
/*
 * Poison: free frames hold a known value, so that a write to a free frame is
 * detected when the frame is next allocated.
 *
 * With poison=1, all free frames are filled at load, and each block when it is
 * freed. Each block is checked when it is allocated. Since all free frames are
 * filled, no frame needs a flag for it.
 *
 * A frame with a wrong value is reported, counted in vmstat and handed out all
 * the same, as in the kernel: the stray write may have cost its caller data,
 * but the frame itself is good.
 *
 * Locking: none; a block between free list and owner belongs to the caller.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/poison.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>

#include "host/frame.h"
#include "page/frames.h"
#include "page/owner.h"
#include "page/poison.h"

#define POISON_WORD	(PAGE_POISON * 0x01010101U)

/* The kernel's limit for its own: a stray writer often hits many frames. */
static DEFINE_RATELIMIT_STATE(poison_limit, 5 * HZ, 10);

/* Bytes in a line of the log: enough to recognise a small structure. */
#define SHOWN_BYTES	32

/* A frame is surveyed in pieces, to save stack. */
#define CHUNK_BYTES	64

/* What was found in a frame that should be all poison. */
struct damage {
	unsigned int first;	/* offset of the first byte */
	unsigned int last;
	unsigned int bytes;
	unsigned int bits;
};

/**
 * annex_poison_all() - fill all frames of a pool that are not reserved
 * @frames: the frames of the pool, all of them free or reserved
 *
 * Context: process, may sleep; the pool is not published yet.
 */
void annex_poison_all(struct annex_frames *frames)
{
	annex_pfn_t pfn;

	for (pfn = 0; pfn < frames->nr_pages; pfn++) {
		if (annex_page_state(frames->mem_map + pfn) !=
		    ANNEX_PAGE_RESERVED)
			annex_poison_fill(frames, pfn, 0);
		cond_resched();
	}
}

/**
 * annex_poison_fill() - poison a block that is being freed
 * @frames: the frames of the pool
 * @pfn: its first frame
 * @order: its order
 *
 * Context: any but NMI; the caller owns the block.
 */
void annex_poison_fill(struct annex_frames *frames, annex_pfn_t pfn,
		       unsigned int order)
{
	annex_pfn_t end = pfn + (1U << order);

	for (; pfn < end; pfn++)
		annex_frame_fill(frames->host, frames->base_pfn + pfn,
				 POISON_WORD);
}

static void survey_chunk(const u8 *chunk, unsigned int at, struct damage *d)
{
	unsigned int i;

	for (i = 0; i < CHUNK_BYTES; i++) {
		if (chunk[i] == PAGE_POISON)
			continue;
		if (!d->bytes++)
			d->first = at + i;
		d->last = at + i;
		d->bits += hweight8(chunk[i] ^ PAGE_POISON);
	}
}

static void survey(struct annex_frames *frames, annex_pfn_t pfn,
		   struct damage *d)
{
	u8 chunk[CHUNK_BYTES];
	unsigned int at;

	for (at = 0; at < PAGE_SIZE; at += CHUNK_BYTES) {
		annex_frame_read(frames->host, frames->base_pfn + pfn, at,
				 chunk, CHUNK_BYTES);
		survey_chunk(chunk, at, d);
	}
}

/*
 * The line begins as the kernel's does. A device may still be writing. If the
 * frame is all poison by now, the line has the word that was wrong before.
 */
static void report(struct annex_frames *frames, annex_pfn_t pfn,
		   unsigned int word)
{
	struct damage d = { .first = word * 4, .last = word * 4 + 3 };
	u8 shown[SHOWN_BYTES];
	unsigned int nr;

	survey(frames, pfn, &d);
	nr = min_t(unsigned int, d.last - d.first + 1, SHOWN_BYTES);
	annex_frame_read(frames->host, frames->base_pfn + pfn, d.first, shown,
			 nr);
	pr_err("annex: %s: frame %#x (%s) was written to while it was free: offsets %u to %u, %u bytes no longer %#x: %*ph\n",
	       d.bits == 1 ? "single bit error" : "memory corruption", pfn,
	       annex_pfn_zone(frames, pfn)->name, d.first, d.last, d.bytes,
	       PAGE_POISON, nr, shown);
	annex_owner_report(frames, pfn);
}

/**
 * annex_poison_check() - check a block that is being allocated
 * @frames: the frames of the pool
 * @pfn: its first frame
 * @order: its order
 *
 * Context: any but NMI; the caller owns the block.
 */
void annex_poison_check(struct annex_frames *frames, annex_pfn_t pfn,
			unsigned int order)
{
	annex_pfn_t end = pfn + (1U << order);
	u32 found;
	int word;

	for (; pfn < end; pfn++) {
		word = annex_frame_mismatch(frames->host,
					    frames->base_pfn + pfn, POISON_WORD,
					    &found);
		if (likely(word < 0))
			continue;
		annex_count_events(&frames->counters, ANNEX_POISON_CORRUPT, 1);
		if (__ratelimit(&poison_limit))
			report(frames, pfn, word);
	}
}
