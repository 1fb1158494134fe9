// SPDX-License-Identifier: GPL-2.0-only
/*
 * annex_torture.ko: all public functions of annex at random, from everywhere
 * they may be called, with everything checked that they give; for a while, and
 * then a verdict.
 *
 *   insmod annex_torture.ko seconds=60 seed=7 threads=8 mix=pages=4,lru=0
 *
 * It begins when it is loaded, if seconds= is not 0, and when "start" is written
 * to debugfs annex_torture/run; "stop" ends it early. annex_torture/status is
 * "idle", "running ..." or the verdict, a line that the log has as well:
 *
 *   torture: ok seed=7 seconds=60 ops=... pages=... ... corruptions=0 refused=0
 *   stalls=0 violations=0 lost=0 validated=300 peaks=20 sequence=0x1234abcd
 *
 * lost= is frames that were free before and are not when all is given back: no
 * other module may allocate meanwhile. Of stalls, stuck= has the names.
 *
 * What each stream of turns draws depends on the seed, its number and the step
 * alone; what the draws lead to, such as whether a request finds frames, depends
 * on all others and on time. sequence= is a digest of what the threads have drawn.
 *
 *   engine.c    contexts of turns: threads, timers, tasklets; and validates
 *   thread.c    threads that are seen to get on
 *   ops.c       the table of kinds, op_*.c the kinds
 *   pressure.c  a thread that takes all frames that there are, now and then
 *   stamp.c     how frames are known again
 *
 * Locking: run_mutex, for starting and ending a run.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/timex.h>
#include <linux/uaccess.h>

#include <annex/page_alloc.h>
#include <annex/slab.h>
#include <annex/vmalloc.h>

#include "api/tests.h"
#include "host/compat_export.h"
#include "torture.h"

u32 torture_seed;
module_param_named(seed, torture_seed, uint, 0644);
MODULE_PARM_DESC(seed, "of all that is random, 0 for one by the clock (default)");

static unsigned int seconds = __is_defined(MODULE) ? 30 : 0;
module_param(seconds, uint, 0644);
MODULE_PARM_DESC(seconds, "how long; 0: from when it is told to until it is told to stop (default: 30, built in 0)");

static unsigned int threads;
module_param(threads, uint, 0644);
MODULE_PARM_DESC(threads, "how many threads, up to 64 (default: three a CPU)");

static char *mix;
module_param(mix, charp, 0444);
MODULE_PARM_DESC(mix, "weights of kinds, such as pages=4,vmalloc=0 or all=0,kmap=1");

static bool pressure = true;
module_param(pressure, bool, 0644);
MODULE_PARM_DESC(pressure, "take all frames now and then (default: yes)");

char *torture_io;
module_param_named(io, torture_io, charp, 0444);
MODULE_PARM_DESC(io, "SIZE$START of memory that is nobody's, for annex_ioremap() (default: none)");

char *torture_disk = "/dev/annexblk0";
module_param_named(disk, torture_disk, charp, 0444);
MODULE_PARM_DESC(disk, "a device of annex_blk, whose contents are lost (default: /dev/annexblk0)");

struct torture_finds torture_finds;

#define VERDICT_SIZE	1024

/* Of what a run finds, as much is said. */
#define LINES_MAX	20

/* What others have put off, they have done when as often some time has passed. */
#define SETTLE_TIMES	20

static DEFINE_MUTEX(run_mutex);
static struct task_struct *run_task;
static bool running;
static bool stop_asked;
static bool stuck;
static annex_pfn_t free_before;
static char verdict[VERDICT_SIZE] = "idle";
static struct dentry *dir;

static const char *const context_name[TORTURE_NR_CONTEXTS] = {
	"thread", "softirq", "hardirq",
};

/**
 * torture_corrupt() - something is not what it should be
 * @t: the turn that found it
 * @fmt: what, as for printk(), without a newline
 *
 * Context: any.
 */
void torture_corrupt(const struct torture_turn *t, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	if (atomic_long_inc_return(&torture_finds.corrupt) > LINES_MAX)
		return;
	va_start(args, fmt);
	vaf.va = &args;
	pr_err("%s: corrupt: %pV (stream %#x, step %u, %s)\n", t->op->name,
	       &vaf, t->stream, t->step, context_name[t->context]);
	va_end(args);
}

/**
 * torture_refused() - has annex refused what it should not have?
 * @t: the turn
 * @call: the call
 * @err: what it returned, 0 if all is well
 *
 * Context: any.
 * Return: whether it has; that has been said then.
 */
bool torture_refused(const struct torture_turn *t, const char *call, int err)
{
	if (likely(!err))
		return false;
	if (atomic_long_inc_return(&torture_finds.refused) <= LINES_MAX)
		pr_err("%s: refused: %s says %d (stream %#x, step %u, %s)\n",
		       t->op->name, call, err, t->stream, t->step,
		       context_name[t->context]);
	return true;
}

/* By one thread; a verdict is visible only when it is complete. */
static void judge(unsigned long began, u32 sequence)
{
	unsigned long corrupt = atomic_long_read(&torture_finds.corrupt);
	unsigned long refused = atomic_long_read(&torture_finds.refused);
	unsigned long stalls = atomic_long_read(&torture_finds.stalls);
	unsigned long bad = atomic_long_read(&torture_finds.violations);
	unsigned long lost = atomic_long_read(&torture_finds.lost);
	const char *names = torture_threads_stuck();
	static char kinds[VERDICT_SIZE / 2];
	unsigned long ops = torture_ops_show(kinds, sizeof(kinds));

	scnprintf(verdict, sizeof(verdict),
		  "torture: %s seed=%u seconds=%lu ops=%lu %s corruptions=%lu refused=%lu stalls=%lu%s%s violations=%lu lost=%lu validated=%lu peaks=%lu sequence=%#x",
		  corrupt || refused || stalls || bad || lost ? "FAILED" : "ok",
		  torture_seed, (jiffies - began) / HZ, ops, kinds, corrupt,
		  refused, stalls, *names ? " stuck=" : "", names, bad, lost,
		  torture_engine_validated(),
		  torture_pressure_peaks(), sequence);
	pr_info("%s\n", verdict);
}

/*
 * What CPUs, the heap and old areas have goes back, or it would look lost; and so does
 * memory that waits for RCU.
 */
static void settle(void)
{
	rcu_barrier();
	annex_vm_unmap_aliases();
	annex_drop_slab();
	annex_drain_all_pages();
}

static void count_lost(void)
{
	annex_pfn_t now = annex_nr_free_frames();
	unsigned int i;

	for (i = 0; now < free_before && i < SETTLE_TIMES; i++) {
		schedule_timeout_uninterruptible(HZ / 10);
		settle();
		now = annex_nr_free_frames();
	}
	if (now >= free_before)
		return;
	atomic_long_set(&torture_finds.lost, free_before - now);
	pr_err("%u frames are not free any more\n", free_before - now);
}

static void finish(void)
{
	torture_ops_clear();
	settle();
	count_lost();
	annex_recount(torture_violation, NULL);
}

/* False if a thread has not ended; all that still runs is there then. */
static bool end_all(void)
{
	return torture_pressure_end() & torture_engine_end();
}

/*
 * A thread does not end. Its code must not go: the module is kept, or, if rmmod
 * has begun, rmmod waits; and so does annex.
 */
static void wait_for_all(void)
{
	bool kept = try_module_get(THIS_MODULE);

	pr_err("not all threads end: %s until they do\n",
	       kept ? "this module stays" : "rmmod waits");
	while (!end_all())
		schedule_timeout_interruptible(HZ);
	finish();
	pr_err("all threads have ended\n");
	WRITE_ONCE(stuck, false);
	if (kept)
		module_put(THIS_MODULE);
}

static bool is_to_end(unsigned long began, unsigned long lasts)
{
	return READ_ONCE(stop_asked) || kthread_should_stop() ||
	       (lasts && time_after(jiffies, began + lasts));
}

static int run(void *unused)
{
	unsigned long began = jiffies, lasts = (unsigned long)seconds * HZ;
	u32 sequence = 0;
	bool ended;

	while (!is_to_end(began, lasts)) {
		schedule_timeout_interruptible(HZ / 2);
		torture_engine_watch();
		torture_pressure_watch();
	}
	torture_engine_sequence(&sequence);
	ended = end_all();
	if (ended)
		finish();
	judge(began, sequence);
	WRITE_ONCE(stuck, !ended);
	smp_store_release(&running, false); /* the verdict is complete */
	if (!ended)
		wait_for_all();
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ / 10);
	return 0;
}

/* Nothing has been promised to anybody yet: wait as long as it takes. */
static void stop_all(void)
{
	while (!end_all())
		;
	torture_ops_clear();
}

static int start_all(void)
{
	unsigned long began;
	int err = torture_ops_set_mix(mix);

	if (err)
		return err;
	settle();
	free_before = annex_nr_free_frames();
	began = jiffies;
	annex_recount(torture_violation, NULL);
	torture_threads_begin(seconds, jiffies - began);
	err = torture_ops_set_up();
	if (err)
		return err;
	err = torture_engine_start(threads ?: 3 * num_online_cpus());
	if (!err && pressure)
		err = torture_pressure_start();
	if (!err)
		return 0;
	stop_all();
	return err;
}

static void end_run(void)
{
	if (run_task)
		kthread_stop(run_task);
	run_task = NULL;
}

static int begin_run(void)
{
	int err;

	if (smp_load_acquire(&running) || READ_ONCE(stuck)) /* pairs with run() */
		return -EBUSY;
	end_run();
	memset(&torture_finds, 0, sizeof(torture_finds));
	torture_seed = torture_seed ?: (u32)get_cycles() | 1;
	stop_asked = false;
	err = start_all();
	if (err)
		return err;
	running = true;
	run_task = kthread_run(run, NULL, "torture");
	if (!IS_ERR(run_task))
		return 0;
	err = PTR_ERR(run_task);
	run_task = NULL;
	running = false;
	stop_all();
	return err;
}

static ssize_t run_write(struct file *file, const char __user *from, size_t len,
			 loff_t *ppos)
{
	char word[16] = {};
	int err = 0;

	if (len >= sizeof(word))
		return -EINVAL;
	if (copy_from_user(word, from, len))
		return -EFAULT;
	mutex_lock(&run_mutex);
	if (sysfs_streq(word, "start"))
		err = begin_run();
	else if (sysfs_streq(word, "stop"))
		WRITE_ONCE(stop_asked, true);
	else
		err = -EINVAL;
	mutex_unlock(&run_mutex);
	return err ?: len;
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = run_write,
	.llseek = noop_llseek,
};

static int status_show(struct seq_file *m, void *unused)
{
	char kinds[VERDICT_SIZE / 2];
	unsigned long ops;

	if (!smp_load_acquire(&running)) { /* pairs with run() */
		seq_printf(m, "%s\n", verdict);
		return 0;
	}
	ops = torture_ops_show(kinds, sizeof(kinds));
	seq_printf(m, "running seed=%u ops=%lu %s\n", torture_seed, ops, kinds);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(status);

static int __init torture_init(void)
{
	int err = 0;

	if (!annex_nr_frames())
		return -ENODEV;
	if (seconds)
		err = begin_run();
	if (err) {
		pr_err("cannot begin: %d\n", err);
		return err;
	}
	dir = debugfs_create_dir("annex_torture", NULL);
	debugfs_create_file("run", 0200, dir, NULL, &run_fops);
	debugfs_create_file("status", 0400, dir, NULL, &status_fops);
	return 0;
}

static void __exit torture_exit(void)
{
	debugfs_remove(dir);
	end_run();
}

/* Built in, behind annex itself. */
late_initcall_sync(torture_init);
module_exit(torture_exit);

MODULE_DESCRIPTION("Random use of all of annex at once");
MODULE_AUTHOR("The annex developers");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
IMPORT_SYMBOLS_FOR_TESTS();
