// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading firmware's map of memory.
 *
 * The kernel exports one query of the map: whether any byte of a range has some
 * type. That does not find a hole smaller than the range. But the kernel shows
 * the map, as it was before memmap= changed it, in /sys/firmware/memmap: a
 * directory for each range, with its start, end and type. This file calls the
 * show functions of these attributes.
 *
 * Failing: annex_firmware_get() alone, with nothing held.
 */
#include <linux/err.h>
#include <linux/firmware-map.h>
#include <linux/kernel.h>
#include <linux/kernfs.h>
#include <linux/kobject.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "base/refuse.h"
#include "host/firmware.h"

/* Print an attribute into a page. */
static int show(struct kobject *kobj, const char *name, char *page)
{
	const struct attribute_group **group = kobj->ktype->default_groups;
	struct attribute **attr;
	ssize_t len = -ENOENT;

	for (; group && *group; group++)
		for (attr = (*group)->attrs; attr && *attr; attr++)
			if (!strcmp((*attr)->name, name))
				len = kobj->ktype->sysfs_ops->show(kobj, *attr,
								   page);
	if (len < 0 || len >= PAGE_SIZE)
		return -ENOENT;
	page[len] = '\0';
	strim(page);
	return 0;
}

static int read_range(struct kobject *kobj, struct annex_firmware_range *range,
		      char *page)
{
	int err = show(kobj, "start", page);

	if (!err)
		err = kstrtoull(page, 0, &range->start);
	if (!err)
		err = show(kobj, "end", page);
	if (!err)
		err = kstrtoull(page, 0, &range->end);
	if (!err)
		err = show(kobj, "type", page);
	range->end++; /* sysfs has the last byte */
	strscpy(range->type, page, sizeof(range->type));
	return err;
}

/* Read all ranges; the show functions do not sleep. */
static int read_all(struct kset *kset, struct annex_firmware *fw,
		    unsigned int room, char *page)
{
	struct kobject *kobj;
	int err = 0;

	fw->nr = 0;
	spin_lock(&kset->list_lock);
	list_for_each_entry(kobj, &kset->list, entry) {
		if (err || fw->nr == room)
			break;
		err = read_range(kobj, &fw->range[fw->nr++], page);
	}
	spin_unlock(&kset->list_lock);
	return err;
}

static unsigned int count(struct kset *kset)
{
	struct list_head *at;
	unsigned int nr = 0;

	spin_lock(&kset->list_lock);
	list_for_each(at, &kset->list) nr++;
	spin_unlock(&kset->list_lock);
	return nr;
}

static int read_map(struct kset *kset, struct annex_firmware *fw)
{
	unsigned int nr = count(kset);
	char *page = kmalloc(PAGE_SIZE, GFP_KERNEL);
	int err = -ENOMEM;

	fw->range = kvmalloc_array(nr, sizeof(*fw->range), GFP_KERNEL);
	if (page && fw->range)
		err = read_all(kset, fw, nr, page);
	kfree(page);
	if (err)
		annex_firmware_put(fw);
	return err;
}

/**
 * annex_firmware_get() - read firmware's map
 * @fw: filled
 * @why: filled if it cannot be read
 *
 * Context: process, may sleep.
 * Return: 0; -ENXIO if this kernel does not show it; -ENOMEM.
 */
int annex_firmware_get(struct annex_firmware *fw, struct annex_reason *why)
{
	struct kernfs_node *dir =
		kernfs_find_and_get(firmware_kobj->sd, "memmap");
	int err = -ENXIO;

	*fw = (struct annex_firmware){};
	if (dir) {
		err = read_map(to_kset((struct kobject *)dir->priv), fw);
		kernfs_put(dir);
	}
	if (err && err != -ENOMEM)
		err = -ENXIO;
	if (err)
		annex_refuse(why, err,
			     "firmware's map of memory cannot be read: %s",
			     err == -ENOMEM ? "no memory" :
				"this kernel needs CONFIG_FIRMWARE_MEMMAP");
	return err;
}

/**
 * annex_firmware_put() - free firmware's map
 * @fw: read, or zeroed
 *
 * Context: process, may sleep.
 */
void annex_firmware_put(struct annex_firmware *fw)
{
	kvfree(fw->range);
	*fw = (struct annex_firmware){};
}
