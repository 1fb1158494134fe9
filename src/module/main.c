// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module: its parameters, and the pool that is made from them.
 *
 * This file checks the syntax of the parameters. Whether they suit this machine
 * is checked by create.c and the files that it calls. On any error the log
 * gets one line, and insmod the errno.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "api/tests.h"
#include "base/fail.h"
#include "base/refuse.h"
#include "boot/memory_map.h"
#include "debugfs/debugfs.h"
#include "host/strays.h"
#include "host/unmanaged.h"
#include "module/module_guard.h"
#include "pool/announce.h"
#include "pool/create.h"
#include "pool/hotplug.h"
#include "pool/leaks.h"
#include "pool/pool.h"

static char *memmap;
module_param(memmap, charp, 0444);
MODULE_PARM_DESC(memmap, "range of RAM, SIZE$START as on the kernel's command line, such as 1G$5G");

static char *claim;
module_param(claim, charp, 0444);
MODULE_PARM_DESC(claim, "SIZE$START, the part of memmap that becomes the pool (default: all); without memmap, a part of the RAM that the kernel has given up, or auto (default: the longest range of it)");

static char *lowmem;
module_param(lowmem, charp, 0444);
MODULE_PARM_DESC(lowmem, "size of the permanently mapped part (default: a quarter of the pool, at most 32M, or what fits)");

static char *reserve;
module_param(reserve, charp, 0444);
MODULE_PARM_DESC(reserve, "SIZE@OFFSET,... ranges of the pool that are never allocated, besides its first megabyte");

static char *movable;
module_param(movable, charp, 0444);
MODULE_PARM_DESC(movable, "size of the Movable zone (default: 0)");

static bool dma32;
module_param(dma32, bool, 0444);
MODULE_PARM_DESC(dma32, "create a zone DMA32 for the lowmem below 4 GB that is not in DMA (default: no)");

static ulong min_free_kbytes;
module_param(min_free_kbytes, ulong, 0444);
MODULE_PARM_DESC(min_free_kbytes, "memory that lowmem keeps free, in kB, at least 128 (default: by the kernel's formula)");

static uint watermark_scale;
module_param(watermark_scale, uint, 0444);
MODULE_PARM_DESC(watermark_scale, "minimum distance between two watermarks, in 10,000ths of a zone (default: 0, a quarter of min)");

static uint memtest;
module_param(memtest, uint, 0444);
MODULE_PARM_DESC(memtest, "number of patterns to test the pool with before use, except for reserved frames (default: 0)");

static bool poison;
module_param(poison, bool, 0444);
MODULE_PARM_DESC(poison, "fill free frames with 0xaa, and report a frame at its allocation if something wrote to it (default: no)");

static bool page_owner;
module_param(page_owner, bool, 0444);
MODULE_PARM_DESC(page_owner, "record the callers that allocated and freed each block, in 56 bytes a frame (default: no)");

static bool grouping = true;
module_param(grouping, bool, 0444);
MODULE_PARM_DESC(grouping, "allocate movable and unmovable frames from different pageblocks (default: yes)");

static char *vmalloc_size;
module_param_named(vmalloc, vmalloc_size, charp, 0444);
MODULE_PARM_DESC(vmalloc, "size of the address range of annex_vmalloc(), annex_vmap() and annex_ioremap(), from 1M to 1G (default: 32M, or what fits)");

static int pkmap = -1;
module_param(pkmap, int, 0444);
MODULE_PARM_DESC(pkmap, "number of frames that annex_kmap() can map at a time, a power of two from 64 to 4096 (default: 512, or what fits)");

static bool kmap_force = IS_ENABLED(CONFIG_DEBUG_KMAP_LOCAL_FORCE_MAP);
module_param(kmap_force, bool, 0444);
MODULE_PARM_DESC(kmap_force, "have annex_kmap_local_page() map lowmem, too, so that an access after unmapping faults (default: no)");

static bool slab_debug;
module_param(slab_debug, bool, 0444);
MODULE_PARM_DESC(slab_debug, "check objects of the heap with red zones and poison, record their owners, and have kfree() and other functions of the kernel refuse addresses of annex (default: no)");

static char *fail;
module_param(fail, charp, 0444);
MODULE_PARM_DESC(fail, "POINT:N,... make the Nth call of a fault point fail; debugfs fail/ lists the points (default: none)");

static char *page_offset;
module_param(page_offset, charp, 0444);
MODULE_PARM_DESC(page_offset, "address at which the direct map of annex's page tables begins: 3G, 2G or 1G (default: 3G)");

static char *provisional;
module_param(provisional, charp, 0444);
MODULE_PARM_DESC(provisional, "size of the memory that the provisional page tables map, a multiple of 2M (default: 24M, or the whole pool)");

/* As annex_none() makes it: public functions can be called before the load. */
struct annex annex_pool = {
	.frames.host = &annex_pool.host,
	.frames.reclaim = &annex_pool.reclaim,
	.pkmap = ANNEX_PKMAP_NONE(&annex_pool.frames),
	.kmap_local = ANNEX_KMAP_LOCAL_NONE(&annex_pool.frames),
	.vmalloc.frames = &annex_pool.frames,
	.mms = {
		.frames = &annex_pool.frames,
		.tables = &annex_pool.tables,
		.lock = __MUTEX_INITIALIZER(annex_pool.mms.lock),
		.list = LIST_HEAD_INIT(annex_pool.mms.list),
	},
	.heap = ANNEX_HEAP_NONE(&annex_pool.frames, &annex_pool.vmalloc),
	.store.frames = &annex_pool.frames,
};

static int parse_range(const char *name, const char *text,
		       struct annex_range *range, struct annex_reason *why)
{
	const char *what;
	int err = annex_parse_range(text, '$', range, &what);

	return err ? annex_refuse(why, err, "%s=%s %s", name, text, what) : 0;
}

static int parse_size(const char *name, const char *text, u64 *size,
		      struct annex_reason *why)
{
	const char *end;
	int err;

	if (!text)
		return 0;
	err = annex_parse_size(text, &end, size);
	if (!err && *end)
		err = -EINVAL;
	return err ? annex_refuse(why, err,
				  "%s=%s is not a size: wants a number with K, M or G, such as 16M",
				  name, text) : 0;
}

/* 0 selects the default internally, so an explicit 0 is refused. */
static int parse_paging(struct annex_params *params, struct annex_reason *why)
{
	int err = parse_size("page_offset", page_offset, &params->page_offset,
			     why);

	if (!err && page_offset && !params->page_offset)
		return annex_refuse(why, -EINVAL,
				    "page_offset=0 is none of 3G, 2G and 1G");
	if (!err)
		err = parse_size("provisional", provisional,
				 &params->provisional, why);
	if (!err && provisional && !params->provisional)
		return annex_refuse(why, -EINVAL,
				    "provisional=0: give 2M or more, or leave it out for the default");
	return err;
}

/* No range was given: take RAM that the kernel has given up. */
static int find_range(struct annex_range *pool, struct annex_reason *why)
{
	struct annex_unmanaged found;

	annex_unmanaged_find(&found, ANNEX_POOL_MAX);
	pool->start = found.start;
	pool->end = found.end;
	if (found.ranges)
		return 0;
	if (found.claimed)
		return annex_refuse(why, -EBUSY,
				    "all RAM that this kernel has given up is claimed, see /proc/iomem; what a forced unload has left there is free when the machine is booted anew");
	if (claim)
		return annex_refuse(why, -ENXIO,
				    "claim=%s: this kernel has given up no RAM; boot with memmap=SIZE$START and give annex the same",
				    claim);
	return annex_refuse(why, -EINVAL,
			    "memmap= is missing: give the SIZE$START that the kernel was booted with, such as 1G$5G; this kernel has given up no RAM that could be claimed without it");
}

/* claim= takes a part of memmap=, or is refused. */
static int parse_claim(struct annex_range *pool, struct annex_reason *why)
{
	struct annex_range part;
	int err;

	if (!claim)
		return 0;
	if (!strcmp(claim, "auto"))
		return annex_refuse(why, -EINVAL,
				    "claim=auto is for RAM that the kernel has given up, memmap= for RAM that was kept from it: give one of them");
	err = parse_range("claim", claim, &part, why);
	if (err)
		return err;
	if (part.start < pool->start || part.end > pool->end)
		return annex_refuse(why, -ERANGE,
				    "claim=%s is not a part of memmap=%s",
				    claim, memmap);
	*pool = part;
	return 0;
}

static int parse_pool(struct annex_range *pool, struct annex_reason *why)
{
	int err;

	if (!memmap && (!claim || !strcmp(claim, "auto")))
		return find_range(pool, why);
	if (!memmap)
		return parse_range("claim", claim, pool, why);
	err = parse_range("memmap", memmap, pool, why);
	return err ?: parse_claim(pool, why);
}

static int parse_params(struct annex_params *params, struct annex_reason *why)
{
	const char *what;
	int err = annex_fail_parse(fail, &what);

	if (err)
		return annex_refuse(why, err, "fail=%s %s", fail, what);
	err = parse_pool(&params->pool, why);
	if (err)
		return err;
	err = parse_size("lowmem", lowmem, &params->lowmem, why);
	if (err)
		return err;
	if (lowmem && !params->lowmem)
		return annex_refuse(why, -EINVAL,
				    "lowmem=0: the kernel's own requests need some; leave it out for the default");
	if (!pkmap)
		return annex_refuse(why, -EINVAL,
				    "pkmap=0: high frames could not be mapped; leave it out for the default");
	params->pkmap = pkmap == -1 ? 0 : pkmap;
	err = parse_size("vmalloc", vmalloc_size, &params->vmalloc, why);
	if (err)
		return err;
	if (vmalloc_size && !params->vmalloc)
		return annex_refuse(why, -EINVAL,
				    "vmalloc=0: give 1M or more, or leave it out for the default");
	err = parse_size("movable", movable, &params->movable, why);
	return err ?: parse_paging(params, why);
}

static int __init set_up(const struct annex_params *params,
			 struct annex_reason *why)
{
	int err = annex_hotplug_setup();

	if (err)
		return annex_refuse(why, err,
				    "cannot register the CPU hotplug callback");
	err = annex_create(&annex_pool, params, why);
	if (err)
		goto err_create;
	err = annex_module_guard_init();
	if (err)
		goto err_users;
	if (params->slab_debug || IS_ENABLED(CONFIG_DEBUG_VIRTUAL))
		annex_strays_watch(&annex_pool.host);
	/*
	 * Last, when nothing can fail any more: an open file pins a loaded
	 * module, but not one whose init function fails.
	 */
	annex_debugfs_init(&annex_pool, "annex");
	return 0;

err_users:
	annex_refuse(why, err, "cannot register the module notifier");
	annex_destroy(&annex_pool);
err_create:
	annex_hotplug_teardown();
	return err;
}

static int __init annex_init(void)
{
	struct annex_params params = {
		.reserve = reserve,
		.min_free_kbytes = min_free_kbytes,
		.watermark_scale = watermark_scale,
		.memtest = memtest,
		.dma32 = dma32,
		.poison = poison,
		.page_owner = page_owner,
		.kmap_force = kmap_force,
		.slab_debug = slab_debug,
		.ungrouped = !grouping,
	};
	struct annex_reason why;
	int err = parse_params(&params, &why);

	if (!err)
		err = set_up(&params, &why);
	if (err) {
		pr_err("%s\n", why.text);
		return err;
	}
	annex_announce(&annex_pool, &params);
	return 0;
}

/* Abandon the pool: users may still reach it, whatever force_unload says. */
static void leave(struct annex *annex)
{
	u64 start = annex->frames.range.start, end = annex->frames.range.end;

	annex_abandon(annex);
	pr_warn("what was not given back may be in use: %#llx-%#llx is kept, as it is, until the machine is booted anew\n",
		start, end - 1);
	/* After unload no code is left to refuse hibernation: see host/pm.c. */
	pr_warn("hibernation is not refused any more and would lose it: do not hibernate before that\n");
}

static void __exit annex_exit(void)
{
	struct annex_leaks held;

	annex_debugfs_exit(&annex_pool);
	annex_module_guard_exit();
	annex_strays_ignore();
	if (!annex_leaks_find(&annex_pool, &held)) {
		annex_destroy(&annex_pool);
	} else {
		if (held.frames)
			pr_warn("%lu frames were never given back\n",
				held.frames);
		leave(&annex_pool);
	}
	annex_hotplug_teardown();
	pr_info("unloaded\n");
}

/* Built in, annex needs firmware's map, which the kernel sets up late. */
late_initcall_sync(annex_init);
module_exit(annex_exit);

MODULE_DESCRIPTION("A second memory manager, for RAM that the kernel does not use");
MODULE_AUTHOR("The annex developers");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
