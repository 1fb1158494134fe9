/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_EXERCISE_EXERCISE_H
#define ANNEX_KUNIT_EXERCISE_EXERCISE_H

#include <linux/gfp.h>
#include <linux/types.h>
#include <annex/page_alloc.h>

struct seq_file;

/**
 * struct exercise_args - what a command line asked for
 * @ops: operations
 * @seed: of everything random, 0 for one by the clock
 * @threads: kernel threads, each on a CPU of its own as far as they go
 * @order: order of blocks
 * @blocks: how many of them
 * @every: each such block
 * @pages: frames of the pool, pages of a cache's store, or the machine's frame
 * @offset: byte of a frame
 * @bits: of that byte
 * @gfp: index into the kinds of requests
 * @held: mappings that a thread has at once
 * @keep_tlb: 1 to let annex forget to invalidate TLBs
 * @name: of a bad call, or of a way to do something
 */
struct exercise_args {
	u32 ops;
	u32 seed;
	u32 threads;
	u32 order;
	u32 blocks;
	u32 every;
	u32 pages;
	u32 offset;
	u32 bits;
	u32 gfp;
	u32 held;
	u32 keep_tlb;
	char name[40];
};

/* A kind of request, and where the frames that serve it may lie. */
struct exercise_kind {
	const char *name;
	gfp_t gfp;
	bool dma;
	bool lowmem;
};

#define EXERCISE_NR_KINDS	5
extern const struct exercise_kind exercise_kinds[EXERCISE_NR_KINDS];

__printf(1, 2) void exercise_say(const char *fmt, ...);
u32 exercise_seed(const struct exercise_args *args);

int exercise_random(const struct exercise_args *args);
int exercise_last_megabyte(const struct exercise_args *args);
int exercise_hold(const struct exercise_args *args);
int exercise_resched(const struct exercise_args *args);
int exercise_dry(const struct exercise_args *args);
int exercise_drop(const struct exercise_args *args);
int exercise_faults(const struct exercise_args *args);
int exercise_stray(const struct exercise_args *args);
int exercise_cache(const struct exercise_args *args);
int exercise_areas(const struct exercise_args *args);
int exercise_vmalloc(const struct exercise_args *args);
int exercise_ioremap(const struct exercise_args *args);
int exercise_fragment(const struct exercise_args *args);
int exercise_heap(const struct exercise_args *args);
int exercise_host_frees(const struct exercise_args *args);
int exercise_strays(const struct exercise_args *args);
int exercise_hwpoison(const struct exercise_args *args);
int exercise_kvmalloc(const struct exercise_args *args);
int exercise_objects(const struct exercise_args *args);
int exercise_rcu(const struct exercise_args *args);
int exercise_bad_heap(const struct exercise_args *args);
int exercise_bad_call(const struct exercise_args *args);
int exercise_kmap_remap(const struct exercise_args *args);
int exercise_kmap_hold(const struct exercise_args *args);
int exercise_kmap_flush(const struct exercise_args *args);
int exercise_kmap_keep(const struct exercise_args *args);
int exercise_kmap_drop(const struct exercise_args *args);
int exercise_kmap_local(const struct exercise_args *args);
int exercise_kmap_watch(const struct exercise_args *args);
int exercise_kmap_local_lose(const struct exercise_args *args);
int exercise_kmap_pairs(const struct exercise_args *args);
int exercise_helpers(const struct exercise_args *args);
int exercise_sweep(const struct exercise_args *args);
int exercise_bad_map(const struct exercise_args *args);
int exercise_mmu(const struct exercise_args *args);
int exercise_mm_misuse(const struct exercise_args *args);
int exercise_mm_keep(const struct exercise_args *args);

int exercise_hold_one(gfp_t gfp, unsigned int order, struct annex_page **page);
void exercise_drop_all(void);
int exercise_drop_areas(void);
void exercise_drop_objects(void);
int exercise_drop_rcu(void);
void exercise_drop_mm(void);
void exercise_list_bad_heap(struct seq_file *m);
void exercise_list_bad_calls(struct seq_file *m);
void exercise_list_bad_maps(struct seq_file *m);

int exercise_run_threads(unsigned int nr, unsigned int bound,
			 int (*work)(void *data), void *data, size_t size);

bool exercise_is_lowmem(struct annex_page *page);
struct annex_page **exercise_take_frames(unsigned int nr, u32 key);
int exercise_free_frames(struct annex_page **pages, unsigned int nr);
int exercise_drop_frames(struct annex_page **pages, unsigned int nr, u32 key);

void exercise_stamp(struct annex_page *page, unsigned int order, u32 key);
int exercise_check_stamp(struct annex_page *page, unsigned int order, u32 key);
int exercise_check_zero(struct annex_page *page, unsigned int order);
void exercise_stamp_at(void *addr, annex_pfn_t pfn, u32 key);
bool exercise_has_stamp(void *addr, annex_pfn_t pfn, u32 key);

#endif /* ANNEX_KUNIT_EXERCISE_EXERCISE_H */
