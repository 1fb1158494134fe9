/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_BASE_GOES_H
#define ANNEX_BASE_GOES_H

#include <linux/types.h>

/* Does an address belong to what @arg names, such as a module? */
typedef bool (*annex_goes_fn)(const void *address, const void *arg);

#endif /* ANNEX_BASE_GOES_H */
