/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_STRAYS_H
#define ANNEX_HOST_STRAYS_H

struct annex_host;

#ifdef CONFIG_KPROBES

void annex_strays_watch(const struct annex_host *host);
void annex_strays_ignore(void);

#else

static inline void annex_strays_watch(const struct annex_host *host)
{
}

static inline void annex_strays_ignore(void)
{
}

#endif

#endif /* ANNEX_HOST_STRAYS_H */
