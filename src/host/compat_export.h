/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_COMPAT_EXPORT_H
#define ANNEX_HOST_COMPAT_EXPORT_H

#include <linux/export.h>

/*
 * An export for annex's test modules, on every kernel. How a namespace is
 * written depends on the kernel's version.
 */
#define EXPORT_SYMBOL_FOR_TESTS(symbol)	EXPORT_SYMBOL_NS_GPL(symbol, ANNEX_INTERNAL)

/* In a test module: use these exports. */
#define IMPORT_SYMBOLS_FOR_TESTS()	MODULE_IMPORT_NS(ANNEX_INTERNAL)

#endif /* ANNEX_HOST_COMPAT_EXPORT_H */
