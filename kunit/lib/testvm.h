/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_LIB_TESTVM_H
#define ANNEX_KUNIT_LIB_TESTVM_H

#include <kunit/test.h>

#include "pool/pool.h"
#include "testpool.h"

/*
 * A vmalloc window for a test pool. Its entries are a table that the tests look
 * at; its addresses stand for nothing and are never used as such.
 */
#define TESTVM_START	0xe0100000UL

/**
 * struct testvm - a pool with a window
 * @annex: the pool
 * @window: the window
 * @tables: its entries, 2 MB of addresses each
 * @slots: for the addresses
 */
struct testvm {
	struct annex *annex;
	struct annex_window window;
	pte_t **tables;
	void *slots;
};

struct testvm *testvm_open(struct kunit *test,
			   const struct annex_testpool *opts,
			   unsigned long nr_pages);
void *testvm_vmalloc(struct testvm *vm, unsigned long pages);
int testvm_vfree(struct testvm *vm, const void *addr);
unsigned long testvm_mapped(const struct testvm *vm);
unsigned long testvm_pfn(const struct testvm *vm, const void *addr,
			 unsigned long page);
unsigned long testvm_lazy(const struct testvm *vm);

#endif /* ANNEX_KUNIT_LIB_TESTVM_H */
