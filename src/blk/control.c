// SPDX-License-Identifier: GPL-2.0-only
/*
 * annex_blk.ko: the pool as disks and as swap.
 *
 * This file has the devices by number. With disks= there is one of each size
 * that it names, else one without a size. /sys/class/annex-control/ adds and
 * removes others:
 *
 *	hot_add		to read it makes a device; it says which
 *	hot_remove	to write a number to it removes the device
 *
 * Locking: control_mutex for the numbers, outside of a device's locks. A device
 * that is open pins the module by its operations' owner.
 *
 * Failing: an errno, and a line in the log.
 */
#include <linux/device/class.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/idr.h>
#include <linux/init.h>
#include <linux/kstrtox.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "blk/blk.h"
#include "host/compat_blk.h"

static char *disks;
module_param(disks, charp, 0444);
MODULE_PARM_DESC(disks, "SIZE,... a device of each size, such as 8G,16G (default: one without a size)");

static DEFINE_MUTEX(control_mutex);
static DEFINE_IDR(devices);

/* Returns the number of a new device, or an errno. */
static int add_device(void)
{
	struct annex_blk *blk;
	int id;

	lockdep_assert_held(&control_mutex);
	id = idr_alloc(&devices, NULL, 0, 0, GFP_KERNEL);
	if (id < 0)
		return id;
	blk = annex_blk_create(id);
	if (IS_ERR(blk)) {
		idr_remove(&devices, id);
		return annex_blk_refuse(NULL, PTR_ERR(blk),
					"annexblk%d cannot be made (errno %ld)",
					id, -PTR_ERR(blk));
	}
	idr_replace(&devices, blk, id);
	return id;
}

static int remove_device(int id)
{
	struct annex_blk *blk = idr_find(&devices, id);

	lockdep_assert_held(&control_mutex);
	if (!blk)
		return annex_blk_refuse(NULL, -ENODEV,
					"hot_remove %d refused: there is no annexblk%d",
					id, id);
	if (!annex_blk_begin_removal(blk))
		return annex_blk_refuse(blk, -EBUSY,
					"hot_remove refused: it is open, mounted or swap; close it, unmount it, swapoff first");
	idr_remove(&devices, id);
	annex_blk_destroy(blk);
	return 0;
}

static ssize_t hot_add_show(ANNEX_CLASS_CONST struct class *class,
			    ANNEX_CLASS_CONST struct class_attribute *attr,
			    char *buf)
{
	int id;

	mutex_lock(&control_mutex);
	id = add_device();
	mutex_unlock(&control_mutex);
	return id < 0 ? id : sysfs_emit(buf, "%d\n", id);
}

static ssize_t hot_remove_store(ANNEX_CLASS_CONST struct class *class,
				ANNEX_CLASS_CONST struct class_attribute *attr,
				const char *buf, size_t len)
{
	int id, err = kstrtoint(buf, 10, &id);

	if (err || id < 0)
		return annex_blk_refuse(NULL, err ?: -EINVAL,
					"hot_remove \"%*pE\" refused: wants the number of a device, such as 0 for annexblk0",
					(int)strcspn(buf, "\n"), buf);
	mutex_lock(&control_mutex);
	err = remove_device(id);
	mutex_unlock(&control_mutex);
	return err ?: len;
}

/* To read it changes something, so it is for root. */
static struct class_attribute class_attr_hot_add =
	__ATTR(hot_add, 0400, hot_add_show, NULL);
static CLASS_ATTR_WO(hot_remove);

static struct attribute *control_attrs[] = {
	&class_attr_hot_add.attr,
	&class_attr_hot_remove.attr,
	NULL
};
ATTRIBUTE_GROUPS(control);

static struct class control_class = {
	.name = "annex-control",
	.class_groups = control_groups,
};

static int __init check_size(const char *text, int len)
{
	u64 size;
	int err = annex_blk_parse_size(text, len, &size);

	if (err)
		return annex_blk_refuse(NULL, err,
					"disks=%s refused: \"%.*s\" is not a size; wants numbers with K, M or G, such as 8G,16G",
					disks, len, text);
	if (!size || size > ANNEX_BLK_SIZE_MAX)
		return annex_blk_refuse(NULL, -ERANGE,
					"disks=%s refused: %.*s is not from 4K to 64G",
					disks, len, text);
	return 0;
}

static int __init add_device_of_size(const char *text, int len)
{
	struct annex_blk *blk;
	u64 size;
	int err, id = add_device();

	if (id < 0)
		return id;
	blk = idr_find(&devices, id);
	annex_blk_parse_size(text, len, &size);
	mutex_lock(&blk->lock);
	err = annex_blk_set_size(blk, size);
	mutex_unlock(&blk->lock);
	return err;
}

typedef int (*size_fn)(const char *text, int len);

static int __init each_size(size_fn fn)
{
	const char *text = disks;
	int err, len;

	for (;;) {
		len = strcspn(text, ",");
		err = fn(text, len);
		if (err || !text[len])
			return err;
		text += len + 1;
	}
}

/* All sizes are checked before the first device can be opened. */
static int __init add_devices(void)
{
	int err;

	if (!disks) {
		err = add_device();
		return min(err, 0);
	}
	err = each_size(check_size);
	return err ?: each_size(add_device_of_size);
}

/* Without openers: the module is being unloaded, or was not loaded yet. */
static void remove_all(void)
{
	struct annex_blk *blk;
	int id;

	idr_for_each_entry(&devices, blk, id)
		annex_blk_destroy(blk);
	idr_destroy(&devices);
}

static int __init add_class(void)
{
	int err = class_register(&control_class);

	return err ? annex_blk_refuse(NULL, err,
				      "the class annex-control cannot be made (errno %d)",
				      -err) : 0;
}

static int __init blk_init(void)
{
	int err = annex_blk_counters_init();

	if (err)
		return err;
	err = add_class();
	if (err)
		goto err_class;
	mutex_lock(&control_mutex);
	err = add_devices();
	mutex_unlock(&control_mutex);
	if (err)
		goto err_devices;
	return 0;

err_devices:
	class_unregister(&control_class);
	remove_all();
err_class:
	annex_blk_counters_exit();
	return err;
}

static void __exit blk_exit(void)
{
	class_unregister(&control_class);
	remove_all();
	annex_blk_counters_exit();
}

module_init(blk_init);
module_exit(blk_exit);

MODULE_DESCRIPTION("The pool of annex as block devices, for disks and swap");
MODULE_AUTHOR("The annex developers");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
