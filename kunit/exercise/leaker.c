// SPDX-License-Identifier: GPL-2.0-only
/*
 * annex_leaker.ko: a user of annex that goes without giving back what it has.
 *
 * It takes some of each kind, writes a stamp to all that has an address, and
 * logs where that is. A second one can give a frame of the first one back.
 */
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/printk.h>

#include <annex/client_counters.h>
#include <annex/folio.h>
#include <annex/highmem.h>
#include <annex/mm.h>
#include <annex/page_alloc.h>
#include <annex/reclaim.h>
#include <annex/slab.h>
#include <annex/vmalloc.h>

static uint frames;
module_param(frames, uint, 0444);
MODULE_PARM_DESC(frames, "high frames to take");

static uint areas;
module_param(areas, uint, 0444);
MODULE_PARM_DESC(areas, "areas of three pages");

static uint kmaps;
module_param(kmaps, uint, 0444);
MODULE_PARM_DESC(kmaps, "high frames to map");

static uint objects;
module_param(objects, uint, 0444);
MODULE_PARM_DESC(objects, "objects of a cache of its own");

static uint mms;
module_param(mms, uint, 0444);
MODULE_PARM_DESC(mms, "processes, whose tables show a frame each");

static uint folios;
module_param(folios, uint, 0444);
MODULE_PARM_DESC(folios, "frames to have in a list, half of them dirty");

static bool shrinker;
module_param(shrinker, bool, 0444);
MODULE_PARM_DESC(shrinker, "register a shrinker");

static bool counters;
module_param(counters, bool, 0444);
MODULE_PARM_DESC(counters, "register a line of vmstat");

static uint late;
module_param(late, uint, 0444);
MODULE_PARM_DESC(late, "areas that it gives back as it goes");

static uint stamp = 0x1eafc0de;
module_param(stamp, uint, 0444);
MODULE_PARM_DESC(stamp, "what to write there");

static int give_back = -1;
module_param(give_back, int, 0444);
MODULE_PARM_DESC(give_back, "a frame that another one has left");

static bool refuse;
module_param(refuse, bool, 0444);
MODULE_PARM_DESC(refuse, "refuse to be loaded once all is taken");

/* As many of late as a batch of the window's lazy ones has. */
#define LATE_MAX	16
static void *to_free[LATE_MAX];

static int write_stamp(const char *what, u32 *addr)
{
	if (!addr)
		return -ENOMEM;
	*addr = stamp;
	pr_info("annex_leaker: %s at %lx\n", what, (unsigned long)addr);
	return 0;
}

static noinline int take_frame(void)
{
	struct annex_page *page = annex_alloc_page(GFP_HIGHUSER);

	if (!page)
		return -ENOMEM;
	pr_info("annex_leaker: frame %u\n", annex_page_to_pfn(page));
	return 0;
}

static noinline int take_kmap(void)
{
	struct annex_page *page = annex_alloc_page(GFP_HIGHUSER);

	return page ? write_stamp("kmap", annex_kmap(page)) : -ENOMEM;
}

/* Not a part of what is freed when the module is loaded: annex says its name. */
static noinline int take_area(void)
{
	return write_stamp("area", annex_vmalloc(3 * PAGE_SIZE));
}

static int take_objects(void)
{
	struct annex_kmem_cache *cache =
		annex_kmem_cache_create("leaky", 100, 0, 0, NULL);
	unsigned int i;
	int err = PTR_ERR_OR_ZERO(cache);

	for (i = 0; !err && i < objects; i++)
		err = write_stamp("object",
				  annex_kmem_cache_alloc(cache, GFP_KERNEL));
	return err;
}

/* The frame is held by the tables alone. */
static noinline int take_mm(void)
{
	struct annex_mm *mm = annex_mm_create();
	struct annex_page *page = annex_alloc_page(GFP_HIGHUSER);
	int err;

	if (!mm || !page)
		return -ENOMEM;
	err = annex_mm_map_page(mm, 0x08048000, page, ANNEX_MM_WRITE);
	return err ?: annex_free_page(page);
}

/* Reclaim calls these while the module is there, and must not when it is gone. */
static int leaky_writepage(struct annex_folio *folio)
{
	return -EIO;
}

static bool leaky_release(struct annex_folio *folio)
{
	return false;
}

static const struct annex_mapping_ops leaky_ops = {
	.writepage = leaky_writepage,
	.release = leaky_release,
};

static struct annex_mapping leaky_mapping = { .ops = &leaky_ops };

static int take_folio(bool dirty)
{
	struct annex_folio *folio;
	int err = annex_folio_alloc(GFP_HIGHUSER, 0, &folio);

	if (err)
		return err;
	folio->mapping = &leaky_mapping;
	if (dirty)
		annex_folio_mark_dirty(folio);
	return annex_lru_add(folio);
}

static unsigned long leaky_count(struct annex_shrinker *s,
				 struct annex_shrink_control *sc)
{
	return 1000;
}

static unsigned long leaky_scan(struct annex_shrinker *s,
				struct annex_shrink_control *sc)
{
	return ANNEX_SHRINK_STOP;
}

static struct annex_shrinker leaky_shrinker = {
	.count_objects = leaky_count,
	.scan_objects = leaky_scan,
	.seeks = ANNEX_DEFAULT_SEEKS,
	.name = "leaky",
};

static const char * const leaky_names[] = { "leaky_events" };
static DEFINE_PER_CPU(unsigned long, leaky_count_of);

static struct annex_client_counters leaky_counters = {
	.names = leaky_names,
	.nr = 1,
	.counts = &leaky_count_of,
};

/* What annex calls or reads: for that, its owner has to be there. */
static int take_called(void)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < folios; i++)
		err = take_folio(i % 2);
	if (!err && shrinker)
		err = annex_register_shrinker(&leaky_shrinker);
	if (!err && counters)
		err = annex_register_counters(&leaky_counters);
	return err;
}

static int take_all(void)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < frames; i++)
		err = take_frame();
	for (i = 0; !err && i < areas; i++)
		err = take_area();
	for (i = 0; !err && i < kmaps; i++)
		err = take_kmap();
	for (i = 0; !err && i < late && i < LATE_MAX; i++) {
		to_free[i] = annex_vmalloc(PAGE_SIZE);
		err = to_free[i] ? 0 : -ENOMEM;
	}
	for (i = 0; !err && i < mms; i++)
		err = take_mm();
	if (!err && objects)
		err = take_objects();
	return err ?: take_called();
}

static int __init leaker_init(void)
{
	int err;

	if (give_back >= 0)
		return annex_free_page(annex_pfn_to_page(give_back));
	err = take_all();
	return !err && refuse ? -EPERM : err;
}

static void __exit leaker_exit(void)
{
	unsigned int i;

	for (i = 0; i < LATE_MAX; i++)
		annex_vfree(to_free[i]);
}

module_init(leaker_init);
module_exit(leaker_exit);

MODULE_DESCRIPTION("Leaves behind what it took, for the tests of annex");
MODULE_AUTHOR("The annex developers");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
