/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_TESTRANGE_H
#define ANNEX_KUNIT_TESTRANGE_H

/*
 * What scripts/kunit boots with: memmap=1G$4G, of which annex.claim=512M$4G
 * gives annex the first half. The suites have the other.
 */
#define TEST_RANGE_START	0x120000000ULL
#define TEST_RANGE_END		0x140000000ULL

#endif /* ANNEX_KUNIT_TESTRANGE_H */
