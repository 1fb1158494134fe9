// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of mappings that only their CPU sees, as far as one thread can tell:
 * a stack of 16, in the order of a stack, at addresses that follow from the
 * depth. The window is a table that no machine walks; addresses are numbers.
 */
#include <linux/bottom_half.h>
#include <linux/irqflags.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "kmap/kmap_fast.h"
#include "kmap/kmap_local.h"
#include "lib/testmap.h"
#include "lib/testpool.h"

static const struct annex_testpool pool = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 1024,
	.contents = true, .kmap_local = true,
};

static void *map(struct annex *annex, unsigned int i)
{
	return annex_kmap_local_fast(&annex->kmap_local,
				     annex_test_high(annex, i));
}

static int unmap(struct annex *annex, const void *addr)
{
	return annex_kunmap_local_fast(&annex->kmap_local, addr);
}

/*
 * Those of the pool's test run on a CPU they do not leave. The thread ends with
 * the case: since 6.8 another one calls the suite's exit function.
 */
static int kmap_local_init(struct kunit *test)
{
	return set_cpus_allowed_ptr(current,
				    cpumask_of(raw_smp_processor_id()));
}

/* The CPU holds the frames 0, 1, ... and nothing else. */
static void expect_depth(struct kunit *test, struct annex *annex,
			 unsigned int depth)
{
	unsigned int i, cpu = raw_smp_processor_id();

	KUNIT_EXPECT_EQ(test, annex_test_local(annex, cpu)->depth, depth);
	KUNIT_EXPECT_EQ(test, annex_test_local_present(annex, cpu), depth);
	for (i = 0; i < depth; i++) {
		void *addr = annex_test_local_addr(annex, cpu, i);

		KUNIT_EXPECT_EQ(test, annex_test_local_shown(annex, addr),
				annex->frames.lowmem_pages + i + 0UL);
	}
	annex_test_validate(test, annex);
}

static void kmap_local_is_a_stack(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	unsigned int i, cpu = raw_smp_processor_id();
	void *addr[ANNEX_KM_MAX];

	expect_depth(test, annex, 0);
	for (i = 0; i < ANNEX_KM_MAX; i++) {
		addr[i] = map(annex, i);
		KUNIT_EXPECT_PTR_EQ(test, addr[i],
				    annex_test_local_addr(annex, cpu, i));
		expect_depth(test, annex, i + 1);
	}
	while (i--) {
		KUNIT_EXPECT_EQ(test, unmap(annex, addr[i]), 0);
		expect_depth(test, annex, i);
	}
	KUNIT_EXPECT_EQ(test, annex_test_local(annex, cpu)->most,
			(unsigned int)ANNEX_KM_MAX);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_MAP), 0UL);
}

static void kmap_local_cpus_have_windows_apart(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	const struct annex_window *win = &annex->host.kmap_local;
	const unsigned long bytes = ANNEX_KM_PAGES << PAGE_SHIFT;
	unsigned long start = (unsigned long)win->addr;
	unsigned int cpu, other;

	for_each_possible_cpu(cpu) {
		const struct annex_kmap_cpu *kc = annex_test_local(annex, cpu);

		KUNIT_EXPECT_GE(test, kc->addr, start);
		KUNIT_EXPECT_LE(test, kc->addr + bytes,
				start + (win->nr_pages << PAGE_SHIFT));
		/* Its entries stand one behind the other. */
		KUNIT_EXPECT_EQ(test, kc->addr >> PMD_SHIFT,
				(kc->addr + bytes - 1) >> PMD_SHIFT);
		KUNIT_EXPECT_PTR_EQ(test, kc->pte,
				    annex_window_pte(win, (kc->addr - start) >>
							  PAGE_SHIFT));
		for_each_possible_cpu(other) {
			unsigned long addr = annex_test_local(annex,
							      other)->addr;

			KUNIT_EXPECT_TRUE(test, cpu == other ||
					  abs((long)(addr - kc->addr)) >= bytes);
		}
	}
}

static void kmap_local_holds_16_and_no_more(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	void *addr[ANNEX_KM_MAX];
	unsigned int i;

	for (i = 0; i < ANNEX_KM_MAX; i++)
		addr[i] = map(annex, i);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_NULL(test, map(annex, 100 + i));
		KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_MAP),
				1UL + i);
		expect_depth(test, annex, ANNEX_KM_MAX);
	}
	/* Lowmem needs no room. */
	KUNIT_EXPECT_PTR_EQ(test, __annex_kmap_local_pfn(&annex->kmap_local, 5),
			    annex->frames.lowmem + 5 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, unmap(annex, addr[15]), 0);
	addr[15] = map(annex, 15);
	expect_depth(test, annex, ANNEX_KM_MAX);
	for (i = ANNEX_KM_MAX; i--;)
		KUNIT_EXPECT_EQ(test, unmap(annex, addr[i]), 0);
	expect_depth(test, annex, 0);
}

static void kmap_local_unmaps_the_last_one_only(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	void *addr[ANNEX_KM_MAX];
	unsigned long bad = 0;
	unsigned int i, k;

	for (i = 0; i < ANNEX_KM_MAX; i++) {
		addr[i] = map(annex, i);
		for (k = 0; k < i; k++) {
			KUNIT_EXPECT_EQ(test, unmap(annex, addr[k]), -EINVAL);
			KUNIT_EXPECT_EQ(test, annex_test_event(annex,
							       ANNEX_BAD_MAP),
					++bad);
		}
		expect_depth(test, annex, i + 1);
	}
	while (i--)
		KUNIT_EXPECT_EQ(test, unmap(annex, addr[i]), 0);
	expect_depth(test, annex, 0);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_MAP), bad);
}

static void kmap_local_any_address_of_the_page_will_do(struct kunit *test)
{
	static const unsigned int offsets[] = { 0, 1, 2048, PAGE_SIZE - 1 };
	struct annex *annex = annex_testpool(test, &pool);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		void *addr = map(annex, 0);

		KUNIT_ASSERT_NOT_NULL(test, addr);
		KUNIT_EXPECT_PTR_EQ(test, annex_test_high(annex, 0),
				    annex_kmap_local_addr_page(&annex->kmap_local,
							       addr + offsets[i]));
		KUNIT_EXPECT_EQ(test, unmap(annex, addr + offsets[i]), 0);
		KUNIT_EXPECT_NULL(test,
				  annex_kmap_local_addr_page(&annex->kmap_local,
							     addr));
	}
	expect_depth(test, annex, 0);
}

static void kmap_local_shows_a_frame_twice(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	annex_pfn_t pfn = annex->frames.nr_pages - 1;
	void *a = __annex_kmap_local_pfn(&annex->kmap_local, pfn);
	void *b = annex_kmap_local_fast(&annex->kmap_local,
					annex->frames.mem_map + pfn);

	KUNIT_EXPECT_PTR_NE(test, a, b);
	KUNIT_EXPECT_EQ(test, annex_test_local_shown(annex, a), pfn + 0UL);
	KUNIT_EXPECT_EQ(test, annex_test_local_shown(annex, b), pfn + 0UL);
	KUNIT_EXPECT_EQ(test, unmap(annex, b), 0);
	KUNIT_EXPECT_EQ(test, annex_test_local_shown(annex, a), pfn + 0UL);
	KUNIT_EXPECT_EQ(test, annex_test_local_shown(annex, b),
			ANNEX_WINDOW_NONE);
	KUNIT_EXPECT_EQ(test, unmap(annex, a), 0);
	expect_depth(test, annex, 0);
}

static void kmap_local_lowmem_has_its_address(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	const struct annex_page *page;
	annex_pfn_t pfn;
	void *high;

	for (pfn = 0; pfn < annex->frames.lowmem_pages; pfn += 11) {
		void *addr = annex->frames.lowmem + ((size_t)pfn << PAGE_SHIFT);

		KUNIT_EXPECT_PTR_EQ(test,
				    __annex_kmap_local_pfn(&annex->kmap_local,
							   pfn),
				    addr);
		page = annex->frames.mem_map + pfn;
		KUNIT_EXPECT_PTR_EQ(test, addr,
				    annex_kmap_local_fast(&annex->kmap_local,
							  page));
		expect_depth(test, annex, 0);
		/* In any order, among others, as they take no part. */
		high = map(annex, 0);
		KUNIT_EXPECT_EQ(test, unmap(annex, addr + 5), 0);
		KUNIT_EXPECT_EQ(test, unmap(annex, addr), 0);
		expect_depth(test, annex, 1);
		KUNIT_EXPECT_EQ(test, unmap(annex, high), 0);
	}
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_MAP), 0UL);
}

static void kmap_local_forced_maps_lowmem_too(struct kunit *test)
{
	struct annex_testpool opts = pool;
	unsigned int cpu = raw_smp_processor_id();
	struct annex *annex;
	annex_pfn_t pfn;

	opts.kmap_force = true;
	annex = annex_testpool(test, &opts);
	for (pfn = 0; pfn < annex->frames.nr_pages; pfn += 93) {
		void *addr = __annex_kmap_local_pfn(&annex->kmap_local, pfn);

		KUNIT_EXPECT_PTR_EQ(test, addr,
				    annex_test_local_addr(annex, cpu, 0));
		KUNIT_EXPECT_EQ(test, annex_test_local_shown(annex, addr),
				pfn + 0UL);
		KUNIT_EXPECT_EQ(test, unmap(annex, addr), 0);
	}
	expect_depth(test, annex, 0);
	/* This address is never returned, so it cannot be unmapped. */
	KUNIT_EXPECT_EQ(test, unmap(annex, annex->frames.lowmem), -EINVAL);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_MAP), 1UL);
	annex_test_validate(test, annex);
}

static void map_and_unmap(struct kunit *test, struct annex *annex)
{
	void *addr[4];
	unsigned int i;

	for (i = 0; i < 4; i++)
		addr[i] = map(annex, i);
	while (i--) {
		KUNIT_EXPECT_NOT_NULL(test, addr[i]);
		KUNIT_EXPECT_EQ(test, unmap(annex, addr[i]), 0);
	}
}

static void kmap_local_works_where_nobody_sleeps(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	unsigned long flags;
	unsigned int i;

	/* The first time is not as the second. */
	for (i = 0; i < 2; i++) {
		struct annex *fresh = annex_testpool(test, &pool);

		local_irq_save(flags);
		map_and_unmap(test, i ? annex : fresh);
		local_irq_restore(flags);
		preempt_disable();
		map_and_unmap(test, i ? annex : fresh);
		preempt_enable();
		local_bh_disable();
		map_and_unmap(test, annex);
		local_bh_enable();
		annex_test_validate(test, fresh);
	}
	expect_depth(test, annex, 0);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_MAP), 0UL);
}

/* The thread's state before it maps, which unmapping must restore. */
struct freedom {
	int preempt;
	int faults;
};

static struct freedom freedom(void)
{
	return (struct freedom){ preempt_count(), pagefault_disabled() };
}

static void expect_freedom(struct kunit *test, struct freedom was, int less)
{
	struct freedom is = freedom();

	if (IS_ENABLED(CONFIG_PREEMPT_COUNT))
		KUNIT_EXPECT_EQ(test, is.preempt, was.preempt + less);
	KUNIT_EXPECT_EQ(test, is.faults, was.faults || less);
}

static void kmap_local_atomic_is_another_kind(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	struct annex_kmap_local *kl = &annex->kmap_local;
	struct freedom free = freedom();
	void *a, *b, *c;

	b = annex_kmap_atomic_fast(kl, annex_test_high(annex, 0));
	expect_freedom(test, free, 1);
	KUNIT_EXPECT_EQ(test, unmap(annex, b), -EINVAL);
	KUNIT_EXPECT_EQ(test, annex_kunmap_atomic_fast(kl, b), 0);
	expect_freedom(test, free, 0);
	KUNIT_EXPECT_EQ(test, annex_kunmap_atomic_fast(kl, b), -EINVAL);
	expect_freedom(test, free, 0);

	a = map(annex, 0);
	KUNIT_EXPECT_EQ(test, annex_kunmap_atomic_fast(kl, a), -EINVAL);
	expect_freedom(test, free, 0);
	b = annex_kmap_atomic_fast(kl, annex_test_high(annex, 1));
	c = annex_kmap_atomic_fast(kl, annex_test_high(annex, 2));
	expect_freedom(test, free, 2);
	KUNIT_EXPECT_EQ(test, annex_kunmap_atomic_fast(kl, b), -EINVAL);
	KUNIT_EXPECT_EQ(test, unmap(annex, a), -EINVAL);
	KUNIT_EXPECT_EQ(test, unmap(annex, c), -EINVAL);
	expect_freedom(test, free, 2);
	KUNIT_EXPECT_EQ(test, annex_kunmap_atomic_fast(kl, c + 7), 0);
	expect_freedom(test, free, 1);
	KUNIT_EXPECT_EQ(test, annex_kunmap_atomic_fast(kl, b), 0);
	expect_freedom(test, free, 0);
	KUNIT_EXPECT_EQ(test, unmap(annex, a), 0);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_MAP), 6UL);
	expect_depth(test, annex, 0);
}

static void kmap_local_atomic_refused_is_not_atomic(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	struct freedom free = freedom();
	void *addr[ANNEX_KM_MAX];
	unsigned int i;

	KUNIT_EXPECT_NULL(test,
			  annex_kmap_atomic_fast(&annex->kmap_local, NULL));
	expect_freedom(test, free, 0);
	for (i = 0; i < ANNEX_KM_MAX; i++)
		addr[i] = map(annex, i);
	KUNIT_EXPECT_NULL(test,
			  annex_kmap_atomic_fast(&annex->kmap_local,
						 annex_test_high(annex, i)));
	expect_freedom(test, free, 0);
	/* Lowmem is not mapped, and its user is as good as his word. */
	KUNIT_EXPECT_PTR_EQ(test,
			    annex_kmap_atomic_fast(&annex->kmap_local,
						   annex->frames.mem_map),
			    annex->frames.lowmem);
	expect_freedom(test, free, 1);
	KUNIT_EXPECT_EQ(test,
			annex_kunmap_atomic_fast(&annex->kmap_local,
						 annex->frames.lowmem),
			0);
	expect_freedom(test, free, 0);
	expect_depth(test, annex, ANNEX_KM_MAX);
	while (i--)
		KUNIT_EXPECT_EQ(test, unmap(annex, addr[i]), 0);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_MAP), 2UL);
	expect_depth(test, annex, 0);
}

struct scene {
	struct annex *annex;
	unsigned int cpu;
	void *addr[2];
};

typedef int (*mistake_fn)(struct scene *s);

static int map_page(struct scene *s, const struct annex_page *page)
{
	return annex_kmap_local_fast(&s->annex->kmap_local, page) ? 0 : -1;
}

static int map_pfn(struct scene *s, annex_pfn_t pfn)
{
	return __annex_kmap_local_pfn(&s->annex->kmap_local, pfn) ? 0 : -1;
}

static int map_null(struct scene *s)
{
	return map_page(s, NULL);
}

static int map_before_the_first(struct scene *s)
{
	return map_page(s, s->annex->frames.mem_map - 1);
}

static int map_after_the_last(struct scene *s)
{
	return map_page(s,
			s->annex->frames.mem_map + s->annex->frames.nr_pages);
}

static int map_between_descriptors(struct scene *s)
{
	return map_page(s, (void *)annex_test_high(s->annex, 0) + 4);
}

static int map_of_no_pointer(struct scene *s)
{
	return map_page(s, (void *)-1UL);
}

static int map_pfn_after_the_last(struct scene *s)
{
	return map_pfn(s, s->annex->frames.nr_pages);
}

static int map_pfn_nil(struct scene *s)
{
	return map_pfn(s, ANNEX_PFN_NIL);
}

static int map_pfn_huge(struct scene *s)
{
	return map_pfn(s, (annex_pfn_t)-1);
}

static int unmap_null(struct scene *s)
{
	return unmap(s->annex, NULL);
}

static int unmap_before_the_window(struct scene *s)
{
	return unmap(s->annex, s->annex->host.kmap_local.addr - 1);
}

static int unmap_after_the_window(struct scene *s)
{
	const struct annex_window *win = &s->annex->host.kmap_local;

	return unmap(s->annex, annex_window_addr(win, win->nr_pages));
}

static int unmap_before_the_top(struct scene *s)
{
	return unmap(s->annex, s->addr[1] - 1);
}

static int unmap_after_the_top(struct scene *s)
{
	return unmap(s->annex, s->addr[1] + PAGE_SIZE);
}

static int unmap_at_16(struct scene *s)
{
	return unmap(s->annex, annex_test_local_addr(s->annex, s->cpu, 16));
}

static int unmap_a_descriptor(struct scene *s)
{
	return unmap(s->annex, annex_test_high(s->annex, 1));
}

static int unmap_after_lowmem(struct scene *s)
{
	return unmap(s->annex, s->annex->frames.lowmem +
				       ((size_t)s->annex->frames.lowmem_pages
					<< PAGE_SHIFT));
}

static int unmap_of_no_address(struct scene *s)
{
	return unmap(s->annex, (void *)-1UL);
}

struct mistake {
	mistake_fn make;
	const char *name;
	int err;	/* -1 for NULL */
};

#define MISTAKE(fn, err)	{ fn, #fn, err }

static const struct mistake mistakes[] = {
	MISTAKE(map_null, -1),
	MISTAKE(map_before_the_first, -1),
	MISTAKE(map_after_the_last, -1),
	MISTAKE(map_between_descriptors, -1),
	MISTAKE(map_of_no_pointer, -1),
	MISTAKE(map_pfn_after_the_last, -1),
	MISTAKE(map_pfn_nil, -1),
	MISTAKE(map_pfn_huge, -1),
	MISTAKE(unmap_null, -EINVAL),
	MISTAKE(unmap_before_the_window, -EINVAL),
	MISTAKE(unmap_after_the_window, -EINVAL),
	MISTAKE(unmap_before_the_top, -EINVAL),
	MISTAKE(unmap_after_the_top, -EINVAL),
	MISTAKE(unmap_at_16, -EINVAL),
	MISTAKE(unmap_a_descriptor, -EINVAL),
	MISTAKE(unmap_after_lowmem, -EINVAL),
	MISTAKE(unmap_of_no_address, -EINVAL),
};

static void mistake_name(const struct mistake *m, char *desc)
{
	strscpy(desc, m->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(mistake, mistakes, mistake_name);

static void kmap_local_refuses_what_is_wrong(struct kunit *test)
{
	const struct mistake *m = test->param_value;
	struct scene s = { .annex = annex_testpool(test, &pool),
			   .cpu = raw_smp_processor_id() };
	unsigned int depth;

	/* With nothing mapped, and on top of something. */
	for (depth = 0; depth <= 2; depth += 2) {
		s.addr[0] = annex_test_local_addr(s.annex, s.cpu, 0);
		s.addr[1] = annex_test_local_addr(s.annex, s.cpu, 1);
		if (depth) {
			KUNIT_EXPECT_PTR_EQ(test, map(s.annex, 0), s.addr[0]);
			KUNIT_EXPECT_PTR_EQ(test, map(s.annex, 1), s.addr[1]);
		}
		KUNIT_EXPECT_EQ(test, m->make(&s), m->err);
		KUNIT_EXPECT_EQ(test, annex_test_event(s.annex, ANNEX_BAD_MAP),
				depth / 2 + 1UL);
		expect_depth(test, s.annex, depth);
	}
	KUNIT_EXPECT_EQ(test, unmap(s.annex, s.addr[1]), 0);
	KUNIT_EXPECT_EQ(test, unmap(s.annex, s.addr[1]), -EINVAL);
	KUNIT_EXPECT_EQ(test, unmap(s.annex, s.addr[0]), 0);
	KUNIT_EXPECT_EQ(test, unmap(s.annex, s.addr[0]), -EINVAL);
	expect_depth(test, s.annex, 0);
}

static struct kunit_case kmap_local_cases[] = {
	KUNIT_CASE(kmap_local_is_a_stack),
	KUNIT_CASE(kmap_local_cpus_have_windows_apart),
	KUNIT_CASE(kmap_local_holds_16_and_no_more),
	KUNIT_CASE(kmap_local_unmaps_the_last_one_only),
	KUNIT_CASE(kmap_local_any_address_of_the_page_will_do),
	KUNIT_CASE(kmap_local_shows_a_frame_twice),
	KUNIT_CASE(kmap_local_lowmem_has_its_address),
	KUNIT_CASE(kmap_local_forced_maps_lowmem_too),
	KUNIT_CASE(kmap_local_works_where_nobody_sleeps),
	KUNIT_CASE(kmap_local_atomic_is_another_kind),
	KUNIT_CASE(kmap_local_atomic_refused_is_not_atomic),
	KUNIT_CASE_PARAM(kmap_local_refuses_what_is_wrong, mistake_gen_params),
	{}
};

static struct kunit_suite annex_kmap_local_suite = {
	.name = "annex_kmap_local",
	.init = kmap_local_init,
	.test_cases = kmap_local_cases,
};

kunit_test_suite(annex_kmap_local_suite);
