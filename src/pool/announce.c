// SPDX-License-Identifier: GPL-2.0-only
/*
 * The log lines about a loaded pool: its sizes, the defaults that it would have
 * with more address space, and the lowmem that the kernel pays for it.
 *
 * Locking: none. The values that are printed do not change any more.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/printk.h>
#include <linux/sizes.h>

#include "base/refuse.h"
#include "host/firmware.h"
#include "host/flatmem.h"
#include "host/unmanaged.h"
#include "host/window.h"
#include "kmap/pkmap.h"
#include "pool/announce.h"
#include "pool/params.h"
#include "pool/plan.h"
#include "pool/pool.h"

static void say_pool(const struct annex *annex)
{
	const struct annex_tables *t = &annex->tables;

	pr_info("pool %#llx-%#llx: %u frames, %u of lowmem, %lu kB of descriptors; page tables have a direct map of %llu kB from %#llx on, case %u of 3: %s\n",
		annex->frames.range.start, annex->frames.range.end - 1,
		annex->frames.nr_pages, annex->frames.lowmem_pages,
		annex->mem_map_bytes >> 10, (t->end - t->start) >> 10, t->start,
		t->kind + 1, annex_direct_names[t->kind]);
	if (annex->frames.bias)
		pr_info("the pool does not start at a multiple of 4 MB: up to %u frames at its ends are in smaller blocks\n",
			ANNEX_MAX_ORDER_PAGES - 1);
}

static unsigned long window_kb(const struct annex_window *win)
{
	return win->nr_pages << (PAGE_SHIFT - 10);
}

static void say_windows(const struct annex_host *host)
{
	pr_info("windows: mem_map %lu kB, page_owner %lu kB, lowmem %lu kB, kmap_local %lu kB, scratch %lu kB, pkmap %lu kB, vmalloc %lu kB\n",
		window_kb(&host->mem_map), window_kb(&host->owner),
		window_kb(&host->lowmem), window_kb(&host->kmap_local),
		window_kb(&host->scratch), window_kb(&host->pkmap),
		window_kb(&host->vmalloc));
}

/* Append a size that was reduced, and return by how many bytes. */
static u64 add_loss(char *text, size_t size, const char *name, u64 is, u64 was)
{
	struct annex_size_text a, b;
	size_t len = strlen(text);

	if (is >= was)
		return 0;
	scnprintf(text + len, size - len, "%s %s=%s instead of %s",
		  len ? "," : "", name, annex_size_text(&a, is),
		  annex_size_text(&b, was));
	return was - is;
}

/* Explicit sizes are granted or refused: only defaults are reduced. */
static void say_losses(const struct annex *annex,
		       const struct annex_params *params)
{
	struct annex_defaults want;
	struct annex_advice advice;
	struct annex_space space;
	char text[128] = "";
	u64 bytes;

	annex_plan_defaults(annex, params, &want);
	bytes = add_loss(text, sizeof(text), "vmalloc",
			 (u64)annex->vmalloc_pages << PAGE_SHIFT, want.vmalloc);
	bytes += add_loss(text, sizeof(text), "pkmap", annex->pkmap_slots,
			  want.pkmap) << PAGE_SHIFT;
	bytes += add_loss(text, sizeof(text), "lowmem",
			  (u64)annex->frames.lowmem_pages << PAGE_SHIFT,
			  want.lowmem);
	if (!bytes)
		return;
	annex_window_space(&space);
	pr_info("vmalloc space has no room for the defaults:%s; %s\n", text,
		annex_window_advise(&space, bytes + 2 * ANNEX_SPACE_KEEP,
				    &advice));
}

/* The kernel's memory map ends below the pool if no RAM lies above it. */
static void say_price(const struct annex_frames *frames)
{
	u64 start = frames->range.start, end = frames->range.end, pays;
	struct annex_size_text a, b;
	struct annex_flatmem flat;
	struct annex_firmware fw;
	struct annex_reason why;

	annex_flatmem_get(&flat);
	pays = annex_flatmem_pays(&flat, start, end);
	if (!pays || annex_firmware_get(&fw, &why))
		return;
	if (!annex_flatmem_better(&fw, &start, &end))
		pr_info("the kernel still pays %llu kB of its lowmem for this range, %u bytes a page\n",
			pays >> 10, flat.page_bytes);
	else
		pr_info("the kernel still pays %llu kB of its lowmem for this range, %u bytes a page, since it has RAM above it; boot with memmap=%s$%s, which ends where RAM does, and it pays nothing\n",
			pays >> 10, flat.page_bytes,
			annex_size_text(&a, end - start),
			annex_size_text(&b, start));
	annex_firmware_put(&fw);
}

/* Of RAM that the kernel has given up, a pool is one range. */
static void say_left(const struct annex *annex)
{
	struct annex_unmanaged found;

	if (!annex->host.claim.unmanaged)
		return;
	annex_unmanaged_find(&found, ANNEX_POOL_MAX);
	if (found.ranges)
		pr_info("the kernel has given up RAM that nothing has claimed: %llu kB in %u ranges; see System RAM in /proc/iomem, claim=SIZE$START takes a range\n",
			found.bytes >> 10, found.ranges);
	else
		pr_info("of the RAM that the kernel has given up none is left\n");
}

static void say_time(const struct annex *annex)
{
	u64 tenths = div_u64(annex->init_cycles * 10, annex->frames.nr_pages);
	u32 rest, whole = div_u64_rem(tenths, 10, &rest);

	pr_info("initialised in %llu TSC cycles, %u.%u a frame\n",
		annex->init_cycles, whole, rest);
}

/**
 * annex_announce() - log what was loaded
 * @annex: the pool
 * @params: the parameters that it was made from
 *
 * Context: process, may sleep.
 */
void annex_announce(const struct annex *annex,
		    const struct annex_params *params)
{
	say_pool(annex);
	say_windows(&annex->host);
	say_losses(annex, params);
	say_price(&annex->frames);
	say_left(annex);
	say_time(annex);
}
