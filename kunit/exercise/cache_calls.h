/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_EXERCISE_CACHE_CALLS_H
#define ANNEX_KUNIT_EXERCISE_CACHE_CALLS_H

struct pagecache_calls;

extern const struct pagecache_calls pagecache_annex_calls;

#endif /* ANNEX_KUNIT_EXERCISE_CACHE_CALLS_H */
