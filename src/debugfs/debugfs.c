// SPDX-License-Identifier: GPL-2.0-only
/*
 * The debugfs directory of a pool: the files and the functions that print them.
 *
 * Modes are those of the files of the same names in /proc. An open file pins
 * the module. debugfs itself waits for readers before it removes a file.
 *
 * Failing: a pool works without debugfs. A file that cannot be created is
 * missing.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "base/fail.h"
#include "base/show.h"
#include "debugfs/debugfs.h"
#include "pool/pool.h"

#define ANNEX_SHOW(name, call)						\
static int name##_show(struct seq_file *m, void *unused)		\
{									\
	struct annex *annex = m->private;				\
									\
	call;								\
	return 0;							\
}									\
DEFINE_SHOW_ATTRIBUTE(name)

ANNEX_SHOW(zoneinfo, annex_show_zoneinfo(m, annex));
ANNEX_SHOW(buddyinfo, annex_show_buddyinfo(m, annex));
ANNEX_SHOW(pagetypeinfo, annex_show_pagetypeinfo(m, annex));
ANNEX_SHOW(vmstat, annex_show_vmstat(m, annex));
ANNEX_SHOW(layout, annex_show_layout(m, annex));
ANNEX_SHOW(pool_map, annex_show_pool_map(m, annex));
ANNEX_SHOW(pkmap, annex_show_pkmap(m, annex));
ANNEX_SHOW(kmap_local, annex_show_kmap_local(m, annex));
ANNEX_SHOW(slabinfo, annex_show_slabinfo(m, annex));
ANNEX_SHOW(vmallocinfo, annex_show_vmallocinfo(m, annex));
ANNEX_SHOW(provisional, annex_show_provisional(m, annex));
ANNEX_SHOW(final, annex_show_final(m, annex));
ANNEX_SHOW(process, annex_show_process(m, annex));
ANNEX_SHOW(validate, annex_show_validate(m, annex));
ANNEX_SHOW(memory, annex_show_memblock(m, &annex->memblock.memory));
ANNEX_SHOW(reserved, annex_show_memblock(m, &annex->memblock.reserved));

DEFINE_SEQ_ATTRIBUTE(annex_page_owner);

/**
 * annex_debugfs_init() - create a pool's files
 * @annex: the pool, complete
 * @name: name of its directory
 *
 * Context: process, may sleep.
 */
void annex_debugfs_init(struct annex *annex, const char *name)
{
	struct dentry *dir = debugfs_create_dir(name, NULL);
	struct dentry *memblock = debugfs_create_dir("memblock", dir);
	struct dentry *tables = debugfs_create_dir("page_tables", dir);

	annex->debugfs = dir;
	debugfs_create_file("zoneinfo", 0444, dir, annex, &zoneinfo_fops);
	debugfs_create_file("buddyinfo", 0444, dir, annex, &buddyinfo_fops);
	debugfs_create_file("pagetypeinfo", 0400, dir, annex,
			    &pagetypeinfo_fops);
	debugfs_create_file("vmstat", 0444, dir, annex, &vmstat_fops);
	debugfs_create_file("layout", 0400, dir, annex, &layout_fops);
	debugfs_create_file("pool_map", 0400, dir, annex, &pool_map_fops);
	debugfs_create_file("pkmap", 0400, dir, annex, &pkmap_fops);
	debugfs_create_file("kmap_local", 0400, dir, annex, &kmap_local_fops);
	debugfs_create_file("slabinfo", 0400, dir, annex, &slabinfo_fops);
	debugfs_create_file("vmallocinfo", 0400, dir, annex, &vmallocinfo_fops);
	debugfs_create_file("validate", 0400, dir, annex, &validate_fops);
	if (annex->frames.owner)
		debugfs_create_file("page_owner", 0400, dir, annex,
				    &annex_page_owner_fops);
	debugfs_create_file("memory", 0444, memblock, annex, &memory_fops);
	debugfs_create_file("reserved", 0444, memblock, annex, &reserved_fops);
	annex_debugfs_fail(dir);
	debugfs_create_file("provisional", 0400, tables, annex,
			    &provisional_fops);
	debugfs_create_file("final", 0400, tables, annex, &final_fops);
	debugfs_create_file("process", 0400, tables, annex, &process_fops);
}

/**
 * annex_debugfs_exit() - remove a pool's files
 * @annex: the pool
 *
 * Context: process, may sleep: it waits for readers.
 */
void annex_debugfs_exit(struct annex *annex)
{
	debugfs_remove(annex->debugfs);
	annex_fail_listen(false);
	annex->debugfs = NULL;
}
