// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is a frame cached?
 *
 * No mapping makes cached what the MTRRs of the CPU call uncached, and firmware
 * may forget some RAM there: the kernel trims such RAM, so that nobody misses it
 * if memmap= keeps it. It works, and each access goes to memory.
 *
 * A page that is read again and again comes from the first cache at about a cycle
 * a word, and at a hundred or more if it is uncached. So the same loop reads a
 * page of the kernel's own and a frame of the pool. The least time of some rounds
 * with interrupts off counts: what else happens, in firmware or in the host of a
 * virtual machine, makes rounds longer and none shorter. Where there are no
 * caches, as in an emulator, both take the same time.
 *
 * Locking: none.
 */
#include <linux/gfp.h>
#include <linux/irqflags.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/timex.h>
#include <asm/barrier.h>

#include "host/frame.h"
#include "host/speed.h"

/* One word of each 64 bytes is read, the line of a cache: 64 of a page do. */
#define LINE_WORDS (64 / sizeof(u32))

/* The first round fills the cache. */
#define ROUNDS 2

/*
 * How many times longer is uncached: far from 1, which it is between two cached
 * pages, and from 100.
 */
#define UNCACHED_RATIO 8

static u64 time_words(const u32 *word)
{
	unsigned int i;
	u64 start;

	rmb(); /* nothing is under way when it begins */
	start = get_cycles();
	rmb(); /* the clock is read before the words */
	for (i = 0; i < PAGE_SIZE / sizeof(*word); i += LINE_WORDS)
		(void)READ_ONCE(word[i]);
	rmb(); /* and all has come when it ends */
	return get_cycles() - start;
}

static u64 time_page(const u32 *word)
{
	u64 least = U64_MAX;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++)
		least = min(least, time_words(word));
	return least;
}

/**
 * annex_speed_own() - how long it takes to read a page of the kernel's
 *
 * Context: process, may sleep.
 * Return: cycles, 0 if there is no page.
 */
u64 annex_speed_own(void)
{
	void *page = (void *)__get_free_page(GFP_KERNEL);
	unsigned long flags;
	u64 cycles;

	if (!page)
		return 0;
	local_irq_save(flags);
	cycles = time_page(page);
	local_irq_restore(flags);
	free_page((unsigned long)page);
	return cycles;
}

/**
 * annex_speed_frame() - how long it takes to read a frame
 * @host: what lets annex reach it
 * @host_pfn: the frame
 *
 * Context: process.
 * Return: cycles.
 */
u64 annex_speed_frame(struct annex_host *host, unsigned long host_pfn)
{
	unsigned long flags;
	u64 cycles = time_page(annex_frame_enter(host, host_pfn, &flags));

	annex_frame_leave(flags);
	return cycles;
}

/**
 * annex_speed_uncached() - is a frame uncached, by the time that reading took?
 * @own: for a page of the kernel's, which is cached; 0 if that is not known
 * @frame: for the frame
 *
 * Context: any; a function of its arguments.
 * Return: whether it is; false if nobody can tell.
 */
bool annex_speed_uncached(u64 own, u64 frame)
{
	return own && own < U64_MAX / UNCACHED_RATIO &&
	       frame > own * UNCACHED_RATIO;
}
