// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of folios in use: who relies on them, what they answer, their flags
 * and counts, and the recount. Refusals are made on purpose; the log shows a
 * line for each.
 */
#include <linux/limits.h>
#include <linux/string.h>

#include "lib/testfolio.h"
#include "lib/testpool.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "reclaim/folio.h"
#include "reclaim/folio_slab.h"
#include "reclaim/lock.h"
#include "validate/validate.h"

/* What keeps a folio; put in place and taken away again. */
struct reliance {
	const char *name;
	void (*begin)(struct annex *annex, struct annex_folio *folio);
	void (*end)(struct annex *annex, struct annex_folio *folio);
	bool put;	/* refused */
	bool detach;
};

static struct annex_mapping some_mapping;

static void map_it(struct annex *annex, struct annex_folio *folio)
{
	folio->mapping = &some_mapping;
}

static void unmap_it(struct annex *annex, struct annex_folio *folio)
{
	folio->mapping = NULL;
}

static void show_it(struct annex *annex, struct annex_folio *folio)
{
	__annex_folio_inc_mapcount(&annex->frames, folio);
}

static void hide_it(struct annex *annex, struct annex_folio *folio)
{
	__annex_folio_dec_mapcount(&annex->frames, folio);
}

static void dirty_it(struct annex *annex, struct annex_folio *folio)
{
	__annex_folio_mark_dirty(&annex->frames, folio);
}

static void clean_it(struct annex *annex, struct annex_folio *folio)
{
	__annex_folio_clear_dirty(&annex->frames, folio);
}

static void write_it(struct annex *annex, struct annex_folio *folio)
{
	__annex_folio_start_writeback(&annex->frames, folio);
}

static void wrote_it(struct annex *annex, struct annex_folio *folio)
{
	__annex_folio_end_writeback(&annex->frames, folio);
}

static void lock_it(struct annex *annex, struct annex_folio *folio)
{
	__annex_trylock_page(&annex->frames, annex_folio_head(folio));
}

static void unlock_it(struct annex *annex, struct annex_folio *folio)
{
	__annex_unlock_page(&annex->frames, annex_folio_head(folio));
}

static void give_meaning(struct annex *annex, struct annex_folio *folio)
{
	annex_page_set_bit(annex_folio_head(folio), ANNEX_PG_PRIVATE);
}

static void take_meaning(struct annex *annex, struct annex_folio *folio)
{
	annex_page_clear_bit(annex_folio_head(folio), ANNEX_PG_PRIVATE);
}

static void isolate_it(struct annex *annex, struct annex_folio *folio)
{
	annex_folio_set_bit(folio, ANNEX_FOLIO_ISOLATED);
}

static void return_it(struct annex *annex, struct annex_folio *folio)
{
	annex_folio_clear_bit(folio, ANNEX_FOLIO_ISOLATED);
}

static const struct reliance reliances[] = {
	{ "a mapping", map_it, unmap_it, true, true },
	{ "a page table", show_it, hide_it, true, true },
	{ "dirty contents", dirty_it, clean_it, true, true },
	{ "a write under way", write_it, wrote_it, true, true },
	{ "a private value", give_meaning, take_meaning, true, true },
	{ "a lock", lock_it, unlock_it, true, false },
	{ "reclaim", isolate_it, return_it, false, true },
};

static void reliance_name(const struct reliance *r, char *desc)
{
	strscpy(desc, r->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(reliance, reliances, reliance_name);

static void folio_that_is_relied_on_is_not_freed(struct kunit *test)
{
	const struct reliance *r = test->param_value;
	struct annex *annex = annex_testpool(test, &testfolio_pool);
	struct annex_folio *folio = testfolio_new(test, annex, GFP_KERNEL, 1);
	struct annex_page *page = annex_folio_head(folio);

	r->begin(annex, folio);
	if (r->put) {
		KUNIT_EXPECT_EQ(test, __annex_folio_put(&annex->frames, folio),
				-EBUSY);
		KUNIT_EXPECT_EQ(test,
				__annex_put_page(&annex->frames, page + 1),
				-EBUSY);
		KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 1),
				-EBUSY);
		KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_REF),
				2UL);
		KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_FREE),
				1UL);
	}
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(page), 1U);
	/* It is the last reference that matters. */
	KUNIT_EXPECT_EQ(test, __annex_folio_get(&annex->frames, folio), 0);
	testfolio_put(test, annex, folio);
	KUNIT_EXPECT_PTR_EQ(test, __annex_page_folio(&annex->frames, page),
			    folio);
	annex_test_validate(test, annex);
	r->end(annex, folio);
	testfolio_put(test, annex, folio);
	annex_test_validate(test, annex);
}

static void folio_that_is_relied_on_is_not_detached(struct kunit *test)
{
	const struct reliance *r = test->param_value;
	struct annex *annex = annex_testpool(test, &testfolio_pool);
	struct annex_folio *folio = testfolio_new(test, annex, GFP_KERNEL, 1);
	struct annex_page *page = annex_folio_head(folio);

	if (r->detach) {
		r->begin(annex, folio);
		KUNIT_EXPECT_EQ(test,
				__annex_folio_detach(&annex->frames, folio),
				-EBUSY);
		KUNIT_EXPECT_PTR_EQ(test,
				    __annex_page_folio(&annex->frames, page),
				    folio);
		r->end(annex, folio);
	}
	KUNIT_EXPECT_EQ(test, __annex_folio_detach(&annex->frames, folio), 0);
	KUNIT_EXPECT_NULL(test, __annex_page_folio(&annex->frames, page));
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 1), 0);
	annex_test_validate(test, annex);
}

static void folio_tails_answer_through_their_head(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &testfolio_pool);
	struct annex_folio *folio = testfolio_new(test, annex, GFP_HIGHUSER, 3);
	struct annex_page *page = annex_folio_head(folio);
	unsigned int i;

	KUNIT_EXPECT_TRUE(test, annex_page_test_flag(page, ANNEX_PG_HEAD));
	folio->index = 100;
	KUNIT_EXPECT_EQ(test,
			__annex_set_page_private(&annex->frames, page, ~0UL),
			0);
	for (i = 0; i < 8; i++) {
		KUNIT_EXPECT_PTR_EQ(test,
				    __annex_page_folio(&annex->frames,
						       page + i),
				    folio);
		KUNIT_EXPECT_EQ(test,
				__annex_page_index(&annex->frames, page + i),
				100UL + i);
		KUNIT_EXPECT_EQ(test,
				__annex_page_private(&annex->frames, page + i),
				~0UL);
	}
	KUNIT_EXPECT_NULL(test, __annex_page_folio(&annex->frames, page + 8));
	testfolio_put(test, annex, folio);
	annex_test_validate(test, annex);
}

static void folio_none_is_a_small_private_value(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &testfolio_pool);
	struct annex_page *page =
		annex_test_must_alloc(test, annex, GFP_KERNEL, 1);

	KUNIT_EXPECT_NULL(test, __annex_page_folio(&annex->frames, page));
	KUNIT_EXPECT_NULL(test, __annex_page_folio(&annex->frames, NULL));
	KUNIT_EXPECT_EQ(test, __annex_page_index(&annex->frames, page), 0UL);
	KUNIT_EXPECT_EQ(test,
			__annex_set_page_private(&annex->frames, page,
						 ANNEX_PFN_MASK),
			0);
	KUNIT_EXPECT_EQ(test, __annex_page_private(&annex->frames, page),
			(unsigned long)ANNEX_PFN_MASK);
	KUNIT_EXPECT_EQ(test,
			__annex_set_page_private(&annex->frames, page,
						 ANNEX_PFN_MASK + 1UL),
			-ERANGE);
	KUNIT_EXPECT_EQ(test,
			__annex_set_page_private(&annex->frames, page + 1, 1),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, __annex_set_page_private(&annex->frames, NULL, 1),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, __annex_page_private(&annex->frames, NULL), 0UL);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 1), 0);
	annex_test_validate(test, annex);
}

/* Addresses beside a folio, of another pool, of one that has ended. */
static void folio_is_known_by_its_address(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &testfolio_pool);
	struct annex_frames *frames = &annex->frames;
	struct annex *other = annex_testpool(test, &testfolio_small_lowmem);
	struct annex_folio *folio = testfolio_new(test, annex, GFP_KERNEL, 0);
	struct annex_folio *foreign = testfolio_new(test, other, GFP_KERNEL, 0);
	void *wrong[] = {
		NULL,
		(void *)folio + 4,
		folio + 1,
		foreign,
		frames->lowmem,
		(void *)((unsigned long)folio & PAGE_MASK),
		(void *)((unsigned long)folio | ~PAGE_MASK),
		frames->lowmem - 1,
		frames->lowmem + ((size_t)frames->lowmem_pages << PAGE_SHIFT),
		annex_folio_head(folio),
	};
	unsigned int i;

	KUNIT_EXPECT_TRUE(test, annex_folio_slab_in_use(frames, folio));
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		KUNIT_EXPECT_FALSE_MSG(test,
				       annex_folio_slab_in_use(frames,
							       wrong[i]),
				       "row %u", i);
		KUNIT_EXPECT_EQ(test, __annex_folio_get(frames, wrong[i]),
				-EFAULT);
		KUNIT_EXPECT_EQ(test, __annex_folio_detach(frames, wrong[i]),
				-EFAULT);
	}
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_REF),
			(unsigned long)i);
	testfolio_put(test, other, foreign);
	testfolio_put(test, annex, folio);
	KUNIT_EXPECT_FALSE(test, annex_folio_slab_in_use(frames, folio));
	KUNIT_EXPECT_EQ(test, __annex_folio_put(frames, folio), -EFAULT);
	annex_test_validate(test, annex);
}

/* All but those of the owner have functions of their own. */
static void folio_flags_are_set_by_who_owns_them(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &testfolio_pool);
	struct annex_folio *folio = testfolio_new(test, annex, GFP_KERNEL, 0);
	unsigned long refused = 0;
	int flag;

	for (flag = -1; flag <= 32; flag++) {
		bool owner = flag == ANNEX_FOLIO_REFERENCED ||
			     flag == ANNEX_FOLIO_UPTODATE;

		/* A refusal says that the caller did not get it. */
		KUNIT_EXPECT_EQ(test,
				__annex_folio_test_set_flag(&annex->frames,
							    folio, flag),
				!owner);
		KUNIT_EXPECT_EQ(test, (u32)atomic_read(&folio->flags),
				owner ? 1U << flag : 0U);
		KUNIT_EXPECT_TRUE(test,
				  __annex_folio_test_set_flag(&annex->frames,
							      folio, flag));
		KUNIT_EXPECT_EQ(test,
				__annex_folio_test_clear_flag(&annex->frames,
							      folio, flag),
				owner);
		KUNIT_EXPECT_FALSE(test,
				   __annex_folio_test_clear_flag(&annex->frames,
								 folio, flag));
		KUNIT_EXPECT_EQ(test, atomic_read(&folio->flags), 0);
		refused += owner ? 0 : 4;
	}
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_FLAG), refused);
	testfolio_put(test, annex, folio);
}

static void folio_flags_do_not_touch_each_other(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &testfolio_pool);
	struct annex_folio *folio = testfolio_new(test, annex, GFP_KERNEL, 0);
	unsigned int flag, other;

	for (flag = 0; flag < ANNEX_NR_FOLIO_FLAGS; flag++) {
		KUNIT_EXPECT_FALSE(test, annex_folio_set_bit(folio, flag));
		KUNIT_EXPECT_TRUE(test, annex_folio_set_bit(folio, flag));
		for (other = 0; other < ANNEX_NR_FOLIO_FLAGS; other++)
			KUNIT_EXPECT_EQ(test,
					annex_folio_test_flag(folio, other),
					other == flag);
		KUNIT_EXPECT_TRUE(test, annex_folio_clear_bit(folio, flag));
		KUNIT_EXPECT_FALSE(test, annex_folio_clear_bit(folio, flag));
	}
	testfolio_put(test, annex, folio);
}

static void folio_mapcount_counts_and_stays_in_bounds(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &testfolio_pool);
	struct annex_folio *folio = testfolio_new(test, annex, GFP_KERNEL, 2);

	KUNIT_EXPECT_EQ(test, annex_folio_mapcount(folio), 0);
	KUNIT_EXPECT_EQ(test, __annex_folio_dec_mapcount(&annex->frames, folio),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, __annex_folio_inc_mapcount(&annex->frames, folio),
			0);
	KUNIT_EXPECT_EQ(test, __annex_folio_inc_mapcount(&annex->frames, folio),
			0);
	KUNIT_EXPECT_EQ(test, annex_folio_mapcount(folio), 2);
	/* Frames that are shown at all, once each. */
	KUNIT_EXPECT_EQ(test, annex_test_node(annex, ANNEX_NR_MAPPED), 4UL);
	KUNIT_EXPECT_EQ(test, __annex_folio_dec_mapcount(&annex->frames, folio),
			0);
	KUNIT_EXPECT_EQ(test, annex_test_node(annex, ANNEX_NR_MAPPED), 4UL);

	atomic_set(&folio->_mapcount, INT_MAX - 2);
	KUNIT_EXPECT_EQ(test, __annex_folio_inc_mapcount(&annex->frames, folio),
			0);
	KUNIT_EXPECT_EQ(test, __annex_folio_inc_mapcount(&annex->frames, folio),
			-EOVERFLOW);
	KUNIT_EXPECT_EQ(test, annex_folio_mapcount(folio), INT_MAX);
	atomic_set(&folio->_mapcount, 0);

	KUNIT_EXPECT_EQ(test, __annex_folio_dec_mapcount(&annex->frames, folio),
			0);
	KUNIT_EXPECT_EQ(test, __annex_folio_dec_mapcount(&annex->frames, folio),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, annex_test_node(annex, ANNEX_NR_MAPPED), 0UL);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_FLAG), 3UL);
	testfolio_put(test, annex, folio);
}

/* What the pool has: dirty, being written, both in the zone; and what was. */
static void expect_sums(struct kunit *test, struct annex_folio *folio,
			unsigned long dirty, unsigned long writeback,
			unsigned long dirtied, unsigned long written)
{
	struct annex *annex = annex_of(folio->zone->frames, frames);

	KUNIT_EXPECT_EQ(test, annex_test_node(annex, ANNEX_NR_DIRTY), dirty);
	KUNIT_EXPECT_EQ(test, annex_test_node(annex, ANNEX_NR_WRITEBACK),
			writeback);
	KUNIT_EXPECT_EQ(test, annex_zone_count(folio->zone,
					       ANNEX_NR_ZONE_WRITE_PENDING),
			dirty + writeback);
	KUNIT_EXPECT_EQ(test, annex_test_node(annex, ANNEX_NR_DIRTIED),
			dirtied);
	KUNIT_EXPECT_EQ(test, annex_test_node(annex, ANNEX_NR_WRITTEN),
			written);
}

static void folio_dirty_and_writeback_are_counted_as_in_linux(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &testfolio_pool);
	struct annex_folio *f = testfolio_new(test, annex, GFP_HIGHUSER, 3);

	KUNIT_EXPECT_FALSE(test, __annex_folio_clear_dirty(&annex->frames, f));
	expect_sums(test, f, 0, 0, 0, 0);
	KUNIT_EXPECT_TRUE(test, __annex_folio_mark_dirty(&annex->frames, f));
	KUNIT_EXPECT_FALSE(test, __annex_folio_mark_dirty(&annex->frames, f));
	expect_sums(test, f, 8, 0, 8, 0);
	/* Dirty and being written counts twice. */
	KUNIT_EXPECT_FALSE(test,
			   __annex_folio_start_writeback(&annex->frames, f));
	KUNIT_EXPECT_TRUE(test,
			  __annex_folio_start_writeback(&annex->frames, f));
	expect_sums(test, f, 8, 8, 8, 0);
	KUNIT_EXPECT_TRUE(test, __annex_folio_clear_dirty(&annex->frames, f));
	KUNIT_EXPECT_FALSE(test, __annex_folio_clear_dirty(&annex->frames, f));
	expect_sums(test, f, 0, 8, 8, 0);
	KUNIT_EXPECT_EQ(test, __annex_folio_end_writeback(&annex->frames, f),
			0);
	expect_sums(test, f, 0, 0, 8, 8);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_FLAG), 0UL);
	KUNIT_EXPECT_EQ(test, __annex_folio_end_writeback(&annex->frames, f),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_FLAG), 1UL);
	expect_sums(test, f, 0, 0, 8, 8);
	testfolio_put(test, annex, f);
	annex_test_validate(test, annex);
}

/* Reclaim's wish lapses when it is fulfilled, or when there is new work. */
static void folio_reclaim_flag_lapses(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &testfolio_pool);
	struct annex_folio *f = testfolio_new(test, annex, GFP_KERNEL, 0);

	__annex_folio_start_writeback(&annex->frames, f);
	annex_folio_set_bit(f, ANNEX_FOLIO_RECLAIM);
	__annex_folio_end_writeback(&annex->frames, f);
	KUNIT_EXPECT_FALSE(test, annex_folio_test_flag(f, ANNEX_FOLIO_RECLAIM));
	annex_folio_set_bit(f, ANNEX_FOLIO_RECLAIM);
	__annex_folio_mark_dirty(&annex->frames, f);
	KUNIT_EXPECT_FALSE(test, annex_folio_test_flag(f, ANNEX_FOLIO_RECLAIM));
	__annex_folio_clear_dirty(&annex->frames, f);
	testfolio_put(test, annex, f);
}

/* Nothing that is given to a function is taken for a folio unseen. */
static void folio_functions_refuse_what_is_no_folio(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &testfolio_pool);
	void *none = annex->frames.lowmem + 24;

	KUNIT_EXPECT_EQ(test, __annex_folio_get(&annex->frames, none), -EFAULT);
	KUNIT_EXPECT_EQ(test, __annex_folio_put(&annex->frames, none), -EFAULT);
	KUNIT_EXPECT_EQ(test, __annex_folio_detach(&annex->frames, none),
			-EFAULT);
	KUNIT_EXPECT_TRUE(test,
			  __annex_folio_test_set_flag(&annex->frames, none, 0));
	KUNIT_EXPECT_FALSE(test, __annex_folio_test_clear_flag(&annex->frames,
							       none, 0));
	KUNIT_EXPECT_EQ(test, __annex_folio_inc_mapcount(&annex->frames, none),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, __annex_folio_dec_mapcount(&annex->frames, none),
			-EFAULT);
	KUNIT_EXPECT_FALSE(test,
			   __annex_folio_mark_dirty(&annex->frames, none));
	KUNIT_EXPECT_FALSE(test,
			   __annex_folio_clear_dirty(&annex->frames, none));
	KUNIT_EXPECT_TRUE(test,
			  __annex_folio_start_writeback(&annex->frames, none));
	KUNIT_EXPECT_EQ(test, __annex_folio_end_writeback(&annex->frames, none),
			-EFAULT);
	KUNIT_EXPECT_EQ(test,
			__annex_folio_wait_writeback(&annex->frames, none),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_REF), 2UL);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_FREE), 1UL);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_FLAG), 9UL);
	annex_test_validate(test, annex);
}

struct folio_damage {
	const char *name;
	const char *says;
	void (*make)(struct annex *annex, struct annex_folio *folio);
};

static void other_folio(struct annex *annex, struct annex_folio *folio)
{
	annex_folio_head(folio)->link++;
}

static void no_folio(struct annex *annex, struct annex_folio *folio)
{
	annex_folio_head(folio)->link =
		ANNEX_LINK_FOLIO | ANNEX_LINK_VALUE_MASK;
}

static void other_block(struct annex *annex, struct annex_folio *folio)
{
	folio->pfn++;
}

static void other_zone(struct annex *annex, struct annex_folio *folio)
{
	folio->zone--;
}

static void flag_lost(struct annex *annex, struct annex_folio *folio)
{
	annex_page_clear_bit(annex_folio_head(folio), ANNEX_PG_FOLIO);
}

static void folio_lost(struct annex *annex, struct annex_folio *folio)
{
	annex->reclaim.folio_slabs.list[0].nr_used++;
}

static void page_lost(struct annex *annex, struct annex_folio *folio)
{
	annex->reclaim.folio_slabs.list[0].nr_pages++;
}

static void page_unlisted(struct annex *annex, struct annex_folio *folio)
{
	unsigned long pfn =
		((void *)folio - annex->frames.lowmem) >> PAGE_SHIFT;

	list_del_init(&annex_folio_slab(&annex->frames, pfn)->head.partial);
}

static const struct folio_damage damages[] = {
	{ "a folio in place of another", "which is free", other_folio },
	{ "a folio that is none", "which is none", no_folio },
	{ "another block", "which is of block", other_block },
	{ "another zone", "is not of its zone", other_zone },
	{ "a flag lost", "does not name it", flag_lost },
	{ "a folio lost", "should be there", folio_lost },
	{ "a page lost", "folio slabs were counted", page_lost },
	{ "a page out of the list", "not in the list", page_unlisted },
};

static void damage_name(const struct folio_damage *d, char *desc)
{
	strscpy(desc, d->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(damage, damages, damage_name);

struct lines {
	const char *says;
	bool said;
};

static void look_for(void *arg, struct va_format *vaf)
{
	struct lines *lines = arg;
	char line[160];

	vsnprintf(line, sizeof(line), vaf->fmt, *vaf->va);
	if (strstr(line, lines->says))
		lines->said = true;
}

static void folio_validate_finds_damage(struct kunit *test)
{
	const struct folio_damage *d = test->param_value;
	struct lines lines = { .says = d->says };
	struct annex *annex = annex_testpool(test, &testfolio_pool);
	struct annex_folio *folio = testfolio_new(test, annex, GFP_KERNEL, 0);

	annex_test_validate(test, annex);
	d->make(annex, folio);
	KUNIT_EXPECT_GT(test, annex_validate(annex, look_for, &lines), 0UL);
	KUNIT_EXPECT_TRUE(test, lines.said);
}

static struct kunit_case folio_use_cases[] = {
	KUNIT_CASE_PARAM(folio_that_is_relied_on_is_not_freed,
			 reliance_gen_params),
	KUNIT_CASE_PARAM(folio_that_is_relied_on_is_not_detached,
			 reliance_gen_params),
	KUNIT_CASE(folio_tails_answer_through_their_head),
	KUNIT_CASE(folio_none_is_a_small_private_value),
	KUNIT_CASE(folio_is_known_by_its_address),
	KUNIT_CASE(folio_flags_are_set_by_who_owns_them),
	KUNIT_CASE(folio_flags_do_not_touch_each_other),
	KUNIT_CASE(folio_mapcount_counts_and_stays_in_bounds),
	KUNIT_CASE(folio_dirty_and_writeback_are_counted_as_in_linux),
	KUNIT_CASE(folio_reclaim_flag_lapses),
	KUNIT_CASE(folio_functions_refuse_what_is_no_folio),
	KUNIT_CASE_PARAM(folio_validate_finds_damage, damage_gen_params),
	{}
};

static struct kunit_suite annex_folio_use_suite = {
	.name = "annex_folio_use",
	.test_cases = folio_use_cases,
};

kunit_test_suite(annex_folio_use_suite);
