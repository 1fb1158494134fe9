/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_EXERCISE_BAD_CALLS_H
#define ANNEX_KUNIT_EXERCISE_BAD_CALLS_H

#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/irqflags.h>
#include <linux/types.h>

struct annex_page;
struct seq_file;

#define NO_BLOCK	(-1)

/**
 * struct bad_call - one thing that a caller must not do
 * @name: what it is called by
 * @call: does it, and returns what annex said; given the block
 * @err: what annex should say
 * @order: order of the block that it is given, or %NO_BLOCK
 * @gfp: for that block, besides GFP_KERNEL
 */
struct bad_call {
	const char *name;
	int (*call)(struct annex_page *page);
	int err;
	int order;
	gfp_t gfp;
};

/* Those of vmalloc, which bad_calls.c has among its own. */
extern const struct bad_call exercise_bad_vm[];
extern const unsigned int exercise_nr_bad_vm;

/* And those of where and with what a call is made. */
extern const struct bad_call exercise_bad_context[];
extern const unsigned int exercise_nr_bad_context;

/* What a call returns with interrupts off; -EPROTO if it turns them on. */
#define with_irqs_off(call, arg)					\
	({								\
		unsigned long _flags;					\
		int _err;						\
									\
		local_irq_save(_flags);					\
		_err = call(arg);					\
		if (!irqs_disabled())					\
			_err = -EPROTO;					\
		local_irq_restore(_flags);				\
		_err;							\
	})

int exercise_make_bad_call(const struct bad_call *calls, unsigned int nr,
			   const char *name);
void exercise_list_names(struct seq_file *m, const struct bad_call *calls,
			 unsigned int nr);

#endif /* ANNEX_KUNIT_EXERCISE_BAD_CALLS_H */
