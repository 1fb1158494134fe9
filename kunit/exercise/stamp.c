// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stamps: contents by which a frame is known again.
 *
 * The first and the last word of each frame of a block get values made of the
 * frame's number, the word's place and a key, another one for each time a
 * block is allocated. A frame that two blocks share, one that some address
 * line aliases and one whose contents are an earlier owner's all fail the
 * check.
 *
 * A frame that is mapped is stamped and checked by its address.
 *
 * A lowmem frame has two ways to its contents, its address for ever and the
 * moment's window of annex_poke(). What is written by one way is read by the
 * other, so that they are shown to be the same memory.
 */
#include <linux/errno.h>
#include <linux/jhash.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "api/tests.h"
#include "exercise.h"

#define FIRST	0
#define LAST	(PAGE_SIZE - sizeof(u32))

static u32 word_of(annex_pfn_t pfn, unsigned int offset, u32 key)
{
	return jhash_3words(pfn, offset, key, 0);
}

static void put_word(struct annex_page *page, void *addr, unsigned int offset,
		     u32 word)
{
	if (addr)
		WRITE_ONCE(*(u32 *)(addr + offset), word);
	else
		annex_poke(page, offset, &word, sizeof(word));
}

static u32 get_word(struct annex_page *page, void *addr, unsigned int offset)
{
	u32 word = 0;

	if (addr)
		return READ_ONCE(*(u32 *)(addr + offset));
	annex_peek(page, offset, &word, sizeof(word));
	return word;
}

/**
 * exercise_stamp() - stamp each frame of a block
 * @page: its head, which the caller owns
 * @order: its order
 * @key: for this time
 *
 * Context: any but NMI.
 */
void exercise_stamp(struct annex_page *page, unsigned int order, u32 key)
{
	annex_pfn_t pfn = annex_page_to_pfn(page);
	struct annex_page *end = page + (1U << order);

	for (; page < end; page++, pfn++) {
		put_word(page, annex_page_address(page), FIRST,
			 word_of(pfn, FIRST, key));
		put_word(page, NULL, LAST, word_of(pfn, LAST, key));
	}
}

/**
 * exercise_check_stamp() - has a block kept what it was stamped with?
 * @page: its head
 * @order: its order
 * @key: as it was stamped with
 *
 * Context: process; it may speak.
 * Return: 0, or -EBADMSG.
 */
int exercise_check_stamp(struct annex_page *page, unsigned int order, u32 key)
{
	annex_pfn_t pfn = annex_page_to_pfn(page);
	struct annex_page *end = page + (1U << order);

	for (; page < end; page++, pfn++) {
		u32 first = get_word(page, NULL, FIRST);
		u32 last = get_word(page, annex_page_address(page), LAST);

		if (first == word_of(pfn, FIRST, key) &&
		    last == word_of(pfn, LAST, key))
			continue;
		exercise_say("frame %#x has %08x and %08x at its ends, not %08x and %08x\n",
			     pfn, first, last, word_of(pfn, FIRST, key),
			     word_of(pfn, LAST, key));
		return -EBADMSG;
	}
	return 0;
}

/**
 * exercise_stamp_at() - stamp a frame by an address of it
 * @addr: where it is mapped
 * @pfn: its number
 * @key: for this time
 *
 * Context: any.
 */
void exercise_stamp_at(void *addr, annex_pfn_t pfn, u32 key)
{
	put_word(NULL, addr, FIRST, word_of(pfn, FIRST, key));
	put_word(NULL, addr, LAST, word_of(pfn, LAST, key));
}

/**
 * exercise_has_stamp() - is what an address shows the frame that it should?
 * @addr: where it is mapped
 * @pfn: its number
 * @key: as it was stamped with
 *
 * Context: any.
 */
bool exercise_has_stamp(void *addr, annex_pfn_t pfn, u32 key)
{
	return get_word(NULL, addr, FIRST) == word_of(pfn, FIRST, key) &&
	       get_word(NULL, addr, LAST) == word_of(pfn, LAST, key);
}

/* Is a frame zero as a whole? In pieces that fit the stack. */
static bool is_zero(struct annex_page *page)
{
	u8 part[256];
	unsigned int offset;

	for (offset = 0; offset < PAGE_SIZE; offset += sizeof(part)) {
		annex_peek(page, offset, part, sizeof(part));
		if (memchr_inv(part, 0, sizeof(part)))
			return false;
	}
	return true;
}

/**
 * exercise_check_zero() - is a block zero as a whole?
 * @page: its head
 * @order: its order
 *
 * Context: process; it may speak.
 * Return: 0, or -EBADMSG.
 */
int exercise_check_zero(struct annex_page *page, unsigned int order)
{
	unsigned int i;

	for (i = 0; i < 1U << order; i++) {
		if (is_zero(page + i))
			continue;
		exercise_say("frame %#x is not zero\n",
			     annex_page_to_pfn(page + i));
		return -EBADMSG;
	}
	return 0;
}
