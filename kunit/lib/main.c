// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module with the suites. Each suite registers itself; as a module, they run
 * when it is loaded. Those that need a 32-bit PAE kernel use the second half of
 * the range that memmap= kept from it; annex itself has the first.
 */
#include <linux/module.h>

#include "host/compat_export.h"

MODULE_DESCRIPTION("KUnit tests of annex");
MODULE_AUTHOR("The annex developers");
MODULE_LICENSE("GPL");
IMPORT_SYMBOLS_FOR_TESTS();
