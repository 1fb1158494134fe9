// SPDX-License-Identifier: GPL-2.0-only
/*
 * An interrupt in the middle of kmap_local() and kunmap_local(): right behind
 * the write that makes a page present, and behind the one that takes it away.
 *
 * By chance one hardly comes there, and under QEMU's TCG never: it looks for
 * interrupts between blocks of code, not between instructions. So a debug
 * register watches the first page table entry of a CPU. Its trap asks for an
 * interrupt, which the CPU takes as soon as the trap has returned: before the
 * next instruction of annex's.
 */
#include <linux/errno.h>
#include <linux/hw_breakpoint.h>
#include <linux/irq_work.h>
#include <linux/mm.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <asm/pgtable.h>

#include <annex/highmem.h>

#include "exercise.h"

/* The thread's frame, and the interrupt's. */
enum { MINE, ITS, FRAMES };

struct watch {
	struct annex_page **pages;
	u32 key;
	u32 ops;
	struct irq_work work;
	bool in_work;
	u32 runs;
	u32 wrong;
};

/* A debug register does not say which watch has set it. */
static struct watch *watched;

static void intrude(struct irq_work *work)
{
	struct watch *w = container_of(work, struct watch, work);
	struct annex_page *page = w->pages[ITS];
	void *addr;

	w->in_work = true;
	addr = annex_kmap_local_page(page);
	w->wrong += !addr || !exercise_has_stamp(addr, annex_page_to_pfn(page),
						 w->key);
	w->wrong += !!annex_kunmap_local(addr);
	w->runs++;
	w->in_work = false;
}

/* As good as in an NMI. What the interrupt itself writes is of no interest. */
static void trap(struct perf_event *event, struct perf_sample_data *data,
		 struct pt_regs *regs)
{
	struct watch *w = READ_ONCE(watched);

	if (w && !w->in_work)
		irq_work_queue(&w->work);
}

static int map_and_look(struct watch *w)
{
	struct annex_page *page = w->pages[MINE];
	annex_pfn_t pfn = annex_page_to_pfn(page);
	void *addr = annex_kmap_local_page(page);
	bool right;

	if (!addr)
		return -ENOMEM;
	right = exercise_has_stamp(addr, pfn, w->key);
	return annex_kunmap_local(addr) ?: right ? 0 : -EBADMSG;
}

static int watch_entry(struct watch *w, pte_t *entry)
{
	struct perf_event_attr attr;
	struct perf_event * __percpu *event;
	int err = 0;
	u32 op;

	hw_breakpoint_init(&attr);
	attr.bp_addr = (unsigned long)entry;
	attr.bp_len = HW_BREAKPOINT_LEN_4;
	attr.bp_type = HW_BREAKPOINT_W;
	event = register_wide_hw_breakpoint(&attr, trap, NULL);
	if (IS_ERR((void __force *)event))
		return PTR_ERR((void __force *)event);
	for (op = 0; op < w->ops && !err; op++) {
		err = map_and_look(w);
		cond_resched();
	}
	unregister_wide_hw_breakpoint(event);
	irq_work_sync(&w->work);
	return err;
}

static int work(void *data)
{
	struct watch *w = data;
	void *addr = annex_kmap_local_page(w->pages[MINE]);
	unsigned int level;
	pte_t *entry;
	int err;

	if (!addr)
		return -ENOMEM;
	entry = lookup_address((unsigned long)addr, &level);
	if (annex_kunmap_local(addr))
		return -EPROTO;
	if (!entry || level != PG_LEVEL_4K)
		return -ENXIO;
	WRITE_ONCE(watched, w);
	err = watch_entry(w, entry);
	WRITE_ONCE(watched, NULL);
	return err;
}

/**
 * exercise_kmap_watch() - have each mapping interrupted in its middle
 * @args: ops
 *
 * Context: process.
 * Return: 0; -EBADMSG if an address showed another frame; -EAGAIN if there were
 * fewer interrupts than there should be; -ENOMEM; or what the kernel has against
 * a watchpoint.
 */
int exercise_kmap_watch(const struct exercise_args *args)
{
	struct watch w = {
		.ops = args->ops,
		.work = IRQ_WORK_INIT_HARD(intrude),
	};
	int err, err_drop;

	w.pages = exercise_take_frames(FRAMES, w.key);
	if (!w.pages)
		return -ENOMEM;
	err = exercise_run_threads(1, 1, work, &w, sizeof(w));
	err_drop = exercise_drop_frames(w.pages, FRAMES, w.key);
	exercise_say("%u interrupts of %u pairs, %u wrong things\n", w.runs,
		     w.ops, w.wrong);
	if (!err && w.wrong)
		err = -EBADMSG;
	if (!err && w.runs < 2 * w.ops)
		err = -EAGAIN;
	return err ?: err_drop;
}
