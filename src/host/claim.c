// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claiming a physical range: may annex take it, and does the host record that?
 *
 * There are two kinds of ranges. memmap=SIZE$START makes the kernel treat a range
 * as reserved by firmware. The kernel neither describes nor uses its pages. Since
 * 6.15 a kernel gives up the RAM above 4 GB: see unmanaged.c. A range is checked against
 * firmware's memory map and the kernel's resource tree:
 *
 *  - the CPU can address it, and so can a page table entry and a frame number
 *    of 32 bits;
 *  - no byte of it is System RAM that the kernel's own allocator owns: it is not
 *    System RAM, or the kernel has no struct page for it;
 *  - firmware called all of it RAM, and no byte of it reserved or its own:
 *    tables of ACPI, a graphics card's stolen memory, devices;
 *  - all of it is reserved in the kernel's map, unless it is System RAM. One
 *    entry need not match it: the kernel merges neighbours, for example with the
 *    hole under 4 GB;
 *  - no driver has requested any of it.
 *
 * Nothing is written before that. memtest.c then tests whether memory answers.
 *
 * The claim appears in /proc/iomem, with the pool's parts as children.
 *
 * Locking: the resource tree's own. Process context only.
 * Failing: an errno and one line; nothing is held.
 */
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <asm/processor.h>

#include <annex/types.h>

#include "base/fail.h"
#include "base/for_kunit.h"
#include "base/refuse.h"
#include "host/claim.h"
#include "host/cmdline.h"
#include "host/firmware.h"
#include "host/unmanaged.h"

static int check_size(u64 start, u64 end, struct annex_reason *why)
{
	if (end - start < ANNEX_POOL_MIN)
		return annex_refuse(why, -EINVAL,
				    "%#llx-%#llx has %llu kB; a pool needs 4 MB or more",
				    start, end - 1, (end - start) >> 10);
	if (end - start > ANNEX_POOL_MAX)
		return annex_refuse(why, -EINVAL,
				    "%#llx-%#llx has %llu MB; a pool has at most 63 GB, claim= takes a part",
				    start, end - 1, (end - start) >> 20);
	return 0;
}

/* A frame number has 32 bits: 32 bits of frames are 44 bits of bytes. */
#define PFN_BYTES_BITS	(32 + PAGE_SHIFT)

static int check_address_bits(u64 start, u64 end, struct annex_reason *why)
{
	unsigned int bits = min_t(unsigned int, boot_cpu_data.x86_phys_bits,
				  PFN_BYTES_BITS);

	if (end <= 1ULL << bits)
		return 0;
	return annex_refuse(why, -ERANGE,
			    "%#llx-%#llx lies beyond the %u address bits that this CPU and kernel have, which end at %#llx",
			    start, end - 1, bits, (1ULL << bits) - 1);
}

struct boot_advice {
	char text[160];
};

/* The memmap= to boot with, and whether this boot had it but lost its $. */
static const char *advise(struct boot_advice *advice, u64 start, u64 end)
{
	struct annex_size_text size, at;
	struct annex_cmdline_word lost;
	int n;

	n = scnprintf(advice->text, sizeof(advice->text),
		      "boot with memmap=%s$%s",
		      annex_size_text(&size, end - start),
		      annex_size_text(&at, start));
	if (annex_cmdline_lost_sign(&lost))
		scnprintf(advice->text + n, sizeof(advice->text) - n,
			  "; this boot had memmap=%s: if that was to have a $, a shell or boot loader took it: write \\$ or \\\\\\$ there",
			  lost.text);
	return advice->text;
}

/* Where the kernel has given up RAM, no boot parameter is needed. */
static const char *advise_ram(struct boot_advice *advice, u64 start, u64 end)
{
	struct annex_unmanaged found;

	annex_unmanaged_find(&found, ANNEX_POOL_MAX);
	if (found.end - found.start < ANNEX_POOL_MIN)
		return advise(advice, start, end);
	scnprintf(advice->text, sizeof(advice->text),
		  "choose a part of %#llx-%#llx, which the kernel does not use",
		  found.start, found.end - 1);
	return advice->text;
}

static int check_not_ram(u64 start, u64 end, struct annex_reason *why)
{
	struct boot_advice advice;
	struct resource ram;

	if (!annex_system_ram(start, end, &ram))
		return 0;
	/* The kernel and its lowmem lie there: no memmap= can reserve them. */
	if (start < virt_to_phys(high_memory - 1) + 1ULL)
		return annex_refuse(why, -EBUSY,
				    "%#llx-%#llx overlaps System RAM that is the kernel's own lowmem; choose a range beyond it",
				    start, end - 1);
	return annex_refuse(why, -EBUSY,
			    "%#llx-%#llx overlaps System RAM at %pa-%pa; %s",
			    start, end - 1, &ram.start, &ram.end,
			    advise_ram(&advice, start, end));
}

/**
 * annex_claim_check_io() - may a range be mapped as device memory?
 * @start: its first byte
 * @end: the byte behind it
 * @why: filled if it may not
 *
 * Context: process.
 * Return: 0; -ERANGE if the CPU cannot address it; -EBUSY if some of it is
 * System RAM.
 */
int annex_claim_check_io(u64 start, u64 end, struct annex_reason *why)
{
	struct resource ram;
	int err;

	if (start >= end)
		return annex_refuse(why, -ERANGE, "%#llx-%#llx is no range",
				    start, end - 1);
	err = check_address_bits(start, end, why);
	if (err || !annex_system_ram(start, end, &ram))
		return err;
	return annex_refuse(why, -EBUSY,
			    "%#llx-%#llx overlaps System RAM at %pa-%pa, which the kernel maps itself",
			    start, end - 1, &ram.start, &ram.end);
}

/* Check against firmware's map, as it was before memmap= changed it. */
static int check_firmware(u64 start, u64 end, struct annex_reason *why)
{
	struct annex_firmware fw;
	int err = annex_firmware_get(&fw, why);

	if (err)
		return err;
	err = annex_firmware_check(&fw, start, end, why);
	annex_firmware_put(&fw);
	return err;
}

/* Follow reserved ranges upwards for as long as they join. */
static int extend_reserved(struct resource *res, void *arg)
{
	u64 *covered = arg;

	if (res->start > *covered)
		return 1;
	*covered = max_t(u64, *covered, (u64)res->end + 1);
	return 0;
}

static int check_reserved(u64 start, u64 end, struct annex_reason *why)
{
	struct boot_advice advice;
	u64 covered = start;

	walk_iomem_res_desc(IORES_DESC_RESERVED, IORESOURCE_MEM, start, end - 1,
			    &covered, extend_reserved);
	if (covered >= end)
		return 0;
	return annex_refuse(why, -ENXIO,
			    "%#llx-%#llx is not reserved from %#llx on; %s",
			    start, end - 1, covered,
			    advise(&advice, start, end));
}

/* May a range be claimed, and had the kernel given it up? */
static int check(u64 start, u64 end, bool *unmanaged, struct annex_reason *why)
{
	int err = check_size(start, end, why);

	if (!err)
		err = check_address_bits(start, end, why);
	if (err)
		return err;
	*unmanaged = annex_unmanaged_is(start, end);
	if (!*unmanaged)
		err = check_not_ram(start, end, why);
	if (!err)
		err = check_firmware(start, end, why);
	return err || *unmanaged ? err : check_reserved(start, end, why);
}

static struct resource *request(struct annex_claim *claim, u64 start, u64 end)
{
	if (annex_should_fail(ANNEX_FAIL_CLAIM))
		return NULL;
	if (claim->unmanaged)
		return annex_unmanaged_request(start, end, "annex");
	return request_mem_region_exclusive(start, end - start, "annex");
}

/**
 * annex_claim_get() - check a range and claim it
 * @claim: filled
 * @start: first byte, page aligned
 * @end: one past the last byte, page aligned, above @start
 * @why: filled if it is refused
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL for an invalid size, -ERANGE beyond the CPU's address bits,
 * -EBUSY for System RAM that the kernel manages, or if a driver has requested
 * part of the range, -ENXIO if firmware keeps it, there is no RAM or it is not
 * reserved.
 */
int annex_claim_get(struct annex_claim *claim, u64 start, u64 end,
		    struct annex_reason *why)
{
	int err = check(start, end, &claim->unmanaged, why);

	if (err)
		return err;
	claim->nr_parts = 0;
	claim->res = request(claim, start, end);
	if (!claim->res)
		return annex_refuse(why, -EBUSY,
				    "%#llx-%#llx, or some of it, is held by a driver, see /proc/iomem; unload that or claim another part",
				    start, end - 1);
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_claim_get);

/* The parent of a new part: the last entry that contains it. */
static struct resource *parent_of(struct annex_claim *claim, u64 start, u64 end)
{
	struct resource *parent = claim->res;
	unsigned int i;

	for (i = 0; i < claim->nr_parts; i++)
		if (claim->part[i].start <= start && claim->part[i].end >= end)
			parent = &claim->part[i];
	return parent;
}

/**
 * annex_claim_add_part() - add an entry for a part of the claim
 * @claim: held
 * @name: for /proc/iomem; kept, not copied
 * @start: first byte
 * @end: one past the last byte; an empty part gets no entry
 *
 * A part may lie inside one that was added before.
 *
 * Context: process.
 * Return: 0; -ENOSPC if there are %ANNEX_CLAIM_PARTS already; -EBUSY if it lies
 * outside of the claim or across another part.
 */
int annex_claim_add_part(struct annex_claim *claim, const char *name, u64 start,
			 u64 end)
{
	struct resource *part;
	int err;

	if (start == end)
		return 0;
	if (claim->nr_parts == ANNEX_CLAIM_PARTS)
		return -ENOSPC;
	part = &claim->part[claim->nr_parts];
	*part = (struct resource)DEFINE_RES_MEM_NAMED(start, end - start, name);
	part->flags |= IORESOURCE_BUSY;
	err = annex_should_fail(ANNEX_FAIL_CLAIM) ?
		      -EBUSY :
		      request_resource(parent_of(claim, start, end - 1), part);
	if (!err)
		claim->nr_parts++;
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_claim_add_part);

static void release_parts(struct annex_claim *claim)
{
	while (claim->nr_parts)
		release_resource(&claim->part[--claim->nr_parts]);
}

/**
 * annex_claim_put() - release a range
 * @claim: held, or never obtained
 *
 * Context: process, may sleep.
 */
void annex_claim_put(struct annex_claim *claim)
{
	if (!claim->res)
		return;
	release_parts(claim);
	if (claim->unmanaged)
		annex_unmanaged_release(claim->res);
	else
		release_mem_region(claim->res->start,
				   resource_size(claim->res));
	claim->res = NULL;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_claim_put);

/**
 * annex_claim_abandon() - keep a range for ever
 * @claim: held, or never obtained
 *
 * Its entry in /proc/iomem outlives annex, and so does the name of that entry.
 *
 * Context: process, may sleep.
 */
void annex_claim_abandon(struct annex_claim *claim)
{
	if (!claim->res)
		return;
	release_parts(claim);
	claim->res->name = kstrdup(ANNEX_CLAIM_LEFT, GFP_KERNEL | __GFP_NOFAIL);
	claim->res = NULL;
}
