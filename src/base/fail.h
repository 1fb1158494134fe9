/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_BASE_FAIL_H
#define ANNEX_BASE_FAIL_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/fault-inject.h>
#include <linux/gfp.h>
#include <linux/jump_label.h>
#include <linux/types.h>

/**
 * enum annex_fail_point - requests that can be made to fail
 * @ANNEX_FAIL_MEMORY: memory of the host's: kmalloc() and its like, a page,
 *	the stack depot
 * @ANNEX_FAIL_PERCPU: the host's per-CPU memory
 * @ANNEX_FAIL_WINDOW: address space of the host's, vm_map_ram()
 * @ANNEX_FAIL_CLAIM: entries of /proc/iomem
 * @ANNEX_FAIL_THREAD: a kernel thread
 * @ANNEX_FAIL_NOTIFIER: notifiers of CPU hotplug, hibernation and modules
 * @ANNEX_FAIL_MEMBLOCK: early memory of the pool
 * @ANNEX_FAIL_PAGE: frames of the pool
 * @ANNEX_FAIL_OBJECT: objects of the heap
 * @ANNEX_FAIL_ADDRESS: addresses of the vmalloc window
 * @ANNEX_FAIL_TLB: invalidations of annex_kmap(), which are left out. For tests
 *	alone: neither debugfs nor fail= has this point, because pages then map
 *	the wrong frame
 * @ANNEX_NR_FAIL_POINTS: how many points there are
 */
enum annex_fail_point {
	ANNEX_FAIL_MEMORY,
	ANNEX_FAIL_PERCPU,
	ANNEX_FAIL_WINDOW,
	ANNEX_FAIL_CLAIM,
	ANNEX_FAIL_THREAD,
	ANNEX_FAIL_NOTIFIER,
	ANNEX_FAIL_MEMBLOCK,
	ANNEX_FAIL_PAGE,
	ANNEX_FAIL_OBJECT,
	ANNEX_FAIL_ADDRESS,
	ANNEX_FAIL_TLB,
	ANNEX_NR_FAIL_POINTS,
};

/* The points of requests, which come first. */
#define ANNEX_NR_FAIL_REQUESTS	ANNEX_FAIL_TLB

/**
 * struct annex_fail_attr - settings and counts of a point
 * @name: in debugfs and in fail=
 * @probability: how many of 100 calls may fail
 * @interval: which of those that may
 * @after: calls that pass first
 * @times: how many may still fail, -1 for any number
 * @might: calls that @probability has selected
 * @calls: all calls
 * @failed: calls that failed
 * @kernel: the kernel's own attributes
 */
struct annex_fail_attr {
	const char *name;
	u32 probability;
	u32 interval;
	u32 after;
	atomic_t times;
	atomic_t might;
	atomic_t calls;
	atomic_t failed;
#ifdef CONFIG_FAULT_INJECTION
	struct fault_attr kernel;
#endif
};

extern struct annex_fail_attr annex_fail_points[ANNEX_NR_FAIL_POINTS];

extern struct static_key_false annex_fail_key;

bool annex_fail_now(enum annex_fail_point point);

/**
 * annex_should_fail() - is a request to fail for a test?
 * @point: the kind of request
 *
 * It costs one instruction while no point is active.
 *
 * Context: any.
 * Return: true if the caller is to behave as if the request had failed.
 */
static __always_inline bool annex_should_fail(enum annex_fail_point point)
{
	return static_branch_unlikely(&annex_fail_key) &&
	       annex_fail_now(point);
}

/**
 * annex_should_fail_gfp() - the same, for a request that may be __GFP_NOFAIL
 * @point: the kind of request
 * @gfp: the request
 *
 * Context: any.
 * Return: as annex_should_fail(); false with __GFP_NOFAIL.
 */
static __always_inline bool annex_should_fail_gfp(enum annex_fail_point point,
						  gfp_t gfp)
{
	return static_branch_unlikely(&annex_fail_key) &&
	       !(gfp & __GFP_NOFAIL) && annex_fail_now(point);
}

int annex_fail_parse(const char *text, const char **what);
int annex_fail_arm(enum annex_fail_point point, unsigned int after,
		   int times);
void annex_fail_disarm(void);
unsigned int annex_fail_calls(enum annex_fail_point point);
unsigned int annex_fail_count(enum annex_fail_point point);
void annex_fail_set_probability(struct annex_fail_attr *p, u32 percent);
void annex_fail_switch(void);
void annex_fail_listen(bool on);

#endif /* ANNEX_BASE_FAIL_H */
