// SPDX-License-Identifier: GPL-2.0-only
/*
 * RAM that the kernel does not manage: System RAM without a struct page.
 *
 * Since 6.15 a 32-bit kernel uses only the RAM below 4 GB. It gives up the rest:
 * memblock forgets it, the kernel's memory map ends below it, and no allocator
 * ever gets a page of it. In /proc/iomem it stays System RAM.
 *
 * The proof is pfn_valid(). The page allocator only has frames that have a
 * struct page, and gets its memory in blocks of the largest order. So a range is
 * unmanaged if, of each such block that it touches, the first frame is invalid,
 * and so are the first and the last frame that lie in the range. This needs no
 * test of the kernel's version, and also finds what an older kernel gives up
 * above 64 GB.
 *
 * Claim: an entry below that of System RAM, which overlaps no other entry there
 * and is within none. So of two claims of one frame the second fails. Requests
 * from the root of the tree fail, because System RAM is busy.
 *
 * What else may use such RAM:
 *
 *   kexec         collects a new kernel in pages of the page allocator, and its
 *                 destinations are below 4 GB: an address there has 32 bits
 *   crashkernel=  is an entry below System RAM: a claim that overlaps it fails
 *   firmware      ACPI tables, EFI runtime and the like have other types in
 *                 firmware's map, which claim.c checks. A boot loader's setup_data
 *                 has not, but it lies below 4 GB, where the kernel can read it.
 *   /dev/mem      refuses System RAM (CONFIG_STRICT_DEVMEM); without that option,
 *                 read() and write() end where lowmem does, and mmap() does as
 *                 memremap()
 *   memremap()    and ioremap() note the cache mode of System RAM in its struct
 *                 page (memtype_reserve()). There is none: they read, and may
 *                 change, other memory, or oops. annex calls neither.
 *   balloons      and hot-added memory need struct pages
 *
 * Locking: the resource tree's own. Process context only.
 */
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/math.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/slab.h>

#include "base/for_kunit.h"
#include "host/unmanaged.h"

/*
 * The flags of a claim. Only EXCLUSIVE tells it from the entry of System RAM,
 * which contains it and which a walk finds first.
 */
#define CLAIM_FLAGS	(IORESOURCE_MEM | IORESOURCE_BUSY | IORESOURCE_EXCLUSIVE)

/* The pfn of the next block of the largest order. */
static unsigned long next_block(unsigned long pfn)
{
	return round_down(pfn, MAX_ORDER_NR_PAGES) + MAX_ORDER_NR_PAGES;
}

static void note_range(struct annex_unmanaged *found, u64 start, u64 end)
{
	u64 bytes;

	if (start >= end)
		return;
	bytes = min(end - start, found->max);
	found->ranges++;
	found->bytes += end - start;
	if (bytes > found->end - found->start) {
		found->start = start;
		found->end = start + bytes;
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
		if (!found->has_page(round_down(pfn, MAX_ORDER_NR_PAGES)) &&
		    !found->has_page(pfn) && !found->has_page(next - 1))
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

/* A search in an entry of System RAM: where it has got to. */
struct search {
	struct annex_unmanaged *found;
	u64 from;
};

static int scan_up_to_claim(struct resource *claim, void *arg)
{
	struct search *search = arg;
	u64 start = round_down((u64)claim->start, PAGE_SIZE);

	annex_unmanaged_scan(search->found, search->from, start);
	search->from = round_up((u64)claim->end + 1, PAGE_SIZE);
	search->found->claimed += search->from - start;
	return 0;
}

static int scan_resource(struct resource *res, void *found)
{
	u64 start = round_up((u64)res->start, PAGE_SIZE);
	u64 end = round_down((u64)res->end + 1, PAGE_SIZE);
	struct search search = { found, start };

	walk_iomem_res_desc(IORES_DESC_NONE, CLAIM_FLAGS, start, end - 1,
			    &search, scan_up_to_claim);
	annex_unmanaged_scan(found, search.from, end);
	return 0;
}

/**
 * annex_unmanaged_find() - find the longest range that could be claimed
 * @found: set; its range is empty if there is none
 * @max: bytes of the longest range to report; of a longer one, the first
 *
 * What annex_unmanaged_request() got is left out.
 *
 * Context: process.
 */
void annex_unmanaged_find(struct annex_unmanaged *found, u64 max)
{
	*found = (struct annex_unmanaged){ .has_page = has_page, .max = max };
	walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM, 0, -1,
			    found, scan_resource);
}

/* Keep the first resource of a walk, and end the walk. */
static int note_resource(struct resource *res, void *first)
{
	*(struct resource *)first = *res;
	return 1;
}

/**
 * annex_system_ram() - find the first System RAM of a range
 * @start: the range's first byte
 * @end: one past its last byte
 * @ram: set to the part of the first entry that lies in the range
 *
 * Context: process.
 * Return: whether there is any.
 */
bool annex_system_ram(u64 start, u64 end, struct resource *ram)
{
	return walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM,
				   start, end - 1, ram, note_resource) == 1;
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
	struct resource ram;

	annex_unmanaged_scan(&found, start, end);
	return found.bytes == end - start &&
	       annex_system_ram(start, end, &ram) && ram.start == start && ram.end == end - 1;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_unmanaged_is);

/**
 * annex_unmanaged_request() - claim a range below its entry of System RAM
 * @start: its first byte
 * @end: one past its last byte, at least two pages behind; annex_unmanaged_is()
 *	is true of the range
 * @name: for /proc/iomem; kept, not copied
 *
 * Only the tree has pointers to its entries. insert_resource() finds the entry
 * of System RAM, but would put an entry of the same size around it: hence one
 * page less at first. Entries of System RAM stay for ever on 32 bits.
 *
 * Context: process, may sleep.
 * Return: the entry, for annex_unmanaged_release(); NULL if the range overlaps
 * another entry, or without memory.
 */
struct resource *annex_unmanaged_request(u64 start, u64 end, const char *name)
{
	struct resource *res = kzalloc(sizeof(*res), GFP_KERNEL);
	u64 size = end - start;

	if (!res)
		return NULL;
	size -= PAGE_SIZE;
	*res = (struct resource)DEFINE_RES_MEM_NAMED(start, size, name);
	res->flags |= CLAIM_FLAGS;
	if (insert_resource(&iomem_resource, res))
		goto err;
	if ((res->parent->flags & IORESOURCE_SYSTEM_RAM) ==
		    IORESOURCE_SYSTEM_RAM &&
	    !res->child && !adjust_resource(res, start, end - start))
		return res;
	remove_resource(res);
err:
	kfree(res);
	return NULL;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_unmanaged_request);

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
EXPORT_SYMBOL_FOR_KUNIT(annex_unmanaged_release);
