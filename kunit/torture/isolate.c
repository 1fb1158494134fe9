// SPDX-License-Identifier: GPL-2.0-only
/*
 * annex_isolate.ko: memory that annex must not touch, filled with a pattern and
 * compared later.
 *
 *   insmod annex_isolate.ko ranges='16M$5104M,1M$5G,16M$5376M' host=60
 *
 * ranges= is physical memory that is not the kernel's: bands kept by memmap=
 * on both sides of the pool, and of the pool itself the frames that are
 * reserved, its first megabyte and those of reserve=. host= is how much of the
 * kernel's free memory is taken as well, in percent. Each word is made of its
 * physical address, so that one that was written to, copied, or shown at
 * another place is found.
 *
 * This module uses nothing of annex: what it looks at it maps by the host's
 * means, and it is loaded first, so that the loading of annex is watched too.
 *
 * debugfs annex_isolate/check compares all of it: "isolate: ok ...", or what has
 * changed; check_ranges leaves out the kernel's. What is written to
 * annex_isolate/poke, a physical address in a range, or "host", has one byte there
 * turned over, to see that it is found; writing it again turns it back.
 *
 * Locking: a mutex; one page of address space, which is used without preemption.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pgtable.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

static char *ranges;
module_param(ranges, charp, 0444);
MODULE_PARM_DESC(ranges, "SIZE$START,... of physical memory that is not the kernel's");

static unsigned int host;
module_param(host, uint, 0444);
MODULE_PARM_DESC(host, "percent of the kernel's free memory to take (default: 0)");

#define RANGES_MAX	8
#define FRAME_WORDS	(PAGE_SIZE / sizeof(u32))

/* Changed frames that are told of one by one. */
#define LINES_MAX	8

struct band {
	phys_addr_t start;
	phys_addr_t size;
};

static DEFINE_MUTEX(isolate_mutex);
static struct band band[RANGES_MAX];
static unsigned int nr_ranges;
static LIST_HEAD(taken);
static unsigned long nr_taken;
static struct page *dummy;
static void *window;
static pte_t *window_pte;
static struct dentry *dir;

/* A frame's words follow one another by a step that is odd. */
static u32 first_word(phys_addr_t phys)
{
	u64 n = (phys >> PAGE_SHIFT) * 0x9e3779b97f4a7c15ULL;

	return n >> 32 ^ (u32)n;
}

#define STEP	0x6c078965U

static void fill_frame(u32 *words, phys_addr_t phys)
{
	u32 word = first_word(phys);
	unsigned int i;

	for (i = 0; i < FRAME_WORDS; i++, word += STEP)
		words[i] = word;
}

/* Index of the first word that has changed, -1 if none has. */
static int compare_frame(const u32 *words, phys_addr_t phys)
{
	u32 word = first_word(phys), differs = 0;
	unsigned int i;

	for (i = 0; i < FRAME_WORDS; i++, word += STEP)
		differs |= words[i] ^ word;
	if (likely(!differs))
		return -1;
	word = first_word(phys);
	for (i = 0; words[i] == word; i++)
		word += STEP;
	return i;
}

static void forget(const void *addr)
{
	asm volatile("invlpg (%0)" : : "r" (addr) : "memory");
}

/* The frame at a physical address, for this CPU, until leave(). */
static void *enter(phys_addr_t phys)
{
	preempt_disable();
	set_pte_atomic(window_pte, pfn_pte(PHYS_PFN(phys), PAGE_KERNEL));
	forget(window);
	return window;
}

static void leave(void)
{
	set_pte_atomic(window_pte, pfn_pte(page_to_pfn(dummy), PAGE_KERNEL));
	forget(window);
	preempt_enable();
}

static int make_window(void)
{
	unsigned int level;

	dummy = alloc_page(GFP_KERNEL);
	window = dummy ? vmap(&dummy, 1, VM_MAP, PAGE_KERNEL) : NULL;
	if (!window)
		return -ENOMEM;
	window_pte = lookup_address((unsigned long)window, &level);
	return window_pte && level == PG_LEVEL_4K ? 0 : -ENXIO;
}

static void unmake_window(void)
{
	vunmap(window);
	if (dummy)
		__free_page(dummy);
}

static int parse_ranges(void)
{
	char *rest = ranges;

	while (rest && *rest) {
		struct band *r = &band[nr_ranges];

		if (nr_ranges == RANGES_MAX)
			return -E2BIG;
		r->size = memparse(rest, &rest);
		if (*rest++ != '$')
			return -EINVAL;
		r->start = memparse(rest, &rest);
		if (!r->size || !PAGE_ALIGNED(r->size | r->start))
			return -EINVAL;
		nr_ranges++;
		if (*rest == ',')
			rest++;
		else if (*rest)
			return -EINVAL;
	}
	return 0;
}

static int fill_ranges(void)
{
	phys_addr_t phys;
	unsigned int i;

	for (i = 0; i < nr_ranges; i++) {
		for (phys = band[i].start;
		     phys < band[i].start + band[i].size; phys += PAGE_SIZE) {
			if (pfn_valid(PHYS_PFN(phys)) &&
			    !PageReserved(pfn_to_page(PHYS_PFN(phys)))) {
				pr_err("%pa is the kernel's memory\n", &phys);
				return -EBUSY;
			}
			fill_frame(enter(phys), phys);
			leave();
			cond_resched();
		}
	}
	return 0;
}

/* Until so many are taken, or there are none that are easily had. */
static void take_host(unsigned long upto, gfp_t gfp)
{
	while (nr_taken < upto) {
		struct page *page = alloc_page(gfp | __GFP_NORETRY |
					       __GFP_NOWARN);
		void *addr;

		if (!page)
			return;
		addr = kmap_local_page(page);
		fill_frame(addr, page_to_phys(page));
		kunmap_local(addr);
		list_add_tail(&page->lru, &taken);
		nr_taken++;
		cond_resched();
	}
}

/* Of what has an address, half as much: the kernel needs the rest. */
static void take_shares(void)
{
	unsigned int percent = min(host, 90U);
	struct sysinfo info;

	si_meminfo(&info);
	take_host((info.freeram - info.freehigh) / 200 * percent, GFP_KERNEL);
	take_host(nr_taken + info.freehigh / 100 * percent, GFP_HIGHUSER);
}

static void give_host(void)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &taken, lru) {
		list_del(&page->lru);
		__free_page(page);
		cond_resched();
	}
}

struct result {
	struct seq_file *m;
	u64 bytes;
	unsigned long changed;
};

static void look(struct result *r, const u32 *words, phys_addr_t phys)
{
	int i = compare_frame(words, phys);

	r->bytes += PAGE_SIZE;
	if (i < 0)
		return;
	if (r->changed++ < LINES_MAX)
		seq_printf(r->m, "isolate: %pa has changed, at word %d to %#x from %#x\n",
			   &phys, i, words[i],
			   first_word(phys) + (u32)i * STEP);
}

static void look_at_ranges(struct result *r)
{
	phys_addr_t phys;
	unsigned int i;

	for (i = 0; i < nr_ranges; i++) {
		for (phys = band[i].start;
		     phys < band[i].start + band[i].size; phys += PAGE_SIZE) {
			look(r, enter(phys), phys);
			leave();
			cond_resched();
		}
	}
}

static void look_at_host(struct result *r)
{
	struct page *page;

	list_for_each_entry(page, &taken, lru) {
		void *addr = kmap_local_page(page);

		look(r, addr, page_to_phys(page));
		kunmap_local(addr);
		cond_resched();
	}
}

static void look_and_tell(struct seq_file *m, bool all)
{
	struct result r = { .m = m };
	u64 in_ranges;

	mutex_lock(&isolate_mutex);
	look_at_ranges(&r);
	in_ranges = r.bytes;
	if (all)
		look_at_host(&r);
	mutex_unlock(&isolate_mutex);
	seq_printf(m, "isolate: %s bytes=%llu ranges=%llu host=%llu changed=%lu\n",
		   r.changed ? "FAILED" : "ok", r.bytes, in_ranges,
		   r.bytes - in_ranges, r.changed);
}

static int check_show(struct seq_file *m, void *unused)
{
	look_and_tell(m, true);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(check);

static int check_ranges_show(struct seq_file *m, void *unused)
{
	look_and_tell(m, false);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(check_ranges);

static void turn_over(u8 *byte)
{
	WRITE_ONCE(*byte, ~READ_ONCE(*byte));
}

static int poke_range(phys_addr_t phys)
{
	unsigned int i;

	for (i = 0; i < nr_ranges; i++) {
		if (phys < band[i].start ||
		    phys - band[i].start >= band[i].size)
			continue;
		turn_over((u8 *)enter(phys) + offset_in_page(phys));
		leave();
		return 0;
	}
	return -ERANGE;
}

static int poke_host(void)
{
	u8 *addr;

	if (list_empty(&taken))
		return -ENODEV;
	addr = kmap_local_page(list_last_entry(&taken, struct page, lru));
	turn_over(addr + 1234);
	kunmap_local(addr);
	return 0;
}

static ssize_t poke_write(struct file *file, const char __user *from,
			  size_t len, loff_t *ppos)
{
	char word[32] = {};
	int err;

	if (len >= sizeof(word))
		return -EINVAL;
	if (copy_from_user(word, from, len))
		return -EFAULT;
	mutex_lock(&isolate_mutex);
	err = sysfs_streq(word, "host") ? poke_host() :
					  poke_range(memparse(word, NULL));
	mutex_unlock(&isolate_mutex);
	return err ?: len;
}

static const struct file_operations poke_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = poke_write,
	.llseek = noop_llseek,
};

static int __init isolate_init(void)
{
	int err = make_window();

	if (!err)
		err = parse_ranges();
	if (!err)
		err = fill_ranges();
	if (err) {
		pr_err("cannot watch ranges=%s: %d\n", ranges, err);
		unmake_window();
		return err;
	}
	take_shares();
	dir = debugfs_create_dir("annex_isolate", NULL);
	debugfs_create_file("check", 0400, dir, NULL, &check_fops);
	debugfs_create_file("check_ranges", 0400, dir, NULL,
			    &check_ranges_fops);
	debugfs_create_file("poke", 0200, dir, NULL, &poke_fops);
	return 0;
}

static void __exit isolate_exit(void)
{
	debugfs_remove(dir);
	give_host();
	unmake_window();
}

module_init(isolate_init);
module_exit(isolate_exit);

MODULE_DESCRIPTION("Fills memory around annex's pool and sees that it does not change");
MODULE_AUTHOR("The annex developers");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
