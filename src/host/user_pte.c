// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mapping frames of the pool into processes.
 *
 * vmf_insert_pfn() and its kin ask the kernel's list of memory types for the cache
 * mode. A range that memmap= has reserved is not in it, and would be mapped
 * uncached. So the entries are set here, with the cache mode of the VMA, which is
 * write-back as for all of RAM.
 *
 * The entries are special: the kernel looks for no struct page behind them, and
 * get_user_pages() refuses them. An entry that is there stays: another thread was
 * faster. Entries are removed by unmap_mapping_range(), which flushes the TLBs.
 *
 * An entry of a shared writable mapping is writable at once, since nobody has to
 * be told of the first write. A private mapping's is read-only, as vm_page_prot
 * has it; the first write makes the kernel copy the page.
 *
 * Locking: the caller's fault holds the address space's mmap_lock; here the lock
 * of the page table is taken.
 *
 * Failing: no memory for a page table.
 */
#include <linux/mm.h>
#include <linux/pgtable.h>

#include "host/user_pte.h"

static pte_t entry_of(const struct annex_user_frames *frames,
		      unsigned long addr, unsigned long host_pfn)
{
	pte_t entry = pfn_pte(host_pfn, frames->vma->vm_page_prot);

	entry = pte_mkspecial(entry);
	if (addr != frames->fault)
		return pte_mkold(entry);
	entry = pte_mkyoung(entry);
	return frames->write ? pte_mkdirty(entry) : entry;
}

static int set_entry(pte_t *pte, unsigned long addr, void *arg)
{
	struct annex_user_frames *frames = arg;
	unsigned long host_pfn =
		frames->host_pfn[(addr - frames->start) >> PAGE_SHIFT];

	if (!host_pfn || !pte_none(*pte))
		return 0;
	set_pte_at(frames->vma->vm_mm, addr, pte,
		   entry_of(frames, addr, host_pfn));
	frames->set++;
	return 0;
}

/**
 * annex_user_map() - map frames into a process
 * @frames: which, and where
 *
 * Context: process, in a fault of the VMA. The caller keeps the frames from being
 * freed until unmap_mapping_range() has removed the entries.
 * Return: 0; -ENOMEM.
 */
int annex_user_map(struct annex_user_frames *frames)
{
	frames->set = 0;
	return apply_to_page_range(frames->vma->vm_mm, frames->start,
				   (unsigned long)frames->nr << PAGE_SHIFT,
				   set_entry, frames);
}
