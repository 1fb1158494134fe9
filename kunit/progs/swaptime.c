// SPDX-License-Identifier: GPL-2.0-only
/*
 * swaptime MB: what it costs to swap out a page, and to have it back.
 *
 * Memory is written, 32 bytes of noise beside 32 that repeat, then pushed out by MADV_PAGEOUT, then
 * read, a page a fault. The costs are of the processor's time stamp counter,
 * which counts instructions in a guest with --icount; the fewest of five rounds.
 * Swapping in counts from the fault to the instruction behind it.
 */
#include "nolibc.h"

#define SYS_OLD_MMAP	90
#define SYS_MADVISE	219

#define MADV_NOHUGEPAGE	15
#define MADV_PAGEOUT	21

#define PAGE		4096
#define ROUNDS		5

static int map(unsigned int len)
{
	/* struct mmap_arg_struct of the old call, which has one argument. */
	unsigned int args[6] = { 0, len, 3, 0x22, -1, 0 };

	return syscall3(SYS_OLD_MMAP, (int)args, 0, 0);
}

static unsigned int cycles(void)
{
	unsigned int low, high;

	asm volatile("rdtsc" : "=a" (low), "=d" (high) : : "memory");
	return low;
}

static void print(const char *name, unsigned int n)
{
	char text[64];
	char digits[12];
	int len = 0, i = 0;

	while (*name)
		text[len++] = *name++;
	do
		digits[i++] = '0' + n % 10;
	while (n /= 10);
	while (i)
		text[len++] = digits[--i];
	text[len++] = '\n';
	syscall3(SYS_WRITE, 1, (int)text, len);
}

static void touch(unsigned int *mem, unsigned int pages, unsigned int seed)
{
	unsigned int i;

	for (i = 0; i < pages * (PAGE / 4); i++) {
		seed = seed * 1664525 + 1013904223;
		mem[i] = i & 8 ? i & 7 : seed;
	}
}

/* Each page is looked at, so that the compiler cannot leave one out. */
static void look(const unsigned int *mem, unsigned int pages)
{
	unsigned int i;

	for (i = 0; i < pages; i++)
		asm volatile("" : : "r" (mem[i * (PAGE / 4)]));
}

void run(int argc, char **argv)
{
	unsigned int pages = 0, round, start, out = -1, in = -1;
	const char *digit = argc > 1 ? argv[1] : "";
	unsigned int *mem;

	while (*digit >= '0' && *digit <= '9')
		pages = pages * 10 + *digit++ - '0';
	pages *= 256;
	mem = (unsigned int *)map(pages * PAGE);
	if ((int)mem < 0 && (int)mem > -PAGE)
		fail("usage: swaptime MB\n");
	syscall3(SYS_MADVISE, (int)mem, pages * PAGE, MADV_NOHUGEPAGE);
	for (round = 0; round < ROUNDS; round++) {
		touch(mem, pages, round);
		start = cycles();
		if (syscall3(SYS_MADVISE, (int)mem, pages * PAGE, MADV_PAGEOUT))
			fail("MADV_PAGEOUT fails\n");
		start = (cycles() - start) / pages;
		out = start < out ? start : out;
		start = cycles();
		look(mem, pages);
		start = (cycles() - start) / pages;
		in = start < in ? start : in;
	}
	print("swap_out ", out);
	print("swap_in ", in);
	finish(0);
}
