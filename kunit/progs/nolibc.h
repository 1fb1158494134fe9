/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_PROGS_NOLIBC_H
#define ANNEX_KUNIT_PROGS_NOLIBC_H

/*
 * What the guest's own two programs need of a C library. There is none for
 * the guest's architecture on the machine that builds them:
 *
 *   gcc -m32 -static -nostdlib -ffreestanding
 */

#define SYS_EXIT		1
#define SYS_READ		3
#define SYS_WRITE		4
#define SYS_OPEN		5
#define SYS_LSEEK		19
#define SYS_FINIT_MODULE	350

/* Returns what the kernel does: a negative errno for an error. */
static inline int syscall3(int nr, int a, int b, int c)
{
	int ret;

	asm volatile("int $0x80" : "=a" (ret)
		     : "0" (nr), "b" (a), "c" (b), "d" (c) : "memory");
	return ret;
}

/* The same. The sixth argument goes in ebp, which the compiler may use. */
static inline int syscall6(int nr, int a, int b, int c, int d, int e, int f)
{
	int args[2] = { nr, f };
	int ret;

	asm volatile("push %%ebp\n\tmov 4(%%eax), %%ebp\n\tmov (%%eax), %%eax\n\t"
		     "int $0x80\n\tpop %%ebp"
		     : "=a" (ret)
		     : "0" (args), "b" (a), "c" (b), "d" (c), "S" (d), "D" (e)
		     : "memory");
	return ret;
}

static inline void finish(int status)
{
	syscall3(SYS_EXIT, status, 0, 0);
	__builtin_unreachable();
}

static inline void fail(const char *why)
{
	int len = 0;

	while (why[len])
		len++;
	syscall3(SYS_WRITE, 1, (int)why, len);
	finish(255);
}

/* Each program has it. The kernel leaves both on the stack. */
void run(int argc, char **argv);

asm(".globl _start\n"
	"_start:\n"
	"	mov (%esp), %eax\n"
	"	lea 4(%esp), %edx\n"
	"	and $-16, %esp\n"
	"	sub $8, %esp\n"
	"	push %edx\n"
	"	push %eax\n"
	"	call run\n");

#endif /* ANNEX_KUNIT_PROGS_NOLIBC_H */
