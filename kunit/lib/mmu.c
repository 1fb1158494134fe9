// SPDX-License-Identifier: GPL-2.0-only
/*
 * Windows: a CPU walks other tables for a moment.
 *
 *   CR3 --> first level, a copy: | ours | ours | ours | the kernel's |
 *                                  0 GB   1 GB   2 GB   3 GB
 *
 * All that the CPU needs while it lasts, code, stack, descriptor tables and
 * per-CPU data, is in the fourth GB, which stays. So only addresses below 3 GB
 * can be asked about. CR3 has 32 bits, and the pool may lie beyond 4 GB: hence
 * the copy, in a page of the host's. It may not have bit 12 in its address,
 * which the kernel's entry code, if an NMI runs it, takes for "these are the
 * tables of user space".
 *
 * Interrupts are off. A page fault is caught by an interrupt table of the
 * window's own, and not by the kernel's exception table, which knows nothing
 * of an instruction that could not even be fetched. All other vectors are the
 * kernel's.
 *
 * Entries may be global, and a global translation survives a change of CR3: it
 * would lead the kernel, or a process, to frames of the pool. So CR4.PGE is off
 * in the window: nothing in it becomes global, and changing the bit invalidates
 * all translations there are, before and after. SMEP and SMAP are off as well:
 * they would have ring 0 fault on pages of user's, for reasons that are not the
 * tables'.
 *
 * Nothing in a window takes a lock, prints or sleeps.
 *
 * Locking: none; a struct mmu is for one thread at a time.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/desc_defs.h>
#include <asm/msr.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>

#include "host/compat_cpu.h"
#include "mmu.h"
#include "pgtable/pgtable.h"

/* CR3 without the bits that say how the first level is cached. */
#define ROOT_MASK	(~0x1fUL)

/* Bits of a first-level entry that may be set: reserved ones make CR3 trap. */
#define ROOT_BITS	(ANNEX_PTE_PRESENT | ANNEX_PTE_PWT | ANNEX_PTE_PCD |	\
			 GENMASK_ULL(11, 9) | ANNEX_PTE_PHYS_MASK)

/* Two pages, so that the first, where CR3 points, has an even number. */
#define PAGE_ORDER	1

struct mmu_page {
	u64 root[MMU_ROOTS] __aligned(PAGE_SIZE);
	gate_desc idt[IDT_ENTRIES] __aligned(PAGE_SIZE);
};

static_assert(sizeof(struct mmu_page) == PAGE_SIZE << PAGE_ORDER);

/* Where a fault goes that is none of the window's. */
u32 mmu_kernel_page_fault;

static __always_inline unsigned long read_cr3_raw(void)
{
	unsigned long value;

	asm volatile("mov %%cr3, %0" : "=r" (value) : : "memory");
	return value;
}

static __always_inline void write_cr3_raw(unsigned long value)
{
	asm volatile("mov %0, %%cr3" : : "r" (value) : "memory");
}

static __always_inline unsigned long read_cr4_raw(void)
{
	unsigned long value;

	asm volatile("mov %%cr4, %0" : "=r" (value) : : "memory");
	return value;
}

/* Not native_write_cr4(), which keeps SMEP and SMAP as they are. */
static __always_inline void write_cr4_raw(unsigned long value)
{
	asm volatile("mov %0, %%cr4" : : "r" (value) : "memory");
}

static __always_inline unsigned long read_cr0_raw(void)
{
	unsigned long value;

	asm volatile("mov %%cr0, %0" : "=r" (value) : : "memory");
	return value;
}

static __always_inline void read_idt(struct desc_ptr *idt)
{
	asm volatile("sidt %0" : "=m" (*idt));
}

static __always_inline void write_idt(const struct desc_ptr *idt)
{
	asm volatile("lidt %0" : : "m" (*idt) : "memory");
}

/* The running kernel's first level: lowmem, so it has an address. */
static const u64 *kernel_root(void)
{
	return __va(read_cr3_raw() & ROOT_MASK);
}

/**
 * mmu_missing() - what this machine lacks for windows
 *
 * Context: any.
 * Return: NULL if nothing; else what, in words.
 */
const char *mmu_missing(void)
{
	u64 efer;

	if (PAGE_OFFSET != MMU_END)
		return "the kernel does not begin at 3 GB";
	if (!(read_cr0_raw() & X86_CR0_WP))
		return "CR0.WP is off: what is read-only does not bind the kernel";
	if (!(read_cr4_raw() & X86_CR4_PAE))
		return "there is no PAE";
	if (!boot_cpu_has(X86_FEATURE_NX))
		return "the CPU has no NX";
	rdmsrq(MSR_EFER, efer);
	return efer & EFER_NX ? NULL : "EFER.NXE is off";
}

/* The kernel's interrupt table with a page fault handler of ours. */
static void make_idt(struct mmu_page *page)
{
	u32 handler = (u32)mmu_page_fault;
	gate_desc *gate = &page->idt[X86_TRAP_PF];
	struct desc_ptr idt;

	read_idt(&idt);
	memcpy(page->idt, (void *)idt.address,
	       min_t(size_t, idt.size + 1, sizeof(page->idt)));
	mmu_kernel_page_fault = gate_offset(gate);
	gate->offset_low = handler & 0xffff;
	gate->offset_middle = handler >> 16;
}

/**
 * mmu_open() - get what a window needs
 * @mmu: filled
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int mmu_open(struct mmu *mmu)
{
	mmu->page = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO,
					     PAGE_ORDER);
	if (!mmu->page)
		return -ENOMEM;
	make_idt(mmu->page);
	return 0;
}

/**
 * mmu_close() - give that back
 * @mmu: from mmu_open()
 *
 * Context: process.
 */
void mmu_close(struct mmu *mmu)
{
	free_pages((unsigned long)mmu->page, PAGE_ORDER);
	mmu->page = NULL;
}

/*
 * The window itself. Everything that it touches besides the addresses asked
 * about lies in the fourth GB.
 */
static noinline notrace void window(struct mmu_page *page,
				    struct mmu_access *access, unsigned int nr)
{
	const struct desc_ptr own = {
		.size = sizeof(page->idt) - 1,
		.address = (unsigned long)page->idt,
	};
	unsigned long cr3 = read_cr3_raw(), cr4 = read_cr4_raw();
	struct desc_ptr idt;
	unsigned int i;

	read_idt(&idt);
	write_cr4_raw(cr4 & ~(X86_CR4_PGE | X86_CR4_SMEP | X86_CR4_SMAP));
	write_idt(&own);
	write_cr3_raw(__pa(page->root));
	for (i = 0; i < nr; i++)
		access[i].error = mmu_touch(access[i].addr, access[i].kind,
					    &access[i].value);
	write_cr3_raw(cr3);
	write_idt(&idt);
	write_cr4_raw(cr4);
}

static bool may_touch(const struct mmu_access *access, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (access[i].addr >= MMU_END || access[i].addr % sizeof(u32) ||
		    access[i].kind > MMU_EXEC)
			return false;
	return true;
}

static bool may_load(const u64 root[MMU_ROOTS])
{
	unsigned int i;

	for (i = 0; i < MMU_ROOTS - 1; i++)
		if (root[i] & ANNEX_PTE_PRESENT && root[i] & ~ROOT_BITS)
			return false;
	return true;
}

/**
 * mmu_look() - touch addresses with other tables below 3 GB
 * @mmu: from mmu_open()
 * @root: the first level; its fourth entry is not used
 * @access: what to touch, in this order; each is told what came of it
 * @nr: how many; interrupts are off meanwhile
 *
 * What is written is written, and what is executed runs: it is for the caller
 * to touch what is his.
 *
 * Context: process; the CPU is the one that it runs on.
 * Return: 0; -EINVAL for addresses that cannot be asked about, or tables that
 * the CPU would not load; -EIO if registers are not what they were.
 */
int mmu_look(struct mmu *mmu, const u64 root[MMU_ROOTS],
	     struct mmu_access *access, unsigned int nr)
{
	struct mmu_page *page = mmu->page;
	unsigned long flags, cr3, cr4;
	struct desc_ptr before, after;
	bool same;

	if (!may_touch(access, nr) || !may_load(root))
		return -EINVAL;
	memcpy(page->root, root, sizeof(page->root));
	local_irq_save(flags);
	page->root[MMU_ROOTS - 1] = kernel_root()[MMU_ROOTS - 1];
	cr3 = read_cr3_raw();
	cr4 = read_cr4_raw();
	read_idt(&before);
	window(page, access, nr);
	read_idt(&after);
	same = read_cr3_raw() == cr3 && read_cr4_raw() == cr4 &&
	       after.address == before.address && after.size == before.size;
	local_irq_restore(flags);
	return same ? 0 : -EIO;
}
