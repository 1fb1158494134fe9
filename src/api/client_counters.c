// SPDX-License-Identifier: GPL-2.0-only
/*
 * The public functions for counters of clients. They act on the pool that the
 * module was loaded with. As in page_alloc.c, invalid arguments are refused and
 * reported, and none is fatal.
 */
#include <linux/errno.h>
#include <linux/export.h>

#include <annex/client_counters.h>

#include "api/tests.h"
#include "page/report.h"
#include "pool/pool.h"

static int refuse(int err, const char *call, const char *why)
{
	return annex_refuse_call(&annex_pool.frames, ANNEX_BAD_FLAG, err, call,
				 why);
}

static int check_counters(const struct annex_client_counters *counters,
			  const char *call)
{
	if (annex_refused_atomic(&annex_pool.frames, ANNEX_BAD_FLAG, call))
		return -EINVAL;
	if (!counters)
		return refuse(-EFAULT, call, "NULL has no counters");
	if (!annex_pool.frames.nr_pages)
		return refuse(-ENODEV, call, "there is no pool");
	return 0;
}

/**
 * annex_register_counters() - add lines to vmstat
 * @counters: the lines; valid until they are unregistered
 *
 * Context: process, may sleep.
 * Return: 0. With a line in the log and nothing changed: -EINVAL if there are
 * no names or no counters, more than %ANNEX_CLIENT_COUNTERS_MAX, a name is not
 * of lower-case letters, digits and _, or in atomic context; -EEXIST if vmstat
 * has a line of such a name, or two names are the same; -EFAULT for NULL;
 * -ENODEV if there is no pool.
 */
int annex_register_counters(struct annex_client_counters *counters)
{
	int err = check_counters(counters, "register_counters");

	if (err)
		return err;
	err = annex_clients_add(&annex_pool.clients, counters);
	if (err == -EINVAL)
		return refuse(err, "register_counters",
			      "it needs 1 to 64 names of lower-case letters, digits and _, and their counters");
	if (err)
		return refuse(err, "register_counters",
			      "vmstat has a line of such a name, or two names are the same");
	return 0;
}
EXPORT_SYMBOL_GPL(annex_register_counters);

/**
 * annex_unregister_counters() - remove lines from vmstat
 * @counters: the lines; nobody reads the counters after the return
 *
 * NULL, counters that are not registered, and a call in atomic context are
 * refused with a line in the log.
 *
 * Context: process, may sleep.
 */
void annex_unregister_counters(struct annex_client_counters *counters)
{
	if (check_counters(counters, "unregister_counters"))
		return;
	if (annex_clients_del(&annex_pool.clients, counters))
		refuse(-ENOENT, "unregister_counters", "they are not registered");
}
EXPORT_SYMBOL_GPL(annex_unregister_counters);
