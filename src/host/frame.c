// SPDX-License-Identifier: GPL-2.0-only
/*
 * Short accesses to the contents of one frame.
 *
 * A frame beyond lowmem has no address. annex itself accesses contents, to zero
 * a page or to test memory, between annex_frame_enter() and
 * annex_frame_leave(), with interrupts off: each CPU has few scratch pages, and
 * an interrupt may need them as well. Longer accesses use kmap_local().
 *
 * Nothing here sleeps or fails. Not for NMI.
 */
#include <linux/mm.h>
#include <linux/string.h>

#include "base/for_kunit.h"
#include "host/frame.h"

#define FRAME_WORDS	(PAGE_SIZE / sizeof(u32))

/**
 * annex_frame_clear() - fill a frame with zeroes
 * @host: the host's resources of the pool
 * @host_pfn: the frame
 *
 * Context: any but NMI.
 */
void annex_frame_clear(struct annex_host *host, unsigned long host_pfn)
{
	unsigned long flags;

	clear_page(annex_frame_enter(host, host_pfn, &flags));
	annex_frame_leave(flags);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_frame_clear);

/**
 * annex_frame_read() - copy out of a frame
 * @host: the host's resources of the pool
 * @host_pfn: the frame
 * @offset: first byte of it
 * @buf: where to
 * @len: bytes, not beyond the end of the frame
 *
 * Context: any but NMI. @buf is not paged out memory.
 */
void annex_frame_read(struct annex_host *host, unsigned long host_pfn,
		      unsigned int offset, void *buf, unsigned int len)
{
	unsigned long flags;

	memcpy(buf, annex_frame_enter(host, host_pfn, &flags) + offset, len);
	annex_frame_leave(flags);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_frame_read);

/**
 * annex_frame_write() - copy into a frame
 * @host: the host's resources of the pool
 * @host_pfn: the frame
 * @offset: first byte of it
 * @buf: where from
 * @len: bytes, not beyond the end of the frame
 *
 * Context: any but NMI. @buf is not paged out memory.
 */
void annex_frame_write(struct annex_host *host, unsigned long host_pfn,
		       unsigned int offset, const void *buf, unsigned int len)
{
	unsigned long flags;

	memcpy(annex_frame_enter(host, host_pfn, &flags) + offset, buf, len);
	annex_frame_leave(flags);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_frame_write);

/**
 * annex_frame_fill() - fill a frame with one value
 * @host: the host's resources of the pool
 * @host_pfn: the frame
 * @value: for each of its 1024 words
 *
 * Context: any but NMI.
 */
void annex_frame_fill(struct annex_host *host, unsigned long host_pfn,
		      u32 value)
{
	unsigned long flags;

	memset32(annex_frame_enter(host, host_pfn, &flags), value, FRAME_WORDS);
	annex_frame_leave(flags);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_frame_fill);

/**
 * annex_frame_mismatch() - does a frame hold what annex_frame_fill() wrote?
 * @host: the host's resources of the pool
 * @host_pfn: the frame
 * @value: the value that each word should have
 * @found: set to the first other value
 *
 * Context: any but NMI.
 * Return: index of the first word that differs, -1 if none does.
 */
int annex_frame_mismatch(struct annex_host *host, unsigned long host_pfn,
			 u32 value, u32 *found)
{
	unsigned long flags;
	const u32 *word = annex_frame_enter(host, host_pfn, &flags);
	int i, bad = -1;

	for (i = 0; i < FRAME_WORDS; i++) {
		u32 is = READ_ONCE(word[i]);

		if (is != value) {
			*found = is;
			bad = i;
			break;
		}
	}
	annex_frame_leave(flags);
	return bad;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_frame_mismatch);
