/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_MODULE_USERS_H
#define ANNEX_MODULE_USERS_H

#if defined(MODULE) && defined(CONFIG_MODULE_UNLOAD)
int annex_users_init(void);
void annex_users_exit(void);
#else
static inline int annex_users_init(void)
{
	return 0;
}

static inline void annex_users_exit(void)
{
}
#endif

#endif /* ANNEX_MODULE_USERS_H */
