// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does memory answer in the claimed range?
 *
 * The E820 map repeats whatever the user wrote in memmap=. Where no memory
 * answers, reads return all ones and writes are lost. Where an address line is
 * missing, two addresses reach the same cell. The probe, at every load, writes
 * a word to each of about ninety frames and reads them back only when all are
 * written. The frames are spread evenly, plus the last one and those at
 * distances of 1, 2, 4, ... frames from the first, so that each address line
 * distinguishes two of them. The second round inverts the bits.
 *
 * memtest=N writes and checks every word of the range N times. That is slow: it
 * is for new memory, not for each boot.
 *
 * Between writing and reading, caches are written back and invalidated;
 * otherwise they would answer for memory that is not there.
 *
 * Both destroy the contents of the frames; the caller leaves out the reserved
 * ones. Process context.
 * Failing: -EIO, and the address; -EINTR if insmod is killed, since a test of
 * all memory takes minutes.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include <annex/types.h>

#include "base/for_kunit.h"
#include "base/refuse.h"
#include "host/frame.h"
#include "host/memtest.h"

/* Evenly spread frames; with the last and one per address line they are 89. */
#define PROBE_SPREAD	64
#define PROBE_FRAMES	(PROBE_SPREAD + 1 + ANNEX_PFN_BITS)

static unsigned long probe_index(unsigned int i, unsigned long nr_pages)
{
	if (i < PROBE_SPREAD)
		return div_u64((u64)i * nr_pages, PROBE_SPREAD);
	i -= PROBE_SPREAD;
	if (i < ANNEX_PFN_BITS && 1UL << i < nr_pages)
		return 1UL << i;
	return nr_pages - 1;
}

static u32 probe_word(unsigned long pfn, u32 invert)
{
	/* Any odd constant spreads the numbers; this is 2^32 / phi. */
	return ((u32)pfn * 0x9e3779b1U) ^ invert;
}

static int no_memory(unsigned long pfn, unsigned int offset, u32 wrote,
		     u32 found, struct annex_reason *why)
{
	return annex_refuse(why, -EIO,
			    "no working memory at %#llx: wrote %08x, read %08x; claim a range that has RAM behind all of it",
			    ((u64)pfn << PAGE_SHIFT) + offset, wrote, found);
}

/* The first and the last word of a frame. */
static const unsigned int ends[] = { 0, PAGE_SIZE - sizeof(u32) };

/**
 * annex_memtest_write() - the first half of a probe
 * @host: with its scratch window
 * @base_pfn: first frame of a range
 * @nr_pages: frames, at most 2^24
 * @invert: 0, or all ones for the second round
 *
 * Context: process.
 */
void annex_memtest_write(struct annex_host *host, unsigned long base_pfn,
			 unsigned long nr_pages, u32 invert)
{
	unsigned int i, e;

	for (i = 0; i < PROBE_FRAMES; i++) {
		unsigned long pfn = base_pfn + probe_index(i, nr_pages);
		u32 word = probe_word(pfn, invert);

		for (e = 0; e < ARRAY_SIZE(ends); e++)
			annex_frame_write(host, pfn, ends[e], &word,
					  sizeof(word));
	}
}
EXPORT_SYMBOL_FOR_KUNIT(annex_memtest_write);

/**
 * annex_memtest_check() - the second half of a probe
 * @host: with its scratch window
 * @base_pfn: as for annex_memtest_write()
 * @nr_pages: as for annex_memtest_write()
 * @invert: as for annex_memtest_write()
 * @why: filled if a word has changed
 *
 * All ranges are written before the first is checked, with annex_frame_sync()
 * in between, to detect ranges that alias each other.
 *
 * Context: process.
 * Return: 0 or -EIO.
 */
int annex_memtest_check(struct annex_host *host, unsigned long base_pfn,
			unsigned long nr_pages, u32 invert,
			struct annex_reason *why)
{
	unsigned int i, e;

	for (i = 0; i < PROBE_FRAMES; i++) {
		unsigned long pfn = base_pfn + probe_index(i, nr_pages);
		u32 word = probe_word(pfn, invert), found;

		for (e = 0; e < ARRAY_SIZE(ends); e++) {
			annex_frame_read(host, pfn, ends[e], &found,
					 sizeof(found));
			if (found != word)
				return no_memory(pfn, ends[e], word, found,
						 why);
		}
	}
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_memtest_check);

/*
 * These drive each line to both levels, and against its neighbours at all
 * distances. The frame number is mixed in, so that frames differ.
 */
static const u32 patterns[] = {
	0x00000000, 0xffffffff, 0x55555555, 0xaaaaaaaa,
	0x33333333, 0xcccccccc, 0x0f0f0f0f, 0xf0f0f0f0,
	0x00ff00ff, 0xff00ff00, 0x0000ffff, 0xffff0000,
};

static int test_round(struct annex_host *host, unsigned long base_pfn,
		      unsigned long nr_pages, u32 pattern,
		      struct annex_reason *why)
{
	unsigned long pfn, end = base_pfn + nr_pages;

	for (pfn = base_pfn; pfn < end; pfn++) {
		if (fatal_signal_pending(current))
			return annex_refuse(why, -EINTR,
					    "killed during memtest=");
		annex_frame_fill(host, pfn, pattern ^ (u32)pfn);
		cond_resched();
	}
	annex_frame_sync();
	for (pfn = base_pfn; pfn < end; pfn++) {
		u32 found, value = pattern ^ (u32)pfn;
		int bad = annex_frame_mismatch(host, pfn, value, &found);

		if (bad >= 0)
			return no_memory(pfn, bad * sizeof(u32), value, found,
					 why);
		cond_resched();
	}
	return 0;
}

/**
 * annex_memtest() - test each word of a range
 * @host: with its scratch window
 * @base_pfn: first frame
 * @nr_pages: frames
 * @rounds: patterns; after 12 they repeat
 * @why: filled if a word has changed
 *
 * Context: process, may sleep.
 * Return: 0, -EIO or -EINTR.
 */
int annex_memtest(struct annex_host *host, unsigned long base_pfn,
		  unsigned long nr_pages, unsigned int rounds,
		  struct annex_reason *why)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < rounds && !err; i++)
		err = test_round(host, base_pfn, nr_pages,
				 patterns[i % ARRAY_SIZE(patterns)], why);
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_memtest);
