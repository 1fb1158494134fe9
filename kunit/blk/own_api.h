/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_BLK_OWN_API_H
#define ANNEX_KUNIT_BLK_OWN_API_H

/*
 * The public functions of the two headers, under names of the suites: a PAE kernel
 * has annex's own, which act on its pool. See own_api.c.
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
extern typeof(annex_frame_table_discard) annex_testblk_table_discard;
extern typeof(annex_frame_table_grow) annex_testblk_table_grow;
extern typeof(annex_frame_table_read_by) annex_testblk_table_read_by;
extern typeof(annex_frame_table_write_by) annex_testblk_table_write_by;
extern typeof(annex_frame_table_next_data) annex_testblk_table_next_data;
extern typeof(annex_frame_table_provide) annex_testblk_table_provide;
extern typeof(annex_frame_table_frames) annex_testblk_table_frames;
extern typeof(annex_frame_table_set_budget) annex_testblk_table_set_budget;
extern typeof(annex_frame_tables_flush) annex_testblk_tables_flush;
extern typeof(annex_frame_tables_capacity) annex_testblk_tables_capacity;
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
#define annex_frame_table_discard		annex_testblk_table_discard
#define annex_frame_table_grow			annex_testblk_table_grow
#define annex_frame_table_read_by		annex_testblk_table_read_by
#define annex_frame_table_write_by		annex_testblk_table_write_by
#define annex_frame_table_next_data		annex_testblk_table_next_data
#define annex_frame_table_provide		annex_testblk_table_provide
#define annex_frame_table_frames		annex_testblk_table_frames
#define annex_frame_table_set_budget		annex_testblk_table_set_budget
#define annex_frame_tables_flush		annex_testblk_tables_flush
#define annex_frame_tables_capacity		annex_testblk_tables_capacity
#define annex_register_counters			annex_testblk_register
#define annex_unregister_counters		annex_testblk_unregister

/* Of this name there is a struct, too. */
#define annex_frame_table_usage(t, usage)	annex_testblk_table_usage(t, usage)

#endif /* ANNEX_KUNIT_BLK_OWN_API_H */
