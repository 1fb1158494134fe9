// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which words do the calls of a folio's life lock that other CPUs lock as well? Each
 * call is stepped through, an instruction at a time, and each locked instruction
 * counted by the address that it locks:
 *
 *   pool   a member of the pool that all CPUs share
 *   zone   a member of one zone
 *   cpu    a lock that is this CPU's
 *   block  the descriptor of the block, or its folio: whoever has that
 *
 * What the kernel does besides, lockdep above all, locks other words and does not
 * count. It takes an x86 of 32 bits and its trap flag; hard interrupts on the way
 * clear that, and set it again when they return.
 */
#include <linux/kdebug.h>
#include <linux/preempt.h>
#include <linux/smp.h>
#include <asm/debugreg.h>
#include <asm/processor-flags.h>
#include <asm/ptrace.h>

#include "lib/testpool.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "reclaim/folio.h"
#include "reclaim/folio_slab.h"
#include "reclaim/lru.h"

/**
 * struct tally - locked instructions, by what they lock
 * @pool: a member of the pool that all CPUs share
 * @zone: a member of a zone
 * @cpu: the list of folios of this CPU
 * @block: a descriptor, or lowmem, where folios are
 * @steps: instructions in all
 */
struct tally {
	unsigned int pool;
	unsigned int zone;
	unsigned int cpu;
	unsigned int block;
	unsigned int steps;
};

/* The one who is stepped, and where. */
static struct {
	struct annex *annex;
	int cpu;
	struct tally tally;
} stepped = { .cpu = -1 };

/* The operand of an instruction of 32-bit code, from its ModRM byte on. */
static unsigned long operand(const struct pt_regs *regs, const u8 *at)
{
	const unsigned long reg[] = { regs->ax, regs->cx, regs->dx, regs->bx,
				      regs->sp, regs->bp, regs->si, regs->di };
	unsigned int mod = *at >> 6, base = *at & 7;
	unsigned long addr = 0;

	at++;
	if (base == 4) {
		unsigned int sib = *at++, index = sib >> 3 & 7;

		base = sib & 7;
		if (index != 4)
			addr = reg[index] << (sib >> 6);
	}
	if (mod == 0 && base == 5)
		return addr + *(const u32 *)at;
	addr += reg[base];
	if (mod == 1)
		return addr + *(const s8 *)at;
	return mod == 2 ? addr + *(const u32 *)at : addr;
}

/* The word that the next instruction locks, or 0. */
static unsigned long locks(const struct pt_regs *regs)
{
	const u8 *at = (const u8 *)regs->ip;
	bool lock = false;

	/* Of the prefixes, the lock; the size of the operand says nothing. */
	for (; *at == 0xf0 || *at == 0x66; at++)
		lock |= *at == 0xf0;
	/* xchg with memory locks without a prefix. */
	if ((*at == 0x86 || *at == 0x87) && at[1] >> 6 != 3)
		return operand(regs, at + 1);
	if (!lock)
		return 0;
	return operand(regs, *at == 0x0f ? at + 2 : at + 1);
}

static bool is_in(unsigned long addr, const void *start, size_t size)
{
	return addr - (unsigned long)start < size;
}

static void count(struct annex *annex, struct tally *t, unsigned long addr)
{
	struct annex_folio_slab_list *here =
		annex_folio_slab_list_here(&annex->frames);

	if (is_in(addr, here, sizeof(*here)))
		t->cpu++;
	else if (is_in(addr, annex->frames.zones, sizeof(annex->frames.zones)))
		t->zone++;
	else if (is_in(addr, annex, sizeof(*annex)))
		t->pool++;
	else if (is_in(addr, annex->frames.mem_map,
		       annex->frames.nr_pages *
			       sizeof(*annex->frames.mem_map)) ||
		 is_in(addr, annex->frames.lowmem,
		       (size_t)annex->frames.lowmem_pages << PAGE_SHIFT))
		t->block++;
}

/* Called as from NMI, after each instruction and before the next. */
static int on_step(struct notifier_block *nb, unsigned long val, void *data)
{
	struct die_args *args = data;
	unsigned long *dr6 = (unsigned long *)args->err, addr;

	if (val != DIE_DEBUG || !(*dr6 & DR_STEP) ||
	    stepped.cpu != raw_smp_processor_id())
		return NOTIFY_DONE;
	*dr6 &= ~DR_STEP;
	stepped.tally.steps++;
	addr = locks(args->regs);
	if (addr)
		count(stepped.annex, &stepped.tally, addr);
	return NOTIFY_STOP;
}

static void step(bool on)
{
	unsigned long flags;

	asm volatile("pushf\n\tpop %0" : "=r" (flags));
	flags = on ? flags | X86_EFLAGS_TF : flags & ~X86_EFLAGS_TF;
	asm volatile("push %0\n\tpopf" : : "r" (flags) : "memory", "cc");
}

struct scene {
	struct annex *annex;
	struct annex_page *page;
	struct annex_folio *folio;
	struct annex_mapping mapping;
};

static void alloc_and_free(struct scene *s)
{
	struct annex_page *page;

	if (!annex_block_alloc(&s->annex->frames, GFP_ATOMIC, 0, &page))
		annex_block_free(&s->annex->frames, page, 0);
}

static void make_and_end(struct scene *s)
{
	struct annex_folio *folio;

	if (!__annex_folio_alloc(&s->annex->frames, GFP_ATOMIC, 0, &folio))
		__annex_folio_put(&s->annex->frames, folio);
}

static void attach_and_detach(struct scene *s)
{
	struct annex_folio *folio;

	if (!__annex_folio_attach(&s->annex->frames, s->page, GFP_ATOMIC,
				  &folio))
		__annex_folio_detach(&s->annex->frames, folio);
}

static void list_and_take_back(struct scene *s)
{
	annex_lru_insert(s->folio);
	annex_lru_remove(s->folio);
}

static void dirty_and_clean(struct scene *s)
{
	__annex_folio_mark_dirty(&s->annex->frames, s->folio);
	__annex_folio_clear_dirty(&s->annex->frames, s->folio);
}

static void write_and_end(struct scene *s)
{
	__annex_folio_start_writeback(&s->annex->frames, s->folio);
	__annex_folio_end_writeback(&s->annex->frames, s->folio);
}

static void show_and_hide(struct scene *s)
{
	__annex_folio_inc_mapcount(&s->annex->frames, s->folio);
	__annex_folio_dec_mapcount(&s->annex->frames, s->folio);
}

static const struct pair {
	const char *name;
	void (*run)(struct scene *s);
} pairs[] = {
	{ "alloc, free", alloc_and_free },
	{ "folio alloc, put", make_and_end },
	{ "folio attach, detach", attach_and_detach },
	{ "lru add, del", list_and_take_back },
	{ "mark dirty, clear dirty", dirty_and_clean },
	{ "start, end writeback", write_and_end },
	{ "inc, dec mapcount", show_and_hide },
};

static void pair_desc(const struct pair *p, char *desc)
{
	strscpy(desc, p->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(pair, pairs, pair_desc);

static struct tally run_stepped(struct scene *s, const struct pair *p)
{
	preempt_disable();
	memset(&stepped.tally, 0, sizeof(stepped.tally));
	stepped.annex = s->annex;
	WRITE_ONCE(stepped.cpu, smp_processor_id());
	step(true);
	p->run(s);
	step(false);
	WRITE_ONCE(stepped.cpu, -1);
	preempt_enable();
	return stepped.tally;
}

static bool no_release(struct annex_folio *folio)
{
	return false;
}

static void locked_words_are_the_cpus_or_the_blocks(struct kunit *test)
{
	static const struct annex_testpool pool = {
		.start = 5ULL << 30, .nr_pages = 8192, .lowmem_pages = 5120,
		.contents = true,
	};
	static const struct annex_mapping_ops ops = { .release = no_release };
	struct notifier_block nb = { .notifier_call = on_step };
	struct scene *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	const struct pair *p = test->param_value;
	struct tally t;

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->annex = annex_testpool(test, &pool);
	s->page = annex_test_must_alloc(test, s->annex, GFP_KERNEL, 0);
	s->mapping.ops = &ops;
	KUNIT_ASSERT_EQ(test,
			__annex_folio_alloc(&s->annex->frames, GFP_KERNEL, 0,
					    &s->folio),
			0);
	s->folio->mapping = &s->mapping;
	KUNIT_ASSERT_EQ(test, register_die_notifier(&nb), 0);
	/* What the first one has to fetch is there for the second. */
	p->run(s);
	t = run_stepped(s, p);
	unregister_die_notifier(&nb);
	kunit_info(test, "%s: locks %u words of the pool, %u of a zone, %u of the CPU, %u of the block; %u steps\n",
		   p->name, t.pool, t.zone, t.cpu, t.block, t.steps);
	KUNIT_EXPECT_GT(test, t.steps, 100U);
	KUNIT_EXPECT_EQ(test, t.pool, 0U);
	s->folio->mapping = NULL;
	KUNIT_EXPECT_EQ(test, __annex_folio_put(&s->annex->frames, s->folio),
			0);
	KUNIT_EXPECT_EQ(test, annex_block_free(&s->annex->frames, s->page, 0),
			0);
	annex_test_validate(test, s->annex);
}

static struct kunit_case folio_atomics_cases[] = {
	KUNIT_CASE_PARAM(locked_words_are_the_cpus_or_the_blocks,
			 pair_gen_params),
	{}
};

static struct kunit_suite annex_folio_atomics_suite = {
	.name = "annex_folio_atomics",
	.test_cases = folio_atomics_cases,
};

kunit_test_suite(annex_folio_atomics_suite);
