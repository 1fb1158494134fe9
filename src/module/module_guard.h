/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_MODULE_MODULE_GUARD_H
#define ANNEX_MODULE_MODULE_GUARD_H

#if defined(MODULE) && defined(CONFIG_MODULE_UNLOAD)
int annex_module_guard_init(void);
void annex_module_guard_exit(void);
#else
static inline int annex_module_guard_init(void)
{
	return 0;
}

static inline void annex_module_guard_exit(void)
{
}
#endif

#endif /* ANNEX_MODULE_MODULE_GUARD_H */
