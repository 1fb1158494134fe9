/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_POOL_H
#define ANNEX_POOL_H

struct annex;

/* The pool of the loaded module, for api.c alone; main.c has it. */
extern struct annex annex_pool;

#endif /* ANNEX_POOL_H */
