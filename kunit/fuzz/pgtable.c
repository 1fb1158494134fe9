// SPDX-License-Identifier: GPL-2.0-only
// fuzz: src/pgtable/pgtable.c src/pgtable/pgtable_share.c src/pgtable/pgtable_walk.c
/*
 * Page tables, against an array that says of each page what an address in it shows.
 *
 * Pages are those of two spans, one across a border of 1 GB and one at the end.
 * There are two trees: one that keeps its last gigabyte, and one that may borrow it.
 * Frames for tables run out when the input wants it, and then nothing may have
 * changed. Frames are given back only when no table in use leads to them, and what
 * was present and has changed must have been flushed.
 */
#include <linux/sizes.h>

#include "fuzz.h"
#include "pgtable/pgtable.h"

#define SPANS		2
#define SPAN_PAGES	2048U
#define PAGES		(SPANS * SPAN_PAGES)
#define GRANULE		512U
#define GRANULES	(PAGES / GRANULE)
#define TREES		2
#define TABLES		64

/* The table that is linked: all of its entries are present. */
#define FOREIGN		(TABLES - 1)

static const u64 span_start[SPANS] = { SZ_1G - SZ_4M, (4ULL << 30) - SZ_8M };

/**
 * struct tree - a tree and what it is to show
 * @pt: the tree
 * @page: by page, address and bits; 0 for nothing
 * @huge: by 2 MB, whether it is one page
 * @link: by 2 MB, whether it is linked
 */
struct tree {
	struct annex_pgtable pt;
	u64 page[PAGES];
	bool huge[GRANULES];
	bool link[GRANULES];
};

static struct model {
	struct tree tree[TREES];
	u64 *table[TABLES];
	unsigned int fail_in;
	bool failed;
	u64 flush_start;
	u64 flush_end;
	bool kept;
	bool borrowed;
} m;

/* Tables */

static u64 phys_of(unsigned int i)
{
	return (0x10ULL << 32) + ((u64)i << PAGE_SHIFT);
}

static unsigned int nr_tables(void)
{
	unsigned int i, nr = 0;

	for (i = 0; i < FOREIGN; i++)
		nr += !!m.table[i];
	return nr;
}

static int alloc_table(void *arg, u64 *phys)
{
	unsigned int i;

	if (m.fail_in && !--m.fail_in) {
		m.failed = true;
		return -ENOMEM;
	}
	for (i = 0; m.table[i]; i++)
		;
	FUZZ_CHECK(i < FOREIGN, "too many tables");
	m.table[i] = aligned_alloc(PAGE_SIZE, PAGE_SIZE);
	memset(m.table[i], 0, PAGE_SIZE);
	*phys = phys_of(i);
	return 0;
}

static void free_table(void *arg, u64 phys)
{
	unsigned int i = (phys - phys_of(0)) >> PAGE_SHIFT;

	FUZZ_CHECK(phys == phys_of(i) && i < FOREIGN && m.table[i],
		   "%#llx is no table", phys);
	free(m.table[i]);
	m.table[i] = NULL;
}

static void *virt(void *arg, u64 phys)
{
	unsigned int i = (phys - phys_of(0)) >> PAGE_SHIFT;

	FUZZ_CHECK(phys == phys_of(i) && i < TABLES && m.table[i],
		   "%#llx is no table", phys);
	return m.table[i];
}

static void flush(void *arg, u64 start, u64 end)
{
	m.flush_start = start;
	m.flush_end = end;
}

static const struct annex_pgtable_ops ops = {
	.alloc = alloc_table,
	.free = free_table,
	.virt = virt,
	.flush = flush,
};

/* Parts of the address space */

struct part {
	u32 first;
	u32 end;
};

static u64 linear_of(u32 page)
{
	return span_start[page / SPAN_PAGES] +
	       (u64)(page % SPAN_PAGES) * SZ_4K;
}

static u64 bytes_of(const struct part *p)
{
	return (u64)(p->end - p->first) * SZ_4K;
}

static struct part some_part(struct fuzz_input *in)
{
	u8 how = fuzz_u8(in);
	u32 span = (how & 1) * SPAN_PAGES;
	u32 first = fuzz_below(in, SPAN_PAGES), nr = 1 + fuzz_u8(in) % 16;

	if (how & 2)
		first &= ~(GRANULE - 1);
	if (how & 4)
		nr *= 128;
	/* Across a border of 2 MB, from inside of one page into another. */
	if (how & 8 && first > nr)
		first -= (nr + 1) / 2;
	return (struct part) {
		span + first, span + min(first + nr, SPAN_PAGES),
	};
}

static u64 some_bits(struct fuzz_input *in)
{
	u16 low = fuzz_u16(in);

	return (low | (low & 1 ? ANNEX_PTE_NX : 0)) & ANNEX_PTE_CHANGEABLE;
}

/* The other tree has borrowed the last span: what is done there is done to both. */
static bool is_borrowed(const struct tree *t, const struct part *p)
{
	return m.borrowed && t == &m.tree[1] && p->first >= SPAN_PAGES;
}

static bool has_link(const struct tree *t, const struct part *p, bool part)
{
	u32 g;

	for (g = p->first / GRANULE; g <= (p->end - 1) / GRANULE; g++)
		if (t->link[g] && !(part && p->first <= g * GRANULE &&
				    p->end >= (g + 1) * GRANULE))
			return true;
	return false;
}

static bool is_vacant(const struct tree *t, const struct part *p)
{
	u32 i;

	for (i = p->first; i < p->end; i++)
		if (t->page[i])
			return false;
	return !has_link(t, p, false);
}

/* What an entry of the foreign table shows. */
static u64 foreign_entry(u32 i)
{
	return ((u64)i << 20) | ANNEX_PTE_PRESENT | (i & 1 ? ANNEX_PTE_RW : 0);
}

/* Comparing */

static u64 shown(const struct tree *t, u32 page)
{
	if (t->link[page / GRANULE])
		return foreign_entry(page % GRANULE);
	return t->page[page];
}

static void compare_page(const struct tree *t, u32 page)
{
	struct annex_translation is;
	u64 want = shown(t, page), table;
	enum annex_pgt_level level = ANNEX_PGT_NONE;

	annex_pgtable_walk(&t->pt, linear_of(page) + page % SZ_4K, &is);
	if (want)
		level = t->huge[page / GRANULE] ? ANNEX_PGT_PMD : ANNEX_PGT_PTE;
	FUZZ_EQ(is.level, level);
	if (!want)
		return;
	table = annex_pgtable_table(&t->pt, linear_of(page));
	FUZZ_EQ(!table, level == ANNEX_PGT_PMD);
	FUZZ_EQ(table == phys_of(FOREIGN), t->link[page / GRANULE]);
	FUZZ_EQ(is.phys, (want & ANNEX_PTE_PHYS_MASK) + page % SZ_4K);
	FUZZ_EQ(is.prot & ~ANNEX_PTE_PSE, want & ~ANNEX_PTE_PHYS_MASK);
}

static void compare_part(const struct tree *t, const struct part *p)
{
	u32 page;

	for (page = p->first; page < p->end; page++)
		compare_page(t, page);
}

static int count_table(void *arg, enum annex_pgt_level level, u64 phys)
{
	unsigned int *nr = arg;

	FUZZ_CHECK(virt(NULL, phys), "%#llx", phys);
	nr[level]++;
	return 0;
}

/* Own tables are those that the model needs, and no frame is anybody else's. */
static void compare_tables(void)
{
	unsigned int nr = 0, i, level;

	for (i = 0; i < TREES; i++) {
		unsigned int by_level[ANNEX_NR_PGT_LEVELS] = {};
		struct annex_pgtable *pt = &m.tree[i].pt;
		struct annex_pgtable_count count;

		annex_pgtable_count(pt, 0, ANNEX_PGT_LINEAR_END, &count);
		annex_pgtable_for_each(pt, count_table, by_level);
		for (level = 0; level < ANNEX_NR_PGT_LEVELS; level++) {
			FUZZ_EQ(count.tables[level], by_level[level]);
			FUZZ_EQ(pt->nr_tables[level], by_level[level]);
			nr += by_level[level];
		}
	}
	FUZZ_EQ(nr, nr_tables());
}

static u32 needed_tables(const struct tree *t)
{
	u32 g, i, nr = 0;

	for (g = 0; g < GRANULES; g++) {
		struct part p = { g * GRANULE, (g + 1) * GRANULE };

		if (t->link[g] || t->huge[g] || is_borrowed(t, &p))
			continue;
		for (i = p.first; i < p.end && !t->page[i]; i++)
			;
		nr += i < p.end;
	}
	return nr;
}

/* The runs of a part are those of the model. */
static void compare_runs(const struct tree *t, const struct part *p)
{
	u64 end = linear_of(p->first) + bytes_of(p);
	u64 at = linear_of(p->first), page;
	struct annex_pgtable_run run;
	struct annex_translation is;

	while (annex_pgtable_run(&t->pt, at, end, &run)) {
		for (; at < run.start; at += SZ_4K)
			FUZZ_EQ(annex_pgtable_walk(&t->pt, at, &is), 0);
		for (page = at; page < run.end; page += SZ_4K) {
			FUZZ_EQ(annex_pgtable_walk(&t->pt, page, &is),
				run.level);
			FUZZ_EQ(is.prot & ANNEX_PTE_PROT, run.prot);
		}
		FUZZ_CHECK(run.end > at, "an empty run");
		at = run.end;
		if (at < end && annex_pgtable_walk(&t->pt, at, &is))
			FUZZ_CHECK(is.level != run.level ||
				   (is.prot & ANNEX_PTE_PROT) != run.prot,
				   "a run ends early");
	}
	for (; at < end; at += SZ_4K)
		FUZZ_EQ(annex_pgtable_walk(&t->pt, at, &is), 0);
}

/* Changing */

/* A tree that borrows the table has the entry, too. */
static void set_page(struct tree *t, u32 page, u64 to)
{
	if (t->page[page] && t->page[page] != to)
		FUZZ_CHECK(linear_of(page) >= m.flush_start &&
			   linear_of(page) < m.flush_end, "page %u", page);
	t->page[page] = to;
}

static void share(void)
{
	if (!m.borrowed)
		return;
	memcpy(m.tree[1].page + SPAN_PAGES, m.tree[0].page + SPAN_PAGES,
	       SPAN_PAGES * sizeof(u64));
	memcpy(m.tree[1].huge + GRANULES / 2, m.tree[0].huge + GRANULES / 2,
	       GRANULES / 2);
	memcpy(m.tree[1].link + GRANULES / 2, m.tree[0].link + GRANULES / 2,
	       GRANULES / 2);
}

/* A page of 2 MB of which a part is changed is none any more. */
static void split(struct tree *t, const struct part *p)
{
	u32 g;

	for (g = p->first / GRANULE; g <= (p->end - 1) / GRANULE; g++)
		if (p->first > g * GRANULE || p->end < (g + 1) * GRANULE)
			t->huge[g] = false;
}

static void expect(int err, int expected)
{
	if (m.failed && !expected)
		expected = -ENOMEM;
	FUZZ_EQ(err, expected);
}

static void map(struct tree *t, struct fuzz_input *in)
{
	struct part p = some_part(in);
	u64 prot = some_bits(in), phys = (u64)fuzz_u16(in) << 21;
	u8 how = fuzz_u8(in);
	bool huge = how & 1;
	u32 i;
	int err;

	/* Mostly so that pages of 2 MB are possible. */
	phys += (p.first % GRANULE) * SZ_4K;
	if ((how & 0xe) == 2)
		phys += (how >> 4) * SZ_4K;
	err = annex_pgtable_map(&t->pt, linear_of(p.first), phys, bytes_of(&p),
				prot, huge);
	expect(err, is_borrowed(t, &p) ? -EPERM :
		    is_vacant(t, &p) ? 0 : -EEXIST);
	for (i = p.first; !err && i < p.end; i++) {
		u64 at = phys + (u64)(i - p.first) * SZ_4K;

		if (i % GRANULE == 0)
			t->huge[i / GRANULE] = huge && p.end - i >= GRANULE &&
					       at % SZ_2M == 0;
		t->page[i] = at | prot | ANNEX_PTE_PRESENT;
	}
	share();
	compare_part(t, &p);
}

static void unmap(struct tree *t, struct fuzz_input *in)
{
	struct part p = some_part(in);
	u32 i;
	int err = annex_pgtable_unmap(&t->pt, linear_of(p.first),
				      bytes_of(&p));

	expect(err, is_borrowed(t, &p) || has_link(t, &p, true) ? -EPERM : 0);
	if (!err)
		split(t, &p);
	for (i = p.first; !err && i < p.end; i++) {
		set_page(t, i, 0);
		t->link[i / GRANULE] = false;
		if (i % GRANULE == 0)
			t->huge[i / GRANULE] = false;
	}
	share();
	compare_part(t, &p);
}

static void protect(struct tree *t, struct fuzz_input *in)
{
	struct part p = some_part(in);
	u64 set = some_bits(in), clear = some_bits(in);
	int err, expected = 0;
	u32 i;

	if (fuzz_u8(in) & 7)
		clear &= ~set;
	err = annex_pgtable_protect(&t->pt, linear_of(p.first), bytes_of(&p),
				    set, clear);
	if (is_borrowed(t, &p))
		expected = -EPERM;
	else if (set & clear)
		expected = -EINVAL;
	else if (has_link(t, &p, false))
		expected = -EPERM;
	expect(err, expected);
	if (!err)
		split(t, &p);
	for (i = p.first; !err && i < p.end; i++)
		if (t->page[i])
			set_page(t, i, (t->page[i] | set) & ~clear);
	share();
	compare_part(t, &p);
}

static void link(struct tree *t, struct fuzz_input *in)
{
	u32 g = fuzz_below(in, GRANULES);
	struct part p = { g * GRANULE, (g + 1) * GRANULE };
	int err = annex_pgtable_link(&t->pt, linear_of(p.first),
				     phys_of(FOREIGN));

	expect(err, is_borrowed(t, &p) ? -EPERM :
		    is_vacant(t, &p) ? 0 : -EEXIST);
	if (!err)
		t->link[g] = true;
	share();
	compare_part(t, &p);
}

static void keep_or_borrow(void)
{
	struct tree *t = &m.tree[1];
	struct part all = { SPAN_PAGES, PAGES };
	int err;

	if (!m.kept) {
		FUZZ_EQ(annex_pgtable_borrow(&t->pt, &m.tree[0].pt, 3),
			-EINVAL);
		err = annex_pgtable_keep(&m.tree[0].pt, 3);
		expect(err, 0);
		m.kept = !err;
		return;
	}
	err = annex_pgtable_borrow(&t->pt, &m.tree[0].pt, 3);
	FUZZ_EQ(err, m.borrowed || !is_vacant(t, &all) ? -EEXIST : 0);
	m.borrowed |= !err;
	share();
	compare_part(t, &all);
}

/* What makes no sense, and changes nothing. */
static void misuse(struct tree *t, struct fuzz_input *in)
{
	u64 linear = fuzz_u64(in) & 0x1ffffffffULL;
	u64 phys = fuzz_u64(in), size = fuzz_u64(in) & 0x1ffffffffULL;
	u64 prot = fuzz_u64(in);
	bool odd = !size || (linear | size) & (SZ_4K - 1);
	bool beyond = linear + size > ANNEX_PGT_LINEAR_END;
	int err = odd ? -EINVAL : -ERANGE;

	if (odd || beyond) {
		FUZZ_EQ(annex_pgtable_unmap(&t->pt, linear, size), err);
		FUZZ_EQ(annex_pgtable_protect(&t->pt, linear, size, 0, 0), err);
		FUZZ_EQ(annex_pgtable_map(&t->pt, linear, phys, size, 0, true),
			err);
	}
	if (phys & (SZ_4K - 1) ||
	    prot & ~(ANNEX_PTE_CHANGEABLE | ANNEX_PTE_PRESENT))
		FUZZ_EQ(annex_pgtable_map(&t->pt, 0, phys, SZ_4K, prot, false),
			-EINVAL);
	else if (phys > ANNEX_PTE_PHYS_MASK)
		FUZZ_EQ(annex_pgtable_map(&t->pt, 0, phys, SZ_4K, prot, false),
			-ERANGE);
	FUZZ_EQ(annex_pgtable_keep(&t->pt, 4), -EINVAL);
}

static void step(struct fuzz_input *in)
{
	u8 op = fuzz_u8(in);
	struct tree *t = &m.tree[op >> 4 & 1];
	struct part p;

	m.failed = false;
	m.fail_in = op & 0x20 ? 1 + (op >> 6) : 0;
	m.flush_start = 0;
	m.flush_end = 0;
	switch (op & 15) {
	case 0 ... 4:
		map(t, in);
		break;
	case 5 ... 8:
		unmap(t, in);
		break;
	case 9 ... 11:
		protect(t, in);
		break;
	case 12:
		link(t, in);
		break;
	case 13:
		keep_or_borrow();
		break;
	case 14:
		misuse(t, in);
		break;
	default:
		p = some_part(in);
		compare_runs(t, &p);
	}
}

static void open_trees(void)
{
	unsigned int i;

	memset(&m, 0, sizeof(m));
	m.table[FOREIGN] = aligned_alloc(PAGE_SIZE, PAGE_SIZE);
	for (i = 0; i < GRANULE; i++)
		m.table[FOREIGN][i] = foreign_entry(i);
	for (i = 0; i < TREES; i++)
		FUZZ_EQ(annex_pgtable_create(&m.tree[i].pt, &ops, NULL), 0);
}

/* Everything as it should be, and gone; the foreign table as it was. */
static void close_trees(void)
{
	static const struct part all = { 0, PAGES };
	unsigned int i;

	for (i = 0; i < TREES; i++) {
		compare_part(&m.tree[i], &all);
		FUZZ_EQ(m.tree[i].pt.nr_tables[ANNEX_PGT_PTE],
			needed_tables(&m.tree[i]));
	}
	for (i = TREES; i--;)
		annex_pgtable_free(&m.tree[i].pt);
	FUZZ_EQ(nr_tables(), 0);
	for (i = 0; i < GRANULE; i++)
		FUZZ_EQ(m.table[FOREIGN][i], foreign_entry(i));
	free(m.table[FOREIGN]);
}

void fuzz_target(struct fuzz_input *in)
{
	open_trees();
	while (fuzz_more(in)) {
		step(in);
		compare_tables();
	}
	close_trees();
}
