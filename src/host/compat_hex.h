/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_COMPAT_HEX_H
#define ANNEX_HOST_COMPAT_HEX_H

/*
 * hex_to_bin(): 7.2 declares it in linux/hex.h alone. That header is in 6.12,
 * and not in 6.1.
 */
#include "host/compat_version.h"

#if ANNEX_KERNEL_BEFORE(6, 12)
#include <linux/kernel.h>
#else
#include <linux/hex.h>
#endif

#endif /* ANNEX_HOST_COMPAT_HEX_H */
