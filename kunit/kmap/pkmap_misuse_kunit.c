// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of what callers of the mappings that everybody sees get wrong: each
 * mistake is refused, counted, and changes nothing. The log shows a line for
 * each; they are meant to be there.
 */
#include <linux/bottom_half.h>
#include <linux/irqflags.h>
#include <linux/spinlock.h>

#include "kmap/kmap_fast.h"
#include "kmap/pkmap.h"
#include "lib/testmap.h"
#include "lib/testpool.h"

static const struct annex_testpool pool = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 1024,
	.contents = true, .pkmap = ANNEX_PKMAP_MIN,
};

struct scene {
	struct annex *annex;
	struct annex_page *page;	/* high, with one user */
	struct annex_page *other;	/* high, without a slot */
};

typedef int (*mistake_fn)(struct scene *s);

static int try_kmap(struct scene *s, const struct annex_page *page)
{
	return annex_kmap_fast(&s->annex->pkmap, page) ? 0 : -1;
}

static int kunmap_unmapped(struct scene *s)
{
	return annex_kunmap_fast(&s->annex->pkmap, s->other);
}

static int kunmap_once_too_often(struct scene *s)
{
	return annex_kunmap_fast(&s->annex->pkmap, s->page) ?:
		       annex_kunmap_fast(&s->annex->pkmap, s->page);
}

static int kunmap_null(struct scene *s)
{
	return annex_kunmap_fast(&s->annex->pkmap, NULL);
}

static int kunmap_before_the_first(struct scene *s)
{
	return annex_kunmap_fast(&s->annex->pkmap,
				 s->annex->frames.mem_map - 1);
}

static int kunmap_after_the_last(struct scene *s)
{
	return annex_kunmap_fast(&s->annex->pkmap,
				 s->annex->frames.mem_map +
					 s->annex->frames.nr_pages);
}

static int kunmap_between_descriptors(struct scene *s)
{
	return annex_kunmap_fast(&s->annex->pkmap, (void *)s->page + 4);
}

static int kunmap_of_an_address(struct scene *s)
{
	return annex_kunmap_fast(&s->annex->pkmap,
				 __annex_page_address(&s->annex->pkmap,
						      s->page));
}

static int get_null(struct scene *s)
{
	return __annex_kmap_high_get(&s->annex->pkmap, NULL) ? 0 : -1;
}

static int kmap_null(struct scene *s)
{
	return try_kmap(s, NULL);
}

static int kmap_before_the_first(struct scene *s)
{
	return try_kmap(s, s->annex->frames.mem_map - 1);
}

static int kmap_after_the_last(struct scene *s)
{
	return try_kmap(s,
			s->annex->frames.mem_map + s->annex->frames.nr_pages);
}

static int kmap_between_descriptors(struct scene *s)
{
	return try_kmap(s, (void *)s->page + 4);
}

static int kmap_of_no_pointer(struct scene *s)
{
	return try_kmap(s, (void *)-1UL);
}

static int kmap_irqs_off(struct scene *s)
{
	unsigned long flags;
	int err;

	local_irq_save(flags);
	err = try_kmap(s, s->other);
	local_irq_restore(flags);
	return err;
}

static int kmap_softirqs_off(struct scene *s)
{
	int err;

	local_bh_disable();
	err = try_kmap(s, s->other);
	local_bh_enable();
	return err;
}

/* Also one that is mapped, and needs to wait for nothing. */
static int kmap_again_irqs_off(struct scene *s)
{
	unsigned long flags;
	int err;

	local_irq_save(flags);
	err = try_kmap(s, s->page);
	local_irq_restore(flags);
	return err;
}

static int kmap_lowmem_irqs_off(struct scene *s)
{
	unsigned long flags;
	int err;

	local_irq_save(flags);
	err = try_kmap(s, s->annex->frames.mem_map);
	local_irq_restore(flags);
	return err;
}

static int kmap_preemption_off(struct scene *s)
{
	int err;

	preempt_disable();
	err = try_kmap(s, s->other);
	preempt_enable();
	return err;
}

static int kmap_under_a_spinlock(struct scene *s)
{
	static DEFINE_SPINLOCK(lock);
	int err;

	spin_lock(&lock);
	err = try_kmap(s, s->other);
	spin_unlock(&lock);
	return err;
}

static int flush_irqs_off(struct scene *s)
{
	unsigned long flags;
	int err;

	local_irq_save(flags);
	err = __annex_kmap_flush_unused(&s->annex->pkmap);
	local_irq_restore(flags);
	return err;
}

static struct annex_pkmap_slot *slot_of(struct scene *s)
{
	void *addr = __annex_page_address(&s->annex->pkmap, s->page);

	return s->annex->pkmap.slot +
	       ((addr - s->annex->host.pkmap.addr) >> PAGE_SHIFT);
}

static int kmap_with_too_many_users(struct scene *s)
{
	struct annex_pkmap_slot *slot = slot_of(s);
	int more = ANNEX_PKMAP_USERS_MAX - 1;
	int word, err;

	atomic_add(more, &slot->word);
	word = atomic_read(&slot->word);
	err = try_kmap(s, s->page);
	if (__annex_kmap_high_get(&s->annex->pkmap, s->page) ||
	    atomic_read(&slot->word) != word)
		err = -2;
	atomic_set(&slot->word, word - more);
	return err;
}

struct mistake {
	mistake_fn make;
	const char *name;
	int err;	/* -1 for NULL */
	bool counted;	/* preempt_count() must tell */
};

#define MISTAKE(fn, err)	{ fn, #fn, err, false }

static const struct mistake mistakes[] = {
	MISTAKE(kunmap_unmapped, -EALREADY),
	MISTAKE(kunmap_once_too_often, -EALREADY),
	MISTAKE(kunmap_null, -EFAULT),
	MISTAKE(kunmap_before_the_first, -EFAULT),
	MISTAKE(kunmap_after_the_last, -EFAULT),
	MISTAKE(kunmap_between_descriptors, -EFAULT),
	MISTAKE(kunmap_of_an_address, -EFAULT),
	MISTAKE(get_null, -1),
	MISTAKE(kmap_null, -1),
	MISTAKE(kmap_before_the_first, -1),
	MISTAKE(kmap_after_the_last, -1),
	MISTAKE(kmap_between_descriptors, -1),
	MISTAKE(kmap_of_no_pointer, -1),
	MISTAKE(kmap_irqs_off, -1),
	MISTAKE(kmap_softirqs_off, -1),
	MISTAKE(kmap_again_irqs_off, -1),
	MISTAKE(kmap_lowmem_irqs_off, -1),
	{ kmap_preemption_off, "kmap_preemption_off", -1, true },
	{ kmap_under_a_spinlock, "kmap_under_a_spinlock", -1, true },
	MISTAKE(kmap_with_too_many_users, -1),
	MISTAKE(flush_irqs_off, -EINVAL),
};

static void mistake_name(const struct mistake *m, char *desc)
{
	strscpy(desc, m->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(mistake, mistakes, mistake_name);

static void pkmap_refuses_what_is_wrong(struct kunit *test)
{
	const struct mistake *m = test->param_value;
	struct scene s = { .annex = annex_testpool(test, &pool) };
	unsigned int users = m->make == kunmap_once_too_often ? 0 : 1;

	if (m->counted && !IS_ENABLED(CONFIG_PREEMPT_COUNT))
		kunit_skip(test, "this kernel cannot tell who may sleep");
	s.page = annex_test_high(s.annex, 0);
	s.other = annex_test_high(s.annex, 1);
	annex_test_kmap(test, s.annex, 0, 1);
	annex_test_kmap_use(test, s.annex, 2, 1);
	KUNIT_EXPECT_EQ(test, m->make(&s), m->err);
	KUNIT_EXPECT_EQ(test, annex_test_event(s.annex, ANNEX_BAD_MAP), 1UL);
	KUNIT_EXPECT_EQ(test, annex_test_slot_count(s.annex, s.page),
			users + 1);
	annex_test_expect_slots(test, s.annex, users, 2 - users);
	KUNIT_EXPECT_EQ(test, annex_test_event(s.annex, ANNEX_TLB_SHOOTDOWNS),
			0UL);
	annex_test_validate(test, s.annex);
	if (users)
		annex_test_kunmap(test, s.annex, 0, 1);
	KUNIT_EXPECT_EQ(test, __annex_kmap_flush_unused(&s.annex->pkmap), 2);
	annex_test_validate(test, s.annex);
}

static void pkmap_misuse_in_a_loop_is_counted_in_full(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	struct annex_page *page = annex_test_high(annex, 0);
	unsigned int i;

	for (i = 0; i < 1000; i++)
		KUNIT_EXPECT_EQ(test, annex_kunmap_fast(&annex->pkmap, page),
				-EALREADY);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_MAP), 1000UL);
	annex_test_validate(test, annex);
}

static struct kunit_case pkmap_misuse_cases[] = {
	KUNIT_CASE_PARAM(pkmap_refuses_what_is_wrong, mistake_gen_params),
	KUNIT_CASE(pkmap_misuse_in_a_loop_is_counted_in_full),
	{}
};

static struct kunit_suite annex_pkmap_misuse_suite = {
	.name = "annex_pkmap_misuse",
	.test_cases = pkmap_misuse_cases,
};

kunit_test_suite(annex_pkmap_misuse_suite);
