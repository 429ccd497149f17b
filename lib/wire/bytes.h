/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * Big-endian integers at any address, and a place to write bytes to.
 * Internal to lib/wire.
 */
#ifndef WIRE_BYTES_H
#define WIRE_BYTES_H

#include "port.h"

static inline uint16_t wire_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t wire_get32(const uint8_t *p)
{
	return (uint32_t)wire_get16(p) << 16 | wire_get16(p + 2);
}

static inline uint64_t wire_get64(const uint8_t *p)
{
	return (uint64_t)wire_get32(p) << 32 | wire_get32(p + 4);
}

/* Are all these bytes zero? */
static inline bool wire_zero(const uint8_t *p, size_t len)
{
	uint8_t any = 0;

	while (len--)
		any |= *p++;
	return !any;
}

/* Writes what fits and counts the rest too: ask once, at the end. */
struct wire_writer {
	uint8_t *out;
	size_t room, used;
};

static inline void wire_write(struct wire_writer *w, const void *bytes,
			      size_t len)
{
	if (len && w->used <= w->room && len <= w->room - w->used)
		memcpy(w->out + w->used, bytes, len);
	w->used += len;
}

static inline void wire_write_zero(struct wire_writer *w, size_t len)
{
	if (len && w->used <= w->room && len <= w->room - w->used)
		memset(w->out + w->used, 0, len);
	w->used += len;
}

/* The low @len bytes of a value, 1 .. 8 */
static inline void wire_write_be(struct wire_writer *w, uint64_t v, size_t len)
{
	uint8_t b[8];
	size_t i;

	for (i = 0; i < len; i++)
		b[i] = (uint8_t)(v >> 8 * (len - 1 - i));
	wire_write(w, b, len);
}

/* A length that was not known when its place was written */
static inline void wire_patch16(struct wire_writer *w, size_t at, size_t v)
{
	if (at + 2 <= w->room && at + 2 <= w->used) {
		w->out[at] = (uint8_t)(v >> 8);
		w->out[at + 1] = (uint8_t)v;
	}
}

#endif
