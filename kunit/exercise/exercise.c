// SPDX-License-Identifier: GPL-2.0-only
/*
 * annex_exercise.ko: a module that uses annex as any other would, and misuses
 * it, on the word of a script.
 *
 * A command is a line written to debugfs annex_exercise/run, a word and then
 * NAME=VALUE pairs:
 *
 *   random ops= seed= threads=	allocate and free at random (random.c)
 *   last_megabyte pages=	write and read the top of the pool (holding.c)
 *   hold blocks= order= gfp=	take blocks and keep them (holding.c)
 *   drop every=		give each such block back that is held
 *   cache pages= ops= seed= threads=	use a page cache (cache.c)
 *   resched	free many frames, and let others run (resched.c)
 *   dry	take all frames there are, in three ways, and keep them (dry.c)
 *   stray order= gfp= offset= bits=	write to a free frame (stray.c)
 *   fragment pages= seed=	what frames that stay do to the pool (fragment.c)
 *   heap ops= seed= threads=	use the heap (heap.c)
 *   objects blocks= seed=	hold some of its objects, and no others (heap.c)
 *   rcu blocks= seed=	give back what rcu holds when readers have gone, and hold
 *	so much (heap.c)
 *   kvmalloc ops= seed= every=	memory of either kind (kvmalloc.c)
 *   host_frees	give the host's functions what is annex's (host_calls.c)
 *   strays blocks=	the same, one kind, with slab_debug=1 (host_calls.c)
 *   hwpoison	tell the host that frames of annex are broken (host_calls.c)
 *   vmalloc ops= seed= threads=	make and free areas (vmalloc.c)
 *   areas blocks=	hold areas, or give them back (areas.c)
 *   ioremap pages=	reach a frame of the machine (vmalloc.c)
 *   faults name=	all that can fail fails (faults.c)
 *   bad name=			one thing a caller must not do (bad_calls.c)
 *   kmap_remap ops= threads= pages= held= seed= keep_tlb=	what TLBs say (kmap_remap.c)
 *   kmap_hold ops= threads= pages= seed=	want more than there are (kmap_hold.c)
 *   kmap_flush	let go of unused slots (kmap_hold.c)
 *   kmap_keep blocks=	map held frames and leave them so (kmap_hold.c)
 *   kmap_drop	unmap those (kmap_hold.c)
 *   kmap_local ops= threads= seed=	mappings across sleep (kmap_local.c)
 *   kmap_local_watch ops=	interrupt each in its middle (kmap_watch.c)
 *   kmap_local_lose blocks=	a thread ends with mappings (kmap_local.c)
 *   kmap_local_pairs ops= threads=	map, write, unmap (kmap_pairs.c)
 *   helpers ops= seed=	copy, fill and clear parts of frames (helpers.c)
 *   sweep name= blocks=	all of the pool by mappings (sweep.c)
 *   bad_map name=	as bad, of mappings (bad_maps.c)
 *   bad_heap name=		and a user of the heap (bad_heap.c)
 *   mmu ops= threads= pages= seed=	what the MMU makes of page tables (mmu.c)
 *   mm_misuse	what a user of process tables must not do (mm.c)
 *   mm_keep pages= every=	process tables that show so many pages (mm.c)
 *
 * The errno of the write is the verdict: 0 if annex did all that it should.
 * annex_exercise/report has the words of the last command;
 * annex_exercise/bad_calls, bad_maps and bad_heap say what there is for bad and
 * its like.
 *
 * Locking: a command at a time, under a mutex.
 */
#include <linux/ctype.h>
#include <linux/debugfs.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/timex.h>
#include <linux/uaccess.h>

#include <annex/slab.h>
#include <annex/vmalloc.h>

#include "exercise.h"
#include "host/compat_export.h"

/* A line of a command, and what it says: some twenty lines of a terminal. */
#define LINE_MAX_LENGTH		256
#define REPORT_SIZE		2048

const struct exercise_kind exercise_kinds[EXERCISE_NR_KINDS] = {
	{ "kernel", GFP_KERNEL, .lowmem = true },
	{ "atomic", GFP_ATOMIC, .lowmem = true },
	{ "dma", GFP_DMA, .lowmem = true, .dma = true },
	{ "highuser", GFP_HIGHUSER },
	{ "movable", GFP_HIGHUSER_MOVABLE },
};

static const struct command {
	const char *name;
	int (*run)(const struct exercise_args *args);
} commands[] = {
	{ "random", exercise_random },
	{ "last_megabyte", exercise_last_megabyte },
	{ "hold", exercise_hold },
	{ "drop", exercise_drop },
	{ "resched", exercise_resched },
	{ "dry", exercise_dry },
	{ "faults", exercise_faults },
	{ "stray", exercise_stray },
	{ "cache", exercise_cache },
	{ "fragment", exercise_fragment },
	{ "heap", exercise_heap },
	{ "objects", exercise_objects },
	{ "rcu", exercise_rcu },
	{ "kvmalloc", exercise_kvmalloc },
	{ "host_frees", exercise_host_frees },
	{ "strays", exercise_strays },
	{ "hwpoison", exercise_hwpoison },
	{ "vmalloc", exercise_vmalloc },
	{ "areas", exercise_areas },
	{ "ioremap", exercise_ioremap },
	{ "bad", exercise_bad_call },
	{ "kmap_remap", exercise_kmap_remap },
	{ "kmap_hold", exercise_kmap_hold },
	{ "kmap_flush", exercise_kmap_flush },
	{ "kmap_keep", exercise_kmap_keep },
	{ "kmap_drop", exercise_kmap_drop },
	{ "kmap_local", exercise_kmap_local },
	{ "kmap_local_watch", exercise_kmap_watch },
	{ "kmap_local_lose", exercise_kmap_local_lose },
	{ "kmap_local_pairs", exercise_kmap_pairs },
	{ "helpers", exercise_helpers },
	{ "sweep", exercise_sweep },
	{ "bad_map", exercise_bad_map },
	{ "bad_heap", exercise_bad_heap },
	{ "mmu", exercise_mmu },
	{ "mm_misuse", exercise_mm_misuse },
	{ "mm_keep", exercise_mm_keep },
};

static const struct number {
	const char *name;
	size_t offset;
} numbers[] = {
	{ "ops", offsetof(struct exercise_args, ops) },
	{ "seed", offsetof(struct exercise_args, seed) },
	{ "threads", offsetof(struct exercise_args, threads) },
	{ "order", offsetof(struct exercise_args, order) },
	{ "blocks", offsetof(struct exercise_args, blocks) },
	{ "every", offsetof(struct exercise_args, every) },
	{ "pages", offsetof(struct exercise_args, pages) },
	{ "offset", offsetof(struct exercise_args, offset) },
	{ "bits", offsetof(struct exercise_args, bits) },
	{ "held", offsetof(struct exercise_args, held) },
	{ "keep_tlb", offsetof(struct exercise_args, keep_tlb) },
};

static DEFINE_MUTEX(command_mutex);
static struct dentry *dir;

/* The threads of a command speak as well, hence a lock of its own. */
static DEFINE_SPINLOCK(report_lock);
static char report[REPORT_SIZE];
static size_t report_length;

/**
 * exercise_say() - add a line to the report
 * @fmt: as for printk(), with a newline
 *
 * Context: process.
 */
void exercise_say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	spin_lock(&report_lock);
	report_length += vscnprintf(report + report_length,
				    sizeof(report) - report_length, fmt, args);
	spin_unlock(&report_lock);
	va_end(args);
}

/**
 * exercise_seed() - the seed that was asked for, or one by the clock
 * @args: the command's
 *
 * Return: the seed, not 0.
 */
u32 exercise_seed(const struct exercise_args *args)
{
	return args->seed ?: (u32)get_cycles() | 1;
}

static int set_kind(struct exercise_args *args, const char *name)
{
	for (args->gfp = 0; args->gfp < EXERCISE_NR_KINDS; args->gfp++)
		if (!strcmp(exercise_kinds[args->gfp].name, name))
			return 0;
	return -EINVAL;
}

static int set_arg(struct exercise_args *args, char *word)
{
	char *value = strchr(word, '=');
	unsigned int i;

	if (!value)
		return -EINVAL;
	*value++ = '\0';
	if (!strcmp(word, "gfp"))
		return set_kind(args, value);
	if (!strcmp(word, "name"))
		return strscpy(args->name, value, sizeof(args->name)) < 0 ?
			       -EINVAL : 0;
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		if (!strcmp(numbers[i].name, word))
			return kstrtou32(value, 0,
					 (void *)args + numbers[i].offset);
	return -EINVAL;
}

static int run_line(char *line)
{
	struct exercise_args args = { .threads = 1, .every = 1 };
	char *name = strsep(&line, " ");
	unsigned int i;

	while (line) {
		char *word = strsep(&line, " ");

		if (*word && set_arg(&args, word)) {
			exercise_say("what is %s?\n", word);
			return -EINVAL;
		}
	}
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, name))
			return commands[i].run(&args);
	exercise_say("there is no command %s\n", name);
	return -EINVAL;
}

static ssize_t run_write(struct file *file, const char __user *from, size_t len,
			 loff_t *ppos)
{
	char line[LINE_MAX_LENGTH];
	int err;

	if (len >= sizeof(line))
		return -E2BIG;
	if (copy_from_user(line, from, len))
		return -EFAULT;
	line[len] = '\0';

	mutex_lock(&command_mutex);
	report_length = 0;
	/* What CPUs, the heap and old areas have is neither free nor held. */
	annex_vm_unmap_aliases();
	annex_drop_slab();
	annex_drain_all_pages();
	err = run_line(strim(line));
	annex_vm_unmap_aliases();
	annex_drop_slab();
	annex_drain_all_pages();
	mutex_unlock(&command_mutex);
	return err ?: len;
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = run_write,
	.llseek = noop_llseek,
};

static int report_show(struct seq_file *m, void *unused)
{
	mutex_lock(&command_mutex);
	seq_write(m, report, report_length);
	mutex_unlock(&command_mutex);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(report);

static int bad_calls_show(struct seq_file *m, void *unused)
{
	exercise_list_bad_calls(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(bad_calls);

static int bad_maps_show(struct seq_file *m, void *unused)
{
	exercise_list_bad_maps(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(bad_maps);

static int bad_heap_show(struct seq_file *m, void *unused)
{
	exercise_list_bad_heap(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(bad_heap);

static int __init exercise_init(void)
{
	dir = debugfs_create_dir("annex_exercise", NULL);
	debugfs_create_file("run", 0200, dir, NULL, &run_fops);
	debugfs_create_file("report", 0400, dir, NULL, &report_fops);
	debugfs_create_file("bad_calls", 0400, dir, NULL, &bad_calls_fops);
	debugfs_create_file("bad_maps", 0400, dir, NULL, &bad_maps_fops);
	debugfs_create_file("bad_heap", 0400, dir, NULL, &bad_heap_fops);
	return 0;
}

static void __exit exercise_exit(void)
{
	debugfs_remove(dir);
	exercise_drop_mm();
	exercise_drop_areas();
	exercise_drop_all();
	exercise_drop_objects();
	exercise_drop_rcu();
}

module_init(exercise_init);
module_exit(exercise_exit);

MODULE_DESCRIPTION("Uses and misuses annex, for its tests");
MODULE_AUTHOR("The annex developers");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
IMPORT_SYMBOLS_FOR_TESTS();
