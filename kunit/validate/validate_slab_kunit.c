// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of recounting the heap: each kind of damage is found, and what is put
 * right is right.
 */
#include <linux/err.h>
#include <linux/seq_file.h>

#include "base/show.h"
#include "heap/cache.h"
#include "heap/desc.h"
#include "heap/heap.h"
#include "heap/kmalloc_fast.h"
#include "lib/testpool.h"
#include "page/page.h"

static const struct annex_testpool with_heap = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 3072,
	.contents = true, .heap = true,
};

/* A pool with a cache, of which a slab is half used. */
struct scene {
	struct annex *annex;
	struct annex_kmem_cache *cache;
	struct annex_slab *slab;
	struct annex_page *page;
	void *object[4];
};

static int validate_slab_test_init(struct kunit *test)
{
	struct scene *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->annex = annex_testpool(test, &with_heap);
	s->cache = annex_cache_create(&s->annex->heap, "hurt", 300, 0, 0, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(s->cache));
	for (i = 0; i < ARRAY_SIZE(s->object); i++) {
		s->object[i] = annex_cache_alloc(&s->annex->heap, s->cache,
						 GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, s->object[i]);
	}
	annex_cache_drain(s->cache);
	s->slab = annex_heap_slab(&s->annex->heap, s->object[0]);
	s->page = s->annex->frames.mem_map + s->slab->pfn;
	test->priv = s;
	return 0;
}

static unsigned long violations(struct kunit *test)
{
	struct scene *s = test->priv;

	return annex_test_violations(s->annex);
}

static void finish(struct kunit *test)
{
	struct scene *s = test->priv;
	unsigned int i;

	annex_test_validate(test, s->annex);
	for (i = 0; i < ARRAY_SIZE(s->object); i++)
		KUNIT_EXPECT_EQ(test,
				annex_cache_free(&s->annex->heap, s->cache,
						 s->object[i]),
				0);
	KUNIT_EXPECT_EQ(test, annex_cache_destroy(&s->annex->heap, s->cache),
			0);
	annex_test_validate(test, s->annex);
}

/* Change a number, see that it is found, and change it back. */
static void expect_found(struct kunit *test, void *number, size_t size,
			 u64 what)
{
	u64 old = 0;

	memcpy(&old, number, size);
	memcpy(number, &what, size);
	KUNIT_EXPECT_GE(test, violations(test), 1UL);
	memcpy(number, &old, size);
	KUNIT_EXPECT_EQ(test, violations(test), 0UL);
}

static void validate_slab_finds_wrong_numbers(struct kunit *test)
{
	struct scene *s = test->priv;
	struct annex_slab *slab = s->slab;
	struct annex_kmem_cache *cache = s->cache;
	struct annex_heap *heap = &s->annex->heap;
	const struct {
		void *number;
		size_t size;
		u64 what;
	} damages[] = {
		{ &slab->nr_out, sizeof(u16), slab->nr_out + 1 },
		{ &slab->where, sizeof(u8), ANNEX_SLAB_FULL },
		{ &slab->pfn, sizeof(u32), slab->pfn + 1 },
		{ &slab->order, sizeof(u8), slab->order + 1 },
		{ &slab->base, sizeof(void *), (unsigned long)slab->base + 8 },
		{ &slab->cache, sizeof(void *), (unsigned long)s },
		{ &cache->nr[ANNEX_SLAB_PARTIAL], sizeof(long), 7 },
		{ &cache->nr[ANNEX_SLAB_EMPTY], sizeof(long), 7 },
		{ &cache->nr_objects, sizeof(long), 1 },
		{ &cache->nr_out, sizeof(long), 1 },
		{ &heap->nr_slabs, sizeof(long), 99 },
		{ &s->page->link, sizeof(u32), s->page->link + 1 },
		{ &s->page->link, sizeof(u32), s->page->link | 0xffffff },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(damages); i++)
		expect_found(test, damages[i].number, damages[i].size,
			     damages[i].what);
	finish(test);
}

static void validate_slab_finds_wrong_bits(struct kunit *test)
{
	struct scene *s = test->priv;
	u32 free = find_first_zero_bit(annex_slab_out(s->slab),
				       s->slab->objects);

	/* In use, and in the slab. */
	set_bit(free, s->slab->busy);
	KUNIT_EXPECT_EQ(test, violations(test), 1UL);
	clear_bit(free, s->slab->busy);
	/* Out, and not counted. */
	__set_bit(free, annex_slab_out(s->slab));
	KUNIT_EXPECT_EQ(test, violations(test), 1UL);
	__clear_bit(free, annex_slab_out(s->slab));
	finish(test);
}

static void validate_slab_finds_a_slab_without_flag(struct kunit *test)
{
	struct scene *s = test->priv;

	annex_page_clear_bit(s->page, ANNEX_PG_SLAB);
	KUNIT_EXPECT_EQ(test, violations(test), 1UL);
	annex_page_set_bit(s->page, ANNEX_PG_SLAB);
	finish(test);
}

static void validate_slab_finds_what_a_cpu_should_not_have(struct kunit *test)
{
	struct scene *s = test->priv;
	void *object = annex_cache_alloc(&s->annex->heap, s->cache, GFP_KERNEL);
	struct annex_cache_cpu *cpu;
	struct annex_object old;

	migrate_disable();
	KUNIT_EXPECT_EQ(test,
			annex_cache_free(&s->annex->heap, s->cache, object), 0);
	cpu = this_cpu_ptr(s->cache->cpu);
	old = cpu->entry[0];
	cpu->entry[0].addr = s->object[0];
	cpu->entry[0].idx = annex_slab_index(s->slab, s->object[0]);
	KUNIT_EXPECT_EQ(test, violations(test), 1UL);
	cpu->entry[0] = old;
	cpu->entry[0].idx++;
	KUNIT_EXPECT_EQ(test, violations(test), 1UL);
	cpu->entry[0] = old;
	migrate_enable();
	finish(test);
}

/* Sixteen fields a line, whatever the numbers, and each cache once. */
static void validate_slab_slabinfo_is_the_kernels(struct kunit *test)
{
	struct scene *s = test->priv;
	struct seq_file m = { .size = 4 * PAGE_SIZE };
	char *line, *rest, name[32];
	unsigned long active, num, size, per, pages, slabs;
	unsigned int lines = 0;
	int fields;

	m.buf = kunit_kzalloc(test, m.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m.buf);
	annex_show_slabinfo(&m, s->annex);
	KUNIT_ASSERT_LT(test, m.count, m.size);
	m.buf[m.count] = '\0';
	rest = m.buf;
	KUNIT_EXPECT_STREQ(test, strsep(&rest, "\n"),
			   "slabinfo - version: 2.1");
	KUNIT_EXPECT_STREQ(test, strsep(&rest, "\n"),
			   "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>");
	while ((line = strsep(&rest, "\n")) && *line) {
		lines++;
		fields = sscanf(line,
				"%31s %lu %lu %lu %lu %lu : tunables %*u %*u %*u : slabdata %*u %lu %*u",
				name, &active, &num, &size, &per, &pages,
				&slabs);
		KUNIT_EXPECT_EQ(test, fields, 7);
		KUNIT_EXPECT_LE(test, active, num);
		KUNIT_EXPECT_EQ(test, num, slabs * per);
	}
	/* The last was made last. */
	KUNIT_EXPECT_STREQ(test, name, "hurt");
	KUNIT_EXPECT_EQ(test, active, 4UL);
	KUNIT_EXPECT_EQ(test, lines, 2U + ANNEX_NR_KMALLOC_TYPES *
			ANNEX_KMALLOC_CLASSES);
	finish(test);
}

static struct kunit_case validate_slab_cases[] = {
	KUNIT_CASE(validate_slab_finds_wrong_numbers),
	KUNIT_CASE(validate_slab_finds_wrong_bits),
	KUNIT_CASE(validate_slab_finds_a_slab_without_flag),
	KUNIT_CASE(validate_slab_finds_what_a_cpu_should_not_have),
	KUNIT_CASE(validate_slab_slabinfo_is_the_kernels),
	{}
};

static struct kunit_suite annex_validate_slab_suite = {
	.name = "annex_validate_slab",
	.init = validate_slab_test_init,
	.test_cases = validate_slab_cases,
};

kunit_test_suite(annex_validate_slab_suite);
