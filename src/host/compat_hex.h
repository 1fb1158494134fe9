/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_COMPAT_HEX_H
#define ANNEX_HOST_COMPAT_HEX_H

/* hex_to_bin(): later kernels have it in linux/hex.h. */
#include <linux/kernel.h>

#endif /* ANNEX_HOST_COMPAT_HEX_H */
