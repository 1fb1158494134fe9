// SPDX-License-Identifier: GPL-2.0-only
/*
 * Strays: addresses of annex that are passed to a function of the host.
 *
 * A driver that is ported to annex and keeps one kfree() passes to the host an
 * address without a struct page. The host computes one all the same and drops a
 * reference of that page's owner. It checks nothing, and annex does not notice.
 * So with slab_debug=1, and on a kernel with CONFIG_DEBUG_VIRTUAL, a kprobe
 * stands at the entry of those functions in strays[], which free by address or
 * look up the page of an address. An address in a window of annex is reported
 * with the caller. Where the function can be skipped it is, and 0 is returned.
 *
 * Inlined functions have no entry to probe: virt_to_page(), __pa(),
 * sg_set_buf(). kmem_cache_free_bulk() takes an array, whose addresses a probe
 * does not see.
 *
 * Locking: none; the windows are opened before the probes are set and closed
 * after they are removed.
 * Failing: a function that the host lacks, or that cannot be probed, is not
 * watched; a line of the log says how many are.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/printk.h>
#include <linux/ptrace.h>
#include <linux/ratelimit.h>

#include "host/compat_mm.h"
#include "host/host.h"
#include "host/strays.h"

/* A driver with such a bug usually runs into it in a loop. */
static DEFINE_RATELIMIT_STATE(stray_limit, 5 * HZ, 20);

static const struct annex_host *watched;

static int look(struct kprobe *probe, struct pt_regs *regs);

/* A kprobe that changes regs->ip must have a post_handler. */
static void go_on(struct kprobe *probe, struct pt_regs *regs,
		  unsigned long flags)
{
}

/**
 * struct stray - a function of the host that is watched
 * @probe: at its entry; without a name if this version has no such function
 * @instead: the function of annex to use instead
 * @arg: which of its arguments is the address, from 0
 * @harmless: only report it, and let it run
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
	STRAY(ANNEX_KVFREE_ATOMIC_SYMBOL, 0, "annex_kvfree()", false),
	STRAY(ANNEX_KREALLOC_SYMBOL, 0, "annex_krealloc()", false),
	STRAY("ksize", 0, "annex_ksize()", false),
	STRAY("kmem_cache_free", 1, "annex_kmem_cache_free()", false),
	STRAY("free_pages", 0, "annex_free_pages_addr()", false),
	STRAY("vfree", 0, "annex_vfree()", false),
	STRAY("vfree_atomic", 0, "annex_vfree()", false),
	STRAY("vunmap", 0, "annex_vunmap()", false),
	STRAY("iounmap", 0, "annex_iounmap()", false),
	STRAY("vmalloc_to_page", 0, "annex_vmalloc_to_page()", false),
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

/* Report a stray. To skip the function, continue in do_nothing(). */
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
		pr_err("%s() of the host was given annex's window %s+%#lx by %pS: %s; use %s\n",
		       probe->symbol_name, win->name,
		       addr - (unsigned long)win->addr,
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
 * annex_strays_watch() - start to report strays
 * @host: with all its windows
 *
 * Context: process, may sleep.
 */
void annex_strays_watch(const struct annex_host *host)
{
	unsigned int i, nr = 0, all = 0;

	watched = host;
	for (i = 0; i < ARRAY_SIZE(strays); i++) {
		if (!strays[i].probe.symbol_name)
			continue;
		all++;
		nr += !register_kprobe(&strays[i].probe);
	}
	pr_info("%u of %u functions of the host refuse addresses of annex\n",
		nr, all);
}

/**
 * annex_strays_ignore() - undo annex_strays_watch()
 *
 * It may be called without annex_strays_watch() before.
 *
 * Context: process, may sleep.
 */
void annex_strays_ignore(void)
{
	unsigned int i;

	if (!watched)
		return;
	for (i = 0; i < ARRAY_SIZE(strays); i++)
		if (strays[i].probe.symbol_name)
			unregister_kprobe(&strays[i].probe);
	watched = NULL;
}
