// SPDX-License-Identifier: GPL-2.0-only
/*
 * What busybox cannot do to a block device, for scripts/test/guest-test.d/blk.sh.
 *
 * blkio put FILE TEXT            write it by one call
 * blkio fill FILE SEED MB [FIRST]
 *                                stamp so many megabytes, from that one on, past
 *                                the page cache
 * blkio check FILE SEED MB [FIRST]
 *                                are they there?
 * blkio memory MB ROUNDS         stamp memory that is more than the machine has,
 *                                check it and stamp it anew, so many times
 * blkio sparse MB ROUNDS         the same, with stamps that a quarter of a page holds:
 *                                zswap compresses such a page
 * blkio zeroout FILE START LEN   BLKZEROOUT of a range
 * blkio nowait FILE              stamp the first page with RWF_NOWAIT
 *
 * A stamp fills a page; each word is of the page's number, its own, and a seed. Of a
 * sparse one the words of the last three quarters are equal.
 * The exit status is the errno of what failed, 255 for a wrong stamp.
 */
#include "nolibc.h"

#define SYS_IOCTL	54
#define SYS_PREAD64	180
#define SYS_PWRITE64	181
#define SYS_MMAP2	192
#define SYS_PWRITEV2	379

#define O_WRONLY	1
#define O_RDWR		2
#define O_DIRECT	040000
#define BLKZEROOUT	0x127f
#define RWF_NOWAIT	8

#define PAGE		4096
#define WORDS		(PAGE / 4)
#define CHUNK		64	/* pages a call */

/* Where direct I/O may go. */
static unsigned int space[(CHUNK + 1) * WORDS];
static unsigned int *buf;

/* The words of a page that differ. */
static unsigned int differ = WORDS;

static unsigned int stamp(unsigned int page, unsigned int word,
			  unsigned int seed)
{
	if (word > differ)
		word = differ;
	return (page * 2654435761u) ^ (word * 40503u) ^ (seed << 24) ^ seed;
}

static void write_stamp(unsigned int *p, unsigned int page, unsigned int seed)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		p[i] = stamp(page, i, seed);
}

static void check_stamp(const unsigned int *p, unsigned int page,
			unsigned int seed)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		if (p[i] != stamp(page, i, seed))
			fail("a page has another stamp\n");
}

static unsigned int number(const char *text)
{
	unsigned int n = 0;

	while (*text >= '0' && *text <= '9')
		n = n * 10 + *text++ - '0';
	return n;
}

static int open_file(const char *name, int flags)
{
	int fd = syscall3(SYS_OPEN, (int)name, flags, 0);

	if (fd < 0)
		finish(-fd);
	return fd;
}

static void put(const char *file, const char *text)
{
	int len = 0, done;

	while (text[len])
		len++;
	done = syscall3(SYS_WRITE, open_file(file, O_WRONLY), (int)text, len);
	finish(done < 0 ? -done : 0);
}

/* SYS_PREAD64 or SYS_PWRITE64 of a chunk, from a page of the file on. */
static int transfer(int call, int fd, unsigned int page)
{
	return syscall6(call, fd, (int)buf, CHUNK * PAGE, page << 12,
			page >> 20, 0);
}

static void fill(const char *file, unsigned int seed, unsigned int mb,
		 unsigned int first)
{
	int fd = open_file(file, O_RDWR | O_DIRECT), done;
	unsigned int page, i;

	for (page = first * 256; page < (first + mb) * 256; page += CHUNK) {
		for (i = 0; i < CHUNK; i++)
			write_stamp(buf + i * WORDS, page + i, seed);
		done = transfer(SYS_PWRITE64, fd, page);
		if (done < 0)
			finish(-done);
		if (done != CHUNK * PAGE)
			finish(28); /* what a short write is due to: ENOSPC */
	}
	finish(0);
}

static void check(const char *file, unsigned int seed, unsigned int mb,
		  unsigned int first)
{
	int fd = open_file(file, O_RDWR | O_DIRECT);
	unsigned int page, i;

	for (page = first * 256; page < (first + mb) * 256; page += CHUNK) {
		if (transfer(SYS_PREAD64, fd, page) != CHUNK * PAGE)
			fail("it cannot be read to its end\n");
		for (i = 0; i < CHUNK; i++)
			check_stamp(buf + i * WORDS, page + i, seed);
	}
	finish(0);
}

/* Private anonymous memory, which comes as it is touched. */
static void memory(unsigned int mb, unsigned int rounds)
{
	unsigned int *mem, page, seed, pages = mb * 256;
	int at = syscall6(SYS_MMAP2, 0, pages * PAGE, 3, 0x22, -1, 0);

	if (at < 0 && at > -PAGE)
		finish(-at);
	mem = (unsigned int *)at;
	for (page = 0; page < pages; page++)
		write_stamp(mem + page * WORDS, page, 1);
	for (seed = 1; seed <= rounds; seed++)
		for (page = 0; page < pages; page++) {
			check_stamp(mem + page * WORDS, page, seed);
			write_stamp(mem + page * WORDS, page, seed + 1);
		}
	for (page = 0; page < pages; page++)
		check_stamp(mem + page * WORDS, page, seed);
	finish(0);
}

static void zeroout(const char *file, unsigned int start, unsigned int len)
{
	unsigned long long range[2] = { start, len };

	finish(-syscall3(SYS_IOCTL, open_file(file, O_RDWR), BLKZEROOUT,
			 (int)range));
}

static void nowait(const char *file)
{
	int iov[2] = { (int)buf, PAGE };
	int done;

	write_stamp(buf, 0, 1);
	done = syscall6(SYS_PWRITEV2, open_file(file, O_RDWR | O_DIRECT),
			(int)iov, 1, 0, 0, RWF_NOWAIT);
	finish(done < 0 ? -done : 0);
}

static int is(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

void run(int argc, char **argv)
{
	buf = (unsigned int *)(((int)space + PAGE - 1) & -PAGE);
	if (argc == 4 && is(argv[1], "put"))
		put(argv[2], argv[3]);
	if ((argc == 5 || argc == 6) && is(argv[1], "fill"))
		fill(argv[2], number(argv[3]), number(argv[4]),
		     argc == 6 ? number(argv[5]) : 0);
	if ((argc == 5 || argc == 6) && is(argv[1], "check"))
		check(argv[2], number(argv[3]), number(argv[4]),
		      argc == 6 ? number(argv[5]) : 0);
	if (argc == 4 && is(argv[1], "memory"))
		memory(number(argv[2]), number(argv[3]));
	if (argc == 4 && is(argv[1], "sparse")) {
		differ = WORDS / 4;
		memory(number(argv[2]), number(argv[3]));
	}
	if (argc == 5 && is(argv[1], "zeroout"))
		zeroout(argv[2], number(argv[3]), number(argv[4]));
	if (argc == 3 && is(argv[1], "nowait"))
		nowait(argv[2]);
	fail("usage: blkio put|fill|check|memory|sparse|zeroout|nowait ...\n");
}
