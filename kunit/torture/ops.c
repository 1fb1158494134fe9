// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kinds of operations, and which of them a turn is.
 *
 * A kind is a struct torture_op, in a file of its own or beside its like. What
 * a turn may be depends on where it is taken and on the weights, never on what
 * other turns did, so that a stream's sequence is that of its seed.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "torture.h"

/*
 * In the order in which they give back what they hold. kmap comes first: others
 * look at their frames by annex_kmap() then, and when nothing else runs, only
 * kmap's own clear() frees a slot.
 */
static struct torture_op *const ops[] = {
	&torture_kmap,
	&torture_pages,
	&torture_bulk,
	&torture_burst,
	&torture_exact,
	&torture_split,
	&torture_local,
	&torture_vmalloc,
	&torture_vmap,
	&torture_ioremap,
	&torture_heap,
	&torture_kv,
	&torture_caches,
	&torture_objects,
	&torture_text,
	&torture_rcu,
	&torture_lru,
	&torture_lists,
	&torture_folio,
	&torture_writeback,
	&torture_shared,
	&torture_lock,
	&torture_mm,
	&torture_isolate,
	&torture_shrinker,
	&torture_drain,
#ifdef CONFIG_BLOCK
	&torture_bio,
#endif
};

#define NR_OPS	ARRAY_SIZE(ops)

/* As asked for; 0 while a kind is not set up. */
static unsigned int wanted[NR_OPS];
static unsigned int weight[NR_OPS];
static unsigned int total[TORTURE_NR_CONTEXTS];

static int set_weight(char *word)
{
	char *value = strchr(word, '=');
	unsigned int i;

	if (!value)
		return -EINVAL;
	*value++ = '\0';
	for (i = 0; i < NR_OPS; i++)
		if (!strcmp(ops[i]->name, word))
			return kstrtouint(value, 0, &wanted[i]) ?:
			       wanted[i] > 1000 ? -ERANGE : 0;
	return -EINVAL;
}

/**
 * torture_ops_set_mix() - set weights
 * @mix: such as "pages=4,vmalloc=0", or NULL; kinds it does not name have
 *	their own. "all=0" before others leaves those alone.
 *
 * Return: 0; -EINVAL, -ERANGE or -ENOMEM.
 */
int torture_ops_set_mix(const char *mix)
{
	char *copy, *rest, *word;
	unsigned int i;
	int err = 0;

	for (i = 0; i < NR_OPS; i++)
		wanted[i] = ops[i]->weight;
	if (!mix || !*mix)
		return 0;
	copy = kstrdup(mix, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	rest = strim(copy);
	while (!err && (word = strsep(&rest, ",")) != NULL) {
		if (!strcmp(word, "all=0"))
			memset(wanted, 0, sizeof(wanted));
		else
			err = set_weight(word);
	}
	kfree(copy);
	return err;
}

/**
 * torture_ops_set_up() - make all kinds ready
 *
 * Context: process.
 * Return: 0, or an errno, with nothing set up.
 */
int torture_ops_set_up(void)
{
	unsigned int i, c;
	int err;

	memset(total, 0, sizeof(total));
	memset(weight, 0, sizeof(weight));
	for (i = 0; i < NR_OPS; i++) {
		memset(&ops[i]->count, 0, sizeof(ops[i]->count));
		if (!wanted[i])
			continue;
		err = ops[i]->set_up ? ops[i]->set_up() : 0;
		if (err == -ENODEV)
			continue;
		if (err) {
			torture_ops_clear();
			return err;
		}
		weight[i] = wanted[i];
		for (c = 0; c < TORTURE_NR_CONTEXTS; c++)
			if (ops[i]->contexts & BIT(c))
				total[c] += weight[i];
	}
	return total[TORTURE_THREAD] ? 0 : -EINVAL;
}

/**
 * torture_ops_clear() - give back what all kinds hold, when no turn is taken
 *
 * Context: process.
 */
void torture_ops_clear(void)
{
	struct torture_turn t = { .context = TORTURE_THREAD };
	unsigned int i;

	for (i = 0; i < NR_OPS; i++) {
		if (!weight[i])
			continue;
		torture_turn_init(&t, 0, i);
		t.op = ops[i];
		if (ops[i]->clear)
			ops[i]->clear(&t);
	}
}

/**
 * torture_ops_take_turn() - choose a kind and do it
 * @t: the turn, begun; its kind is set
 *
 * Context: the turn's.
 * Return: the number of its kind, -1 if there is none for it.
 */
int torture_ops_take_turn(struct torture_turn *t)
{
	u32 n = torture_random(t);
	unsigned int i;

	if (!total[t->context])
		return -1;
	n %= total[t->context];
	for (i = 0; i < NR_OPS; i++) {
		if (!(ops[i]->contexts & BIT(t->context)))
			continue;
		if (n < weight[i])
			break;
		n -= weight[i];
	}
	t->op = ops[i];
	ops[i]->run(t);
	if (!t->skipped)
		atomic_long_inc(&ops[i]->count.done);
	return i;
}

/**
 * torture_ops_show() - how many turns of each kind did something
 * @text: where to print it
 * @size: how long that is
 *
 * Return: how many of all kinds.
 */
unsigned long torture_ops_show(char *text, size_t size)
{
	unsigned long all = 0, denied = 0, loud = 0;
	unsigned int i;
	size_t n = 0;

	for (i = 0; i < NR_OPS; i++) {
		unsigned long done = atomic_long_read(&ops[i]->count.done);

		all += done;
		denied += atomic_long_read(&ops[i]->count.denied);
		loud += atomic_long_read(&ops[i]->count.loud);
		n += scnprintf(text + n, size - n, "%s=%lu ", ops[i]->name,
			       done);
	}
	scnprintf(text + n, size - n, "denied=%lu loud=%lu", denied, loud);
	return all;
}
