// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of zoneinfo: the grammar of /proc/zoneinfo, and the numbers of the
 * pool.
 */
#include <linux/cpumask.h>
#include <linux/slab.h>

#include "base/show.h"
#include "lib/testpool.h"
#include "lib/testseq.h"
#include "page/pcp.h"

/* DMA 16 MB less 1 MB, Normal 16 MB, HighMem 32 MB less 128 kB. */
static const struct annex_testpool opts = {
	.start = 5ULL << 30, .nr_pages = 16384, .lowmem_pages = 8192,
	.reserved_pages = 256,
};

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

/* The lines of zoneinfo for CPU 0 and a zone of which it caches no block. */
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

static void zoneinfo_has_the_grammar_and_the_numbers(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &opts);
	struct seq_file *m = open_seq(test);
	const char *out;
	unsigned int i;

	annex_show_zoneinfo(m, annex);
	out = seq_text(test, m);
	KUNIT_EXPECT_PTR_EQ(test, (const char *)strstr(out, first_lines), out);
	KUNIT_EXPECT_EQ(test, occurrences(out, "per-node stats"), 1U);
	KUNIT_EXPECT_NOT_NULL(test, strstr(out, "\n      nr_mapped    0\n"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(out, dma_pages));
	KUNIT_EXPECT_NOT_NULL(test, strstr(out, dma32_whole));
	KUNIT_EXPECT_NOT_NULL(test, strstr(out, highmem_end));
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		if (annex->frames.zones[i].managed_pages)
			KUNIT_EXPECT_NOT_NULL(test,
					      strstr(out,
						     cpu0(test,
							  &annex->frames
								   .zones[i])));
	KUNIT_EXPECT_EQ(test, occurrences(out, "    cpu: "),
			3 * num_online_cpus());
	KUNIT_EXPECT_EQ(test, out[m->count - 1], '\n');
}

static struct kunit_case zoneinfo_cases[] = {
	KUNIT_CASE(zoneinfo_has_the_grammar_and_the_numbers),
	{}
};

static struct kunit_suite annex_zoneinfo_suite = {
	.name = "annex_zoneinfo",
	.test_cases = zoneinfo_cases,
};

kunit_test_suite(annex_zoneinfo_suite);
