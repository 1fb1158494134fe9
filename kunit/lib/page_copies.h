/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_LIB_PAGE_COPIES_H
#define ANNEX_KUNIT_LIB_PAGE_COPIES_H

struct annex;
struct kunit;

void annex_test_page_copies(struct kunit *test, struct annex *annex);

#endif /* ANNEX_KUNIT_LIB_PAGE_COPIES_H */
