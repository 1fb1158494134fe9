/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_LIB_TESTMAP_H
#define ANNEX_KUNIT_LIB_TESTMAP_H

#include <kunit/test.h>
#include <linux/percpu.h>
#include <linux/types.h>

#include "pool/pool.h"

struct annex_testpool;

int annex_testmap_init(struct annex *annex, const struct annex_testpool *opts,
		       void **metadata);
void annex_testmap_exit(struct annex *annex, void *metadata);

/* The slots of a table, by their state. */
struct annex_test_slots {
	unsigned int used;
	unsigned int unused;
	unsigned int free;
	unsigned long users;
};

struct annex_test_slots annex_test_slots(const struct annex *annex);
unsigned int annex_test_slot_count(const struct annex *annex,
				   const struct annex_page *page);
void annex_test_expect_slots(struct kunit *test, struct annex *annex,
			     unsigned int used, unsigned int unused);
unsigned long annex_test_shown(const struct annex *annex,
			       const struct annex_window *win,
			       const void *addr);
void annex_test_kmap(struct kunit *test, struct annex *annex,
		     unsigned int first, unsigned int nr);
void annex_test_kunmap(struct kunit *test, struct annex *annex,
		       unsigned int first, unsigned int nr);
void annex_test_kmap_use(struct kunit *test, struct annex *annex,
			 unsigned int first, unsigned int nr);
unsigned int annex_test_local_present(const struct annex *annex,
				      unsigned int cpu);

static inline struct annex_kmap_cpu *
annex_test_local(const struct annex *annex, unsigned int cpu)
{
	return per_cpu_ptr(annex->kmap_local.cpus, cpu);
}

/* The address of a CPU's mapping, by how many there are below it. */
static inline void *annex_test_local_addr(const struct annex *annex,
					  unsigned int cpu, unsigned int depth)
{
	return (void *)(annex_test_local(annex, cpu)->addr +
			((depth * ANNEX_KM_STRIDE + ANNEX_KM_GUARD) <<
			 PAGE_SHIFT));
}

static inline unsigned long annex_test_local_shown(const struct annex *annex,
						   const void *addr)
{
	return annex_test_shown(annex, &annex->host.kmap_local, addr);
}

/* A frame beyond lowmem. */
static inline struct annex_page *annex_test_high(const struct annex *annex,
						 unsigned int i)
{
	return annex->frames.mem_map + annex->frames.lowmem_pages + i;
}

#endif /* ANNEX_KUNIT_LIB_TESTMAP_H */
