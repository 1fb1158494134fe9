// SPDX-License-Identifier: GPL-2.0-only
/*
 * reread FILE: can a file be read backwards?
 *
 * Readers of /proc seek back: procps reads a file, rewinds and reads it again.
 * No applet of busybox insists on it, so this does. The file is read to its
 * end, then again from the middle, then again from its start, and must say
 * the same. A file that changes by itself is no subject for it.
 *
 * It is built without a C library, for there is none for the guest's
 * architecture: gcc -m32 -static -nostdlib -ffreestanding.
 */

#define SYS_EXIT	1
#define SYS_READ	3
#define SYS_WRITE	4
#define SYS_OPEN	5
#define SYS_LSEEK	19

#define SIZE		0x100000

static char first[SIZE], again[SIZE];

static int syscall(int nr, int a, int b, int c)
{
	int ret;

	asm volatile("int $0x80" : "=a" (ret)
		     : "0" (nr), "b" (a), "c" (b), "d" (c) : "memory");
	return ret;
}

static void fail(const char *why)
{
	int len = 0;

	while (why[len])
		len++;
	syscall(SYS_WRITE, 1, (int)why, len);
	syscall(SYS_EXIT, 1, 0, 0);
}

/* In small pieces, so that a seq_file has to go on where it stopped. */
static int read_all(int fd, char *buf)
{
	int len = 0, got;

	while ((got = syscall(SYS_READ, fd, (int)(buf + len), 100)) > 0) {
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

	if (syscall(SYS_LSEEK, fd, from, 0) != from)
		fail("it cannot be sought in\n");
	if (read_all(fd, again) != len - from)
		fail("it has another length after a seek\n");
	for (i = from; i < len; i++)
		if (again[i - from] != first[i])
			fail("it has other contents after a seek\n");
}

void reread(int *stack)
{
	int fd, len;

	if (stack[0] != 2)
		fail("usage: reread FILE\n");
	fd = syscall(SYS_OPEN, stack[2], 0, 0);
	if (fd < 0)
		fail("it cannot be opened\n");
	len = read_all(fd, first);
	if (!len)
		fail("it is empty\n");
	check_from(fd, len / 2, len);
	check_from(fd, 0, len);
	syscall(SYS_EXIT, 0, 0, 0);
}

/* The kernel leaves the number of arguments and the arguments on the stack. */
asm(".globl _start\n"
    "_start:\n"
    "	mov %esp, %eax\n"
    "	push %eax\n"
    "	call reread\n");
