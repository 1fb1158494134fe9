// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of annex_validate(): a sound pool is "ok", and each kind of damage is
 * found, named, and gone when it is mended.
 */
#include <linux/seq_file.h>
#include <linux/string.h>

#include "base/show.h"
#include "lib/testpool.h"
#include "page/buddy.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "validate/validate.h"

static const struct annex_testpool opts = {
	.start = 5ULL << 30, .nr_pages = 16384, .lowmem_pages = 8192,
	.reserved_pages = 256,
};

struct scene {
	struct annex *annex;
	struct annex_zone *normal;
	struct annex_page *used;	/* order 2, in Normal */
	struct annex_page *free;	/* order 10, in Normal */
};

typedef void (*damage_fn)(struct scene *s);

static void add_state(struct annex_page *page, int n)
{
	atomic_add(n, &page->state);
}

static void nr_free_pages_off(struct scene *s)
{
	atomic_long_inc(&s->normal->usable_pages);
}

static void nr_free_off(struct scene *s)
{
	s->normal->nr_free[10]++;
}

static void order_noted_without_a_block(struct scene *s)
{
	s->normal->free_orders[ANNEX_MIGRATE_RECLAIMABLE] |= 1;
}

static void free_block_in_a_list_of_another_type(struct scene *s)
{
	annex_pageblock(&s->annex->frames, s->free - s->annex->frames.mem_map)
		->type = ANNEX_MIGRATE_RECLAIMABLE;
}

static void large_block_of_two_types(struct scene *s)
{
	annex_pageblock(&s->annex->frames, s->free - s->annex->frames.mem_map +
						   ANNEX_PAGEBLOCK_PAGES)
		->type = ANNEX_MIGRATE_RECLAIMABLE;
}

static void pageblock_of_another_home(struct scene *s)
{
	annex_pageblock(&s->annex->frames, s->free - s->annex->frames.mem_map)
		->home = s->annex->frames.pcp_closed;
}

static void free_frames_of_a_pageblock_off(struct scene *s)
{
	annex_pageblock(&s->annex->frames, s->free - s->annex->frames.mem_map)
		->nr_free--;
}

static void reserved_pageblocks_off(struct scene *s)
{
	s->normal->nr_reserved_highatomic += ANNEX_PAGEBLOCK_PAGES;
}

static void kept_frames_off(struct scene *s)
{
	s->normal->free_highatomic++;
	atomic_long_dec(&s->normal->usable_pages);
}

static void managed_off(struct scene *s)
{
	s->normal->managed_pages--;
}

static void present_off(struct scene *s)
{
	s->normal->present_pages++;
}

static void list_cut(struct scene *s)
{
	u32 head = annex_buddy_head(s->normal, ANNEX_MIGRATE_MOVABLE, 10);

	atomic_set(&s->normal->map[head].state,
		   head << 8 | ANNEX_FREE_MARK(10));
}

static void list_looped(struct scene *s)
{
	annex_pfn_t pfn = s->free - s->annex->frames.mem_map;

	atomic_set(&s->free->state, pfn << 8 | ANNEX_FREE_MARK(10));
}

static void list_back_link_off(struct scene *s)
{
	s->free->link ^= 1;
}

static void free_block_called_used(struct scene *s)
{
	atomic_set(&s->free->state, ANNEX_REF_ONE | ANNEX_PAGE_USED);
}

static void free_block_called_smaller(struct scene *s)
{
	s->free->link -= 1U << ANNEX_LINK_ORDER_SHIFT;
}

static void used_block_without_user(struct scene *s)
{
	atomic_set(&s->used->state, ANNEX_PAGE_USED);
}

static void used_block_called_free(struct scene *s)
{
	atomic_set(&s->used->state, ANNEX_PFN_NIL << 8 | ANNEX_FREE_MARK(2));
}

static void used_block_called_inner(struct scene *s)
{
	atomic_set(&s->used->state, ANNEX_PAGE_INNER);
}

static void used_block_of_order_11(struct scene *s)
{
	s->used->link = 11U << ANNEX_LINK_ORDER_SHIFT;
}

static void used_block_misaligned(struct scene *s)
{
	s->used->link = 9U << ANNEX_LINK_ORDER_SHIFT;
}

static void inner_frame_with_a_state(struct scene *s)
{
	add_state(s->used + 1, ANNEX_PAGE_RESERVED);
}

static void inner_frame_of_a_free_block(struct scene *s)
{
	add_state(s->free + 700, ANNEX_PAGE_USED | ANNEX_REF_ONE);
}

static void state_that_is_none(struct scene *s)
{
	atomic_set(&s->used->state, 7);
}

static void reserved_frame_lost(struct scene *s)
{
	atomic_set(&s->annex->frames.mem_map[5].state,
		   ANNEX_REF_ONE | ANNEX_PAGE_USED);
}

static void reserved_frame_gained(struct scene *s)
{
	atomic_set(&s->used->state, ANNEX_PAGE_RESERVED);
}

static void zones_apart(struct scene *s)
{
	s->normal->zone_start_pfn++;
	s->normal->spanned_pages--;
}

static void memory_map_torn(struct scene *s)
{
	s->annex->memory_map.entry[0].end -= PAGE_SIZE;
}

static void memblock_torn(struct scene *s)
{
	s->annex->memblock.reserved.total_size++;
}

struct damage {
	damage_fn make;
	const char *name;
	const char *says;
};

#define DAMAGE(fn, says) { fn, #fn, says }

static const struct damage damages[] = {
	DAMAGE(nr_free_pages_off, "nr_free_pages"),
	DAMAGE(nr_free_off, "nr_free of order 10"),
	DAMAGE(order_noted_without_a_block, "is not noted"),
	DAMAGE(free_block_in_a_list_of_another_type, "does not belong there"),
	DAMAGE(large_block_of_two_types, "does not belong there"),
	DAMAGE(pageblock_of_another_home, "goes elsewhere"),
	DAMAGE(free_frames_of_a_pageblock_off, "are free, counted 512"),
	DAMAGE(reserved_pageblocks_off, "of HighAtomic pageblocks"),
	DAMAGE(kept_frames_off, "free frames are kept"),
	DAMAGE(managed_off, "managed"),
	DAMAGE(present_off, "present"),
	DAMAGE(list_cut, "list of order 10 has 0 blocks"),
	DAMAGE(list_looped, "order 10"),
	DAMAGE(list_back_link_off, "does not belong there"),
	DAMAGE(free_block_called_used, "does not belong there"),
	DAMAGE(free_block_called_smaller, "where a block begins, is inner"),
	DAMAGE(used_block_without_user, "has no user"),
	DAMAGE(used_block_called_free, "list of order 2 has"),
	DAMAGE(used_block_called_inner, "where a block begins, is inner"),
	DAMAGE(used_block_of_order_11, "misaligned or leaves"),
	DAMAGE(used_block_misaligned, "inside the block"),
	DAMAGE(inner_frame_with_a_state, "inside the block"),
	DAMAGE(inner_frame_of_a_free_block, "inside the block"),
	DAMAGE(state_that_is_none, "corrupt"),
	DAMAGE(reserved_frame_lost, "of memblock's reserved is not"),
	DAMAGE(reserved_frame_gained, "managed"),
	DAMAGE(zones_apart, "the zone before it ends"),
	DAMAGE(memory_map_torn, "the memory map is malformed"),
	DAMAGE(memblock_torn, "memblock is malformed"),
};

static void damage_name(const struct damage *d, char *desc)
{
	strscpy(desc, d->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(damage, damages, damage_name);

#define OUT_SIZE	(64 * 1024)

static struct seq_file out_file(struct kunit *test)
{
	struct seq_file m = {
		.size = OUT_SIZE,
		.buf = kunit_kzalloc(test, OUT_SIZE, GFP_KERNEL),
	};

	KUNIT_ASSERT_NOT_NULL(test, m.buf);
	return m;
}

/*
 * Each damage is done to a pool of its own. Whether annex_validate() finds
 * damage of its own making elsewhere is told by the sound pool at the start.
 */
static void validate_finds_damage_and_names_it(struct kunit *test)
{
	const struct damage *d = test->param_value;
	struct scene s = { .annex = annex_testpool(test, &opts) };
	struct seq_file before = out_file(test), after = out_file(test);

	s.normal = &s.annex->frames.zones[ANNEX_ZONE_NORMAL];
	KUNIT_ASSERT_EQ(test,
			annex_block_alloc(&s.annex->frames, GFP_KERNEL, 2,
					  &s.used),
			0);
	s.free = s.annex->frames.mem_map +
		 annex_buddy_first(s.normal, ANNEX_MIGRATE_MOVABLE, 10);
	annex_show_validate(&before, s.annex);
	KUNIT_EXPECT_STREQ(test, before.buf, "ok\n");

	d->make(&s);
	annex_show_validate(&after, s.annex);
	KUNIT_EXPECT_TRUE(test, strnstr(after.buf, d->says, after.count));
	KUNIT_EXPECT_FALSE(test, strnstr(after.buf, "ok\n", after.count));
}

/* Two halves of a block, both free and both whole, are one block too few. */
static void validate_finds_buddies_that_did_not_merge(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &opts);
	struct annex_zone *normal = &annex->frames.zones[ANNEX_ZONE_NORMAL];
	struct seq_file m = out_file(test);
	struct annex_page *page;
	u32 head, other;

	KUNIT_ASSERT_EQ(test,
			annex_block_alloc(&annex->frames,
					  GFP_KERNEL | __GFP_MOVABLE, 9, &page),
			0);
	/* Its buddy is the only free block of order 9: free it beside that. */
	head = annex_buddy_head(normal, ANNEX_MIGRATE_MOVABLE, 9);
	other = annex_buddy_first(normal, ANNEX_MIGRATE_MOVABLE, 9);
	page->link = 9U << ANNEX_LINK_ORDER_SHIFT | head;
	atomic_set(&page->state, other << 8 | ANNEX_FREE_MARK(9));
	normal->map[other].link =
		9U << ANNEX_LINK_ORDER_SHIFT | (page - normal->map);
	atomic_set(&normal->map[head].state,
		   (u32)(page - normal->map) << 8 | ANNEX_FREE_MARK(9));
	normal->nr_free[9]++;
	annex_pageblock(&annex->frames, page - annex->frames.mem_map)
		->nr_free += 512;
	atomic_long_add(512, &normal->usable_pages);

	annex_show_validate(&m, annex);
	KUNIT_EXPECT_NOT_NULL(test, strstr(m.buf, "stand apart"));
	KUNIT_EXPECT_EQ(test, annex_validate(annex, NULL, NULL), 1UL);
}

/* A pool that is broken all over is told in a page or two. */
static void validate_ends_its_complaint(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &opts);
	struct seq_file m = out_file(test);
	annex_pfn_t i;

	for (i = 0; i < annex->frames.nr_pages; i++)
		atomic_set(&annex->frames.mem_map[i].state, ANNEX_PAGE_INNER);
	annex_show_validate(&m, annex);
	KUNIT_EXPECT_LT(test, m.count, (size_t)OUT_SIZE);
	KUNIT_EXPECT_NOT_NULL(test, strstr(m.buf, " more\n"));
	KUNIT_EXPECT_GT(test, annex_validate(annex, NULL, NULL), 16000UL);
}

static struct kunit_case validate_cases[] = {
	KUNIT_CASE_PARAM(validate_finds_damage_and_names_it,
			 damage_gen_params),
	KUNIT_CASE(validate_finds_buddies_that_did_not_merge),
	KUNIT_CASE(validate_ends_its_complaint),
	{}
};

static struct kunit_suite annex_validate_suite = {
	.name = "annex_validate",
	.test_cases = validate_cases,
};

kunit_test_suite(annex_validate_suite);
