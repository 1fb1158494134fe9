/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_WATERMARK_H
#define ANNEX_PAGE_WATERMARK_H

/*
 * Whether a zone has enough free frames for a request: the arithmetic of
 * watermarks and reserves.
 */

/* A request's access to the reserves of a zone. */
#define ANNEX_ALLOC_MIN_RESERVE	0x1U	/* may use half of what min keeps */
#define ANNEX_ALLOC_NON_BLOCK	0x2U	/* and then a quarter of the rest */
#define ANNEX_ALLOC_HIGHATOMIC	0x4U	/* may use HighAtomic pageblocks */
#define ANNEX_ALLOC_NO_MARKS	0x8U	/* may use all free frames */

/**
 * annex_watermark_floor() - how many free frames a request must leave
 * @order: the order of the request
 * @mark: the watermark that must hold
 * @reserve: the lowmem_reserve of the zone for this request
 * @alloc_flags: ANNEX_ALLOC_*
 *
 * The kernel's rule: all frames of the requested block but one are subtracted
 * from the free frames. ANNEX_ALLOC_MIN_RESERVE lowers the mark by half, and
 * ANNEX_ALLOC_NON_BLOCK besides by a quarter of the rest. More frames than mark
 * and @reserve must then be free. With ANNEX_ALLOC_NO_MARKS the floor is 0.
 *
 * Context: any; a function of its arguments.
 * Return: more frames than this must be free for the request to be served.
 */
static inline unsigned long annex_watermark_floor(unsigned int order,
						  unsigned long mark,
						  unsigned long reserve,
						  unsigned int alloc_flags)
{
	if (alloc_flags & ANNEX_ALLOC_NO_MARKS)
		return 0;
	if (alloc_flags & ANNEX_ALLOC_MIN_RESERVE) {
		mark -= mark / 2;
		if (alloc_flags & ANNEX_ALLOC_NON_BLOCK)
			mark -= mark / 4;
	}
	return mark + reserve + (1UL << order) - 1;
}

/**
 * annex_watermark_headroom() - free frames above a request's floor
 * @free: its free frames
 * @order: as for annex_watermark_floor()
 * @mark: as for annex_watermark_floor()
 * @reserve: as for annex_watermark_floor()
 * @alloc_flags: as for annex_watermark_floor()
 *
 * This does not check that a block of @order exists.
 *
 * Context: any; a function of its arguments.
 * Return: frames above the floor; 0 if the zone may not serve the request.
 */
static inline unsigned long
annex_watermark_headroom(unsigned long free, unsigned int order,
			 unsigned long mark, unsigned long reserve,
			 unsigned int alloc_flags)
{
	unsigned long floor = annex_watermark_floor(order, mark, reserve,
						    alloc_flags);

	return free > floor ? free - floor : 0;
}

#endif /* ANNEX_PAGE_WATERMARK_H */
