/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_SPACE_H
#define ANNEX_HOST_SPACE_H

void annex_space_prepare(void);
void annex_space_tidy(void);

#endif /* ANNEX_HOST_SPACE_H */
