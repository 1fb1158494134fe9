// SPDX-License-Identifier: GPL-2.0-only
/*
 * RAM that the kernel does not manage: System RAM without a struct page.
 *
 * Since 6.15 a 32-bit kernel uses only the RAM below 4 GB. It gives up the rest:
 * memblock forgets it, the kernel's memory map ends below it, and no allocator
 * ever gets a page of it. In /proc/iomem it stays System RAM.
 *
 * The proof is pfn_valid(). The page allocator only has frames that have a
 * struct page, and its memory map covers each block of the largest order as a
 * whole or not at all. So a range is unmanaged if the first frame of each such
 * block is invalid, and its first and last frames are. This needs no test of the
 * kernel's version, and also finds what an older kernel gives up above 64 GB.
 *
 * Claim: an entry below that of System RAM. request_resource() refuses a range
 * that overlaps another entry there, so a claim excludes others. Requests from
 * the root of the tree fail, because System RAM is busy. insert_resource() would
 * not exclude anybody.
 *
 * What else may use such RAM:
 *
 *   kexec         does not write there before the kernel has ended: it collects
 *                 a new kernel in pages of the page allocator. User space chooses
 *                 the destinations, which may lie in System RAM of any address.
 *   crashkernel=  is an entry below System RAM: a claim that overlaps it fails
 *   firmware      ACPI tables, setup_data, EFI runtime and the like have other
 *                 types in firmware's map, which claim.c checks
 *   /dev/mem      refuses System RAM (CONFIG_STRICT_DEVMEM); without that option,
 *                 read() and write() end where lowmem does, and mmap() does not
 *   memremap()    and ioremap() record the cache mode of System RAM in its
 *                 struct page, by memtype_reserve(): without one they oops.
 *                 annex calls neither.
 *   balloons      and hot-added memory need struct pages
 *
 * Locking: the resource tree's own. Process context only.
 */
#include <linux/bits.h>
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/math.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/slab.h>

#include "base/for_kunit.h"
#include "host/unmanaged.h"

/* The pfn of the next block of the largest order. */
static unsigned long next_block(unsigned long pfn)
{
	return round_down(pfn, MAX_ORDER_NR_PAGES) + MAX_ORDER_NR_PAGES;
}

static void note_range(struct annex_unmanaged *found, u64 start, u64 end)
{
	if (start >= end)
		return;
	found->ranges++;
	found->bytes += end - start;
	if (end - start > found->end - found->start) {
		found->start = start;
		found->end = start + min(end - start, found->max);
	}
}

/**
 * annex_unmanaged_scan() - find the unmanaged ranges of an entry of System RAM
 * @found: updated; a new search has only has_page and max set
 * @start: its first byte, page aligned
 * @end: one past its last byte, page aligned
 *
 * Context: any.
 */
void annex_unmanaged_scan(struct annex_unmanaged *found, u64 start, u64 end)
{
	unsigned long pfn = start >> PAGE_SHIFT, last = end >> PAGE_SHIFT, next;
	u64 run = start;

	for (; pfn < last; pfn = next) {
		next = min(next_block(pfn), last);
		if (!found->has_page(pfn) && !found->has_page(next - 1))
			continue;
		note_range(found, run, (u64)pfn << PAGE_SHIFT);
		run = (u64)next << PAGE_SHIFT;
	}
	note_range(found, run, end);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_unmanaged_scan);

static bool has_page(unsigned long pfn)
{
	return pfn_valid(pfn);
}

static int scan_resource(struct resource *res, void *found)
{
	u64 start = round_up((u64)res->start, PAGE_SIZE);
	u64 end = round_down((u64)res->end + 1, PAGE_SIZE);

	annex_unmanaged_scan(found, start, end);
	return 0;
}

/**
 * annex_unmanaged_find() - find the longest unmanaged range above 4 GB
 * @found: set; its range is empty if there is none
 * @max: bytes of the longest range to report; of a longer one, the first
 *
 * Context: process.
 */
void annex_unmanaged_find(struct annex_unmanaged *found, u64 max)
{
	*found = (struct annex_unmanaged){ .has_page = has_page, .max = max };
	walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM, BIT_ULL(32),
			    -1, found, scan_resource);
}

/*
 * The entry of System RAM that contains a range, or NULL. Only the tree has
 * pointers to its entries: insert one of a page below it, and read its parent.
 */
static struct resource *ram_around(u64 start, u64 end)
{
	struct resource probe = DEFINE_RES_MEM_NAMED(start, PAGE_SIZE, "annex");
	struct resource *parent;

	if (insert_resource(&iomem_resource, &probe))
		return NULL;
	parent = probe.parent;
	remove_resource(&probe);
	while (parent &&
	       (parent->flags & IORESOURCE_SYSTEM_RAM) != IORESOURCE_SYSTEM_RAM)
		parent = parent->parent;
	return parent && parent->start <= start && parent->end >= end - 1 ?
		       parent :
		       NULL;
}

/**
 * annex_unmanaged_is() - is a range System RAM that the kernel does not manage?
 * @start: its first byte, page aligned
 * @end: one past its last byte, page aligned, above @start
 *
 * Context: process.
 * Return: true if no frame of it has a struct page, and one entry of System RAM
 * contains it.
 */
bool annex_unmanaged_is(u64 start, u64 end)
{
	struct annex_unmanaged found = { .has_page = has_page, .max = -1 };

	annex_unmanaged_scan(&found, start, end);
	return found.bytes == end - start && ram_around(start, end);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_unmanaged_is);

/**
 * annex_unmanaged_request() - claim a range below its entry of System RAM
 * @start: its first byte
 * @end: one past its last byte
 * @name: for /proc/iomem; kept, not copied
 *
 * Context: process, may sleep.
 * Return: the entry, for annex_unmanaged_release(); NULL if the range overlaps
 * another entry, or without memory.
 */
struct resource *annex_unmanaged_request(u64 start, u64 end, const char *name)
{
	struct resource *ram = ram_around(start, end);
	struct resource *res = ram ? kzalloc(sizeof(*res), GFP_KERNEL) : NULL;

	if (!res)
		return NULL;
	*res = (struct resource)DEFINE_RES_MEM_NAMED(start, end - start, name);
	res->flags |= IORESOURCE_BUSY | IORESOURCE_EXCLUSIVE;
	if (!request_resource(ram, res))
		return res;
	kfree(res);
	return NULL;
}

/**
 * annex_unmanaged_release() - undo annex_unmanaged_request()
 * @res: its result, without entries below it
 *
 * Context: process, may sleep.
 */
void annex_unmanaged_release(struct resource *res)
{
	release_resource(res);
	kfree(res);
}
