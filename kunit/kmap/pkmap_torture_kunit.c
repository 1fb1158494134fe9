// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings that everybody sees, at random: one thread beside a model that says
 * what each frame's slot must be, and many threads that together want more
 * slots than there are.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>

#include "kmap/kmap_fast.h"
#include "kmap/pkmap.h"
#include "lib/testmap.h"
#include "lib/testpool.h"

#define SLOTS	ANNEX_PKMAP_MIN

static const struct annex_testpool pool = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 1024,
	.pkmap = SLOTS,
};

#define FRAMES	150
#define STEPS	30000

/* What is known of each frame, and of the slots of all. */
struct model {
	struct kunit *test;
	struct annex *annex;
	unsigned int users[FRAMES];
	void *addr[FRAMES];		/* while a slot shows it */
	unsigned int nr_free;
	unsigned int nr_used;
	unsigned long flushes;
};

static int collect(struct model *m)
{
	unsigned int i, nr = 0;

	for (i = 0; i < FRAMES; i++) {
		if (!m->addr[i] || m->users[i])
			continue;
		m->addr[i] = NULL;
		nr++;
	}
	m->nr_free += nr;
	m->flushes += nr > 0;
	return nr;
}

static void model_kmap(struct model *m, unsigned int i)
{
	void *addr;

	if (!m->users[i] && m->nr_used == SLOTS)
		return;
	addr = annex_kmap_fast(&m->annex->pkmap, annex_test_high(m->annex, i));
	KUNIT_ASSERT_NOT_NULL(m->test, addr);
	if (!m->addr[i]) {
		if (!m->nr_free)
			collect(m);
		m->nr_free--;
		m->addr[i] = addr;
	}
	KUNIT_EXPECT_PTR_EQ(m->test, addr, m->addr[i]);
	m->nr_used += !m->users[i]++;
}

static void model_kunmap(struct model *m, unsigned int i)
{
	int err = annex_kunmap_fast(&m->annex->pkmap,
				    annex_test_high(m->annex, i));

	KUNIT_EXPECT_EQ(m->test, err, m->users[i] ? 0 : -EALREADY);
	if (m->users[i])
		m->nr_used -= !--m->users[i];
}

static void model_get(struct model *m, unsigned int i)
{
	void *addr = __annex_kmap_high_get(&m->annex->pkmap,
					   annex_test_high(m->annex, i));

	KUNIT_EXPECT_PTR_EQ(m->test, addr, m->addr[i]);
	if (addr)
		m->nr_used += !m->users[i]++;
}

/* A frame that has users, from this one on. */
static unsigned int next_used(const struct model *m, unsigned int i)
{
	unsigned int n;

	for (n = 0; n < FRAMES && !m->users[i]; n++)
		i = (i + 1) % FRAMES;
	return i;
}

static void model_step(struct model *m, struct rnd_state *rnd)
{
	unsigned int i = annex_test_below(rnd, FRAMES);
	unsigned int dice = annex_test_below(rnd, 1000);

	if (dice < 450)
		model_kmap(m, i);
	else if (dice < 452)
		model_kunmap(m, i);
	else if (dice < 950)
		model_kunmap(m, next_used(m, i));
	else if (dice < 998)
		model_get(m, i);
	else
		KUNIT_EXPECT_EQ(m->test,
				__annex_kmap_flush_unused(&m->annex->pkmap),
				collect(m));
}

static void expect_as_modelled(struct model *m)
{
	struct annex_test_slots n = annex_test_slots(m->annex);
	unsigned int i, shown = 0;

	for (i = 0; i < FRAMES; i++) {
		struct annex_page *page = annex_test_high(m->annex, i);

		shown += !!m->addr[i];
		KUNIT_EXPECT_EQ(m->test, annex_test_slot_count(m->annex, page),
				m->addr[i] ? m->users[i] + 1 : 0);
		KUNIT_EXPECT_PTR_EQ(m->test,
				    __annex_page_address(&m->annex->pkmap,
							 page),
				    m->addr[i]);
	}
	KUNIT_EXPECT_EQ(m->test, n.free, m->nr_free);
	KUNIT_EXPECT_EQ(m->test, n.used, m->nr_used);
	KUNIT_EXPECT_EQ(m->test, n.unused, shown - m->nr_used);
	KUNIT_EXPECT_EQ(m->test, annex_test_event(m->annex,
						  ANNEX_TLB_SHOOTDOWNS),
			m->flushes);
	annex_test_validate(m->test, m->annex);
}

static void pkmap_does_as_the_model_says(struct kunit *test)
{
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	struct rnd_state rnd;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->test = test;
	m->annex = annex_testpool(test, &pool);
	m->nr_free = SLOTS;
	annex_test_seed(test, &rnd);
	for (i = 1; i <= STEPS; i++) {
		model_step(m, &rnd);
		if (i % 500 == 0)
			expect_as_modelled(m);
	}
	kunit_info(test, "%lu flushes\n", m->flushes);
	KUNIT_EXPECT_GT(test, m->flushes, 100UL);
	KUNIT_EXPECT_EQ(test, annex_test_event(m->annex, ANNEX_PKMAP_WAITS),
			0UL);
	for (i = 0; i < FRAMES; i++)
		while (m->users[i])
			model_kunmap(m, i);
	KUNIT_EXPECT_EQ(test, __annex_kmap_flush_unused(&m->annex->pkmap),
			collect(m));
	expect_as_modelled(m);
	KUNIT_EXPECT_EQ(test, m->nr_free, SLOTS);
}

#define THREADS	6
#define HELD	9

/*
 * A thread that keeps some mappings. All of them together leave a slot: a
 * thread that waits for a slot while it keeps others may wait for ever.
 */
struct keeper {
	struct annex *annex;
	struct rnd_state rnd;
	unsigned int most;
	unsigned long end;
	struct task_struct *task;
	struct completion done;
	unsigned int nr;
	struct annex_page *page[HELD];
	void *addr[HELD];
	unsigned long mapped;
	unsigned long errors;
};

static bool shows(struct keeper *k, unsigned int i)
{
	annex_pfn_t pfn = k->page[i] - k->annex->frames.mem_map;

	return annex_pkmap_addr_page(&k->annex->pkmap, k->addr[i]) ==
		       k->page[i] &&
	       __annex_page_address(&k->annex->pkmap, k->page[i]) ==
		       k->addr[i] &&
	       annex_test_shown(k->annex, &k->annex->host.pkmap, k->addr[i]) ==
		       pfn;
}

static void keep_one_more(struct keeper *k)
{
	unsigned int i = k->nr++;

	k->page[i] = annex_test_high(k->annex,
				     annex_test_below(&k->rnd, FRAMES));
	k->addr[i] = annex_kmap_fast(&k->annex->pkmap, k->page[i]);
	k->mapped++;
	if (!k->addr[i] || !shows(k, i))
		k->errors++;
}

static void keep_one_less(struct keeper *k)
{
	unsigned int i = annex_test_below(&k->rnd, k->nr);

	if (!shows(k, i) || annex_kunmap_fast(&k->annex->pkmap, k->page[i]))
		k->errors++;
	k->nr--;
	k->page[i] = k->page[k->nr];
	k->addr[i] = k->addr[k->nr];
}

static void look_at_any(struct keeper *k)
{
	struct annex_page *page = annex_test_high(k->annex,
						  annex_test_below(&k->rnd,
								   FRAMES));
	void *addr = __annex_kmap_high_get(&k->annex->pkmap, page);

	if (!addr)
		return;
	if (annex_pkmap_addr_page(&k->annex->pkmap, addr) != page)
		k->errors++;
	if (annex_kunmap_fast(&k->annex->pkmap, page))
		k->errors++;
}

static int keep(void *arg)
{
	struct keeper *k = arg;

	while (time_before(jiffies, k->end)) {
		unsigned int dice = annex_test_below(&k->rnd, 100);

		if (dice < 10)
			look_at_any(k);
		else if (dice < 11)
			k->errors +=
				__annex_kmap_flush_unused(&k->annex->pkmap) < 0;
		else if (k->nr && (k->nr == k->most || dice < 52))
			keep_one_less(k);
		else
			keep_one_more(k);
		if (dice % 4)
			cond_resched();
		else
			schedule();
	}
	while (k->nr)
		keep_one_less(k);
	complete(&k->done);
	return 0;
}

static void keeper_start(struct kunit *test, struct keeper *k,
			 struct rnd_state *rnd, unsigned int cpu)
{
	prandom_seed_state(&k->rnd, prandom_u32_state(rnd));
	k->end = jiffies + 3 * HZ;
	init_completion(&k->done);
	k->task = kthread_create(keep, k, "annex-keeper");
	KUNIT_ASSERT_FALSE(test, IS_ERR(k->task));
	kthread_bind(k->task, cpu % num_online_cpus());
	wake_up_process(k->task);
}

/* A thread whose wake-up was lost gets slots, so that the test ends. */
static void keeper_end(struct kunit *test, struct keeper *k,
		       unsigned int *pinned)
{
	while (!wait_for_completion_timeout(&k->done, 20 * HZ)) {
		KUNIT_FAIL(test, "%u are left behind",
			   READ_ONCE(k->annex->pkmap.nr_waiting));
		if (*pinned)
			annex_test_kunmap(test, k->annex,
					  FRAMES + --*pinned, 1);
	}
	kunit_info(test, "%lu mappings\n", k->mapped);
	KUNIT_EXPECT_EQ(test, k->errors, 0UL);
	KUNIT_EXPECT_GT(test, k->mapped, 100UL);
}

static void keep_many(struct kunit *test, unsigned int pinned,
		      unsigned int most)
{
	struct annex *annex = annex_testpool(test, &pool);
	struct keeper *k = kunit_kcalloc(test, THREADS, sizeof(*k),
					 GFP_KERNEL);
	struct rnd_state rnd;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, k);
	annex_test_seed(test, &rnd);
	annex_test_kmap(test, annex, FRAMES, pinned);
	for (i = 0; i < THREADS; i++) {
		k[i].annex = annex;
		k[i].most = most;
		keeper_start(test, &k[i], &rnd, i);
	}
	while (time_before(jiffies, k[0].end)) {
		annex_test_validate(test, annex);
		msleep(100);
	}
	for (i = 0; i < THREADS; i++)
		keeper_end(test, &k[i], &pinned);
	annex_test_kunmap(test, annex, FRAMES, pinned);
	kunit_info(test, "%lu waits, %lu shootdowns\n",
		   annex_test_event(annex, ANNEX_PKMAP_WAITS),
		   annex_test_event(annex, ANNEX_TLB_SHOOTDOWNS));
	KUNIT_EXPECT_EQ(test, annex->pkmap.nr_waiting, 0U);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_MAP), 0UL);
	KUNIT_EXPECT_GE(test, __annex_kmap_flush_unused(&annex->pkmap), 0);
	annex_test_expect_slots(test, annex, 0, 0);
	annex_test_validate(test, annex);
}

static void pkmap_keepers_do_not_disturb_each_other(struct kunit *test)
{
	keep_many(test, 0, HELD);
}

/* One slot for all of them: each unmapping is somebody's turn. */
static void pkmap_one_slot_short_leaves_nobody_behind(struct kunit *test)
{
	keep_many(test, SLOTS - 1, 1);
}

static void pkmap_few_slots_leave_nobody_behind(struct kunit *test)
{
	keep_many(test, SLOTS - 3, 1);
}

static struct kunit_case pkmap_torture_cases[] = {
	KUNIT_CASE(pkmap_does_as_the_model_says),
	KUNIT_CASE(pkmap_keepers_do_not_disturb_each_other),
	KUNIT_CASE(pkmap_one_slot_short_leaves_nobody_behind),
	KUNIT_CASE(pkmap_few_slots_leave_nobody_behind),
	{}
};

static struct kunit_suite annex_pkmap_torture_suite = {
	.name = "annex_pkmap_torture",
	.test_cases = pkmap_torture_cases,
};

kunit_test_suite(annex_pkmap_torture_suite);
