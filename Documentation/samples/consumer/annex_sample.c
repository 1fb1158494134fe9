// SPDX-License-Identifier: GPL-2.0-only
/*
 * annex_sample.ko: a small module that uses annex, to copy from.
 *
 * It keeps notes. What is written to debugfs annex_sample/notes is one; reading
 * the file shows all of them, with where they are. A note takes
 *
 *	a frame for its text, from highmem: it has no address until it is mapped
 *	a struct note, from a cache
 *	a place in a table, which is in the vmalloc space
 *
 * Nothing of this is the kernel's own memory. The module is held by nothing
 * and holds annex by its symbols: annex goes after it.
 *
 * Locking: one mutex for the table and all notes.
 *
 * Failing: what cannot be had is an errno of the write, and all is as before.
 * Functions of annex that give something back can refuse it, if it is not
 * theirs; that would be a mistake in this file, and annex reports it.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

#include <annex/highmem.h>
#include <annex/page_alloc.h>
#include <annex/slab.h>
#include <annex/vmalloc.h>

static unsigned int notes = 1024;
module_param(notes, uint, 0444);
MODULE_PARM_DESC(notes, "how many notes are kept; then the oldest goes (default: 1024)");

struct note {
	struct annex_page *page;
	size_t len;
};

static DEFINE_MUTEX(mutex);
static struct annex_kmem_cache *cache;
static struct note **table;
static unsigned int written;	/* so many notes have come, ever */
static struct dentry *dir;

/*
 * GFP_HIGHUSER is what the kernel uses for pages that it seldom looks at: they
 * come from the pool's highmem, and the caller may sleep until one is free.
 */
static struct note *note_create(void)
{
	struct note *note = annex_kmem_cache_alloc(cache, GFP_KERNEL);

	if (!note)
		return NULL;
	note->len = 0;
	note->page = annex_alloc_page(GFP_HIGHUSER);
	if (!note->page) {
		annex_kmem_cache_free(cache, note);
		return NULL;
	}
	return note;
}

static void note_destroy(struct note *note)
{
	if (!note)
		return;
	annex_free_page(note->page);
	annex_kmem_cache_free(cache, note);
}

/*
 * A local mapping is for a moment and for this thread; what is mapped last is
 * unmapped first. It survives being scheduled away and page faults, so text
 * can come from user space right into the frame.
 */
static int note_fill(struct note *note, const char __user *from, size_t len)
{
	char *text = annex_kmap_local_page(note->page);
	unsigned long missed = copy_from_user(text, from, len);

	annex_kunmap_local(text);
	note->len = len;
	return missed ? -EFAULT : 0;
}

static void note_show(struct seq_file *m, unsigned int nr,
		      const struct note *note)
{
	phys_addr_t phys = annex_page_to_phys(note->page);
	const char *text = annex_kmap_local_page(note->page);

	seq_printf(m, "%u at %pa: ", nr, &phys);
	seq_write(m, text, note->len);
	if (!note->len || text[note->len - 1] != '\n')
		seq_putc(m, '\n');
	annex_kunmap_local(text);	/* from here on it is nobody's address */
}

static int notes_show(struct seq_file *m, void *unused)
{
	unsigned int i;

	mutex_lock(&mutex);
	for (i = written > notes ? written - notes : 0; i < written; i++)
		note_show(m, i, table[i % notes]);
	mutex_unlock(&mutex);
	return 0;
}

static ssize_t notes_write(struct file *file, const char __user *from,
			   size_t len, loff_t *pos)
{
	struct note *note;
	int err;

	if (len > PAGE_SIZE)
		return -EFBIG;
	note = note_create();
	if (!note)
		return -ENOMEM;
	err = note_fill(note, from, len);
	if (err) {
		note_destroy(note);
		return err;
	}
	mutex_lock(&mutex);
	note_destroy(table[written % notes]);
	table[written++ % notes] = note;
	mutex_unlock(&mutex);
	return len;
}

static int notes_open(struct inode *inode, struct file *file)
{
	return single_open(file, notes_show, NULL);
}

static const struct file_operations notes_fops = {
	.owner = THIS_MODULE,
	.open = notes_open,
	.read = seq_read,
	.write = notes_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static int __init sample_init(void)
{
	if (!notes || notes > INT_MAX / sizeof(*table))
		return -EINVAL;
	cache = annex_kmem_cache_create("annex_sample_note",
					sizeof(struct note), 0, 0, NULL);
	if (!cache)
		return -ENOMEM;
	table = annex_vzalloc(notes * sizeof(*table));
	if (!table) {
		annex_kmem_cache_destroy(cache);
		return -ENOMEM;
	}
	dir = debugfs_create_dir("annex_sample", NULL);
	debugfs_create_file("notes", 0600, dir, NULL, &notes_fops);
	return 0;
}

/* In the order in which nothing is used that is already gone. */
static void __exit sample_exit(void)
{
	unsigned int i;

	debugfs_remove(dir);
	for (i = 0; i < notes; i++)
		note_destroy(table[i]);
	annex_vfree(table);
	annex_kmem_cache_destroy(cache);
}

module_init(sample_init);
module_exit(sample_exit);

MODULE_DESCRIPTION("Notes in the memory of annex: a sample");
MODULE_AUTHOR("The annex developers");
MODULE_LICENSE("GPL");
