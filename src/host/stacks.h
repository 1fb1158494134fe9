/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_STACKS_H
#define ANNEX_HOST_STACKS_H

#include <linux/stackdepot.h>

int annex_stacks_init(void);
depot_stack_handle_t annex_stack_save(unsigned int skip, gfp_t gfp);
unsigned int annex_stack_fetch(depot_stack_handle_t handle,
			       unsigned long **entries);

#endif /* ANNEX_HOST_STACKS_H */
