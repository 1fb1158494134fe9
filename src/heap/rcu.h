/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HEAP_RCU_H
#define ANNEX_HEAP_RCU_H

#include <linux/rcupdate.h>

struct annex;

int annex_pool_kvfree_rcu(struct annex *annex, const void *addr,
			  struct rcu_head *head, rcu_callback_t done);
int annex_pool_kvfree_mightsleep(struct annex *annex, const void *addr);
void annex_rcu_done(struct annex *annex, struct rcu_head *head);
void annex_rcu_wait(struct annex *annex);

#endif /* ANNEX_HEAP_RCU_H */
