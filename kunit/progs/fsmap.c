// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings of a file, for scripts/test/guest-test.d/fs.sh.
 *
 * fsmap shared FILE	two processes write and see each other's stores, and read() does
 * fsmap private FILE	stores of a private mapping stay there, before and after fork()
 * fsmap truncate FILE	a page that was mapped is gone after ftruncate(): SIGBUS
 * fsmap punch FILE	and reads as zeros after a hole is punched there
 * fsmap full FILE	in a file system of 41 pages, a fault without a frame is SIGBUS, and
 *			that alone
 * fsmap populate FILE	MAP_POPULATE, mlock(), msync(), mprotect(), mremap(), madvise()
 * fsmap futex FILE	a shared futex is EEXIST
 * fsmap direct FILE DEVICE	O_DIRECT of a device into the mapping is EEXIST
 *
 * The file has PAGES pages of stamps when it is mapped. The exit status is the errno
 * of what failed, 255 for a wrong value.
 */
#include "nolibc.h"

#define SYS_FORK	2
#define SYS_WAIT4	114
#define SYS_MPROTECT	125
#define SYS_MSYNC	144
#define SYS_MLOCK	150
#define SYS_MREMAP	163
#define SYS_PREAD64	180
#define SYS_PWRITE64	181
#define SYS_MMAP2	192
#define SYS_FTRUNCATE64	194
#define SYS_MADVISE	219
#define SYS_FUTEX	240
#define SYS_FALLOCATE	324

#define O_RDWR		2
#define O_CREAT		0100
#define O_TRUNC		01000
#define O_DIRECT	040000

#define PROT_READ	1
#define PROT_RW		3
#define MAP_SHARED	1
#define MAP_PRIVATE	2
#define MAP_POPULATE	0x8000
#define MS_SYNC		4
#define MREMAP_MAYMOVE	1
#define MADV_DONTNEED	4
#define FUTEX_WAIT	0
#define KEEP_SIZE	1
#define PUNCH_HOLE	3	/* and keep the size */
#define SIGBUS		7
#define EEXIST		17

#define PAGE		4096
#define PAGES		40
#define WORDS		(PAGE / 4)

static unsigned int buf[WORDS];

static int must(int ret)
{
	if (ret < 0 && ret > -4096)
		finish(-ret);
	return ret;
}

static unsigned int stamp(unsigned int page, unsigned int seed)
{
	return (page + 1) * 2654435761u ^ seed << 24;
}

/* A file of stamps, which is open. */
static int make(const char *name, unsigned int seed)
{
	int fd = must(syscall3(SYS_OPEN, (int)name, O_RDWR | O_CREAT | O_TRUNC,
			       0600));
	unsigned int i, j;

	for (i = 0; i < PAGES; i++) {
		for (j = 0; j < WORDS; j++)
			buf[j] = stamp(i, seed);
		if (must(syscall3(SYS_WRITE, fd, (int)buf, PAGE)) != PAGE)
			fail("a short write\n");
	}
	return fd;
}

static unsigned int *map(int fd, int prot, int flags)
{
	return (void *)must(syscall6(SYS_MMAP2, 0, PAGES * PAGE, prot, flags,
				     fd, 0));
}

static void check(const unsigned int *p, unsigned int page,
		  unsigned int value)
{
	unsigned int j;

	for (j = 0; j < WORDS; j++)
		if (p[page * WORDS + j] != value)
			fail("a page has other contents\n");
}

static void check_file(int fd, unsigned int page, unsigned int value)
{
	if (must(syscall6(SYS_PREAD64, fd, (int)buf, PAGE, page * PAGE, 0,
			  0)) != PAGE)
		fail("a short read\n");
	check(buf, 0, value);
}

static void fill(unsigned int *p, unsigned int page,
		 unsigned int value)
{
	unsigned int j;

	for (j = 0; j < WORDS; j++)
		p[page * WORDS + j] = value;
}

/* The status of a child that runs a function. */
static int child(void (*fn)(unsigned int *p),
		 unsigned int *p)
{
	int status = 0, pid = must(syscall3(SYS_FORK, 0, 0, 0));

	if (!pid) {
		fn(p);
		finish(0);
	}
	must(syscall6(SYS_WAIT4, pid, (int)&status, 0, 0, 0, 0));
	return status;
}

static void write_all(unsigned int *p)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++) {
		check(p, i, stamp(i, 1));
		fill(p, i, stamp(i, 2));
	}
}

static void shared(int fd)
{
	unsigned int *p = map(fd, PROT_RW, MAP_SHARED);
	unsigned int i;

	check(p, 3, stamp(3, 1));
	if (child(write_all, p))
		fail("the child fails\n");
	for (i = 0; i < PAGES; i++) {
		check(p, i, stamp(i, 2));
		check_file(fd, i, stamp(i, 2));
	}
	for (i = 0; i < WORDS; i++)
		buf[i] = stamp(5, 3);
	must(syscall6(SYS_PWRITE64, fd, (int)buf, PAGE, 5 * PAGE, 0, 0));
	check(p, 5, stamp(5, 3));
}

static void private(int fd)
{
	unsigned int *p = map(fd, PROT_RW, MAP_PRIVATE);
	unsigned int i;

	/* Half of them are read first. */
	for (i = 0; i < PAGES; i += 2)
		check(p, i, stamp(i, 1));
	for (i = 0; i < PAGES / 2; i++)
		fill(p, i, stamp(i, 4));
	for (i = 0; i < PAGES / 2; i++)
		check_file(fd, i, stamp(i, 1));
	if (child(write_all, p + PAGES / 2 * WORDS) == 0)
		fail("the child has seen other pages\n");
	for (i = 0; i < PAGES; i++)
		check(p, i, stamp(i, i < PAGES / 2 ? 4 : 1));
}

static void touch_first(unsigned int *p)
{
	if (*p == 0xdead)
		finish(1);
}

static void truncate(int fd)
{
	unsigned int *p = map(fd, PROT_RW, MAP_SHARED);
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		check(p, i, stamp(i, 1));
	must(syscall6(SYS_FTRUNCATE64, fd, 2 * PAGE + 4, 0, 0, 0, 0));
	if (child(touch_first, p + 3 * WORDS) != SIGBUS)
		fail("no SIGBUS beyond the end\n");
	if (p[2 * WORDS] != stamp(2, 1) || p[2 * WORDS + 1])
		fail("the last page is wrong\n");
	p[2 * WORDS + 7] = 1;
	must(syscall6(SYS_FTRUNCATE64, fd, PAGES * PAGE, 0, 0, 0, 0));
	if (p[2 * WORDS + 7])
		fail("what stood behind the end is there\n");
	check(p, 3, 0);
	check(p, PAGES - 1, 0);
}

static void punch(int fd)
{
	unsigned int *p = map(fd, PROT_RW, MAP_SHARED);
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		check(p, i, stamp(i, 1));
	must(syscall6(SYS_FALLOCATE, fd, PUNCH_HOLE, 4 * PAGE, 0, 30 * PAGE,
		      0));
	for (i = 0; i < PAGES; i++)
		check(p, i, i < 4 || i >= 34 ? stamp(i, 1) : 0);
}

static void touch_all(unsigned int *p)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		p[i * WORDS] = i + 1;
}

static void exhaust(int fd)
{
	unsigned int *p;

	must(syscall6(SYS_FTRUNCATE64, fd, 0, 0, 0, 0, 0));
	must(syscall6(SYS_FTRUNCATE64, fd, PAGES * PAGE, 0, 0, 0, 0));
	/* It takes room behind the end. */
	must(syscall6(SYS_FALLOCATE, fd, KEEP_SIZE, PAGES * PAGE, 0,
		      30 * PAGE, 0));
	p = map(fd, PROT_RW, MAP_SHARED);
	if (child(touch_all, p) != SIGBUS)
		fail("no SIGBUS of a full file system\n");
	if (*p != 1)
		fail("the first page has no store\n");
}

static void populate(int fd)
{
	unsigned int *p = map(fd, PROT_RW, MAP_SHARED | MAP_POPULATE);
	unsigned int i;

	must(syscall3(SYS_MLOCK, (int)p, PAGES * PAGE, 0));
	must(syscall3(SYS_MSYNC, (int)p, PAGES * PAGE, MS_SYNC));
	must(syscall3(SYS_MPROTECT, (int)p, PAGES * PAGE, PROT_READ));
	must(syscall3(SYS_MPROTECT, (int)p, PAGES * PAGE, PROT_RW));
	fill(p, 1, 77);
	p = (void *)must(syscall6(SYS_MREMAP, (int)p, PAGES * PAGE,
				  2 * PAGES * PAGE, MREMAP_MAYMOVE, 0, 0));
	must(syscall3(SYS_MADVISE, (int)p, PAGES * PAGE, MADV_DONTNEED));
	for (i = 0; i < PAGES; i++)
		check(p, i, i == 1 ? 77 : stamp(i, 1));
	if (child(touch_first, p + PAGES * WORDS) != SIGBUS)
		fail("no SIGBUS beyond the file\n");
}

static void wait_shared(int fd)
{
	unsigned int *p = map(fd, PROT_RW, MAP_SHARED);

	fill(p, 0, 1);
	if (syscall6(SYS_FUTEX, (int)p, FUTEX_WAIT, 0, 0, 0, 0) != -EEXIST)
		fail("a shared futex is not EEXIST\n");
}

static void direct(int fd, const char *device)
{
	unsigned int *p = map(fd, PROT_RW, MAP_SHARED);
	int from = must(syscall3(SYS_OPEN, (int)device, O_RDWR | O_DIRECT, 0));

	fill(p, 0, 1);
	if (syscall3(SYS_READ, from, (int)p, PAGE) != -EEXIST)
		fail("O_DIRECT into a mapping is not EEXIST\n");
	check(p, 0, 1);
}

void run(int argc, char **argv)
{
	int fd;

	if (argc < 3)
		fail("fsmap: which, and a file\n");
	fd = make(argv[2], 1);
	switch (argv[1][0] << 8 | argv[1][1]) {
	case 's' << 8 | 'h':
		shared(fd);
		break;
	case 'p' << 8 | 'r':
		private(fd);
		break;
	case 't' << 8 | 'r':
		truncate(fd);
		break;
	case 'p' << 8 | 'u':
		punch(fd);
		break;
	case 'f' << 8 | 'u':
		argv[1][3] == 'l' ? exhaust(fd) : wait_shared(fd);
		break;
	case 'p' << 8 | 'o':
		populate(fd);
		break;
	case 'd' << 8 | 'i':
		direct(fd, argv[3]);
		break;
	default:
		fail("fsmap: which?\n");
	}
	finish(0);
}
