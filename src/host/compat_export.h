/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_COMPAT_EXPORT_H
#define ANNEX_HOST_COMPAT_EXPORT_H

#include <linux/export.h>

#include "host/compat_version.h"

/*
 * EXPORT_SYMBOL_FOR_TESTS() exports to annex's test modules, which say
 * IMPORT_SYMBOLS_FOR_TESTS(). Since 6.13 a namespace is a string.
 */
#if ANNEX_KERNEL_BEFORE(6, 13)
#define EXPORT_SYMBOL_FOR_TESTS(symbol)					\
	EXPORT_SYMBOL_NS_GPL(symbol, ANNEX_INTERNAL)
#define IMPORT_SYMBOLS_FOR_TESTS()	MODULE_IMPORT_NS(ANNEX_INTERNAL)
#else
#define EXPORT_SYMBOL_FOR_TESTS(symbol)					\
	EXPORT_SYMBOL_NS_GPL(symbol, "ANNEX_INTERNAL")
#define IMPORT_SYMBOLS_FOR_TESTS()	MODULE_IMPORT_NS("ANNEX_INTERNAL")
#endif

#endif /* ANNEX_HOST_COMPAT_EXPORT_H */
