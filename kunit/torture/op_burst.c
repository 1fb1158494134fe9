// SPDX-License-Identifier: GPL-2.0-only
/*
 * burst: many objects of one cache, or many blocks of one order, one after the
 * other and back again: more than a CPU caches. Several at once contend where
 * the others seldom do, for the lock of a cache or of a zone.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include <annex/page_alloc.h>
#include <annex/slab.h>

#include "api/tests.h"
#include "torture.h"

#define STORES		16
#define ITEMS		256
#define ITEMS_IRQ	24
#define CACHES		3
#define MOST_ORDER	3

struct store {
	unsigned long busy;
	void *item[ITEMS];
};

static struct store stores[STORES];
static struct annex_kmem_cache *caches[CACHES];
static const unsigned int sizes[CACHES] = { 16, 64, 200 };

static void clear(struct torture_turn *t)
{
	unsigned int i;

	for (i = 0; i < CACHES; i++) {
		torture_refused(t, "kmem_cache_destroy",
				annex_kmem_cache_destroy(caches[i]));
		caches[i] = NULL;
	}
}

static int set_up(void)
{
	struct torture_turn t = { .op = &torture_burst };
	unsigned int i;
	char name[20];

	for (i = 0; i < CACHES; i++) {
		snprintf(name, sizeof(name), "torture-burst-%u", i);
		caches[i] = annex_kmem_cache_create(name, sizes[i], 0, 0, NULL);
		if (!caches[i]) {
			clear(&t);
			return -ENOMEM;
		}
	}
	return 0;
}

static gfp_t choose_gfp(struct torture_turn *t)
{
	return (t->context == TORTURE_THREAD ? GFP_KERNEL | __GFP_NORETRY :
					       GFP_NOWAIT) | __GFP_NOWARN;
}

/* Each says where it is: one that is had twice is found by either. */
static void use_objects(struct torture_turn *t, struct store *s, u32 nr)
{
	struct annex_kmem_cache *cache = caches[torture_below(t, CACHES)];
	u32 i, key = torture_key(t);

	for (i = 0; i < nr; i++) {
		u32 *object = annex_kmem_cache_alloc(cache, choose_gfp(t));

		if (!object)
			break;
		WRITE_ONCE(object[0], key);
		WRITE_ONCE(object[1], i);
		s->item[i] = object;
	}
	if (i < nr)
		torture_denied(t);
	while (i--) {
		u32 *object = s->item[i];

		if (READ_ONCE(object[0]) != key || READ_ONCE(object[1]) != i)
			torture_corrupt(t, "object %u of %u has %#x and %u",
					i, nr, object[0], object[1]);
		torture_refused(t, "kmem_cache_free",
				annex_kmem_cache_free(cache, object));
	}
}

static void use_blocks(struct torture_turn *t, struct store *s, u32 nr)
{
	gfp_t gfp = choose_gfp(t) | __GFP_HIGHMEM | __GFP_MOVABLE;
	unsigned int order = torture_below(t, MOST_ORDER);
	u32 i, word, key = torture_key(t);

	for (i = 0; i < nr; i++) {
		struct annex_page *page = annex_alloc_pages(gfp, order);

		if (!page)
			break;
		word = key + i;
		annex_poke(page, 0, &word, sizeof(word));
		s->item[i] = page;
	}
	if (i < nr)
		torture_denied(t);
	while (i--) {
		annex_peek(s->item[i], 0, &word, sizeof(word));
		if (word != key + i)
			torture_corrupt(t, "block %u of %u, frame %#x, has %#x",
					i, nr, annex_page_to_pfn(s->item[i]),
					word);
		torture_refused(t, "free_pages",
				annex_free_pages(s->item[i], order));
	}
}

static void run(struct torture_turn *t)
{
	u32 most = t->context == TORTURE_THREAD ? ITEMS : ITEMS_IRQ;
	struct store *s = &stores[torture_below(t, STORES)];
	u32 nr = 1 + torture_below(t, most);

	if (!torture_claim(t, &s->busy))
		return;
	if (torture_one_in(t, 2))
		use_objects(t, s, nr);
	else
		use_blocks(t, s, nr);
	torture_unclaim(&s->busy);
}

struct torture_op torture_burst = {
	.name = "burst",
	.weight = 8,
	.contexts = TORTURE_ANYWHERE,
	.set_up = set_up,
	.run = run,
	.clear = clear,
};
