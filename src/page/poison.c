// SPDX-License-Identifier: GPL-2.0-only
/*
 * Poison: free frames hold a known value, so that whoever writes to one is
 * found out when it is handed out again.
 *
 * With poison=1 all free frames are filled at load, each block when it is
 * freed, and each block is looked through when it is allocated. There is no
 * frame then of which it is not known whether it was filled, and nothing has
 * to be remembered for any.
 *
 * A frame that was written to is reported, counted in vmstat and handed out
 * all the same, as the kernel does it: the damage is to somebody's data, which
 * is elsewhere by now; the frame is as good as any.
 *
 * Locking: none; a block that is on its way belongs to the caller alone.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/poison.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>

#include "annex.h"
#include "host/frame.h"
#include "page/owner.h"
#include "page/poison.h"

#define POISON_WORD	(PAGE_POISON * 0x01010101U)

/* The kernel's limit for its own: a stray writer often hits many frames. */
static DEFINE_RATELIMIT_STATE(poison_limit, 5 * HZ, 10);

/* Bytes that a line of the log shows: enough to recognise a small structure. */
#define SHOWN_BYTES	32

/* A frame is surveyed in pieces: the stack that they lie on is the caller's. */
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
 * @annex: the pool, all of it free
 *
 * Context: process, may sleep; nobody else knows the pool.
 */
void annex_poison_all(struct annex *annex)
{
	annex_pfn_t pfn;

	for (pfn = 0; pfn < annex->nr_pages; pfn++) {
		if (annex_page_state(annex->mem_map + pfn) !=
		    ANNEX_PAGE_RESERVED)
			annex_poison_fill(annex, pfn, 0);
		cond_resched();
	}
}

/**
 * annex_poison_fill() - a block is free
 * @annex: the pool
 * @pfn: its first frame
 * @order: its order
 *
 * Context: any but NMI; the block is the caller's.
 */
void annex_poison_fill(struct annex *annex, annex_pfn_t pfn,
		       unsigned int order)
{
	annex_pfn_t end = pfn + (1U << order);

	for (; pfn < end; pfn++)
		annex_frame_fill(&annex->host, annex->base_pfn + pfn,
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

static void survey(struct annex *annex, annex_pfn_t pfn, struct damage *d)
{
	u8 chunk[CHUNK_BYTES];
	unsigned int at;

	for (at = 0; at < PAGE_SIZE; at += CHUNK_BYTES) {
		annex_frame_read(&annex->host, annex->base_pfn + pfn, at, chunk,
				 CHUNK_BYTES);
		survey_chunk(chunk, at, d);
	}
}

/*
 * The line begins as the kernel's does. A device may still be writing: should
 * the damage be gone by now, the line has the word that was found first.
 */
static void report(struct annex *annex, annex_pfn_t pfn, unsigned int word)
{
	struct damage d = { .first = word * 4, .last = word * 4 + 3 };
	u8 shown[SHOWN_BYTES];
	unsigned int nr;

	survey(annex, pfn, &d);
	nr = min_t(unsigned int, d.last - d.first + 1, SHOWN_BYTES);
	annex_frame_read(&annex->host, annex->base_pfn + pfn, d.first, shown,
			 nr);
	pr_err("annex: %s: frame %#x (%s) was written to while it was free: offsets %u to %u, %u bytes no longer %#x: %*ph\n",
	       d.bits == 1 ? "single bit error" : "memory corruption", pfn,
	       annex_pfn_zone(annex, pfn)->name, d.first, d.last, d.bytes,
	       PAGE_POISON, nr, shown);
	annex_owner_report(annex, pfn);
}

/**
 * annex_poison_check() - a block is about to be handed out
 * @annex: the pool
 * @pfn: its first frame
 * @order: its order
 *
 * Context: any but NMI; the block is the caller's.
 */
void annex_poison_check(struct annex *annex, annex_pfn_t pfn,
			unsigned int order)
{
	annex_pfn_t end = pfn + (1U << order);
	u32 found;
	int word;

	for (; pfn < end; pfn++) {
		word = annex_frame_mismatch(&annex->host, annex->base_pfn + pfn,
					    POISON_WORD, &found);
		if (likely(word < 0))
			continue;
		annex_count_events(&annex->counters, ANNEX_POISON_CORRUPT, 1);
		if (__ratelimit(&poison_limit))
			report(annex, pfn, word);
	}
}
