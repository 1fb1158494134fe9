/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_LIB_TESTRANGE_H
#define ANNEX_KUNIT_LIB_TESTRANGE_H

/*
 * What scripts/test/kunit boots with: memmap=1G$4G, of which
 * annex.claim=512M$4G gives annex the first half. The suites have the other, up
 * to the end of RAM. memmap=4M$1G keeps 4 MB with RAM on both sides. Of 4 MB at
 * 6 GB, memmap=2M$6G keeps the first half, and memmap=2M#6146M calls the other
 * ACPI's.
 */
#define TEST_RANGE_START	0x120000000ULL
#define TEST_RANGE_END		0x140000000ULL
#define TEST_RANGE_SMALL	0x40000000ULL
#define TEST_RANGE_HALF		0x180000000ULL

#endif /* ANNEX_KUNIT_LIB_TESTRANGE_H */
