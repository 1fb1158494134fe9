// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is a frame cached?
 *
 * No mapping makes memory cached that the CPU's MTRRs call uncached, and
 * firmware may leave RAM out of the MTRRs. The kernel trims such RAM, so that
 * it goes unnoticed; but it does not trim what memmap= reserves. Such RAM
 * works, but each access goes to memory.
 *
 * Repeated reads of a page take about a cycle a word from the first-level
 * cache, and a hundred or more if it is uncached. So the same loop reads a page
 * of the kernel's own and a frame of the pool. The least time of some rounds
 * with interrupts off counts, because disturbances by firmware or by the host
 * of a virtual machine only make rounds longer. Without caches, as in an
 * emulator, both take the same time.
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

#include "base/for_kunit.h"
#include "host/frame.h"
#include "host/speed.h"

/* One word per cache line of 64 bytes is read: 64 words of a page suffice. */
#define LINE_WORDS (64 / sizeof(u32))

/* The first round fills the cache. */
#define ROUNDS 2

/*
 * The ratio from which a frame counts as uncached: far from 1, the ratio of two
 * cached pages, and from 100.
 */
#define UNCACHED_RATIO 8

static u64 time_words(const u32 *word)
{
	unsigned int i;
	u64 start;

	rmb(); /* earlier loads are complete */
	start = get_cycles();
	rmb(); /* the clock is read before the words */
	for (i = 0; i < PAGE_SIZE / sizeof(*word); i += LINE_WORDS)
		(void)READ_ONCE(word[i]);
	rmb(); /* all words have arrived before the clock is read */
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
 * annex_speed_own() - time the reading of a page of the kernel's
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
EXPORT_SYMBOL_FOR_KUNIT(annex_speed_own);

/**
 * annex_speed_frame() - time the reading of a frame
 * @host: the host's resources of the pool
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
EXPORT_SYMBOL_FOR_KUNIT(annex_speed_frame);

/**
 * annex_speed_uncached() - is a frame uncached, judged by reading times?
 * @own: of a page of the kernel's, which is cached; 0 if unknown
 * @frame: of the frame
 *
 * Context: any; a function of its arguments.
 * Return: true if it is; false if it is not, or if @own does not allow a
 * judgement.
 */
bool annex_speed_uncached(u64 own, u64 frame)
{
	return own && own < U64_MAX / UNCACHED_RATIO &&
	       frame > own * UNCACHED_RATIO;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_speed_uncached);
