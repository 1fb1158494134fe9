/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_BOOT_MEMORY_MAP_H
#define ANNEX_BOOT_MEMORY_MAP_H

#include <linux/types.h>

/*
 * Firmware passes a PC's kernel at most 128 entries in the zero page
 * (E820_MAX_ENTRIES_ZEROPAGE); the map of a pool has the same limit. Usable and
 * reserved entries alternate, so 128 of them hold 64 separate reserved ranges.
 */
#define ANNEX_MEMORY_MAP_MAX	128

/**
 * struct annex_range - a range of physical addresses
 * @start: first byte
 * @end: one past the last byte
 */
struct annex_range {
	u64 start;
	u64 end;
};

/**
 * enum annex_memory_map_type - permitted use of a range of the pool
 * @ANNEX_MEMORY_MAP_USABLE: handed out by the allocators
 * @ANNEX_MEMORY_MAP_RESERVED: has descriptors, but is never handed out
 */
enum annex_memory_map_type {
	ANNEX_MEMORY_MAP_USABLE,
	ANNEX_MEMORY_MAP_RESERVED,
};

/**
 * struct annex_memory_map_entry - one range of the memory map
 * @start: first byte, a host physical address
 * @end: one past the last byte
 * @type: permitted use of the range
 */
struct annex_memory_map_entry {
	u64 start;
	u64 end;
	enum annex_memory_map_type type;
};

/**
 * struct annex_memory_map - the memory map of one pool
 * @start: first byte of the pool, a host physical address
 * @end: one past the pool's last byte
 * @nr: entries in use
 * @entry: the entries, in ascending order
 */
struct annex_memory_map {
	u64 start;
	u64 end;
	unsigned int nr;
	struct annex_memory_map_entry entry[ANNEX_MEMORY_MAP_MAX];
};

int annex_parse_size(const char *s, const char **end, u64 *val);
int annex_parse_range(const char *s, char sep, struct annex_range *r,
		      const char **why);

void annex_memory_map_init(struct annex_memory_map *map, u64 start, u64 end);
int annex_memory_map_reserve(struct annex_memory_map *map, u64 start, u64 end);
int annex_memory_map_parse_reserve(struct annex_memory_map *map,
				   const char *list, const char **why);
bool annex_memory_map_valid(const struct annex_memory_map *map);

#endif /* ANNEX_BOOT_MEMORY_MAP_H */
