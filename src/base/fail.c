// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fault injection: wherever annex allocates memory or addresses, or requests
 * something of the host, it first asks here whether it is to fail.
 *
 * Each kind of request is a point, with these files in debugfs, fail/POINT/:
 *
 *	probability	how many of 100 calls fail; 0, the default: none
 *	interval	of those calls, only each such one fails
 *	times		at most so many fail; -1: any number
 *	after		so many calls pass first
 *	calls		calls since the probability was last set
 *	failed		how many of them failed
 *
 * The first three are those of the kernel's fault injection. With
 * CONFIG_FAULT_INJECTION each point is one of the kernel's as well, in
 * fail/POINT/kernel/, with all of its options. The kernel does not notify annex
 * when these change, so all points are active while the options are in debugfs.
 *
 * For requests that are made before debugfs exists, fail=POINT:N makes the Nth
 * call fail when annex is loaded.
 *
 * The points belong to the module and not to a pool, since a pool that fails to
 * load has none.
 *
 * Locking: settings are read without a lock. Atomic counters decide which calls
 * fail, so that exactly as many fail as were asked for. A mutex protects the
 * key.
 */
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/string.h>

#include "base/fail.h"
#include "base/for_kunit.h"
#include "host/compat_export.h"

#ifdef CONFIG_FAULT_INJECTION
#define KERNEL_ATTR	.kernel = FAULT_ATTR_INITIALIZER,
#else
#define KERNEL_ATTR
#endif

#define POINT(id, text)							\
	[ANNEX_FAIL_##id] = {						\
		.name = text, .interval = 1, .times = ATOMIC_INIT(1),	\
		KERNEL_ATTR						\
	}

struct annex_fail_attr annex_fail_points[ANNEX_NR_FAIL_POINTS] = {
	POINT(MEMORY, "memory"),
	POINT(PERCPU, "percpu"),
	POINT(WINDOW, "window"),
	POINT(CLAIM, "claim"),
	POINT(THREAD, "thread"),
	POINT(NOTIFIER, "notifier"),
	POINT(MEMBLOCK, "memblock"),
	POINT(PAGE, "page"),
	POINT(OBJECT, "object"),
	POINT(ADDRESS, "address"),
	POINT(TLB, "tlb"),
};
EXPORT_SYMBOL_FOR_TESTS(annex_fail_points);

/* Is any point active? */
DEFINE_STATIC_KEY_FALSE(annex_fail_key);
EXPORT_DATA_FOR_KUNIT(annex_fail_key);
static DEFINE_MUTEX(key_mutex);
static bool key_is_on, listening;

#ifdef CONFIG_FAULT_INJECTION
static bool kernel_wants(const struct annex_fail_attr *p)
{
	return p->kernel.probability;
}

static bool kernel_says(struct annex_fail_attr *p)
{
	return should_fail(&p->kernel, 1);
}
#else
static bool kernel_wants(const struct annex_fail_attr *p)
{
	return false;
}

static bool kernel_says(struct annex_fail_attr *p)
{
	return false;
}
#endif

static bool is_wanted(void)
{
	unsigned int i;

	for (i = 0; i < ANNEX_NR_FAIL_POINTS; i++)
		if (annex_fail_points[i].probability ||
		    kernel_wants(&annex_fail_points[i]))
			return true;
	return listening;
}

/**
 * annex_fail_switch() - activate the points if one of them can fail
 *
 * Context: process, may sleep.
 */
void annex_fail_switch(void)
{
	bool on;

	mutex_lock(&key_mutex);
	on = is_wanted();
	if (on && !key_is_on)
		static_branch_enable(&annex_fail_key);
	if (!on && key_is_on)
		static_branch_disable(&annex_fail_key);
	key_is_on = on;
	mutex_unlock(&key_mutex);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_fail_switch);

/**
 * annex_fail_listen() - the kernel's own attributes can be changed, or not
 * @on: whether they are in debugfs
 *
 * Context: process, may sleep.
 */
void annex_fail_listen(bool on)
{
	listening = on && IS_ENABLED(CONFIG_FAULT_INJECTION_DEBUG_FS);
	annex_fail_switch();
}
EXPORT_SYMBOL_FOR_KUNIT(annex_fail_listen);

/* Consume one of the failures that are left, if there is one. */
static bool take_time(struct annex_fail_attr *p)
{
	int left = atomic_read(&p->times);

	do {
		if (!left)
			return false;
	} while (left > 0 && !atomic_try_cmpxchg(&p->times, &left, left - 1));
	return true;
}

static bool is_due(struct annex_fail_attr *p)
{
	u32 probability = READ_ONCE(p->probability);
	u32 nr = atomic_inc_return(&p->calls);

	if (!probability || nr <= READ_ONCE(p->after))
		return false;
	if (probability < 100 && get_random_u32_below(100) >= probability)
		return false;
	if (atomic_inc_return(&p->might) % max(READ_ONCE(p->interval), 1U))
		return false;
	return take_time(p);
}

/**
 * annex_fail_now() - does this call of a point fail?
 * @point: the point
 *
 * Context: any.
 * Return: true if it does.
 */
bool annex_fail_now(enum annex_fail_point point)
{
	struct annex_fail_attr *p = &annex_fail_points[point];
	/* A thread's fail-nth counts requests only: the others fail silently. */
	bool request = point < ANNEX_NR_FAIL_REQUESTS;

	if (!is_due(p) && !(request && kernel_says(p)))
		return false;
	atomic_inc(&p->failed);
	return true;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_fail_now);

/**
 * annex_fail_set_probability() - set how many of 100 calls of a point fail
 * @p: the point; its counts restart unless @percent is 0
 * @percent: how many
 *
 * Context: process, may sleep.
 */
void annex_fail_set_probability(struct annex_fail_attr *p, u32 percent)
{
	/* Keep the counts of a point that is turned off: they can be read. */
	if (percent) {
		atomic_set(&p->calls, 0);
		atomic_set(&p->might, 0);
		atomic_set(&p->failed, 0);
	}
	WRITE_ONCE(p->probability, percent);
	annex_fail_switch();
}
EXPORT_SYMBOL_FOR_KUNIT(annex_fail_set_probability);

/**
 * annex_fail_arm() - make a point fail
 * @point: the point
 * @after: how many calls pass first
 * @times: how many calls then fail; -1: all; 0: none, calls are only counted
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL if there is no such point.
 */
int annex_fail_arm(enum annex_fail_point point, unsigned int after, int times)
{
	struct annex_fail_attr *p;

	if ((unsigned int)point >= ANNEX_NR_FAIL_POINTS)
		return -EINVAL;
	p = &annex_fail_points[point];
	p->interval = 1;
	p->after = after;
	atomic_set(&p->times, times);
	annex_fail_set_probability(p, 100);
	return 0;
}
EXPORT_SYMBOL_FOR_TESTS(annex_fail_arm);

/**
 * annex_fail_disarm() - turn off all points
 *
 * The counts stay.
 *
 * Context: process, may sleep.
 */
void annex_fail_disarm(void)
{
	unsigned int i;

	for (i = 0; i < ANNEX_NR_FAIL_POINTS; i++)
		WRITE_ONCE(annex_fail_points[i].probability, 0);
	annex_fail_switch();
}
EXPORT_SYMBOL_FOR_TESTS(annex_fail_disarm);

/**
 * annex_fail_calls() - calls of a point since it was armed
 * @point: the point
 */
unsigned int annex_fail_calls(enum annex_fail_point point)
{
	return atomic_read(&annex_fail_points[point].calls);
}
EXPORT_SYMBOL_FOR_TESTS(annex_fail_calls);

/**
 * annex_fail_count() - how many of these calls failed
 * @point: the point
 */
unsigned int annex_fail_count(enum annex_fail_point point)
{
	return atomic_read(&annex_fail_points[point].failed);
}
EXPORT_SYMBOL_FOR_TESTS(annex_fail_count);

/* The request whose name the text starts with, up to a colon. */
static unsigned int find_point(const char *text, size_t length)
{
	unsigned int i = 0;

	while (i < ANNEX_NR_FAIL_REQUESTS &&
	       (strlen(annex_fail_points[i].name) != length ||
		strncmp(annex_fail_points[i].name, text, length)))
		i++;
	return i;
}

static int parse_one(const char **text, u32 *seen, const char **what)
{
	size_t length = strcspn(*text, ":,");
	unsigned int point = find_point(*text, length), nth;
	int used = 0;

	*what = "names no point; debugfs fail/ has their names";
	if (point == ANNEX_NR_FAIL_REQUESTS)
		return -EINVAL;
	*what = "names a point twice, which has one setting";
	if (*seen & BIT(point))
		return -EINVAL;
	*seen |= BIT(point);
	*what = "wants POINT:N, the Nth call from 1 on, such as memory:3";
	*text += length;
	if (sscanf(*text, ":%u%n", &nth, &used) != 1 || !nth)
		return -EINVAL;
	*text += used;
	return annex_fail_arm(point, nth - 1, 1);
}

/**
 * annex_fail_parse() - arm points as fail= says
 * @text: a list of POINT:N, separated by commas: the Nth call of POINT fails;
 *	or NULL
 * @what: set to what is wrong with it
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL, with all points turned off.
 */
int annex_fail_parse(const char *text, const char **what)
{
	u32 seen = 0;
	int err = 0;

	if (!text || !*text)
		return 0;
	do {
		err = parse_one(&text, &seen, what);
	} while (!err && *text++ == ',');
	if (!err && !text[-1])
		return 0;
	annex_fail_disarm();
	return -EINVAL;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_fail_parse);
