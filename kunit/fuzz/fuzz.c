// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is between libFuzzer and a target: reading the bytes, and failing.
 *
 * A failure ends the program, with what was found on standard error: libFuzzer
 * takes it for the crash that it is, and keeps the input.
 */
#include "fuzz.h"

bool fuzz_irqs_off;
struct task_struct fuzz_task;

/**
 * fuzz_fail() - something is not as it should be
 * @file: where that was seen
 * @line: where in it
 * @fmt: what
 */
void fuzz_fail(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "%s:%d: ", file, line);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}

/**
 * fuzz_violation() - what a recount reports is a failure
 * @arg: unused
 * @vaf: the line
 */
void fuzz_violation(void *arg, struct va_format *vaf)
{
	char line[256];

	vsnprintf(line, sizeof(line), vaf->fmt, *vaf->va);
	fuzz_fail(__FILE__, __LINE__, "does not hold: %s", line);
}

/**
 * fuzz_more() - is there anything left to read?
 * @in: the input
 */
bool fuzz_more(const struct fuzz_input *in)
{
	return in->at < in->end;
}

u8 fuzz_u8(struct fuzz_input *in)
{
	return fuzz_more(in) ? *in->at++ : 0;
}

u16 fuzz_u16(struct fuzz_input *in)
{
	u16 low = fuzz_u8(in);

	return low | fuzz_u8(in) << 8;
}

u32 fuzz_u32(struct fuzz_input *in)
{
	u32 low = fuzz_u16(in);

	return low | (u32)fuzz_u16(in) << 16;
}

u64 fuzz_u64(struct fuzz_input *in)
{
	u64 low = fuzz_u32(in);

	return low | (u64)fuzz_u32(in) << 32;
}

/**
 * fuzz_below() - a number below another
 * @in: the input; one byte of it, two if need be
 * @n: not 0, and at most 65536
 */
u32 fuzz_below(struct fuzz_input *in, u32 n)
{
	return (n > 256 ? fuzz_u16(in) : fuzz_u8(in)) % n;
}

/**
 * fuzz_text() - a string: up to a byte of 0, or what there is
 * @in: the input
 * @text: filled
 * @size: of it
 */
const char *fuzz_text(struct fuzz_input *in, char *text, size_t size)
{
	size_t n = 0;

	while (n < size - 1 && fuzz_more(in)) {
		text[n] = fuzz_u8(in);
		if (!text[n])
			break;
		n++;
	}
	text[n] = '\0';
	return text;
}

/* What libFuzzer calls, by the name that it has for it. */
int fuzz_one_input(const u8 *data, size_t size) __asm__("LLVMFuzzerTestOneInput");
int fuzz_one_input(const u8 *data, size_t size)
{
	struct fuzz_input in = { data, data + size };

	fuzz_target(&in);
	FUZZ_CHECK(!fuzz_irqs_off, "interrupts were left off");
	return 0;
}
