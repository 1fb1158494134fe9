// SPDX-License-Identifier: GPL-2.0-only
/*
 * Linked into make coverage's UML kernel, which is a program of the host: has the
 * counts written when it ends. The destructors by which gcc would have done so are
 * in a section that the kernel's linker script has no place for.
 */
#include <gcov.h>

__attribute__((destructor)) static void dump(void)
{
	__gcov_dump();
}
