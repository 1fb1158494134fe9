/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_TYPES_H
#define ANNEX_TYPES_H

#include <linux/types.h>

/**
 * typedef annex_pfn_t - number of a frame inside a pool, counted from 0
 *
 * The host's number of the same frame is the pool's first host pfn plus this
 * one. 24 bits are used: a pool has at most 63 GB, that is 16,515,072 frames.
 */
typedef u32 annex_pfn_t;

/* Bits of an annex pfn as the descriptors store it. */
#define ANNEX_PFN_BITS		24
#define ANNEX_PFN_MASK		((1U << ANNEX_PFN_BITS) - 1)

/* No frame: the largest number of 24 bits, which no pool of 63 GB reaches. */
#define ANNEX_PFN_NIL		ANNEX_PFN_MASK

/* Orders run 0..10, as in the kernel: the largest block has 4 MB. */
#define ANNEX_MAX_ORDER		11
#define ANNEX_MAX_ORDER_PAGES	(1U << (ANNEX_MAX_ORDER - 1))

/* Bounds of a pool in bytes. */
#define ANNEX_POOL_MIN		(4ULL << 20)
#define ANNEX_POOL_MAX		(63ULL << 30)

#endif /* ANNEX_TYPES_H */
