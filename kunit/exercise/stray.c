// SPDX-License-Identifier: GPL-2.0-only
/*
 * A write to a frame that was freed: the mistake that poison=1 is for.
 */
#include <linux/errno.h>
#include <linux/preempt.h>

#include "api/tests.h"
#include "exercise.h"

/* Flip bits of a byte of the frame, whatever its state. */
static int flip(struct annex_page *page, const struct exercise_args *args)
{
	u8 byte;
	int err = annex_peek(page, args->offset, &byte, sizeof(byte));

	byte ^= args->bits;
	return err ?: annex_poke(page, args->offset, &byte, sizeof(byte));
}

static int write_after_free(struct annex_page *page,
			    const struct exercise_args *args)
{
	int err = annex_free_pages(page, args->order);

	return err ?: flip(page + (1U << args->order) - 1, args);
}

/**
 * exercise_stray() - free a block, write to its last frame, take it again
 * @args: order, gfp, offset, bits
 *
 * What a CPU was given back last it hands out first: that block comes again,
 * if this thread stays where it is.
 *
 * Context: process.
 * Return: 0; -EAGAIN if another block came; or what annex said.
 */
int exercise_stray(const struct exercise_args *args)
{
	gfp_t gfp = exercise_kinds[args->gfp].gfp;
	struct annex_page *page, *again;
	int err;

	migrate_disable();
	err = annex_alloc_block(gfp, args->order, &page);
	if (!err)
		err = write_after_free(page, args);
	if (!err)
		err = annex_alloc_block(gfp, args->order, &again);
	migrate_enable();
	if (err)
		return err;
	exercise_say("frame %#x\n", annex_page_to_pfn(page) +
				    (1U << args->order) - 1);
	return annex_free_pages(again, args->order) ?:
	       again == page ? 0 : -EAGAIN;
}
