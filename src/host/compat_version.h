/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_COMPAT_VERSION_H
#define ANNEX_HOST_COMPAT_VERSION_H

/*
 * Only compat headers test the kernel's version. The sources use the newest
 * name of a function; for an older kernel, a compat header defines that name.
 */
#include <linux/version.h>

#define ANNEX_KERNEL_BEFORE(major, minor)				\
	(LINUX_VERSION_CODE < KERNEL_VERSION(major, minor, 0))

#endif /* ANNEX_HOST_COMPAT_VERSION_H */
