/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_PM_H
#define ANNEX_HOST_PM_H

struct notifier_block;

int annex_pm_init(struct notifier_block *nb);
void annex_pm_exit(struct notifier_block *nb);

#endif /* ANNEX_HOST_PM_H */
