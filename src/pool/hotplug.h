/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_POOL_HOTPLUG_H
#define ANNEX_POOL_HOTPLUG_H

struct annex;

int annex_hotplug_setup(void);
void annex_hotplug_teardown(void);
int annex_hotplug_watch(struct annex *annex);
void annex_hotplug_unwatch(struct annex *annex);

#endif /* ANNEX_POOL_HOTPLUG_H */
