// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of what the statistics files print: the grammars of /proc, and the
 * numbers of the pool.
 */
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "base/show.h"
#include "lib/testpool.h"
#include "page/page_alloc.h"
#include "page/pcp.h"

#define BUF_SIZE	(32 * 1024)

/* A seq_file that nobody opened: what was printed is a string. */
static struct seq_file *buffer(struct kunit *test)
{
	struct seq_file *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->size = BUF_SIZE;
	m->buf = kunit_kzalloc(test, BUF_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m->buf);
	return m;
}

static const char *text(struct kunit *test, struct seq_file *m)
{
	KUNIT_ASSERT_LT(test, m->count, m->size - 1);
	m->buf[m->count] = '\0';
	return m->buf;
}

/* DMA 16 MB less 1 MB, Normal 16 MB, HighMem 32 MB less 128 kB. */
static const struct annex_testpool opts = {
	.start = 5ULL << 30, .nr_pages = 16384, .lowmem_pages = 8192,
	.reserved_pages = 256,
};

static void stat_counters_have_distinct_names(struct kunit *test)
{
	unsigned int i, j;

	for (i = 0; i < ANNEX_NR_COUNTERS; i++) {
		KUNIT_ASSERT_NOT_NULL(test, annex_counter_name(i));
		for (j = 0; j < i; j++)
			if (!strcmp(annex_counter_name(i),
				    annex_counter_name(j)))
				KUNIT_FAIL(test, "%s twice",
					   annex_counter_name(i));
	}
	KUNIT_EXPECT_STREQ(test, annex_counter_name(ANNEX_NR_FREE_PAGES),
			   "nr_free_pages");
	KUNIT_EXPECT_STREQ(test, annex_counter_name(ANNEX_NR_UNSTABLE),
			   "nr_unstable");
	KUNIT_EXPECT_EQ(test, (int)ANNEX_NR_ZONE_COUNTERS, 11);
	KUNIT_EXPECT_EQ(test, (int)ANNEX_NR_NODE_COUNTERS, 41);
	KUNIT_EXPECT_EQ(test, ANNEX_PGALLOC_MOVABLE - ANNEX_PGALLOC_DMA,
			(int)ANNEX_ZONE_MOVABLE);
}

static void stat_events_add_up_over_cpus(struct kunit *test)
{
	struct annex_counters c;
	int cpu;

	KUNIT_ASSERT_EQ(test, annex_counters_init(&c), 0);
	for_each_possible_cpu(cpu)
		per_cpu_ptr(c.events, cpu)
			->count[ANNEX_PGFREE - ANNEX_NODE_COUNTERS_END] = 7;
	annex_count_events(&c, ANNEX_PGFREE, 3);
	KUNIT_EXPECT_EQ(test, annex_event_sum(&c, ANNEX_PGFREE),
			7UL * num_possible_cpus() + 3);
	KUNIT_EXPECT_EQ(test, annex_event_sum(&c, ANNEX_PGACTIVATE), 0UL);
	annex_mod_node_count(&c, ANNEX_NR_ZONE_COUNTERS, -5);
	KUNIT_EXPECT_EQ(test, annex_node_count(&c, ANNEX_NR_ZONE_COUNTERS),
			0UL);
	annex_counters_destroy(&c);
}

#define NONE_5	"      0      0      0      0      0"
#define ONE_5	"      1      1      1      1      1"
#define NO_5_BUT_4	"      0      1      1      1      1"

/* Each line ends in a blank, as the kernel's do. */
static const char fresh_buddyinfo[] =
	"Node 0, zone      DMA" NONE_5 "      0      0      0      1      1      3\x20\n"
	"Node 0, zone   Normal" NONE_5 NONE_5 "      4\x20\n"
	"Node 0, zone  HighMem" ONE_5 NO_5_BUT_4 "      7\x20\n";

/* A batch of Normal's frames is with the CPU, and came out of one block. */
static const char *used_buddyinfo(struct kunit *test, const struct annex *annex)
{
	const struct annex_zone *zone = &annex->zones[ANNEX_ZONE_NORMAL];
	unsigned int order, batch = annex_pcp_list_batch(zone->pcp_high,
							 zone->managed_pages);
	char *line = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, line);
	strcpy(line,
	       "Node 0, zone      DMA" NONE_5 "      0      0      0      1      1      3\x20\n"
	       "Node 0, zone   Normal");
	for (order = 0; order < ANNEX_MAX_ORDER - 1; order++)
		strcat(line, 1U << order < batch ? "      0" : "      1");
	strcat(line, "      3\x20\nNode 0, zone  HighMem" ONE_5 NO_5_BUT_4 "      7\x20\n");
	return line;
}

static void stat_buddyinfo_is_exact(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &opts);
	struct seq_file *m = buffer(test), *n = buffer(test);
	struct annex_page *page;

	annex_show_buddyinfo(m, annex);
	KUNIT_EXPECT_STREQ(test, text(test, m), fresh_buddyinfo);
	KUNIT_ASSERT_EQ(test, annex_pool_alloc(annex, GFP_KERNEL, 0, &page), 0);
	annex_show_buddyinfo(n, annex);
	KUNIT_EXPECT_STREQ(test, text(test, n), used_buddyinfo(test, annex));
}

#define NO_BLOCKS	"     0      0      0      0      0      0      0      0      0      0      0\x20\n"

static const char mixed_pagetypeinfo[] =
	"Page block order: 9\n"
	"Pages per block:  512\n"
	"\n"
	"Free pages count per migrate type at order       0      1      2      3      4      5      6      7      8      9     10\x20\n"
	"Node    0, zone      DMA, type    Unmovable " NO_BLOCKS
	"Node    0, zone      DMA, type      Movable      0      0      0      0      0      0      0      0      0      1      3\x20\n"
	"Node    0, zone      DMA, type  Reclaimable " NO_BLOCKS
	"Node    0, zone      DMA, type   HighAtomic      1      1      1      1      1      1      1      1      0      0      0\x20\n"
	"Node    0, zone      DMA, type      Isolate " NO_BLOCKS
	"Node    0, zone   Normal, type    Unmovable " NO_BLOCKS
	"Node    0, zone   Normal, type      Movable      0      0      0      0      0      0      0      0      0      0      3\x20\n"
	"Node    0, zone   Normal, type  Reclaimable " NO_BLOCKS
	"Node    0, zone   Normal, type   HighAtomic " NO_BLOCKS
	"Node    0, zone   Normal, type      Isolate      0      0      0      0      0      0      0      0      0      1      0\x20\n"
	"Node    0, zone  HighMem, type    Unmovable      0      0      0      1      1      1      1      1      1      0      0\x20\n"
	"Node    0, zone  HighMem, type      Movable      1      1      1      1      1      0      1      1      1      0      7\x20\n"
	"Node    0, zone  HighMem, type  Reclaimable " NO_BLOCKS
	"Node    0, zone  HighMem, type   HighAtomic " NO_BLOCKS
	"Node    0, zone  HighMem, type      Isolate " NO_BLOCKS
	"\n"
	"Number of blocks type     Unmovable      Movable  Reclaimable   HighAtomic"
	"      Isolate\x20\n"
	"Node 0, zone      DMA"
	"            0            7            0            1            0\x20\n"
	"Node 0, zone   Normal"
	"            0            6            1            0            1\x20\n"
	"Node 0, zone  HighMem"
	"            1           15            0            0            0\x20\n";

/*
 * One pageblock of each type: kept for atomic requests at the start of DMA,
 * isolated and reclaimable in Normal, unmovable in HighMem.
 */
static void stat_pagetypeinfo_is_exact(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &opts);
	struct annex_zone *dma = &annex->zones[ANNEX_ZONE_DMA];
	struct annex_zone *normal = &annex->zones[ANNEX_ZONE_NORMAL];
	struct seq_file *m = buffer(test);
	annex_pfn_t pfn = annex_test_take(dma, 0, ANNEX_MIGRATE_MOVABLE);

	annex_pageblock_reserve(dma, annex->mem_map + pfn);
	KUNIT_ASSERT_EQ(test, annex_pageblock_isolate(annex, 4096), 0);
	annex_test_take(normal, 9, ANNEX_MIGRATE_RECLAIMABLE);
	annex_test_take(&annex->zones[ANNEX_ZONE_HIGHMEM], 3,
			ANNEX_MIGRATE_UNMOVABLE);
	annex_show_pagetypeinfo(m, annex);
	KUNIT_EXPECT_STREQ(test, text(test, m), mixed_pagetypeinfo);
}

static const char odd_blocks[] =
	"Node 0, zone      DMA"
	"            0            1            0            0            1\x20\n"
	"Node 0, zone  HighMem"
	"            0            6            0            0            0\x20\n";

/* A pool that begins in the middle of 4 MB begins with its second pageblock. */
static void stat_pagetypeinfo_counts_from_the_pools_start(struct kunit *test)
{
	const struct annex_testpool odd = {
		.start = (5ULL << 30) + (2 << 20), .nr_pages = 4096,
		.lowmem_pages = 1024,
	};
	struct annex *annex = annex_testpool(test, &odd);
	struct seq_file *m = buffer(test);

	KUNIT_ASSERT_EQ(test, annex_pageblock_isolate(annex, 512), 0);
	annex_show_pagetypeinfo(m, annex);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text(test, m), odd_blocks));
}

static const char first_lines[] =
	"Node 0, zone      DMA\n"
	"  per-node stats\n"
	"      nr_inactive_anon 0\n";

static const char dma_pages[] =
	"  pages free     3840\n"
	"        boost    0\n"
	"        min      88\n"
	"        low      110\n"
	"        high     132\n"
	"        spanned  4096\n"
	"        present  4096\n"
	"        managed  3840\n"
	"        cma      0\n"
	"        protection: (0, 0, 16, 47, 47)\n"
	"      nr_free_pages 3840\n"
	"      nr_zone_inactive_anon 0\n";

static const char dma32_whole[] =
	"Node 0, zone    DMA32\n"
	"  pages free     0\n"
	"        boost    0\n"
	"        min      0\n"
	"        low      0\n"
	"        high     0\n"
	"        spanned  0\n"
	"        present  0\n"
	"        managed  0\n"
	"        cma      0\n"
	"        protection: (0, 0, 0, 0, 0)\n"
	"Node 0, zone   Normal\n"
	"  pages free     4096\n";

static const char highmem_end[] =
	"  node_unreclaimable:  0\n"
	"  start_pfn:           8192\n"
	"Node 0, zone  Movable\n"
	"  pages free     0\n";

/* What zoneinfo says of CPU 0 and a zone of which it has nothing at hand. */
static const char *cpu0(struct kunit *test, const struct annex_zone *zone)
{
	char *text = kunit_kzalloc(test, 256, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, text);
	snprintf(text, 256,
		 "  pagesets\n"
		 "    cpu: 0\n"
		 "              count: 0\n"
		 "              high:  %u\n"
		 "              batch: %u\n"
		 "  vm stats threshold: 0\n",
		 annex_pcp_bound(zone->pcp_high), zone->pcp_batch);
	return text;
}

static unsigned int occurrences(const char *in, const char *what)
{
	unsigned int n = 0;

	while ((in = strstr(in, what))) {
		n++;
		in++;
	}
	return n;
}

static void stat_zoneinfo_has_the_grammar_and_the_numbers(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &opts);
	struct seq_file *m = buffer(test);
	const char *out;
	unsigned int i;

	annex_show_zoneinfo(m, annex);
	out = text(test, m);
	KUNIT_EXPECT_PTR_EQ(test, (const char *)strstr(out, first_lines), out);
	KUNIT_EXPECT_EQ(test, occurrences(out, "per-node stats"), 1U);
	KUNIT_EXPECT_NOT_NULL(test, strstr(out, "\n      nr_mapped    0\n"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(out, dma_pages));
	KUNIT_EXPECT_NOT_NULL(test, strstr(out, dma32_whole));
	KUNIT_EXPECT_NOT_NULL(test, strstr(out, highmem_end));
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		if (annex->zones[i].managed_pages)
			KUNIT_EXPECT_NOT_NULL(test,
					      strstr(out, cpu0(test,
							       &annex->zones[i])));
	KUNIT_EXPECT_EQ(test, occurrences(out, "    cpu: "),
			3 * num_online_cpus());
	KUNIT_EXPECT_EQ(test, out[m->count - 1], '\n');
}

/* "name number\n", as often as there are counters. */
static void stat_vmstat_has_a_value_on_each_line(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &opts);
	struct seq_file *m = buffer(test);
	unsigned int lines = 0;
	char *line, *rest;

	annex_show_vmstat(m, annex);
	text(test, m);
	rest = m->buf;
	while ((line = strsep(&rest, "\n")) && *line) {
		char *value = strchr(line, ' ');
		unsigned long n;

		KUNIT_ASSERT_NOT_NULL(test, value);
		KUNIT_EXPECT_EQ(test, kstrtoul(value + 1, 10, &n), 0);
		if (lines == ANNEX_NR_FREE_PAGES)
			KUNIT_EXPECT_EQ(test, n, annex_test_free_pages(annex));
		lines++;
	}
	KUNIT_EXPECT_EQ(test, lines, (unsigned int)ANNEX_NR_COUNTERS);
}

static void stat_memblock_prints_regions(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &opts);
	struct seq_file *m = buffer(test), *n = buffer(test);

	annex_show_memblock(m, &annex->memblock.memory);
	KUNIT_EXPECT_STREQ(test, text(test, m),
			   "   0: 0x0000000140000000..0x0000000143ffffff\n");
	annex_show_memblock(n, &annex->memblock.reserved);
	KUNIT_EXPECT_STREQ(test, text(test, n),
			   "   0: 0x0000000140000000..0x00000001400fffff\n"
			   "   1: 0x0000000143fdf000..0x0000000143ffffff\n");
}

static struct kunit_case stat_cases[] = {
	KUNIT_CASE(stat_counters_have_distinct_names),
	KUNIT_CASE(stat_events_add_up_over_cpus),
	KUNIT_CASE(stat_buddyinfo_is_exact),
	KUNIT_CASE(stat_pagetypeinfo_is_exact),
	KUNIT_CASE(stat_pagetypeinfo_counts_from_the_pools_start),
	KUNIT_CASE(stat_zoneinfo_has_the_grammar_and_the_numbers),
	KUNIT_CASE(stat_vmstat_has_a_value_on_each_line),
	KUNIT_CASE(stat_memblock_prints_regions),
	{}
};

static struct kunit_suite annex_stat_suite = {
	.name = "annex_stat",
	.test_cases = stat_cases,
};

kunit_test_suite(annex_stat_suite);
