/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_POOL_WINDOWS_H
#define ANNEX_POOL_WINDOWS_H

struct annex;
struct annex_params;
struct annex_reason;

unsigned long annex_windows_pages(const struct annex *annex);
int annex_windows_open(struct annex *annex, const struct annex_params *params,
		       struct annex_reason *why);
void annex_windows_close(struct annex *annex);
int annex_windows_init(struct annex *annex, const struct annex_params *params,
		       struct annex_reason *why);
void annex_windows_exit(struct annex *annex);
int annex_windows_init_vmalloc(struct annex *annex,
			       const struct annex_params *params,
			       struct annex_reason *why);
void annex_windows_exit_vmalloc(struct annex *annex);
void annex_windows_exit_mms(struct annex *annex);
void annex_windows_abandon_mms(struct annex *annex);
void annex_windows_abandon_vmalloc(struct annex *annex);
void annex_windows_abandon(struct annex *annex);

#endif /* ANNEX_POOL_WINDOWS_H */
