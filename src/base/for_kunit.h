/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_BASE_FOR_KUNIT_H
#define ANNEX_BASE_FOR_KUNIT_H

#include "host/compat_export.h"

/*
 * EXPORT_SYMBOL_FOR_KUNIT() follows a function that annex_kunit.ko calls
 * although it is not public. The namespace is ANNEX_INTERNAL. A kernel without
 * KUnit gets no export.
 */
#if IS_ENABLED(CONFIG_KUNIT)
#define EXPORT_SYMBOL_FOR_KUNIT(symbol)	EXPORT_SYMBOL_FOR_TESTS(symbol)
#else
#define EXPORT_SYMBOL_FOR_KUNIT(symbol)
#endif

/* What a DEFINE_ macro has defined. */
#define EXPORT_DATA_FOR_KUNIT(symbol)	EXPORT_SYMBOL_FOR_KUNIT(symbol)

#endif /* ANNEX_BASE_FOR_KUNIT_H */
