/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_STAT_VALIDATE_H
#define ANNEX_STAT_VALIDATE_H

#include <linux/printk.h>

struct annex;

/**
 * typedef annex_violation_fn - takes one line about what does not hold
 * @arg: as given to annex_validate()
 * @vaf: the line, for %pV, without a newline
 *
 * Called with interrupts off and the lock of a zone, its lists, the slots or the
 * heap held.
 */
typedef void (*annex_violation_fn)(void *arg, struct va_format *vaf);

unsigned long annex_validate(struct annex *annex, annex_violation_fn report,
			     void *arg);
void annex_validate_folios(struct annex *annex, annex_violation_fn report,
			   void *arg);

void annex_validate_pkmap(struct annex *annex, annex_violation_fn report,
			  void *arg);
void annex_validate_kmap_local(struct annex *annex, annex_violation_fn report,
			       void *arg);
void annex_validate_lru(struct annex *annex, annex_violation_fn report,
			void *arg);

void annex_validate_slabs(struct annex *annex, annex_violation_fn report,
			  void *arg);

#endif /* ANNEX_STAT_VALIDATE_H */
