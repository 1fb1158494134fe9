/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_COMPAT_TRACE_H
#define ANNEX_HOST_COMPAT_TRACE_H

#include "host/compat_version.h"

/*
 * In TP_fast_assign(): copy a string. @from is what __string() was given, which
 * kernels before 6.10 want a second time.
 */
#if ANNEX_KERNEL_BEFORE(6, 10)
#define annex_assign_str(field, from)	__assign_str(field, from)
#else
#define annex_assign_str(field, from)	__assign_str(field)
#endif

#endif /* ANNEX_HOST_COMPAT_TRACE_H */
