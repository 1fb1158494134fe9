// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies and strings in the heap's memory: see include/annex/slab.h. Each is an
 * annex_kmalloc() that is filled.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include <annex/slab.h>

/**
 * annex_kmemdup() - copy bytes
 * @from: the bytes
 * @len: number of bytes
 * @gfp: as for annex_kmalloc()
 *
 * Context: as annex_kmalloc().
 * Return: the copy, which annex_kfree() frees; otherwise as annex_kmalloc().
 */
void *annex_kmemdup(const void *from, size_t len, gfp_t gfp)
{
	void *copy = annex_kmalloc(len, gfp);

	if (copy && len)
		memcpy(copy, from, len);
	return copy;
}
EXPORT_SYMBOL_GPL(annex_kmemdup);

/**
 * annex_kmemdup_nul() - copy bytes and append a NUL
 * @from: the bytes, or NULL
 * @len: number of bytes
 * @gfp: as for annex_kmalloc()
 *
 * Context: as annex_kmalloc().
 * Return: the text, which annex_kfree() frees; NULL for NULL; otherwise as
 * annex_kmalloc().
 */
char *annex_kmemdup_nul(const char *from, size_t len, gfp_t gfp)
{
	char *text;

	/* len + 1 would wrap. */
	if (!from || len == SIZE_MAX)
		return NULL;
	text = annex_kmalloc(len + 1, gfp);
	if (!text)
		return NULL;
	memcpy(text, from, len);
	text[len] = '\0';
	return text;
}
EXPORT_SYMBOL_GPL(annex_kmemdup_nul);

/**
 * annex_kstrdup() - copy a text
 * @text: the text, or NULL
 * @gfp: as for annex_kmalloc()
 *
 * Context: as annex_kmalloc().
 * Return: as annex_kmemdup_nul().
 */
char *annex_kstrdup(const char *text, gfp_t gfp)
{
	return text ? annex_kmemdup_nul(text, strlen(text), gfp) : NULL;
}
EXPORT_SYMBOL_GPL(annex_kstrdup);

/**
 * annex_kstrndup() - copy the beginning of a text
 * @text: the text, or NULL
 * @max: bytes that are copied at most
 * @gfp: as for annex_kmalloc()
 *
 * Context: as annex_kmalloc().
 * Return: as annex_kmemdup_nul().
 */
char *annex_kstrndup(const char *text, size_t max, gfp_t gfp)
{
	return text ? annex_kmemdup_nul(text, strnlen(text, max), gfp) : NULL;
}
EXPORT_SYMBOL_GPL(annex_kstrndup);

/**
 * annex_kvasprintf() - print into allocated memory
 * @gfp: as for annex_kmalloc()
 * @fmt: format, as for vsnprintf()
 * @args: arguments of the format
 *
 * Context: as annex_kmalloc().
 * Return: the text, which annex_kfree() frees; otherwise as annex_kmalloc().
 */
char *annex_kvasprintf(gfp_t gfp, const char *fmt, va_list args)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	text = annex_kmalloc((size_t)len + 1, gfp);
	/* If an argument changes between the passes, the text is cut. */
	if (text)
		vsnprintf(text, (size_t)len + 1, fmt, args);
	return text;
}
EXPORT_SYMBOL_GPL(annex_kvasprintf);

/**
 * annex_kasprintf() - print into allocated memory
 * @gfp: as for annex_kmalloc()
 * @fmt: format, as for printk(), followed by its arguments
 *
 * Context: as annex_kmalloc().
 * Return: as annex_kvasprintf().
 */
char *annex_kasprintf(gfp_t gfp, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = annex_kvasprintf(gfp, fmt, args);
	va_end(args);
	return text;
}
EXPORT_SYMBOL_GPL(annex_kasprintf);
