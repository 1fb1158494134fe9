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

#include <annex/highmem.h>
#include <annex/page_alloc.h>
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

static int take_frame(void)
{
	struct annex_page *page = annex_alloc_page(GFP_HIGHUSER);

	if (!page)
		return -ENOMEM;
	pr_info("annex_leaker: frame %u\n", annex_page_to_pfn(page));
	return 0;
}

static int take_kmap(void)
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
	if (!err && objects)
		err = take_objects();
	return err;
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
