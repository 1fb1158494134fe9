/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_BASE_CLIENTS_H
#define ANNEX_BASE_CLIENTS_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/types.h>

#include "base/goes.h"

struct annex_client_counters;

/**
 * struct annex_clients - the clients whose counters vmstat shows
 * @lock: protects @list, and keeps the clients in it from going
 * @list: the clients, in the order in which they came
 */
struct annex_clients {
	struct mutex lock; /* see above */
	struct list_head list;
};

void annex_clients_init(struct annex_clients *clients);
int annex_clients_add(struct annex_clients *clients,
		      struct annex_client_counters *counters);
int annex_clients_del(struct annex_clients *clients,
		      struct annex_client_counters *counters);
unsigned int annex_clients_revoke(struct annex_clients *clients,
				  annex_goes_fn goes, const void *mod);
void annex_clients_show(struct annex_clients *clients, struct seq_file *m);

#endif /* ANNEX_BASE_CLIENTS_H */
