// SPDX-License-Identifier: GPL-2.0-only
/*
 * The functions that copy, fill and clear parts of frames, against a model:
 * the same is done to ordinary memory, and after each of them the frames that
 * it was given have to have what the model has, all of it.
 *
 * Half of the frames are high. Half of the calls come with interrupts off.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/string.h>

#include <annex/highmem.h>

#include "api/tests.h"
#include "exercise.h"

#define FRAMES		8

struct helper_test {
	struct rnd_state rnd;
	struct annex_page *page[FRAMES];
	u8 model[FRAMES][PAGE_SIZE];
	u8 buf[PAGE_SIZE];
	u8 byte;
	unsigned int to;
	unsigned int from;
	size_t to_offset;
	size_t from_offset;
	size_t len;
};

static int copy_highpage_op(struct helper_test *t)
{
	memcpy(t->model[t->to], t->model[t->from], PAGE_SIZE);
	return annex_copy_highpage(t->page[t->to], t->page[t->from]);
}

static int clear_highpage_op(struct helper_test *t)
{
	memset(t->model[t->to], 0, PAGE_SIZE);
	return annex_clear_highpage(t->page[t->to]);
}

static int memcpy_page_op(struct helper_test *t)
{
	memcpy(t->model[t->to] + t->to_offset,
	       t->model[t->from] + t->from_offset, t->len);
	return annex_memcpy_page(t->page[t->to], t->to_offset,
				 t->page[t->from], t->from_offset, t->len);
}

static int memcpy_to_page_op(struct helper_test *t)
{
	prandom_bytes_state(&t->rnd, t->buf, t->len);
	memcpy(t->model[t->to] + t->to_offset, t->buf, t->len);
	return annex_memcpy_to_page(t->page[t->to], t->to_offset, t->buf,
				    t->len);
}

static int memcpy_from_page_op(struct helper_test *t)
{
	int err;

	memset(t->buf, ~t->model[t->from][t->from_offset % PAGE_SIZE],
	       sizeof(t->buf));
	err = annex_memcpy_from_page(t->buf, t->page[t->from], t->from_offset,
				     t->len);
	if (!err && memcmp(t->buf, t->model[t->from] + t->from_offset, t->len))
		err = -EBADMSG;
	return err;
}

static int memset_page_op(struct helper_test *t)
{
	memset(t->model[t->to] + t->to_offset, t->byte, t->len);
	return annex_memset_page(t->page[t->to], t->to_offset, t->byte, t->len);
}

static int zero_user_op(struct helper_test *t)
{
	memset(t->model[t->to] + t->to_offset, 0, t->len);
	return annex_zero_user(t->page[t->to], t->to_offset, t->len);
}

static const struct op {
	const char *name;
	int (*run)(struct helper_test *t);
} ops[] = {
	{ "copy_highpage", copy_highpage_op },
	{ "clear_highpage", clear_highpage_op },
	{ "memcpy_page", memcpy_page_op },
	{ "memcpy_to_page", memcpy_to_page_op },
	{ "memcpy_from_page", memcpy_from_page_op },
	{ "memset_page", memset_page_op },
	{ "zero_user", zero_user_op },
};

/* Two frames, and as much of each; one range in eight ends with its frame. */
static void choose(struct helper_test *t)
{
	u32 r = prandom_u32_state(&t->rnd);
	size_t most;

	t->to = r % FRAMES;
	t->from = (t->to + 1 + r / FRAMES % (FRAMES - 1)) % FRAMES;
	t->to_offset = prandom_u32_state(&t->rnd) % (PAGE_SIZE + 1);
	t->from_offset = prandom_u32_state(&t->rnd) % (PAGE_SIZE + 1);
	most = PAGE_SIZE - max(t->to_offset, t->from_offset);
	t->len = r >> 29 ? prandom_u32_state(&t->rnd) % (most + 1) : most;
	t->byte = r >> 16;
}

static int compare(struct helper_test *t, unsigned int i)
{
	int err = annex_peek(t->page[i], 0, t->buf, PAGE_SIZE);

	if (!err && memcmp(t->buf, t->model[i], PAGE_SIZE))
		err = -EBADMSG;
	return err;
}

static int do_one(struct helper_test *t)
{
	const struct op *op = &ops[prandom_u32_state(&t->rnd) % ARRAY_SIZE(ops)];
	unsigned long flags;
	int err;

	choose(t);
	if (t->byte & 1) {
		local_irq_save(flags);
		err = op->run(t);
		local_irq_restore(flags);
	} else {
		err = op->run(t);
	}
	if (!err)
		err = compare(t, t->to) ?: compare(t, t->from);
	if (err)
		exercise_say("%s of frame %u at %zu, frame %u at %zu, %zu bytes: %d\n",
			     op->name, t->to, t->to_offset, t->from,
			     t->from_offset, t->len, err);
	return err;
}

static int take_frames(struct helper_test *t)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < FRAMES && !err; i++) {
		prandom_bytes_state(&t->rnd, t->model[i], PAGE_SIZE);
		err = annex_alloc_block(i % 2 ? GFP_HIGHUSER : GFP_KERNEL, 0,
					&t->page[i]);
		if (!err && exercise_is_lowmem(t->page[i]) == i % 2)
			err = -ENOMEM;
		if (!err)
			err = annex_poke(t->page[i], 0, t->model[i], PAGE_SIZE);
	}
	return err;
}

static int run(struct helper_test *t, u32 nr)
{
	unsigned int i;
	int err = take_frames(t);
	u32 op;

	for (op = 0; op < nr && !err; op++) {
		err = do_one(t);
		cond_resched();
	}
	for (i = 0; i < FRAMES; i++) {
		if (!t->page[i])
			continue;
		err = err ?: compare(t, i);
		annex_free_page(t->page[i]);
	}
	return err;
}

/**
 * exercise_helpers() - copy, fill and clear parts of frames
 * @args: ops; seed
 *
 * Context: process.
 * Return: 0; -EBADMSG if a frame has not what it should have; -ENOMEM; or what
 * annex refused something with.
 */
int exercise_helpers(const struct exercise_args *args)
{
	struct helper_test *t = kvzalloc(sizeof(*t), GFP_KERNEL);
	u32 seed = exercise_seed(args);
	int err;

	if (!t)
		return -ENOMEM;
	exercise_say("helpers ops=%u seed=%u\n", args->ops, seed);
	prandom_seed_state(&t->rnd, seed);
	err = run(t, args->ops);
	kvfree(t);
	return err;
}
