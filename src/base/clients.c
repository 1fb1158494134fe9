// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters of clients: lines that other modules add to vmstat.
 *
 * A client has per-CPU counters of its own and counts by one instruction. annex
 * has only the list of clients, and sums when vmstat is read. A sum is no
 * snapshot, as in counters.c.
 *
 * A name is unique in vmstat, and cannot spoil its grammar: lower-case letters,
 * digits and _.
 *
 * Locking: the list's mutex, held while vmstat prints the lines. A client that
 * has been removed is not read any more.
 *
 * Failing: a client whose lines are malformed, or whose names are taken, is
 * refused as a whole.
 */
#include <linux/cpumask.h>
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/string.h>

#include <annex/client_counters.h>

#include "base/clients.h"
#include "base/counters.h"
#include "base/for_kunit.h"

/* Long enough for all of Linux's; the bound is for strings without an end. */
#define NAME_MAX_LEN	48

static bool is_name(const char *name)
{
	unsigned int i;

	if (!name || !*name)
		return false;
	for (i = 0; name[i]; i++)
		if (i == NAME_MAX_LEN || !isascii(name[i]) ||
		    !(islower(name[i]) || isdigit(name[i]) || name[i] == '_'))
			return false;
	return true;
}

static bool is_well_formed(const struct annex_client_counters *c)
{
	unsigned int i;

	if (!c->names || !c->counts || !c->nr ||
	    c->nr > ANNEX_CLIENT_COUNTERS_MAX)
		return false;
	for (i = 0; i < c->nr; i++)
		if (!is_name(c->names[i]))
			return false;
	return true;
}

/* Is a name among the first @nr of a client? */
static bool has_name(const struct annex_client_counters *c, unsigned int nr,
		     const char *name)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (!strcmp(c->names[i], name))
			return true;
	return false;
}

static bool is_own(const char *name)
{
	unsigned int i;

	for (i = 0; i < ANNEX_NR_COUNTERS; i++)
		if (!strcmp(annex_counter_name(i), name))
			return true;
	return false;
}

static bool is_taken_locked(const struct annex_clients *clients,
			    const char *name)
{
	const struct annex_client_counters *c;

	lockdep_assert_held(&clients->lock);
	list_for_each_entry(c, &clients->list, list)
		if (has_name(c, c->nr, name))
			return true;
	return is_own(name);
}

static bool clashes_locked(const struct annex_clients *clients,
			   const struct annex_client_counters *c)
{
	unsigned int i;

	for (i = 0; i < c->nr; i++)
		if (has_name(c, i, c->names[i]) ||
		    is_taken_locked(clients, c->names[i]))
			return true;
	return false;
}

/**
 * annex_clients_init() - make a list of no clients
 * @clients: the list
 */
void annex_clients_init(struct annex_clients *clients)
{
	mutex_init(&clients->lock);
	INIT_LIST_HEAD(&clients->list);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_clients_init);

/**
 * annex_clients_add() - annex_register_counters() in a pool
 * @clients: those of the pool
 * @counters: the new client
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL or -EEXIST as annex_register_counters(), without a line.
 */
int annex_clients_add(struct annex_clients *clients,
		      struct annex_client_counters *counters)
{
	int err = -EEXIST;

	if (!is_well_formed(counters))
		return -EINVAL;
	mutex_lock(&clients->lock);
	if (!clashes_locked(clients, counters)) {
		list_add_tail(&counters->list, &clients->list);
		err = 0;
	}
	mutex_unlock(&clients->lock);
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_clients_add);

/**
 * annex_clients_del() - annex_unregister_counters() in a pool
 * @clients: those of the pool
 * @counters: the client
 *
 * Context: process, may sleep.
 * Return: 0; -ENOENT if it is not registered.
 */
int annex_clients_del(struct annex_clients *clients,
		      struct annex_client_counters *counters)
{
	struct annex_client_counters *c;
	int err = -ENOENT;

	mutex_lock(&clients->lock);
	list_for_each_entry(c, &clients->list, list)
		if (c == counters) {
			list_del_init(&c->list);
			err = 0;
			break;
		}
	mutex_unlock(&clients->lock);
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_clients_del);

/**
 * annex_clients_revoke() - remove the clients that a module leaves behind
 * @clients: those of the pool
 * @goes: tests whether an address belongs to the module
 * @mod: passed to @goes
 *
 * Context: process, may sleep.
 * Return: the number of clients that were removed.
 */
unsigned int annex_clients_revoke(struct annex_clients *clients,
				  annex_goes_fn goes, const void *mod)
{
	struct annex_client_counters *c, *next;
	unsigned int nr = 0;

	mutex_lock(&clients->lock);
	list_for_each_entry_safe(c, next, &clients->list, list)
		if (goes(c, mod) || goes(c->names, mod)) {
			list_del_init(&c->list);
			nr++;
		}
	mutex_unlock(&clients->lock);
	return nr;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_clients_revoke);

static unsigned long sum_of(const struct annex_client_counters *c,
			    unsigned int i)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(c->counts + i, cpu));
	return sum;
}

/**
 * annex_clients_show() - print the lines of all clients
 * @clients: those of a pool
 * @m: where to
 *
 * Context: process, may sleep.
 */
void annex_clients_show(struct annex_clients *clients, struct seq_file *m)
{
	const struct annex_client_counters *c;
	unsigned int i;

	mutex_lock(&clients->lock);
	list_for_each_entry(c, &clients->list, list)
		for (i = 0; i < c->nr; i++)
			seq_printf(m, "%s %lu\n", c->names[i], sum_of(c, i));
	mutex_unlock(&clients->lock);
}
