/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_POOL_MAPS_H
#define ANNEX_POOL_MAPS_H

struct annex;
struct annex_params;
struct annex_reason;

unsigned long annex_maps_pages(const struct annex *annex);
int annex_maps_open(struct annex *annex, const struct annex_params *params,
		    struct annex_reason *why);
void annex_maps_close(struct annex *annex);
int annex_maps_init(struct annex *annex, const struct annex_params *params,
		    struct annex_reason *why);
void annex_maps_exit(struct annex *annex);
int annex_maps_init_vmalloc(struct annex *annex,
			    const struct annex_params *params,
			    struct annex_reason *why);
void annex_maps_exit_vmalloc(struct annex *annex);
void annex_maps_exit_mms(struct annex *annex);
void annex_maps_leave_mms(struct annex *annex);
void annex_maps_leave_vmalloc(struct annex *annex);
void annex_maps_leave(struct annex *annex);

#endif /* ANNEX_POOL_MAPS_H */
