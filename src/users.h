/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_USERS_H
#define ANNEX_USERS_H

int annex_users_init(void);
void annex_users_exit(void);

#endif /* ANNEX_USERS_H */
