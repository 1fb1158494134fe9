/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_LIB_MMU_H
#define ANNEX_KUNIT_LIB_MMU_H

/*
 * Asking the MMU. A window is a short time with interrupts off in which a CPU
 * walks other tables than the running kernel's for addresses below 3 GB, and
 * touches some of these addresses. What faults is caught. See mmu.c.
 *
 * It knows nothing of KUnit, so that a module can have it too. Above the tables
 * of any kernel lies 32-bit PAE, and the fourth GB has to be the kernel's.
 */
#include <linux/bits.h>
#include <linux/types.h>

/* Addresses that can be asked about: the fourth GB is the running kernel's. */
#define MMU_END		0xc0000000U
#define MMU_ROOTS	4

/* The error code of a page fault, as the CPU gives it. */
#define MMU_PROTECTION	BIT(0)	/* it was not for want of a page */
#define MMU_WRITE	BIT(1)
#define MMU_RESERVED	BIT(3)	/* a bit that must be zero was not */
#define MMU_FETCH	BIT(4)
#define MMU_FAULTED	BIT(31)	/* and that it faulted at all: not the CPU's */

/**
 * enum mmu_kind - ways to touch an address
 * @MMU_READ_WORD: read a word
 * @MMU_WRITE_WORD: write one
 * @MMU_EXEC: call it; there must be a return, if it can be executed at all
 */
enum mmu_kind {
	MMU_READ_WORD,
	MMU_WRITE_WORD,
	MMU_EXEC,
};

/**
 * struct mmu_access - one address, and what the MMU had to say
 * @addr: multiple of 4, below MMU_END
 * @kind: how to touch it
 * @value: what to write; then what was read, or CR2 if it faulted
 * @error: 0, or MMU_FAULTED and the CPU's error code
 */
struct mmu_access {
	u32 addr;
	enum mmu_kind kind;
	u32 value;
	u32 error;
};

struct mmu_page;

/**
 * struct mmu - what a window is made from; one at a time uses it
 * @page: the first level and the interrupt table of the window
 */
struct mmu {
	struct mmu_page *page;
};

const char *mmu_missing(void);
int mmu_open(struct mmu *mmu);
void mmu_close(struct mmu *mmu);
int mmu_look(struct mmu *mmu, const u64 root[MMU_ROOTS],
	     struct mmu_access *access, unsigned int nr);

/* mmu_touch.S */
u32 mmu_touch(u32 addr, enum mmu_kind kind, u32 *value);
void mmu_page_fault(void);
extern u32 mmu_kernel_page_fault;

#endif /* ANNEX_KUNIT_LIB_MMU_H */
