// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is annex's in the hands of the host's functions.
 *
 * Addresses of annex are passed to the host's functions that free addresses. A
 * ported driver in which one call was forgotten does that. The host must find
 * nothing at them, and the area must stay. Frames are reported as broken: the
 * host must not touch memory that it does not manage.
 */
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <annex/highmem.h>
#include <annex/page_alloc.h>
#include <annex/slab.h>
#include <annex/vmalloc.h>

#include "exercise.h"
#include "host/compat_mm.h"

#define STAMP	0x57a3f4ee

static struct annex_page *frame;

static void *get_area(void)
{
	return annex_vmalloc(3 * PAGE_SIZE);
}

/* More than a block can be. */
static void *get_kv(void)
{
	return annex_kvmalloc(SZ_8M, GFP_KERNEL);
}

/* Not at the beginning of a page, most probably. */
static void *get_object(void)
{
	return annex_kmalloc(100, GFP_KERNEL);
}

/* A block of a page or more begins at a page, as areas do. */
static void *get_block(void)
{
	return annex_kmalloc(2 * PAGE_SIZE, GFP_KERNEL);
}

static void *get_kmap(void)
{
	return annex_kmap(frame);
}

static void *get_vmap(void)
{
	return annex_vmap(&frame, 1, VM_MAP, PAGE_KERNEL);
}

static int put_kmap(const void *addr)
{
	return annex_kunmap(frame);
}

static void host_iounmap(const void *addr)
{
	iounmap((__force void __iomem *)addr);
}

struct kind {
	const char *name;
	void *(*get)(void);
	void (*host)(const void *addr);
	int (*put)(const void *addr);
};

static const struct kind kinds[] = {
	{ "vfree of an area", get_area, vfree, annex_vfree },
	{ "kvfree of an area", get_kv, kvfree, annex_kvfree },
	{ "kvfree of an object", get_object, kvfree, annex_kfree },
	{ "kvfree of a block", get_block, kvfree, annex_kfree },
	{ "vunmap of a mapping", get_vmap, vunmap, annex_vunmap },
	{ "vunmap of a mapped frame", get_kmap, vunmap, put_kmap },
	{ "iounmap of an area", get_area, host_iounmap, annex_vfree },
	{ "iounmap of a block", get_block, host_iounmap, annex_kfree },
};

static int misuse(const struct kind *kind)
{
	u32 *word = kind->get();
	int err;

	if (!word)
		return -ENOMEM;
	*word = STAMP;
	kind->host(word);
	if (READ_ONCE(*word) != STAMP) {
		exercise_say("%s: it is not what it was\n", kind->name);
		return -EIO;
	}
	err = kind->put(word);
	if (err)
		exercise_say("%s: annex says %d\n", kind->name, err);
	return err;
}

static int with_frame(const struct kind *kind, unsigned int nr)
{
	int err = 0;

	frame = annex_alloc_page(GFP_HIGHUSER);
	if (!frame)
		return -ENOMEM;
	while (!err && nr--)
		err = misuse(kind++);
	return annex_free_page(frame) ?: err;
}

/**
 * exercise_host_frees() - give the host what is annex's
 * @args: nothing of it
 *
 * Context: process.
 * Return: 0 if nothing happened to any of it; -EIO; -ENOMEM.
 */
int exercise_host_frees(const struct exercise_args *args)
{
	return with_frame(kinds, ARRAY_SIZE(kinds));
}

static struct kmem_cache *host_cache;

static void host_krealloc(const void *addr)
{
	if (krealloc(addr, 300, GFP_KERNEL))
		exercise_say("krealloc: it was given something\n");
}

static void host_ksize(const void *addr)
{
	if (ksize(addr))
		exercise_say("ksize: it knows a size\n");
}

static void host_cache_free(const void *addr)
{
	kmem_cache_free(host_cache, (void *)addr);
}

static void host_free_pages(const void *addr)
{
	free_pages((unsigned long)addr, 1);
}

static void host_to_page(const void *addr)
{
	if (vmalloc_to_page(addr))
		exercise_say("vmalloc_to_page: it knows a page\n");
}

static void host_sg(const void *addr)
{
	struct scatterlist sg;

	sg_init_one(&sg, addr, 100);
}

/* These corrupt the host unless they are caught, which takes slab_debug. */
static const struct kind strays[] = {
	{ "kfree of an object", get_object, kfree, annex_kfree },
	{ "kfree of a block", get_block, kfree, annex_kfree },
	{ "kfree of a mapped frame", get_kmap, kfree, put_kmap },
	{ "kfree_sensitive", get_object, kfree_sensitive, annex_kfree },
	{ "krealloc", get_object, host_krealloc, annex_kfree },
	{ "ksize", get_object, host_ksize, annex_kfree },
	{ "kmem_cache_free", get_object, host_cache_free, annex_kfree },
	{ "free_pages", get_block, host_free_pages, annex_kfree },
	{ "vfree", get_area, vfree, annex_vfree },
	{ "kvfree", get_kv, kvfree, annex_kvfree },
	{ "kvfree_atomic", get_kv, kvfree_atomic, annex_kvfree },
	{ "vunmap", get_vmap, vunmap, annex_vunmap },
	{ "iounmap", get_area, host_iounmap, annex_vfree },
	{ "vmalloc_to_page of an area", get_area, host_to_page, annex_vfree },
	{ "vmalloc_to_page of an object", get_object, host_to_page,
	  annex_kfree },
	{ "sg_init_one", get_object, host_sg, annex_kfree },
};

/**
 * exercise_strays() - give the host what is annex's, with somebody watching
 * @args: blocks, of which kind, from 0
 *
 * Context: process.
 * Return: 0 if nothing happened to it; -ERANGE if there is no such kind; -EIO;
 * -ENOMEM.
 */
int exercise_strays(const struct exercise_args *args)
{
	int err;

	if (args->blocks >= ARRAY_SIZE(strays))
		return -ERANGE;
	host_cache = kmem_cache_create("annex_exercise", 100, 0, 0, NULL);
	if (!host_cache)
		return -ENOMEM;
	err = with_frame(&strays[args->blocks], 1);
	kmem_cache_destroy(host_cache);
	return err;
}

#ifdef CONFIG_MEMORY_FAILURE
static int host_has_failed(phys_addr_t phys)
{
	return memory_failure(PHYS_PFN(phys), MF_SW_SIMULATED);
}
#else
static int host_has_failed(phys_addr_t phys)
{
	return -ENXIO;
}
#endif

/**
 * exercise_hwpoison() - tell the host that frames of annex are broken
 * @args: nothing of it
 *
 * Context: process.
 * Return: 0 if the host says that it can do nothing, and the frames are as they
 * were; -EIO; an error of annex's.
 */
int exercise_hwpoison(const struct exercise_args *args)
{
	struct annex_page *high = annex_alloc_page(GFP_HIGHUSER);
	struct annex_page *low = annex_alloc_page(GFP_KERNEL);
	int err = high && low ? 0 : -ENOMEM;

	if (!err) {
		exercise_stamp(high, 0, 1);
		exercise_stamp(low, 0, 2);
		if (!host_has_failed(annex_page_to_phys(high)) ||
		    !host_has_failed(annex_page_to_phys(low)))
			err = -EIO;
		err = exercise_check_stamp(high, 0, 1) ?:
		      exercise_check_stamp(low, 0, 2) ?: err;
	}
	if (high)
		err = annex_free_page(high) ?: err;
	if (low)
		err = annex_free_page(low) ?: err;
	return err;
}
