/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_CLIENT_COUNTERS_H
#define ANNEX_CLIENT_COUNTERS_H

#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/types.h>

/* The most lines of one client. vmstat has some 200 of annex's own. */
#define ANNEX_CLIENT_COUNTERS_MAX	64U

/**
 * struct annex_client_counters - lines that a module adds to vmstat
 * @names: the names of the lines, of lower-case letters, digits and _
 * @nr: how many there are, at most %ANNEX_CLIENT_COUNTERS_MAX
 * @counts: on each CPU, a counter for each name
 * @list: annex's: link in the list of all clients
 *
 * The client counts where an event happens, without a lock::
 *
 *	static const char * const names[] = { "foo_read", "foo_write" };
 *	static DEFINE_PER_CPU(unsigned long [2], counts);
 *	static struct annex_client_counters counters = {
 *		.names = names, .nr = 2, .counts = counts,
 *	};
 *
 *	this_cpu_add(counts[0], nr);
 *
 * A line shows the sum over all CPUs, which wraps at 2^32. Names and counters
 * stay as long as the lines are registered. If a module is unloaded without
 * unregistering its lines, annex removes them and logs it.
 */
struct annex_client_counters {
	const char * const *names;
	unsigned int nr;
	unsigned long __percpu *counts;

	struct list_head list;
};

int annex_register_counters(struct annex_client_counters *counters);
void annex_unregister_counters(struct annex_client_counters *counters);

#endif /* ANNEX_CLIENT_COUNTERS_H */
