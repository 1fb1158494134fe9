// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of what annex_validate() says of mappings: each kind of damage is
 * found, named, and gone when it is mended.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "base/show.h"
#include "host/pte.h"
#include "kmap/kmap_fast.h"
#include "kmap/kmap_local.h"
#include "kmap/pkmap.h"
#include "lib/testmap.h"
#include "lib/testpool.h"
#include "validate/validate.h"

#define SLOTS	ANNEX_PKMAP_MIN

static const struct annex_testpool pool = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 1024,
	.pkmap = SLOTS, .kmap_local = true,
};

/*
 * Frames 0 to 18 have two users each, and so has one that shares a bucket with
 * frame 0; 20 to 29 have none any more, and the rest of the slots is free. This
 * CPU has three mappings.
 */
struct scene {
	struct annex *annex;
	struct annex_pkmap *pk;
	struct annex_pkmap_slot *used;		/* leads on to another */
	struct annex_pkmap_slot *unused;
	struct annex_kmap_cpu *k;
};

typedef void (*damage_fn)(struct scene *s);

static void set_entry(pte_t *pte, unsigned long host_pfn)
{
	annex_pte_clear(pte);
	annex_pte_set(pte, host_pfn);
}

static void count_without_a_place_in_the_hash(struct scene *s)
{
	*s->used->node.pprev = s->used->node.next;
}

static void unused_and_not_in_the_hash(struct scene *s)
{
	*s->unused->node.pprev = s->unused->node.next;
}

static void in_the_hash_without_a_count(struct scene *s)
{
	atomic_and(~ANNEX_PKMAP_COUNT_MASK, &s->used->word);
	annex_pte_clear(s->used->pte);
	s->used->page = NULL;
}

static void in_another_bucket(struct scene *s)
{
	struct hlist_head *other = s->pk->bucket;

	if (annex_pkmap_bucket(s->pk, s->used->page) == other)
		other++;
	*s->used->node.pprev = s->used->node.next;
	s->used->node.next = other->first;
	s->used->node.pprev = &other->first;
	other->first = &s->used->node;
}

static void chain_cut(struct scene *s)
{
	s->used->node.next = NULL;
}

static void chain_looped(struct scene *s)
{
	s->used->node.next = &s->used->node;
}

static void chain_to_a_slot_that_is_none(struct scene *s)
{
	s->used->node.next = &s->pk->slot[SLOTS].node;
}

static void chain_back_link_off(struct scene *s)
{
	s->used->node.next->pprev = s->used->node.pprev;
}

static void slot_maps_another_frame(struct scene *s)
{
	set_entry(s->used->pte, s->annex->frames.base_pfn + 3000);
}

static void unused_slot_maps_another_frame(struct scene *s)
{
	set_entry(s->unused->pte, s->annex->frames.base_pfn + 3000);
}

static void slot_maps_nothing(struct scene *s)
{
	annex_pte_clear(s->used->pte);
}

static void free_slot_maps_something(struct scene *s)
{
	set_entry(s->pk->free->pte, s->annex->frames.base_pfn + 3000);
}

static void free_slot_has_a_frame(struct scene *s)
{
	s->pk->free->page = s->annex->frames.mem_map + 3000;
}

static void free_slot_has_a_count(struct scene *s)
{
	atomic_inc(&s->pk->free->word);
}

static void slot_of_a_lowmem_frame(struct scene *s)
{
	s->used->page = s->annex->frames.mem_map + 5;
}

static void slot_of_no_frame(struct scene *s)
{
	s->used->page = s->annex->frames.mem_map + s->annex->frames.nr_pages;
}

static void free_slots_miscounted(struct scene *s)
{
	s->pk->nr_free--;
}

static void free_list_cut(struct scene *s)
{
	s->pk->free->node.next = NULL;
}

static void free_list_lost(struct scene *s)
{
	s->pk->free = NULL;
}

static void free_list_looped(struct scene *s)
{
	s->pk->free->node.next = &s->pk->free->node;
}

static void used_slot_in_the_free_list(struct scene *s)
{
	s->pk->free = s->used;
}

static void waiting_for_what_is_there(struct scene *s)
{
	s->pk->nr_waiting = 1;
}

static pte_t *local_entry(struct scene *s, unsigned int idx)
{
	return s->k->pte + idx * ANNEX_KM_STRIDE + ANNEX_KM_GUARD;
}

static void local_maps_another_frame(struct scene *s)
{
	set_entry(local_entry(s, 1), s->annex->frames.base_pfn + 3000);
}

static void local_maps_nothing(struct scene *s)
{
	annex_pte_clear(local_entry(s, 0));
}

static void local_beyond_the_top(struct scene *s)
{
	set_entry(local_entry(s, 3), s->annex->frames.base_pfn + 3000);
}

static void local_last_of_all(struct scene *s)
{
	set_entry(local_entry(s, ANNEX_KM_MAX - 1),
		  s->annex->frames.base_pfn + 3000);
}

static void local_guard_maps_something(struct scene *s)
{
	set_entry(s->k->pte, s->annex->frames.base_pfn + 3000);
}

static void local_entry_of_another_frame(struct scene *s)
{
	s->k->entry[2].nr++;
}

static void local_one_too_many(struct scene *s)
{
	s->k->depth++;
}

static void local_one_too_few(struct scene *s)
{
	s->k->depth--;
}

static void local_parked_miscounted(struct scene *s)
{
	s->k->nr_parked++;
}

struct damage {
	damage_fn make;
	const char *name;
	const char *says;
};

#define DAMAGE(fn, says) { fn, #fn, says }

static const struct damage damages[] = {
	DAMAGE(count_without_a_place_in_the_hash, "is not in its bucket once"),
	DAMAGE(unused_and_not_in_the_hash, "is not in its bucket once"),
	DAMAGE(in_the_hash_without_a_count, "have a count, the buckets have"),
	DAMAGE(in_another_bucket, "is not in its bucket once"),
	DAMAGE(chain_cut, "is not in its bucket once"),
	DAMAGE(chain_looped, "is not in its bucket once"),
	DAMAGE(chain_to_a_slot_that_is_none, "is not in its bucket once"),
	DAMAGE(chain_back_link_off, "is not in its bucket once"),
	DAMAGE(slot_maps_another_frame, "maps 0x140bb8, not"),
	DAMAGE(unused_slot_maps_another_frame, "maps 0x140bb8, not"),
	DAMAGE(slot_maps_nothing, "maps 0xffffffff"),
	DAMAGE(free_slot_maps_something, "has count 0, but maps"),
	DAMAGE(free_slot_has_a_frame, "has count 0, but maps"),
	DAMAGE(free_slot_has_a_count, "is free and has a count of 1"),
	DAMAGE(slot_of_a_lowmem_frame, "maps 0x5, no high frame"),
	DAMAGE(slot_of_no_frame, "maps 0x1000, no high frame"),
	DAMAGE(free_slots_miscounted, "33 slots are free, counted 34"),
	DAMAGE(free_list_cut, "34 slots are free, counted 1"),
	DAMAGE(free_list_lost, "34 slots are free, counted 0"),
	DAMAGE(free_list_looped, "34 slots are free, counted"),
	DAMAGE(used_slot_in_the_free_list, "is free and has a count of 3"),
	DAMAGE(waiting_for_what_is_there, "1 wait while 34 slots are free"),
	DAMAGE(local_maps_another_frame, "maps 0x140bb8, not 0x140401"),
	DAMAGE(local_maps_nothing, "not 0x140400"),
	DAMAGE(local_beyond_the_top, "maps 0x140bb8, not 0xffffffff"),
	DAMAGE(local_last_of_all, "maps 0x140bb8, not 0xffffffff"),
	DAMAGE(local_guard_maps_something, "maps 0x140bb8, not"),
	DAMAGE(local_entry_of_another_frame, "maps 0x140402, not 0x140403"),
	DAMAGE(local_one_too_many, "maps 0xffffffff"),
	DAMAGE(local_one_too_few, "maps 0x140402, not 0xffffffff"),
	DAMAGE(local_parked_miscounted, "sleep with mappings, counted 0"),
};

static void damage_name(const struct damage *d, char *desc)
{
	strscpy(desc, d->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(damage, damages, damage_name);

/* All that can be damaged, to be put back. */
struct backup {
	struct annex_kmap_cpu k;
	pte_t local[ANNEX_KM_PAGES];
	pte_t ptes[SLOTS];
	struct annex_pkmap_slot slot[SLOTS];
	struct hlist_head bucket[SLOTS * 4];
	struct annex_pkmap_slot *free;
	unsigned int nr_free;
	unsigned int nr_waiting;
};

static void save(struct scene *s, struct backup *b)
{
	unsigned int i;

	b->k = *s->k;
	memcpy(b->local, s->k->pte, sizeof(b->local));
	for (i = 0; i < SLOTS; i++) {
		b->ptes[i] = *s->pk->slot[i].pte;
		b->slot[i] = s->pk->slot[i];
	}
	for (i = 0; i < annex_pkmap_nr_buckets(s->pk); i++)
		b->bucket[i] = s->pk->bucket[i];
	b->free = s->pk->free;
	b->nr_free = s->pk->nr_free;
	b->nr_waiting = s->pk->nr_waiting;
}

static void restore(struct scene *s, const struct backup *b)
{
	unsigned int i;

	s->k->depth = b->k.depth;
	s->k->nr_parked = b->k.nr_parked;
	memcpy(s->k->entry, b->k.entry, sizeof(b->k.entry));
	memcpy(s->k->pte, b->local, sizeof(b->local));
	for (i = 0; i < SLOTS; i++) {
		s->pk->slot[i] = b->slot[i];
		*s->pk->slot[i].pte = b->ptes[i];
	}
	for (i = 0; i < annex_pkmap_nr_buckets(s->pk); i++)
		s->pk->bucket[i] = b->bucket[i];
	s->pk->free = b->free;
	s->pk->nr_free = b->nr_free;
	s->pk->nr_waiting = b->nr_waiting;
}

static unsigned int bucket_mate(struct scene *s)
{
	struct annex_page *first = annex_test_high(s->annex, 0);
	unsigned int i = 100;

	while (annex_pkmap_bucket(s->pk, first + i) !=
	       annex_pkmap_bucket(s->pk, first))
		i++;
	return i;
}

static struct annex_pkmap_slot *slot_of(struct scene *s, unsigned int i)
{
	struct annex_page *page = annex_test_high(s->annex, i);
	void *addr = __annex_page_address(&s->annex->pkmap, page);

	return s->pk->slot + ((addr - s->annex->host.pkmap.addr) >> PAGE_SHIFT);
}

static void scene_init(struct kunit *test, struct scene *s)
{
	unsigned int mate, idx;

	s->annex = annex_testpool(test, &pool);
	s->pk = &s->annex->pkmap;
	mate = bucket_mate(s);
	annex_test_kmap(test, s->annex, mate, 1);
	annex_test_kmap(test, s->annex, mate, 1);
	annex_test_kmap(test, s->annex, 0, 19);
	annex_test_kmap(test, s->annex, 0, 19);
	annex_test_kmap_use(test, s->annex, 20, 10);
	s->used = slot_of(s, 0);
	s->unused = slot_of(s, 25);
	KUNIT_ASSERT_PTR_EQ(test, s->used->node.next,
			    &slot_of(s, mate)->node);
	for (idx = 0; idx < 3; idx++)
		KUNIT_ASSERT_NOT_NULL(test,
				      __annex_kmap_local_pfn(&s->annex->kmap_local,
							     1024 + idx));
	s->k = annex_test_local(s->annex, raw_smp_processor_id());
}

static void validate_finds_damaged_mappings(struct kunit *test)
{
	const struct damage *d = test->param_value;
	struct backup *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	struct seq_file m = { .size = PAGE_SIZE };
	struct scene s;
	unsigned int i;

	if (d->make == local_guard_maps_something && !ANNEX_KM_GUARD)
		kunit_skip(test, "there are no guards");
	m.buf = kunit_kzalloc(test, m.size, GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, m.buf && b);
	scene_init(test, &s);
	annex_test_validate(test, s.annex);
	save(&s, b);
	/* After a preemption this CPU's mappings are restored undamaged. */
	for (i = 0; i < 5 && !strstr(m.buf, d->says); i++) {
		m.count = 0;
		d->make(&s);
		annex_show_validate(&m, s.annex);
		restore(&s, b);
	}
	KUNIT_EXPECT_TRUE_MSG(test, strstr(m.buf, d->says), "%s", m.buf);
	annex_test_validate(test, s.annex);
	for (i = 3; i--;) {
		void *addr = annex_test_local_addr(s.annex,
						   raw_smp_processor_id(), i);

		KUNIT_EXPECT_EQ(test,
				annex_kunmap_local_fast(&s.annex->kmap_local,
							addr),
				0);
	}
	annex_test_validate(test, s.annex);
}

#define OTHER_CPU	1

struct pause {
	struct annex_kmap_cpu *k;
	bool begun;
};

/* It maps a frame, and before it has set the entry interrupts keep it busy. */
static int map_with_a_pause(void *arg)
{
	struct pause *p = arg;

	preempt_disable();
	p->k->entry[0].nr = 7;
	WRITE_ONCE(p->k->depth, 1);
	WRITE_ONCE(p->begun, true);
	mdelay(50);
	WRITE_ONCE(p->k->depth, 0);
	preempt_enable();
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static void count_violation(void *nr, struct va_format *vaf)
{
	++*(unsigned int *)nr;
}

static void validate_waits_for_who_is_interrupted(struct kunit *test)
{
	unsigned int violations = 0;
	struct task_struct *task;
	struct annex *annex;
	struct pause p = {};

	if (!cpu_online(OTHER_CPU))
		kunit_skip(test, "it takes two processors");
	annex = annex_testpool(test, &pool);
	p.k = annex_test_local(annex, OTHER_CPU);
	set_cpus_allowed_ptr(current, cpumask_of(0));
	task = kthread_run_on_cpu(map_with_a_pause, &p, OTHER_CPU, "annex-map/%u");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	while (!READ_ONCE(p.begun))
		cpu_relax();
	annex_validate_kmap_local(annex, count_violation, &violations);
	KUNIT_EXPECT_EQ(test, violations, 0U);
	kthread_stop(task);
	annex_test_validate(test, annex);
	set_cpus_allowed_ptr(current, cpu_possible_mask);
}

static struct kunit_case validate_map_cases[] = {
	KUNIT_CASE_PARAM(validate_finds_damaged_mappings, damage_gen_params),
	KUNIT_CASE(validate_waits_for_who_is_interrupted),
	{}
};

static struct kunit_suite annex_validate_map_suite = {
	.name = "annex_validate_map",
	.test_cases = validate_map_cases,
};

kunit_test_suite(annex_validate_map_suite);
