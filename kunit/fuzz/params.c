// SPDX-License-Identifier: GPL-2.0-only
// fuzz: src/module/main.c src/pool/plan.c src/pool/windows.c src/boot/memory_map.c
// fuzz: src/base/refuse.c src/host/gaps.c
/*
 * The parameters of the module, from insmod's text to the plan of a pool.
 *
 * The module's own init is called. What it would make a pool from comes here
 * instead, and is planned for a machine whose vmalloc space has the size that the
 * input says. A plan has to fit, to have what was asked for, and to be refused
 * only if even the smallest does not fit.
 */
#include <linux/sizes.h>

#include "api/tests.h"
#include "base/fail.h"
#include "base/refuse.h"
#include "fuzz.h"
#include "kmap/pkmap.h"
#include "page/owner.h"
#include "host/unmanaged.h"
#include "pool/announce.h"
#include "pool/create.h"
#include "pool/hotplug.h"
#include "pool/leaks.h"
#include "pool/plan.h"
#include "pool/pool.h"
#include "pool/windows.h"
#include "vmalloc/vm.h"

#define PARAMS_MAX	32
#define TEXT		64

/* Texts that the first byte says of whether they are given. */
#define NR_FIRST	5

/* What kmap_local takes on two CPUs, about. */
#define KMAP_LOCAL_PAGES	66UL

/* What the six windows take beside themselves. */
#define EXTRA			(6 * ANNEX_GAPS_WINDOW_EXTRA)

static struct {
	const char *name;
	void *value;
} params[PARAMS_MAX];

static unsigned int nr_params;
static struct annex_space space;
static bool created;

/* The parameters register themselves before there is a main(). */
void fuzz_param(const char *name, void *value)
{
	params[nr_params].name = name;
	params[nr_params++].value = value;
}

static void *param(const char *name)
{
	unsigned int i;

	for (i = 0; i < nr_params; i++)
		if (!strcmp(params[i].name, name))
			return params[i].value;
	fuzz_fail(__FILE__, __LINE__, "no parameter %s", name);
}

#define PARAM(type, name)	(*(type *)param(name))

/* What is beyond these files. */
struct hlist_head annex_pkmap_no_bucket[ANNEX_PKMAP_NO_BUCKETS];
struct annex_kmap_cpu annex_kmap_no_cpu;
struct annex_cache_cpu annex_heap_no_cpu;

/* fail= is not among the texts. */
int annex_fail_parse(const char *text, const char **what)
{
	return 0;
}

int annex_hotplug_setup(void)
{
	return 0;
}

void annex_hotplug_teardown(void)
{
}

/*
 * RAM that the kernel has given up: none, or one range that is all claimed, or
 * from 4 GB on as much as the space below.
 */
void annex_unmanaged_find(struct annex_unmanaged *found, u64 max)
{
	*found = (struct annex_unmanaged){ .max = max };
	if (space.largest & SZ_128K)
		found->claimed = 1ULL << 30;
	if (space.largest < SZ_1M)
		return;
	found->start = 1ULL << 32;
	found->end = found->start + min_t(u64, max, space.largest);
	found->ranges = 1;
	found->bytes = found->end - found->start;
}

void annex_window_space(struct annex_space *s)
{
	*s = space;
}

const char *annex_window_advise(const struct annex_space *s, u64 bytes,
				struct annex_advice *advice)
{
	FUZZ_CHECK(bytes + EXTRA > s->largest, "%llu fit", bytes);
	return "no";
}

unsigned long annex_kmap_local_window_pages(void)
{
	return KMAP_LOCAL_PAGES;
}

static unsigned long fixed_pages(const struct annex *annex, unsigned long pkmap,
				 unsigned long vmalloc)
{
	return ((annex->mem_map_bytes + annex->owner_bytes) >> PAGE_SHIFT) +
	       pkmap + vmalloc + KMAP_LOCAL_PAGES;
}

static void check_plan(const struct annex *annex, const struct annex_params *p)
{
	u64 pool = p->pool.end - p->pool.start;
	u64 low = (u64)annex->frames.lowmem_pages << PAGE_SHIFT;
	u64 fixed = (u64)fixed_pages(annex, annex->pkmap_slots,
				     annex->vmalloc_pages) << PAGE_SHIFT;

	FUZZ_CHECK(low >= ANNEX_LOWMEM_MIN && low <= pool, "lowmem %llu", low);
	FUZZ_CHECK(fixed + low <= space.largest, "%llu and %llu of %lu", fixed,
		   low, space.largest);
	if (p->lowmem)
		FUZZ_EQ(low, p->lowmem);
	else
		FUZZ_CHECK(fixed + low + ANNEX_SPACE_KEEP <= space.largest, "all is taken");
	FUZZ_EQ(!annex->pkmap_slots, low == pool);
	FUZZ_CHECK(!(annex->pkmap_slots & (annex->pkmap_slots - 1)), "%u slots",
		   annex->pkmap_slots);
	if (p->pkmap && annex->pkmap_slots)
		FUZZ_EQ(annex->pkmap_slots, p->pkmap);
	if (p->vmalloc)
		FUZZ_EQ(annex->vmalloc_pages, p->vmalloc >> PAGE_SHIFT);
	FUZZ_CHECK(annex->vmalloc_pages >= ANNEX_VMALLOC_MIN >> PAGE_SHIFT,
		   "%lu", annex->vmalloc_pages);
	FUZZ_CHECK(p->movable <= pool - low && !(p->movable % PAGE_SIZE),
		   "movable %llu", p->movable);
}

/* No room: then the least that may be chosen has none either. */
static void check_no_room(const struct annex *annex,
			  const struct annex_params *p)
{
	unsigned long pkmap = p->pkmap ?: ANNEX_PKMAP_MIN;
	unsigned long vmalloc = (p->vmalloc ?: ANNEX_VMALLOC_MIN) >> PAGE_SHIFT;
	u64 least = (u64)fixed_pages(annex, pkmap, vmalloc) << PAGE_SHIFT;

	least += p->lowmem ?: ANNEX_LOWMEM_MIN + ANNEX_SPACE_KEEP;
	FUZZ_CHECK(least + EXTRA > space.largest, "%llu fit into %lu", least,
		   space.largest);
}

static void check_size(const char *name, u64 val)
{
	const char *text = PARAM(char *, name), *end = "";
	u64 wanted = 0;

	if (text)
		FUZZ_EQ(annex_parse_size(text, &end, &wanted), 0);
	FUZZ_CHECK(!*end, "%s=%s", name, text);
	FUZZ_EQ(val, wanted);
}

/* Which range memmap= and claim= say, or the kernel has given up. */
static struct annex_range wanted_range(void)
{
	const char *memmap = PARAM(char *, "memmap"), *why;
	const char *claim = PARAM(char *, "claim");
	struct annex_range all = { .end = ~0ULL }, part;
	struct annex_unmanaged found;

	if (!memmap && (!claim || !strcmp(claim, "auto"))) {
		annex_unmanaged_find(&found, ANNEX_POOL_MAX);
		return (struct annex_range){ found.start, found.end };
	}
	if (memmap)
		FUZZ_EQ(annex_parse_range(memmap, '$', &all, &why), 0);
	part = all;
	if (claim)
		FUZZ_EQ(annex_parse_range(claim, '$', &part, &why), 0);
	FUZZ_CHECK(part.start >= all.start && part.end <= all.end,
		   "claim=%s", claim);
	return part;
}

/* Is what comes of the texts what they say? The unit that reads them is tried alone. */
static void check_texts(const struct annex_params *p)
{
	struct annex_range part = wanted_range();
	int slots = PARAM(int, "pkmap");

	FUZZ_EQ(p->pool.start, part.start);
	FUZZ_EQ(p->pool.end, part.end);
	check_size("lowmem", p->lowmem);
	check_size("movable", p->movable);
	check_size("vmalloc", p->vmalloc);
	check_size("page_offset", p->page_offset);
	check_size("provisional", p->provisional);
	FUZZ_EQ(p->pkmap, slots == -1 ? 0 : (u32)slots);
	FUZZ_CHECK(slots &&
		   (!PARAM(char *, "lowmem") || p->lowmem) &&
		   (!PARAM(char *, "page_offset") || p->page_offset) &&
		   (!PARAM(char *, "provisional") || p->provisional) &&
		   (!PARAM(char *, "vmalloc") || p->vmalloc), "a zero");
}

int annex_create(struct annex *annex, const struct annex_params *p,
		 struct annex_reason *why)
{
	u64 pool = p->pool.end - p->pool.start;
	int err;

	check_texts(p);
	if (pool < ANNEX_POOL_MIN || pool > ANNEX_POOL_MAX ||
	    p->pool.end > 1ULL << 36)
		return annex_refuse(why, -ERANGE, "not a pool");
	annex->frames.range = p->pool;
	annex->frames.base_pfn = p->pool.start >> PAGE_SHIFT;
	annex->frames.nr_pages = pool >> PAGE_SHIFT;
	annex->frames.bias =
		annex->frames.base_pfn & (ANNEX_MAX_ORDER_PAGES - 1);
	annex->owner_bytes = 0;
	err = annex_plan(annex, p, why);
	if (!err)
		check_plan(annex, p);
	else if (err == -ENOMEM)
		check_no_room(annex, p);
	else
		FUZZ_EQ(err, -EINVAL);
	FUZZ_CHECK(!err || strlen(why->text) > 10, "no reason");
	created = !err;
	return err;
}

void annex_announce(const struct annex *annex,
		    const struct annex_params *params)
{
	FUZZ_CHECK(created, "nothing to announce");
}

void annex_debugfs_init(struct annex *annex, const char *name)
{
}

void annex_debugfs_exit(struct annex *annex)
{
}

unsigned long annex_destroy(struct annex *annex)
{
	FUZZ_CHECK(created, "nothing to destroy");
	return 0;
}

bool annex_leaks_find(struct annex *annex, struct annex_leaks *held)
{
	FUZZ_CHECK(created, "nothing to hold");
	memset(held, 0, sizeof(*held));
	return false;
}

static void set_text(struct fuzz_input *in, const char *name, bool given,
		     char *text)
{
	PARAM(char *, name) = given ? (char *)fuzz_text(in, text, TEXT) : NULL;
}

void fuzz_target(struct fuzz_input *in)
{
	static const char *const names[] = {
		"memmap", "claim", "lowmem", "movable", "vmalloc",
		"page_offset", "provisional",
	};
	char text[ARRAY_SIZE(names)][TEXT];
	u16 given = fuzz_u8(in);
	unsigned int i;
	int err;

	space.largest = fuzz_u16(in) * 32 * PAGE_SIZE;
	space.total = space.largest + SZ_32M;
	space.gaps = (struct annex_gaps){ .bytes = { space.largest }, .nr = 1 };
	PARAM(int, "pkmap") = given & 0x40 ? (s16)fuzz_u16(in) : -1;
	PARAM(bool, "page_owner") = given & 0x80;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (i == NR_FIRST)
			given = fuzz_u8(in) << NR_FIRST;
		set_text(in, names[i], given & 1 << i, text[i]);
	}
	created = false;
	err = fuzz_module_init();
	FUZZ_EQ(!err, created);
	FUZZ_CHECK(err <= 0 && err > -200, "%d", err);
	if (!err)
		fuzz_module_exit();
}
