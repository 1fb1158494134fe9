/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_DEBUGFS_DEBUGFS_H
#define ANNEX_DEBUGFS_DEBUGFS_H

struct annex;
struct dentry;

void annex_debugfs_init(struct annex *annex, const char *name);
void annex_debugfs_fail(struct dentry *dir);
void annex_debugfs_exit(struct annex *annex);

#endif /* ANNEX_DEBUGFS_DEBUGFS_H */
