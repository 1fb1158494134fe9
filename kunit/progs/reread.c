// SPDX-License-Identifier: GPL-2.0-only
/*
 * reread FILE: can a file be read backwards?
 *
 * Readers of /proc seek back: procps reads a file, rewinds and reads it again.
 * No applet of busybox insists on it, so this does. The file is read to its
 * end, then again from the middle, then again from its start, and must say
 * the same. A file that changes by itself is no subject for it.
 */
#include "nolibc.h"

#define SIZE	0x100000

static char first[SIZE], again[SIZE];

/* In small pieces, so that a seq_file has to go on where it stopped. */
static int read_all(int fd, char *buf)
{
	int len = 0, got;

	while ((got = syscall3(SYS_READ, fd, (int)(buf + len), 100)) > 0) {
		len += got;
		if (len > SIZE - 100)
			fail("the file is too long\n");
	}
	if (got < 0)
		fail("it cannot be read\n");
	return len;
}

static void check_from(int fd, int from, int len)
{
	int i;

	if (syscall3(SYS_LSEEK, fd, from, 0) != from)
		fail("it cannot be sought in\n");
	if (read_all(fd, again) != len - from)
		fail("it has another length after a seek\n");
	for (i = from; i < len; i++)
		if (again[i - from] != first[i])
			fail("it has other contents after a seek\n");
}

void run(int argc, char **argv)
{
	int fd, len;

	if (argc != 2)
		fail("usage: reread FILE\n");
	fd = syscall3(SYS_OPEN, (int)argv[1], 0, 0);
	if (fd < 0)
		fail("it cannot be opened\n");
	len = read_all(fd, first);
	if (!len)
		fail("it is empty\n");
	check_from(fd, len / 2, len);
	check_from(fd, 0, len);
	finish(0);
}
