// SPDX-License-Identifier: GPL-2.0-only
/*
 * annex_squatter.ko: a driver that holds a physical range. It is no user of
 * annex's, so it can be loaded first and be in its way, or when annex has gone,
 * and look at what it left.
 */
#include <linux/errno.h>
#include <linux/ioport.h>
#include <linux/module.h>
#include <linux/uaccess.h>

static unsigned long long start;
module_param(start, ullong, 0444);
MODULE_PARM_DESC(start, "first byte of the range");

static unsigned long long size;
module_param(size, ullong, 0444);
MODULE_PARM_DESC(size, "its bytes");

static unsigned long addr;
module_param(addr, ulong, 0444);
MODULE_PARM_DESC(addr, "an address to look at");

static uint word;
module_param(word, uint, 0444);
MODULE_PARM_DESC(word, "what must be there");

static bool as_it_was(void)
{
	u32 found;

	return !copy_from_kernel_nofault(&found, (void *)addr, sizeof(found)) &&
	       found == word;
}

static int __init squatter_init(void)
{
	if (addr && !as_it_was())
		return -EIO;
	if (!size)
		return 0;
	return request_mem_region(start, size, "squatter") ? 0 : -EBUSY;
}

static void __exit squatter_exit(void)
{
	if (size)
		release_mem_region(start, size);
}

module_init(squatter_init);
module_exit(squatter_exit);

MODULE_DESCRIPTION("Holds a physical range, for the tests of annex");
MODULE_AUTHOR("The annex developers");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
