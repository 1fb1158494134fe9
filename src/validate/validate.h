/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_VALIDATE_VALIDATE_H
#define ANNEX_VALIDATE_VALIDATE_H

#include <linux/printk.h>

struct annex;
struct annex_vmap_space;

/**
 * typedef annex_violation_fn - takes one line about a violation
 * @arg: as given to annex_validate()
 * @vaf: the line, for %pV, without a newline
 *
 * It is called with the lock held that protects what is checked: of a zone, its
 * lists, the slots, the heap or a window's areas; with interrupts off if the
 * lock is taken so.
 */
typedef void (*annex_violation_fn)(void *arg, struct va_format *vaf);

/**
 * struct annex_violations - where violations are reported
 * @report: called with each line; NULL: only count
 * @arg: for @report
 * @found: the number of violations
 */
struct annex_violations {
	annex_violation_fn report;
	void *arg;
	unsigned long found;
};

__printf(2, 3)
void annex_violation(struct annex_violations *to, const char *fmt, ...);

unsigned long annex_validate(struct annex *annex, annex_violation_fn report,
			     void *arg);
void annex_validate_folios(struct annex *annex, annex_violation_fn report,
			   void *arg);

void annex_validate_pkmap(struct annex *annex, annex_violation_fn report,
			  void *arg);
void annex_validate_kmap_local(struct annex *annex, annex_violation_fn report,
			       void *arg);
void annex_validate_pgtable(struct annex *annex, annex_violation_fn report,
			    void *arg);
void annex_validate_mms(struct annex *annex, annex_violation_fn report,
			void *arg);
void annex_validate_store(struct annex *annex, annex_violation_fn report,
			  void *arg);
void annex_validate_vm(struct annex *annex, annex_violation_fn report,
		       void *arg);
void annex_validate_lru(struct annex *annex, annex_violation_fn report,
			void *arg);
unsigned long annex_vmap_area_check_locked(const struct annex_vmap_space *space,
					   annex_violation_fn report,
					   void *arg);

void annex_validate_slabs(struct annex *annex, annex_violation_fn report,
			  void *arg);

#endif /* ANNEX_VALIDATE_VALIDATE_H */
