/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Values of a stanza as blst's types.
 *
 * A value that is missing or malformed ends the program, in stanza.h; a point
 * that blst refuses is an answer, and is returned.
 */
#ifndef ASHLAR_TESTS_BLST_VALUES_H
#define ASHLAR_TESTS_BLST_VALUES_H

#include <stdbool.h>

#include "blst.h"
#include "stanza.h"

enum {
	MSG_BYTES_MAX = 4096,
};

static const char DST_SIG[] = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";

struct bytes {
	uint8_t data[MSG_BYTES_MAX];
	size_t len;
};

static inline struct bytes get(const struct stanza *s, const char *key, int i)
{
	struct bytes b;

	b.len = stanza_bytes(s, key, i, b.data, sizeof(b.data));
	return b;
}

static inline struct bytes tag(const struct stanza *s)
{
	struct bytes b = { .len = strlen(DST_SIG) };

	memcpy(b.data, DST_SIG, b.len);
	return stanza_get(s, "dst", 0) ? get(s, "dst", 0) : b;
}

static inline blst_fr fr(const struct stanza *s, const char *key, int i)
{
	uint8_t be[32];
	blst_scalar k;
	blst_fr out;

	stanza_exact(s, key, i, be, sizeof(be));
	blst_scalar_from_bendian(&k, be);
	blst_fr_from_scalar(&out, &k);
	return out;
}

static inline blst_fr fr_small(uint64_t v)
{
	uint64_t limbs[4] = { v };
	blst_fr out;

	blst_fr_from_uint64(&out, limbs);
	return out;
}

static inline bool fr_is(const struct stanza *s, const char *key, int i,
		  const blst_fr *v)
{
	blst_fr want = fr(s, key, i);

	return !memcmp(&want, v, sizeof(want));
}

static inline blst_scalar scalar_of(const blst_fr *v)
{
	blst_scalar k;

	blst_scalar_from_fr(&k, v);
	return k;
}

/* A point in G1 from the file; false if blst refuses it. */
static inline bool g1(const struct stanza *s, const char *key, int i,
	       blst_p1_affine *out)
{
	uint8_t wire[48];

	stanza_exact(s, key, i, wire, sizeof(wire));
	return !blst_p1_uncompress(out, wire) && !blst_p1_affine_is_inf(out) &&
	       blst_p1_affine_in_g1(out);
}

static inline bool g2(const struct stanza *s, const char *key, int i,
	       blst_p2_affine *out)
{
	uint8_t wire[96];

	stanza_exact(s, key, i, wire, sizeof(wire));
	return !blst_p2_uncompress(out, wire) && !blst_p2_affine_is_inf(out) &&
	       blst_p2_affine_in_g2(out);
}

static inline bool g1_is(const struct stanza *s, const char *key, int i,
		  const blst_p1 *v)
{
	uint8_t want[48], have[48];

	stanza_exact(s, key, i, want, sizeof(want));
	blst_p1_compress(have, v);
	return !memcmp(want, have, sizeof(want));
}

static inline bool g2_is(const struct stanza *s, const char *key, int i,
		  const blst_p2 *v)
{
	uint8_t want[96], have[96];

	stanza_exact(s, key, i, want, sizeof(want));
	blst_p2_compress(have, v);
	return !memcmp(want, have, sizeof(want));
}

#endif
