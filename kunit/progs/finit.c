// SPDX-License-Identifier: GPL-2.0-only
/*
 * finit MODULE [PARAMETER=VALUE]...: load a module, once.
 *
 * The insmod of busybox tries twice, in two ways, and prints words for the
 * error. This tries once and exits with the errno, so that a refusal can be
 * held to one line in the log and to the number it should have.
 */
#include "nolibc.h"

#define SIZE	4096

static char parameters[SIZE];

void run(int argc, char **argv)
{
	int fd, i, len = 0;

	if (argc < 2)
		fail("usage: finit MODULE [PARAMETER=VALUE]...\n");
	for (i = 2; i < argc; i++) {
		const char *from = argv[i];

		while (*from && len < SIZE - 2)
			parameters[len++] = *from++;
		parameters[len++] = ' ';
		if (len >= SIZE - 2)
			fail("the parameters are too long\n");
	}
	if (len)
		parameters[len - 1] = '\0';
	fd = syscall3(SYS_OPEN, (int)argv[1], 0, 0);
	if (fd < 0)
		fail("the module cannot be opened\n");
	finish(-syscall3(SYS_FINIT_MODULE, fd, (int)parameters, 0));
}
