// SPDX-License-Identifier: GPL-2.0-only
/*
 * Strays: addresses of annex that are given to a function of the host.
 *
 * A driver that is ported to annex and keeps one kfree() hands the host an
 * address which has no struct page. The host computes one all the same, and
 * drops a reference of whoever has that page. It checks nothing, and annex
 * does not hear of it. So with slab_debug=1, and on a kernel that is to be told
 * of addresses without pages (CONFIG_DEBUG_VIRTUAL), a probe stands at the
 * beginning of each function of the host that takes an address back or looks
 * behind it for a page. An address in a window of annex is reported with the
 * caller, and where the function can be left out, it is: nothing was done, 0 is
 * returned.
 *
 * What is inlined into its caller has no beginning: virt_to_page(), __pa(),
 * sg_set_buf().
 *
 * Locking: none; the windows stand before the probes and go after them.
 * Failing: a function that the host does not have, or does not let anybody
 * probe, is not watched; the line of the log says how many are.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/printk.h>
#include <linux/ptrace.h>
#include <linux/ratelimit.h>

#include "host/host.h"
#include "host/strays.h"

/* Whoever does it does it in a loop. */
static DEFINE_RATELIMIT_STATE(stray_limit, 5 * HZ, 20);

static const struct annex_host *watched;

static int look(struct kprobe *probe, struct pt_regs *regs);

/* One that changes where the processor goes on has to have a second part. */
static void go_on(struct kprobe *probe, struct pt_regs *regs,
		  unsigned long flags)
{
}

/**
 * struct stray - a function of the host that is watched
 * @probe: at its beginning
 * @instead: what annex has for it
 * @arg: which of its arguments is the address, from 0
 * @harmless: it may run, and is only reported
 */
struct stray {
	struct kprobe probe;
	const char *instead;
	unsigned int arg;
	bool harmless;
};

#define STRAY(name, which, annex, goes_on)				\
	{								\
		.probe = { .symbol_name = name, .pre_handler = look,	\
			   .post_handler = go_on },			\
		.arg = which, .instead = annex, .harmless = goes_on,	\
	}

static struct stray strays[] = {
	STRAY("kfree", 0, "annex_kfree()", false),
	STRAY("kfree_sensitive", 0, "annex_kfree()", false),
	STRAY("kvfree", 0, "annex_kvfree()", false),
	STRAY("krealloc", 0, "annex_krealloc()", false),
	STRAY("ksize", 0, "annex_ksize()", false),
	STRAY("kmem_cache_free", 1, "annex_kmem_cache_free()", false),
	STRAY("free_pages", 0, "annex_free_pages()", false),
	STRAY("vfree", 0, "annex_vfree()", false),
	STRAY("vunmap", 0, "annex_vunmap()", false),
	STRAY("iounmap", 0, "annex_iounmap()", false),
	STRAY("sg_init_one", 1, "a copy in the host's memory", true),
};

static const struct annex_window *window_of(unsigned long addr)
{
	const struct annex_window *wins[ANNEX_HOST_WINDOWS];
	unsigned int i;

	annex_host_windows(watched, wins);
	for (i = 0; i < ANNEX_HOST_WINDOWS; i++)
		if (addr - (unsigned long)wins[i]->addr <
		    wins[i]->nr_pages << PAGE_SHIFT)
			return wins[i];
	return NULL;
}

static notrace noinline void do_nothing(void)
{
	barrier();
}

/* The function itself is left out if the processor goes on elsewhere. */
static int look(struct kprobe *probe, struct pt_regs *regs)
{
	const struct stray *s = container_of(probe, struct stray, probe);
	unsigned long addr = regs_get_kernel_argument(regs, s->arg);
	const struct annex_window *win;

	if (likely(addr < annex_window_floor()))
		return 0;
	win = window_of(addr);
	if (likely(!win))
		return 0;
	if (__ratelimit(&stray_limit))
		pr_err("%s() of the host was given %#lx of annex's window %s by %pS: %s; use %s\n",
		       probe->symbol_name, addr, win->name,
		       *(void **)kernel_stack_pointer(regs),
		       s->harmless ? "it goes on" : "nothing was done",
		       s->instead);
	if (s->harmless)
		return 0;
	regs->ax = 0;
	regs->ip = (unsigned long)do_nothing;
	return 1;
}

NOKPROBE_SYMBOL(look);

/**
 * annex_strays_watch() - report what strays from now on
 * @host: with all its windows
 *
 * Context: process, may sleep.
 */
void annex_strays_watch(const struct annex_host *host)
{
	unsigned int i, nr = 0;

	watched = host;
	for (i = 0; i < ARRAY_SIZE(strays); i++)
		nr += !register_kprobe(&strays[i].probe);
	pr_info("%u of %zu functions of the host refuse addresses of annex\n",
		nr, ARRAY_SIZE(strays));
}

/**
 * annex_strays_ignore() - undo annex_strays_watch()
 *
 * It may be called when that was not.
 *
 * Context: process, may sleep.
 */
void annex_strays_ignore(void)
{
	unsigned int i;

	if (!watched)
		return;
	for (i = 0; i < ARRAY_SIZE(strays); i++)
		unregister_kprobe(&strays[i].probe);
	watched = NULL;
}
