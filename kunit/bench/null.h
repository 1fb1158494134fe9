/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_BENCH_NULL_H
#define ANNEX_KUNIT_BENCH_NULL_H

int annex_null_create(void);
void annex_null_destroy(void);

#endif /* ANNEX_KUNIT_BENCH_NULL_H */
