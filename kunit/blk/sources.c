// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sources of annex_blk, without its module parameters and its class: for the
 * pool that a suite chooses.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "own_api.h"

#include "blk/count.c"
#include "blk/disk.c"
#include "blk/io.c"
#include "blk/refuse.c"
#include "blk/size.c"
#include "blk/sysfs.c"
