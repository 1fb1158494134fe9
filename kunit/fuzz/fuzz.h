/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_FUZZ_FUZZ_H
#define ANNEX_FUZZ_FUZZ_H

/*
 * What the targets share. The fuzzer's bytes are a script: a target reads from
 * them what to do and with what, and does it to the unit and to a model. When
 * they are at an end, all that is read is 0.
 */
#include "validate/validate.h"

/**
 * struct fuzz_input - the fuzzer's bytes
 * @at: the next one
 * @end: the end of the last one
 */
struct fuzz_input {
	const u8 *at;
	const u8 *end;
};

/* What a target does with them; one a program. */
void fuzz_target(struct fuzz_input *in);

bool fuzz_more(const struct fuzz_input *in);
u8 fuzz_u8(struct fuzz_input *in);
u16 fuzz_u16(struct fuzz_input *in);
u32 fuzz_u32(struct fuzz_input *in);
u64 fuzz_u64(struct fuzz_input *in);
u32 fuzz_below(struct fuzz_input *in, u32 n);
const char *fuzz_text(struct fuzz_input *in, char *text, size_t size);
void fuzz_violation(void *arg, struct va_format *vaf);

#endif /* ANNEX_FUZZ_FUZZ_H */
