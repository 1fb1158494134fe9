// SPDX-License-Identifier: GPL-2.0-only
/*
 * The public functions that ports of other code want: frames by their address,
 * exact numbers of them, copies and texts, many objects at once, and memory
 * that is given back when its readers under RCU have gone.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <annex/page_alloc.h>
#include <annex/slab.h>
#include <annex/vmalloc.h>

static void ports_pages_by_address(struct kunit *test)
{
	unsigned long addr = annex_get_free_pages(GFP_HIGHUSER, 2), one;

	KUNIT_ASSERT_NE(test, addr, 0UL);
	KUNIT_EXPECT_TRUE(test, PAGE_ALIGNED(addr));
	memset((void *)addr, 0xff, 4 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, annex_free_pages_addr(addr, 1), -ERANGE);
	KUNIT_EXPECT_EQ(test, annex_free_pages_addr(addr + 1, 2), -EINVAL);
	KUNIT_EXPECT_EQ(test, annex_free_pages_addr(addr, 2), 0);
	KUNIT_EXPECT_EQ(test, annex_free_pages_addr(addr, 2), -EALREADY);
	KUNIT_EXPECT_EQ(test, annex_free_pages_addr((unsigned long)&addr, 0),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, annex_free_pages_addr(0, 0), 0);
	one = annex_get_zeroed_page(GFP_KERNEL);
	KUNIT_ASSERT_NE(test, one, 0UL);
	KUNIT_EXPECT_TRUE(test, !memchr_inv((void *)one, 0, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, annex_free_page_addr(one), 0);
	one = annex_get_free_page(GFP_DMA);
	KUNIT_ASSERT_NE(test, one, 0UL);
	KUNIT_EXPECT_EQ(test, annex_free_page_addr(one), 0);
	KUNIT_EXPECT_EQ(test, annex_get_free_pages(GFP_KERNEL, 11), 0UL);
}

static void ports_pages_exact_and_split(struct kunit *test)
{
	struct annex_page *page = annex_alloc_pages(GFP_HIGHUSER, 2);
	u8 *addr = annex_alloc_pages_exact(5 * PAGE_SIZE, GFP_KERNEL |
					   __GFP_ZERO);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_NOT_NULL(test, addr);
	KUNIT_EXPECT_TRUE(test, !memchr_inv(addr, 0, 5 * PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, annex_free_pages_exact(addr, 5 * PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, annex_free_pages_exact(addr, 5 * PAGE_SIZE),
			-EALREADY);
	KUNIT_EXPECT_EQ(test, annex_free_pages_exact(NULL, 1), 0);
	KUNIT_EXPECT_NULL(test, annex_alloc_pages_exact(0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, annex_split_page(page, 1), -ERANGE);
	KUNIT_EXPECT_EQ(test, annex_split_page(page, 2), 0);
	KUNIT_EXPECT_EQ(test, annex_free_pages(page, 2), -ERANGE);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, annex_free_page(page + i), 0);
}

static void expect_text(struct kunit *test, char *text, const char *want)
{
	KUNIT_ASSERT_NOT_NULL(test, text);
	KUNIT_EXPECT_STREQ(test, text, want);
	KUNIT_EXPECT_EQ(test, annex_kfree(text), 0);
}

static void ports_copies_and_texts(struct kunit *test)
{
	static const char ten[] = "0123456789";
	void *copy = annex_kmemdup(ten, sizeof(ten), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, copy);
	KUNIT_EXPECT_EQ(test, memcmp(copy, ten, sizeof(ten)), 0);
	KUNIT_EXPECT_EQ(test, annex_kfree(copy), 0);
	KUNIT_EXPECT_PTR_EQ(test, annex_kmemdup(ten, 0, GFP_KERNEL),
			    ZERO_SIZE_PTR);
	expect_text(test, annex_kstrdup(ten, GFP_KERNEL), ten);
	expect_text(test, annex_kstrdup("", GFP_KERNEL), "");
	expect_text(test, annex_kstrndup(ten, 4, GFP_KERNEL), "0123");
	expect_text(test, annex_kstrndup(ten, 40, GFP_KERNEL), ten);
	expect_text(test, annex_kstrndup(ten, ~(size_t)0, GFP_KERNEL), ten);
	expect_text(test, annex_kmemdup_nul(ten, 3, GFP_KERNEL), "012");
	KUNIT_EXPECT_NULL(test, annex_kstrdup(NULL, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, annex_kstrndup(NULL, 3, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, annex_kmemdup_nul(NULL, 3, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, annex_kmemdup_nul(ten, ~(size_t)0, GFP_KERNEL));
	expect_text(test, annex_kasprintf(GFP_KERNEL, "%s-%03d", "a", 7),
		    "a-007");
	expect_text(test, annex_kasprintf(GFP_ATOMIC, "%s", ""), "");
}

static void ports_many_objects(struct kunit *test)
{
	struct annex_kmem_cache *cache =
		annex_kmem_cache_create("ports_kunit", 100, 0, 0, NULL);
	void *object[100];
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_EXPECT_EQ(test, annex_kmem_cache_alloc_bulk(cache, GFP_KERNEL,
							  100, object), 100);
	KUNIT_EXPECT_EQ(test, annex_kmem_cache_free_bulk(cache, 100, object), 0);
	KUNIT_EXPECT_EQ(test, annex_kmem_cache_alloc_bulk(NULL, GFP_KERNEL, 1,
							  object), 0);
	KUNIT_EXPECT_EQ(test, annex_kmem_cache_destroy(cache), 0);
	for (i = 0; i < 100; i++)
		object[i] = annex_kmalloc(100 * i + 1, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, annex_kfree_bulk(100, object), 0);
	KUNIT_EXPECT_EQ(test, annex_kfree_bulk(1, object), -EALREADY);
}

struct reader {
	u8 before[20];
	struct rcu_head rcu;
	u8 after[60];
};

static void ports_rcu(struct kunit *test)
{
	struct reader *object = annex_kmalloc(sizeof(*object), GFP_KERNEL);
	struct reader *area = annex_vmalloc(3 * PAGE_SIZE), *none = NULL;

	KUNIT_ASSERT_NOT_NULL(test, object);
	KUNIT_ASSERT_NOT_NULL(test, area);
	KUNIT_EXPECT_EQ(test, annex_kfree_rcu(object, rcu), 0);
	KUNIT_EXPECT_EQ(test, annex_kfree_rcu(object, rcu), -EALREADY);
	memset(area->after, 0x5c, sizeof(area->after));
	rcu_read_lock();
	KUNIT_EXPECT_EQ(test, annex_kvfree_rcu(area, rcu), 0);
	KUNIT_EXPECT_TRUE(test, !memchr_inv(area->after, 0x5c,
					    sizeof(area->after)));
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, annex_kvfree_rcu(area, rcu), -EINVAL);
	KUNIT_EXPECT_EQ(test, annex_vfree(area), -EINVAL);
	KUNIT_EXPECT_EQ(test, annex_kvfree_rcu(none, rcu), 0);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, annex_kvfree(object), -EALREADY);
	object = annex_kmalloc(sizeof(*object), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, object);
	KUNIT_EXPECT_EQ(test, annex_kfree_rcu(object), 0);
	KUNIT_EXPECT_EQ(test, annex_kfree_rcu_mightsleep(object), -EALREADY);
	KUNIT_EXPECT_EQ(test, annex_kvfree_rcu(none), 0);
}

static struct kunit_case ports_cases[] = {
	KUNIT_CASE(ports_pages_by_address),
	KUNIT_CASE(ports_pages_exact_and_split),
	KUNIT_CASE(ports_copies_and_texts),
	KUNIT_CASE(ports_many_objects),
	KUNIT_CASE(ports_rcu),
	{}
};

static struct kunit_suite annex_api_ports_suite = {
	.name = "annex_api_ports",
	.test_cases = ports_cases,
};

kunit_test_suite(annex_api_ports_suite);
