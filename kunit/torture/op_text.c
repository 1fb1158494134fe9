// SPDX-License-Identifier: GPL-2.0-only
/*
 * text: copies of memory and of strings, and formatted strings. All copy a part of one
 * array of letters: the start and the length of the part say what a copy holds.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <annex/slab.h>

#include "torture.h"

#define TEXTS		128

/* More than the largest object of a slab, so that some copies are blocks. */
#define LETTERS		SZ_16K

enum make {
	KMEMDUP,
	KMEMDUP_NUL,
	KSTRDUP,
	KSTRNDUP,
	KASPRINTF,
	NR_MAKES
};

struct text {
	unsigned long busy;
	char *copy;
	u32 at;
	u32 len;
	u32 key;
	enum make how;
};

static struct text texts[TEXTS];
static char letters[LETTERS + 1];

static const char *const name[NR_MAKES] = {
	"kmemdup", "kmemdup_nul", "kstrdup", "kstrndup", "kasprintf",
};

/* What precedes the letters of a formatted string. */
#define HEAD_SIZE	24

static u32 print_head(const struct text *x, char *head)
{
	return snprintf(head, HEAD_SIZE, "%u:%#x:", x->len, x->key);
}

static char *make_copy(const struct text *x, gfp_t gfp)
{
	const char *from = letters + x->at;

	switch (x->how) {
	case KMEMDUP:
		return annex_kmemdup(from, x->len, gfp);
	case KMEMDUP_NUL:
		return annex_kmemdup_nul(from, x->len, gfp);
	case KSTRDUP:
		return annex_kstrdup(from, gfp);
	case KSTRNDUP:
		return annex_kstrndup(from, x->len, gfp);
	default:
		return annex_kasprintf(gfp, "%u:%#x:%.*s", x->len, x->key,
				       x->len, from);
	}
}

/* Check the letters, and the 0 behind them in strings. */
static void check(struct torture_turn *t, const struct text *x)
{
	u32 size = x->len + (x->how != KMEMDUP);
	const char *copy = x->copy;
	char head[HEAD_SIZE] = "";
	u32 before = 0;

	if (x->how == KASPRINTF)
		before = print_head(x, head);
	if (memcmp(copy, head, before) ||
	    memcmp(copy + before, letters + x->at, x->len) ||
	    (x->how != KMEMDUP && copy[before + x->len]))
		torture_corrupt(t, "a text of %u by %s is not as it was made",
				x->len, name[x->how]);
	else if (annex_ksize(copy) < before + size)
		torture_corrupt(t, "ksize of a text of %u by %s is less",
				x->len, name[x->how]);
}

/* Mostly short. The part that annex_kstrdup() copies ends with the letters. */
static void choose(struct torture_turn *t, struct text *x)
{
	u32 most = torture_one_in(t, 16) ? LETTERS : 200;

	x->how = torture_below(t, NR_MAKES);
	x->len = 1 + torture_below(t, most);
	x->at = LETTERS - x->len;
	if (x->how != KSTRDUP)
		x->at = torture_below(t, x->at + 1);
	x->key = torture_key(t);
}

static void take(struct torture_turn *t, struct text *x)
{
	choose(t, x);
	x->copy = make_copy(x, torture_heap_gfp(t));
	if (x->copy)
		check(t, x);
	else
		torture_denied(t);
}

static void give(struct torture_turn *t, struct text *x)
{
	check(t, x);
	torture_refused(t, "kfree", annex_kfree(x->copy));
	x->copy = NULL;
}

static void run(struct torture_turn *t)
{
	struct text *x = &texts[torture_below(t, TEXTS)];
	bool looks = torture_one_in(t, 4);

	if (!torture_claim(t, &x->busy))
		return;
	if (!x->copy)
		take(t, x);
	else if (looks)
		check(t, x);
	else
		give(t, x);
	torture_unclaim(&x->busy);
}

static void clear(struct torture_turn *t)
{
	torture_give_all(t, texts, copy, give);
}

/* The letters do not repeat with a period that divides the size of an object. */
static int set_up(void)
{
	unsigned int i;

	for (i = 0; i < LETTERS; i++)
		letters[i] = '!' + (i + i / 89) % 89;
	return 0;
}

struct torture_op torture_text = {
	.name = "text",
	.weight = 4,
	.contexts = TORTURE_ANYWHERE,
	.set_up = set_up,
	.run = run,
	.clear = clear,
};
