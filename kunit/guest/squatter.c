// SPDX-License-Identifier: GPL-2.0-only
/*
 * annex_squatter.ko: a driver that holds a physical range. It is no user of
 * annex's, so it can be loaded first and be in its way.
 */
#include <linux/errno.h>
#include <linux/ioport.h>
#include <linux/module.h>

static unsigned long long start;
module_param(start, ullong, 0444);
MODULE_PARM_DESC(start, "first byte of the range");

static unsigned long long size;
module_param(size, ullong, 0444);
MODULE_PARM_DESC(size, "its bytes");

static int __init squatter_init(void)
{
	return request_mem_region(start, size, "squatter") ? 0 : -EBUSY;
}

static void __exit squatter_exit(void)
{
	release_mem_region(start, size);
}

module_init(squatter_init);
module_exit(squatter_exit);

MODULE_DESCRIPTION("Holds a physical range, for the tests of annex");
MODULE_AUTHOR("The annex developers");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
