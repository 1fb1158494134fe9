// SPDX-License-Identifier: GPL-2.0-only
// fuzz: src/store/frame_table.c src/store/fresh.c src/store/hold.c src/store/leaf.c
// fuzz: src/store/store.c src/store/tables.c src/page/page.c src/host/frame.c
// fuzz: src/validate/validate_store.c src/validate/validate.c
/*
 * A frame table in a pool of few frames, against what each page holds.
 *
 * The input says which frame a request gets and when there is none, and when a
 * grace period is over. A frame that an entry has led to may be freed only then.
 * After each call annex recounts the table; at the end nothing may be left.
 */
#include <linux/err.h>

#include "base/text.h"
#include "fuzz.h"
#include "host/frame.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "page/report.h"
#include "pool/pool.h"
#include "store/frame_table.h"
#include "store/leaf.h"
#include "store/store.h"
#include "store/tables.h"

#define FRAMES		48U
#define BASE_PFN	0x140000UL

/* Pages on both sides of the border of two leaves, and at the end of the table. */
#define PAGES		24U
#define BORDER		(ANNEX_LEAF_ENTRIES - PAGES / 2)
#define ENTRIES		(2 * ANNEX_LEAF_ENTRIES)

#define PARTS		4U
#define PART		(PAGE_SIZE / PARTS)

/**
 * struct page_model - what a page should hold
 * @frame: it has a frame
 * @held: and keeps it
 * @byte: the contents, by part
 */
struct page_model {
	bool frame;
	bool held;
	u8 byte[PARTS];
};

static struct model {
	struct annex annex;
	struct annex_events events;
	struct annex_frame_table *t;
	struct page_model page[PAGES];
	unsigned int frames;
	unsigned int limit;
	bool free[FRAMES];
	bool was_seen[FRAMES];
	unsigned int next;
	unsigned int fail_in;
	bool failed;
	bool grace;
	struct rcu_work *queued;
	u8 buf[PAGE_SIZE];
} m;

static struct annex_page mem_map[FRAMES];
static u8 contents[FRAMES * PAGE_SIZE] __aligned(PAGE_SIZE);

const char annex_not_a_word_text[1];

bool annex_is_word(const char *text)
{
	return *text;
}

void *memchr_inv(const void *start, int c, size_t bytes)
{
	const u8 *at = start;

	for (; bytes; bytes--, at++)
		if (*at != (u8)c)
			return (void *)at;
	return NULL;
}

int annex_refuse_call(struct annex_frames *frames, enum annex_counter counter,
		      int err, const char *call, const char *why)
{
	return err;
}

void *annex_frame_enter(struct annex_host *host, unsigned long host_pfn,
			unsigned long *irqflags)
{
	local_irq_save(*irqflags);
	FUZZ_CHECK(host_pfn - BASE_PFN < FRAMES, "no frame %#lx", host_pfn);
	FUZZ_CHECK(!m.free[host_pfn - BASE_PFN], "it is free");
	return annex_plain_frame(host, host_pfn);
}

void annex_frame_leave(unsigned long irqflags)
{
	local_irq_restore(irqflags);
}

/* The pool */

static bool refuse_frame(void)
{
	if (!m.fail_in || --m.fail_in)
		return false;
	m.failed = true;
	return true;
}

int annex_block_alloc(struct annex_frames *frames, gfp_t gfp,
		      unsigned int order, struct annex_page **pagep)
{
	unsigned int i, pfn;

	*pagep = NULL;
	FUZZ_CHECK(!order && gfp & __GFP_HIGHMEM, "what for?");
	if (refuse_frame())
		return -ENOMEM;
	for (i = 0; i < FRAMES; i++) {
		pfn = (m.next + i) % FRAMES;
		if (!m.free[pfn])
			continue;
		m.free[pfn] = false;
		m.was_seen[pfn] = false;
		annex_page_make_used(mem_map + pfn, 0, 0);
		*pagep = mem_map + pfn;
		return 0;
	}
	m.failed = true;
	return -ENOMEM;
}

int annex_block_free(struct annex_frames *frames, struct annex_page *page,
		     unsigned int order)
{
	unsigned int pfn = page - mem_map;

	FUZZ_CHECK(pfn < FRAMES && !m.free[pfn], "freed twice");
	FUZZ_CHECK(m.grace || !m.was_seen[pfn], "a reader may be there");
	FUZZ_EQ(annex_page_drop_ref(page), 1);
	m.free[pfn] = true;
	memset(contents + (size_t)pfn * PAGE_SIZE, 0xfe, PAGE_SIZE);
	return 0;
}

int __annex_free_pages_bulk(struct annex_frames *frames,
			    struct annex_page **pages, unsigned int nr)
{
	for (; nr; nr--)
		annex_block_free(frames, *pages++, 0);
	return 0;
}

bool fuzz_queue_rcu_work(struct rcu_work *work)
{
	FUZZ_CHECK(!m.queued, "queued twice");
	m.queued = work;
	return true;
}

static void run_work(void)
{
	struct rcu_work *work = m.queued;

	if (!work)
		return;
	m.queued = NULL;
	m.grace = true;
	work->fn(&work->work);
	m.grace = false;
}

void fuzz_flush_rcu_work(struct rcu_work *work)
{
	run_work();
}

void fuzz_synchronize_rcu(void)
{
	m.grace = true;
}

/* The calls */

static u32 index_of(unsigned int page)
{
	return page < PAGES - 4 ? BORDER + page : ENTRIES - (PAGES - page);
}

static bool is_refused(int err, unsigned int more)
{
	bool limited = more && m.limit && m.frames + more > m.limit;

	if (!err)
		FUZZ_CHECK(!limited, "beyond the limit");
	else
		FUZZ_CHECK(err == -ENOSPC && (limited || m.failed), "%d", err);
	return err;
}

static void write_part(struct fuzz_input *in, unsigned int nr)
{
	struct page_model *page = &m.page[nr];
	unsigned int first = fuzz_below(in, PARTS);
	unsigned int parts = 1 + fuzz_below(in, PARTS - first);
	gfp_t gfp = fuzz_u8(in) & 1 ? GFP_KERNEL : GFP_NOWAIT;
	u8 byte = fuzz_u8(in);
	int err;

	memset(m.buf, byte, parts * PART);
	err = __annex_frame_table_write(m.t, index_of(nr), first * PART, m.buf,
					parts * PART, gfp, 0);
	if (is_refused(err, !page->frame))
		return;
	m.frames += !page->frame;
	page->frame = true;
	memset(page->byte + first, byte, parts);
}

static void write_zeros(unsigned int nr)
{
	struct page_model *page = &m.page[nr];

	memset(m.buf, 0, PAGE_SIZE);
	FUZZ_EQ(__annex_frame_table_write(m.t, index_of(nr), 0, m.buf,
					  PAGE_SIZE, GFP_NOWAIT,
					  ANNEX_TABLE_SKIP_ZEROS), 0);
	memset(page->byte, 0, PARTS);
	if (page->held)
		return;
	m.frames -= page->frame;
	page->frame = false;
}

static void zero_part(struct fuzz_input *in, unsigned int nr)
{
	unsigned int first = fuzz_below(in, PARTS);

	FUZZ_EQ(__annex_frame_table_zero(m.t, index_of(nr), first * PART, PART),
		0);
	m.page[nr].byte[first] = 0;
}

/* Pages from @nr on whose indices are consecutive, at most @most. */
static unsigned int stretch(unsigned int nr, unsigned int most)
{
	unsigned int n = 1;

	while (n < most && nr + n < PAGES &&
	       index_of(nr + n) == index_of(nr) + n)
		n++;
	return n;
}

static void punch(unsigned int nr, unsigned int most)
{
	unsigned int i, n = stretch(nr, most), had = 0;

	for (i = nr; i < nr + n; i++) {
		had += m.page[i].frame;
		m.page[i] = (struct page_model){};
	}
	m.frames -= had;
	FUZZ_EQ(__annex_frame_table_punch(m.t, index_of(nr), n), had);
}

static void hold(unsigned int nr, unsigned int most)
{
	unsigned int i, n = stretch(nr, most), more = 0;
	int err;

	for (i = nr; i < nr + n; i++)
		more += !m.page[i].frame;
	err = __annex_frame_table_hold(m.t, index_of(nr), n, GFP_KERNEL);
	if (is_refused(err, more))
		return;
	m.frames += more;
	for (i = nr; i < nr + n; i++) {
		m.page[i].frame = true;
		m.page[i].held = true;
	}
}

static void find(unsigned int nr, bool present)
{
	u32 found = __annex_frame_table_next(m.t, index_of(nr), present);
	unsigned int i = nr, n = stretch(nr, PAGES);

	while (i < nr + n && m.page[i].frame != present)
		i++;
	if (i < nr + n)
		FUZZ_EQ(found, index_of(i));
	else
		FUZZ_CHECK(found >= index_of(nr) + n, "%u", found);
}

/* Checking */

static void check_page(unsigned int nr)
{
	const struct page_model *page = &m.page[nr];
	u32 entry = annex_leaf_lookup(m.t, index_of(nr));
	u32 leaf = *annex_root_slot(m.t, index_of(nr));
	unsigned int i;

	if (leaf)
		m.was_seen[annex_entry_pfn(leaf)] = true;
	FUZZ_EQ(!!entry, page->frame);
	FUZZ_EQ(!!(entry & ANNEX_ENTRY_HELD), page->held);
	FUZZ_EQ(!!(entry & ANNEX_ENTRY_HOLDING), 0);
	if (entry)
		m.was_seen[annex_entry_pfn(entry)] = true;
	FUZZ_EQ(__annex_frame_table_read(m.t, index_of(nr), 0, m.buf,
					 PAGE_SIZE), 0);
	for (i = 0; i < PARTS; i++)
		FUZZ_CHECK(!memchr_inv(m.buf + i * PART, page->byte[i], PART),
			   "page %u, part %u", nr, i);
}

static void check(void)
{
	struct annex_frame_table_usage usage;
	unsigned int i, used = 0;

	for (i = 0; i < PAGES; i++)
		check_page(i);
	__annex_frame_table_usage(m.t, &usage);
	FUZZ_EQ(usage.frames, m.frames);
	FUZZ_EQ(m.t->charged.counter, m.frames);
	for (i = 0; i < FRAMES; i++)
		used += !m.free[i];
	FUZZ_EQ(used, usage.frames + usage.leaves + usage.waiting);
	annex_validate_store(&m.annex, fuzz_violation, NULL);
}

static void step(struct fuzz_input *in)
{
	u8 op = fuzz_u8(in);
	unsigned int nr = fuzz_below(in, PAGES);

	m.failed = false;
	m.next = fuzz_below(in, FRAMES);
	switch (op & 15) {
	case 0 ... 5:
		write_part(in, nr);
		break;
	case 6:
		write_zeros(nr);
		break;
	case 7:
		zero_part(in, nr);
		break;
	case 8 ... 9:
		punch(nr, op >> 4);
		break;
	case 10 ... 11:
		hold(nr, op >> 4);
		break;
	case 12:
		find(nr, op >> 7);
		break;
	case 13:
		run_work();
		break;
	case 14:
		m.fail_in = op >> 4;
		break;
	default:
		m.limit = op >> 4;
		__annex_frame_table_set_limit(m.t, m.limit);
	}
	m.grace = false;
}

static void open_pool(void)
{
	struct annex_frames *frames = &m.annex.frames;

	memset(&m, 0, sizeof(m));
	memset(mem_map, 0, sizeof(mem_map));
	memset(m.free, true, sizeof(m.free));
	frames->host = &m.annex.host;
	frames->base_pfn = BASE_PFN;
	frames->nr_pages = FRAMES;
	frames->mem_map = mem_map;
	frames->counters.events = &m.events;
	m.annex.host.plain = contents;
	m.annex.host.plain_base_pfn = BASE_PFN;
	m.annex.store.frames = frames;
	annex_store_init(&m.annex.store);
	m.t = __annex_frame_table_create(&m.annex.store, "fuzz", ENTRIES);
	FUZZ_CHECK(!IS_ERR(m.t), "no table");
}

void fuzz_target(struct fuzz_input *in)
{
	unsigned int i;

	open_pool();
	while (fuzz_more(in)) {
		step(in);
		check();
	}
	FUZZ_EQ(__annex_frame_table_destroy(&m.annex.store, m.t), 0);
	for (i = 0; i < FRAMES; i++)
		FUZZ_CHECK(m.free[i], "frame %u is lost", i);
	m.grace = false;
	FUZZ_EQ(annex_store_exit(&m.annex.store), 0);
}
