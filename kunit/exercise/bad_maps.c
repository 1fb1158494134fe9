// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a caller must not do with kmap(), kmap_local() and the functions that
 * stand on them, one entry of a table each, as in bad_calls.c.
 */
#include <linux/errno.h>
#include <linux/irq_work.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/seq_file.h>

#include <annex/highmem.h>

#include "bad_calls.h"
#include "exercise.h"

/* Mappings that a CPU has room for. */
#define LOCAL_MAX	16

/* What was not refused, as an errno. */
static int refused(const void *addr, int err)
{
	return addr ? 0 : err;
}

static int kmap_null(struct annex_page *unused)
{
	return refused(annex_kmap(NULL), -EFAULT);
}

static int kmap_foreign(struct annex_page *unused)
{
	struct annex_page mine = {};

	return refused(annex_kmap(&mine), -EFAULT);
}

static int kmap_misaligned(struct annex_page *page)
{
	return refused(annex_kmap((void *)page + 4), -EFAULT);
}

static int kmap_preempt_off(struct annex_page *page)
{
	void *addr;

	preempt_disable();
	addr = annex_kmap(page);
	preempt_enable();
	return refused(addr, -EINVAL);
}

static int kmap_irqs_off(struct annex_page *page)
{
	unsigned long flags;
	void *addr;

	local_irq_save(flags);
	addr = annex_kmap(page);
	local_irq_restore(flags);
	return refused(addr, -EINVAL);
}

static int flush_irqs_off(struct annex_page *unused)
{
	unsigned long flags;
	int err;

	local_irq_save(flags);
	err = annex_kmap_flush_unused();
	local_irq_restore(flags);
	return err;
}

static int kunmap_null(struct annex_page *unused)
{
	return annex_kunmap(NULL);
}

static int kunmap_foreign(struct annex_page *unused)
{
	return annex_kunmap((void *)PAGE_OFFSET);
}

static int kunmap_never_mapped(struct annex_page *page)
{
	return annex_kunmap(page);
}

/* Once too often, while the slot still shows the frame. */
static int kunmap_unbalanced(struct annex_page *page)
{
	if (!annex_kmap(page) || !annex_kmap(page) || annex_kunmap(page) ||
	    annex_kunmap(page))
		return -ENOENT;
	return annex_kunmap(page);
}

/* And when it does not any more. */
static int kunmap_after_flush(struct annex_page *page)
{
	if (!annex_kmap(page) || annex_kunmap(page) ||
	    annex_kmap_flush_unused() < 1)
		return -ENOENT;
	return annex_kunmap(page);
}

static int high_get_foreign(struct annex_page *unused)
{
	return refused(annex_kmap_high_get(NULL), -EFAULT);
}

static int local_null(struct annex_page *unused)
{
	return refused(annex_kmap_local_page(NULL), -EFAULT);
}

static int local_foreign(struct annex_page *unused)
{
	struct annex_page mine = {};

	return refused(annex_kmap_local_page(&mine), -EFAULT);
}

static int local_beyond_pool(struct annex_page *unused)
{
	return refused(annex_kmap_local_pfn(ANNEX_PFN_MASK), -EFAULT);
}

static int atomic_foreign(struct annex_page *unused)
{
	unsigned int count = preempt_count();
	void *addr = annex_kmap_atomic(NULL);

	/* What was refused leaves no trace. */
	return preempt_count() == count ? refused(addr, -EFAULT) : 0;
}

/* The stack of the CPU is full with 16. The block's contents are seen by all. */
static int local_too_many(struct annex_page *page)
{
	u32 *addr[LOCAL_MAX], *more;
	int i, err = -ENOSPC;

	for (i = 0; i < LOCAL_MAX; i++) {
		addr[i] = annex_kmap_local_page(page);
		if (!addr[i] || *addr[i] != *addr[0])
			err = -ENOENT;
	}
	more = annex_kmap_local_page(page);
	while (i--)
		if (annex_kunmap_local(addr[i]))
			err = -ENOENT;
	return more ? 0 : err;
}

static int local_wrong_order(struct annex_page *page)
{
	void *first = annex_kmap_local_page(page);
	void *second = annex_kmap_local_page(page);
	int err = annex_kunmap_local(first);

	if (annex_kunmap_local(second) || annex_kunmap_local(first))
		return -ENOENT;
	return err;
}

static int local_twice(struct annex_page *page)
{
	void *addr = annex_kmap_local_page(page);

	if (annex_kunmap_local(addr))
		return -ENOENT;
	return annex_kunmap_local(addr);
}

static int local_null_address(struct annex_page *unused)
{
	return annex_kunmap_local(NULL);
}

static int local_strange_address(struct annex_page *page)
{
	void *addr = annex_kmap_local_page(page);
	int err = annex_kunmap_local(&addr);

	return annex_kunmap_local(addr) ? -ENOENT : err;
}

/* An address of kmap() is none of kmap_local(). */
static int local_address_of_kmap(struct annex_page *page)
{
	void *addr = annex_kmap(page);
	int err = annex_kunmap_local(addr);

	return annex_kunmap(page) ? -ENOENT : err;
}

/* Each has an end of its own: annex_kmap_atomic() turns something off. */
static int local_address_of_atomic(struct annex_page *page)
{
	void *addr = annex_kmap_atomic(page);
	int err = annex_kunmap_local(addr);

	return annex_kunmap_atomic(addr) ? -ENOENT : err;
}

static int atomic_address_of_local(struct annex_page *page)
{
	void *addr = annex_kmap_local_page(page);
	int err = annex_kunmap_atomic(addr);

	return annex_kunmap_local(addr) ? -ENOENT : err;
}

struct intruder {
	struct irq_work work;
	void *addr;
	int err;
};

static void intrude(struct irq_work *work)
{
	struct intruder *i = container_of(work, struct intruder, work);

	i->err = annex_kunmap_local(i->addr);
}

/* An interrupt must leave alone what was there before it. */
static int local_from_interrupt(struct annex_page *page)
{
	struct intruder i = { .work = IRQ_WORK_INIT_HARD(intrude) };

	migrate_disable();
	i.addr = annex_kmap_local_page(page);
	irq_work_queue(&i.work);
	irq_work_sync(&i.work);
	if (annex_kunmap_local(i.addr))
		i.err = -ENOENT;
	migrate_enable();
	return i.err;
}

static int to_page_too_long(struct annex_page *page)
{
	return annex_memcpy_to_page(page, PAGE_SIZE - 4, &page, 5);
}

static int to_page_offset(struct annex_page *page)
{
	return annex_memcpy_to_page(page, PAGE_SIZE + 1, &page, 0);
}

/* Offset and length together are a small number. */
static int to_page_wraps(struct annex_page *page)
{
	return annex_memcpy_to_page(page, 16, &page, SIZE_MAX - 8);
}

static int to_page_foreign(struct annex_page *page)
{
	return annex_memcpy_to_page(NULL, 0, &page, 4);
}

static int from_page_too_long(struct annex_page *page)
{
	u32 word[2];

	return annex_memcpy_from_page(word, page, PAGE_SIZE - 4, sizeof(word));
}

static int from_page_foreign(struct annex_page *page)
{
	u32 word;

	return annex_memcpy_from_page(&word, (void *)page + 1, 0, sizeof(word));
}

static int memcpy_page_to_too_long(struct annex_page *page)
{
	return annex_memcpy_page(page, PAGE_SIZE - 3, page, 0, 4);
}

static int memcpy_page_from_too_long(struct annex_page *page)
{
	return annex_memcpy_page(page, 0, page, PAGE_SIZE, 1);
}

static int memcpy_page_foreign(struct annex_page *page)
{
	return annex_memcpy_page(page, 0, NULL, 0, 4);
}

static int memset_too_long(struct annex_page *page)
{
	return annex_memset_page(page, 1, 0, PAGE_SIZE);
}

static int zero_user_too_long(struct annex_page *page)
{
	return annex_zero_user(page, 2048, 2049);
}

static int copy_foreign(struct annex_page *page)
{
	return annex_copy_highpage(page, NULL);
}

static int copy_to_foreign(struct annex_page *page)
{
	return annex_copy_highpage(NULL, page);
}

static int clear_foreign(struct annex_page *unused)
{
	return annex_clear_highpage(NULL);
}

/* Not bad: an address of somebody else's is no frame of annex's. */
static int kmap_to_page_foreign(struct annex_page *page)
{
	return annex_kmap_to_page(&page) ? 0 : -ENOENT;
}

/* With kmap_force=1, an address for a moment; else the one for ever. */
static int local_lowmem(struct annex_page *page)
{
	void *addr = annex_kmap_local_page(page);
	int err = !addr ? -ENOMEM : addr == annex_page_address(page) ? -EXDEV :
							     -ENOENT;

	if (annex_kmap_to_page(addr) != page)
		err = -EPROTO;
	return annex_kunmap_local(addr) ?: err;
}

#define HIGH	__GFP_HIGHMEM

static const struct bad_call bad_maps[] = {
	{ "kmap_null", kmap_null, -EFAULT, NO_BLOCK },
	{ "kmap_foreign", kmap_foreign, -EFAULT, NO_BLOCK },
	{ "kmap_misaligned", kmap_misaligned, -EFAULT, 0, HIGH },
	{ "kmap_preempt_off", kmap_preempt_off, -EINVAL, 0, HIGH },
	{ "kmap_irqs_off", kmap_irqs_off, -EINVAL, 0, HIGH },
	{ "kmap_irqs_off_lowmem", kmap_irqs_off, -EINVAL, 0 },
	{ "flush_irqs_off", flush_irqs_off, -EINVAL, NO_BLOCK },
	{ "kunmap_null", kunmap_null, -EFAULT, NO_BLOCK },
	{ "kunmap_foreign", kunmap_foreign, -EFAULT, NO_BLOCK },
	{ "kunmap_never_mapped", kunmap_never_mapped, -EALREADY, 0, HIGH },
	{ "kunmap_unbalanced", kunmap_unbalanced, -EALREADY, 0, HIGH },
	{ "kunmap_after_flush", kunmap_after_flush, -EALREADY, 0, HIGH },
	{ "high_get_foreign", high_get_foreign, -EFAULT, NO_BLOCK },
	{ "local_null", local_null, -EFAULT, NO_BLOCK },
	{ "local_foreign", local_foreign, -EFAULT, NO_BLOCK },
	{ "local_beyond_pool", local_beyond_pool, -EFAULT, NO_BLOCK },
	{ "atomic_foreign", atomic_foreign, -EFAULT, NO_BLOCK },
	{ "local_too_many", local_too_many, -ENOSPC, 0, HIGH },
	{ "local_wrong_order", local_wrong_order, -EINVAL, 0, HIGH },
	{ "local_twice", local_twice, -EINVAL, 0, HIGH },
	{ "local_null_address", local_null_address, -EINVAL, NO_BLOCK },
	{ "local_strange_address", local_strange_address, -EINVAL, 0, HIGH },
	{ "local_address_of_kmap", local_address_of_kmap, -EINVAL, 0, HIGH },
	{ "local_address_of_atomic", local_address_of_atomic, -EINVAL,
	  0, HIGH },
	{ "atomic_address_of_local", atomic_address_of_local, -EINVAL,
	  0, HIGH },
	{ "local_from_interrupt", local_from_interrupt, -EINVAL, 0, HIGH },
	{ "to_page_too_long", to_page_too_long, -ERANGE, 0, HIGH },
	{ "to_page_offset", to_page_offset, -ERANGE, 0 },
	{ "to_page_wraps", to_page_wraps, -ERANGE, 0, HIGH },
	{ "to_page_foreign", to_page_foreign, -EFAULT, NO_BLOCK },
	{ "from_page_too_long", from_page_too_long, -ERANGE, 0, HIGH },
	{ "from_page_foreign", from_page_foreign, -EFAULT, 0, HIGH },
	{ "memcpy_page_to_too_long", memcpy_page_to_too_long, -ERANGE, 0, HIGH },
	{ "memcpy_page_from_too_long", memcpy_page_from_too_long, -ERANGE,
	  0, HIGH },
	{ "memcpy_page_foreign", memcpy_page_foreign, -EFAULT, 0, HIGH },
	{ "memset_too_long", memset_too_long, -ERANGE, 0 },
	{ "zero_user_too_long", zero_user_too_long, -ERANGE, 0, HIGH },
	{ "copy_foreign", copy_foreign, -EFAULT, 0, HIGH },
	{ "copy_to_foreign", copy_to_foreign, -EFAULT, 0, HIGH },
	{ "clear_foreign", clear_foreign, -EFAULT, NO_BLOCK },
	{ "local_lowmem_is_direct", local_lowmem, -EXDEV, 0 },
	{ "local_lowmem_is_mapped", local_lowmem, -ENOENT, 0 },
	{ "kmap_to_page_foreign", kmap_to_page_foreign, -ENOENT, NO_BLOCK },
};

/**
 * exercise_bad_map() - do one thing with mappings that a caller must not do
 * @args: name: of it
 *
 * Context: process.
 * Return: as exercise_make_bad_call().
 */
int exercise_bad_map(const struct exercise_args *args)
{
	return exercise_make_bad_call(bad_maps, ARRAY_SIZE(bad_maps),
				      args->name);
}

/**
 * exercise_list_bad_maps() - print their names
 * @m: where to
 */
void exercise_list_bad_maps(struct seq_file *m)
{
	exercise_list_names(m, bad_maps, ARRAY_SIZE(bad_maps));
}
