/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_COMPAT_TRACE_H
#define ANNEX_HOST_COMPAT_TRACE_H

/*
 * In TP_fast_assign(): copy a string. @from is what __string() was given, which
 * this kernel wants a second time and later ones do not.
 */
#define annex_assign_str(field, from)	__assign_str(field, from)

#endif /* ANNEX_HOST_COMPAT_TRACE_H */
