// SPDX-License-Identifier: GPL-2.0-only
/*
 * Areas of vmalloc that are held from one command to the next, so that a script
 * can look at them. A command checks that the page behind each is not mapped.
 *
 * Locking: the commands' mutex.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <annex/vmalloc.h>

#include "exercise.h"

#define AREAS_MAX	10

static void *areas[AREAS_MAX];

static bool can_be_read(const u8 *addr)
{
	u8 byte;

	return !copy_from_kernel_nofault(&byte, addr, 1);
}

/* The first and the last byte are there, the next one is not. */
static int look(u8 *area, size_t size)
{
	bool there = can_be_read(area) && can_be_read(area + size - 1);
	bool behind = can_be_read(area + size);

	exercise_say("0x%08lx: %zu kB %s, the page behind %s\n",
		     (unsigned long)area, size >> 10,
		     there ? "can be read" : "fault",
		     behind ? "can be read" : "faults");
	return there && !behind ? 0 : -EPROTO;
}

/**
 * exercise_drop_areas() - give back whatever areas are held
 *
 * Context: process.
 * Return: 0, or what annex_vfree() refused one with, or -EPROTO if one can be
 * read when all are purged.
 */
int exercise_drop_areas(void)
{
	void *was[AREAS_MAX];
	unsigned int i;
	int err = 0;

	memcpy(was, areas, sizeof(was));
	memset(areas, 0, sizeof(areas));
	for (i = 0; i < AREAS_MAX; i++)
		err = annex_vfree(was[i]) ?: err;
	annex_vm_unmap_aliases();
	for (i = 0; i < AREAS_MAX; i++)
		if (was[i] && can_be_read(was[i]))
			err = -EPROTO;
	return err;
}

/**
 * exercise_areas() - hold areas instead of those that are held
 * @args: blocks, as many areas, of 1, 2, 4, ... pages; none gives all back
 *
 * Context: process.
 * Return: 0, -EINVAL for more than 10, -ENOMEM, -EPROTO if one cannot be read, or
 * the page behind it can, and as exercise_drop_areas().
 */
int exercise_areas(const struct exercise_args *args)
{
	int err = exercise_drop_areas();
	u32 i;

	if (args->blocks > AREAS_MAX)
		return -EINVAL;
	for (i = 0; i < args->blocks && !err; i++) {
		areas[i] = annex_vzalloc(PAGE_SIZE << i);
		err = areas[i] ? look(areas[i], PAGE_SIZE << i) : -ENOMEM;
	}
	return err;
}
