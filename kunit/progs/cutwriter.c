// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes to a block device until the power is cut, for scripts/test/power-cut, and
 * keeps a journal in its own memory, which is found in the image of the machine's.
 *
 * cutwriter FILE MB WRITER WRITERS SEED
 *
 * Each of several writers has its own pages of the device: in the first half runs of
 * 64 pages by turns, so that all are in each leaf of the table; in the second half
 * whole leaves of 1024 pages by turns, so that leaves come and go. It writes, writes
 * zeros, discards, and zeroes out, up to 64 pages at a time, or discards a leaf.
 *
 * A page of generation g at index i has 512 pairs of words:
 *
 *   low word   i, 24 bits | lowest 8 bits of g
 *   high word  rest of g, 23 bits | number of the pair, 9 bits
 *
 * A page of the journal has a magic, the first index, the number of indices, and for
 * each index two words: the generation that is on the device, and the one that is
 * being written; 0 for a hole, and bit 31 for zeros that may have a frame, which is
 * what zeroing out leaves. They differ while a request is in progress.
 */
#include "nolibc.h"

#define SYS_IOCTL	54

#define O_RDWR		2
#define O_DIRECT	040000
#define BLKDISCARD	0x1277
#define BLKZEROOUT	0x127f

#define PAGE		4096
#define PAIRS		(PAGE / 8)
#define ZEROED		0x80000000u
#define RUN		64	/* pages of a request, and of a run of one writer */
#define LEAF		1024	/* pages */
#define MAX_PAGES	65536

#define PER_JOURNAL	510	/* indices of a page of the journal */
#define JOURNALS	((MAX_PAGES + PER_JOURNAL - 1) / PER_JOURNAL)

struct journal {
	char magic[8];
	unsigned int first;
	unsigned int nr;
	unsigned int state[PER_JOURNAL][2];
};

static char journal_space[(JOURNALS + 1) * PAGE];
static struct journal *journals;
static char space[(RUN + 1) * PAGE];
static unsigned int *buf;
static unsigned int rnd, generation;

static unsigned int below(unsigned int n)
{
	rnd ^= rnd << 13;
	rnd ^= rnd >> 17;
	rnd ^= rnd << 5;
	return rnd % n;
}

/* Into the journal: 0 is the word for what is there, 1 for what is to be there. */
static void note(unsigned int first, unsigned int nr, int which,
		 unsigned int gen)
{
	unsigned int i;

	for (i = first; i < first + nr; i++)
		journals[i / PER_JOURNAL].state[i % PER_JOURNAL][which] = gen;
	/* In this order, whatever the compiler makes of it. */
	asm volatile("" : : : "memory");
}

static void begin_journal(unsigned int pages)
{
	static const char magic[8] = "ANNEXJRN";
	struct journal *j = journals;
	unsigned int first, i;

	for (first = 0; first < pages; first += PER_JOURNAL, j++) {
		j->first = first;
		j->nr = PER_JOURNAL;
		for (i = 0; i < 8; i++)
			j->magic[i] = magic[i];
	}
}

static void stamp(unsigned int *p, unsigned int index, unsigned int gen)
{
	unsigned int i;

	for (i = 0; i < PAIRS; i++) {
		p[2 * i] = index | gen << 24;
		p[2 * i + 1] = gen >> 8 | i << 23;
	}
}

static int request(int fd, int cmd, unsigned int first, unsigned int nr)
{
	unsigned long long range[2] = {
		(unsigned long long)first * PAGE, nr * PAGE,
	};
	int done;

	if (cmd)
		return syscall3(SYS_IOCTL, fd, cmd, (int)range);
	if (syscall3(SYS_LSEEK, fd, first * PAGE, 0) < 0)
		return -1;
	done = syscall3(SYS_WRITE, fd, (int)buf, nr * PAGE);
	return done == (int)(nr * PAGE) ? 0 : -1;
}

/* A generation, ZEROED or 0 for holes is to be at these indices. */
static void put(int fd, int cmd, unsigned int first, unsigned int nr,
		unsigned int gen)
{
	note(first, nr, 1, gen);
	if (request(fd, cmd, first, nr))
		fail("a request failed\n");
	note(first, nr, 0, gen);
}

static void write_some(int fd, unsigned int first, unsigned int nr)
{
	unsigned int i;

	generation++;
	for (i = 0; i < nr; i++)
		stamp(buf + i * 2 * PAIRS, first + i, generation);
	put(fd, 0, first, nr, generation);
}

static void write_zeros(int fd, unsigned int first, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr * 2 * PAIRS; i++)
		buf[i] = 0;
	put(fd, 0, first, nr, 0);
}

static void step(int fd, unsigned int first, unsigned int room)
{
	unsigned int start = below(room), nr = room - start;

	nr = 1 + below(nr < RUN ? nr : RUN);
	switch (below(8)) {
	case 0:
		if (room == LEAF && below(2))
			start = 0, nr = LEAF;
		put(fd, BLKDISCARD, first + start, nr, 0);
		break;
	case 1:
		put(fd, BLKZEROOUT, first + start, nr, ZEROED);
		break;
	case 2:
		write_zeros(fd, first + start, nr);
		break;
	default:
		write_some(fd, first + start, nr);
	}
}

static unsigned int number(const char *text)
{
	unsigned int n = 0;

	while (*text >= '0' && *text <= '9')
		n = n * 10 + *text++ - '0';
	return n;
}

void run(int argc, char **argv)
{
	unsigned int half, writer, writers;
	int fd;

	if (argc != 6)
		fail("usage: cutwriter FILE MB WRITER WRITERS SEED\n");
	half = number(argv[2]) * (1048576 / PAGE) / 2;
	writer = number(argv[3]);
	writers = number(argv[4]);
	rnd = (number(argv[5]) * 64 + writer) * 2654435761u | 1;
	if (half > MAX_PAGES / 2 || half < LEAF * writers)
		fail("too large, or too small for so many writers\n");
	buf = (unsigned int *)(((int)space + PAGE - 1) & -PAGE);
	journals = (struct journal *)(((int)journal_space + PAGE - 1) & -PAGE);
	begin_journal(2 * half);
	fd = syscall3(SYS_OPEN, (int)argv[1], O_RDWR | O_DIRECT, 0);
	if (fd < 0)
		fail("the device cannot be opened\n");
	for (;;) {
		unsigned int turn = below(half / RUN / writers);

		if (below(2))
			step(fd, (turn * writers + writer) * RUN, RUN);
		turn = below(half / LEAF / writers);
		step(fd, half + (turn * writers + writer) * LEAF, LEAF);
	}
}
