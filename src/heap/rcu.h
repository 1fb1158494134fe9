/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HEAP_RCU_H
#define ANNEX_HEAP_RCU_H

#include <linux/rcupdate.h>

struct annex_heap;

int __annex_kvfree_rcu(struct annex_heap *heap, const void *addr,
		       struct rcu_head *head, rcu_callback_t done);
int annex_kvfree_mightsleep(struct annex_heap *heap, const void *addr);
void annex_rcu_done(struct annex_heap *heap, struct rcu_head *head);
void annex_rcu_wait(struct annex_heap *heap);

#endif /* ANNEX_HEAP_RCU_H */
