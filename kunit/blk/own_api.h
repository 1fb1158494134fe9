/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_BLK_OWN_API_H
#define ANNEX_KUNIT_BLK_OWN_API_H

/*
 * The public functions that annex_blk calls, under names of the suites: a PAE
 * kernel has annex's own, which act on its pool. See own_api.c.
 */
#include <annex/client_counters.h>
#include <annex/frame_table.h>

extern typeof(annex_frame_table_create) annex_testblk_table_create;
extern typeof(annex_frame_table_destroy) annex_testblk_table_destroy;
extern typeof(annex_frame_table_read) annex_testblk_table_read;
extern typeof(annex_frame_table_write) annex_testblk_table_write;
extern typeof(annex_frame_table_read_page) annex_testblk_table_read_page;
extern typeof(annex_frame_table_write_page) annex_testblk_table_write_page;
extern typeof(annex_frame_table_zero) annex_testblk_table_zero;
extern typeof(annex_frame_table_hold) annex_testblk_table_hold;
extern typeof(annex_frame_table_punch) annex_testblk_table_punch;
extern typeof(annex_frame_table_next) annex_testblk_table_next;
extern typeof(annex_frame_table_set_limit) annex_testblk_table_set_limit;
extern typeof(annex_frame_table_reset_most) annex_testblk_table_reset_most;
extern typeof(annex_frame_table_usage) annex_testblk_table_usage;
extern typeof(annex_register_counters) annex_testblk_register;
extern typeof(annex_unregister_counters) annex_testblk_unregister;

#define annex_frame_table_create		annex_testblk_table_create
#define annex_frame_table_destroy		annex_testblk_table_destroy
#define annex_frame_table_read			annex_testblk_table_read
#define annex_frame_table_write			annex_testblk_table_write
#define annex_frame_table_read_page		annex_testblk_table_read_page
#define annex_frame_table_write_page		annex_testblk_table_write_page
#define annex_frame_table_zero			annex_testblk_table_zero
#define annex_frame_table_hold			annex_testblk_table_hold
#define annex_frame_table_punch			annex_testblk_table_punch
#define annex_frame_table_next			annex_testblk_table_next
#define annex_frame_table_set_limit		annex_testblk_table_set_limit
#define annex_frame_table_reset_most		annex_testblk_table_reset_most
#define annex_register_counters			annex_testblk_register
#define annex_unregister_counters		annex_testblk_unregister

/* Of this name there is a struct, too. */
#define annex_frame_table_usage(t, usage)	annex_testblk_table_usage(t, usage)

#endif /* ANNEX_KUNIT_BLK_OWN_API_H */
