/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * How vector.c and vector_shares.c read a stanza.  What is not there, or not
 * of the right length, is NULL.
 */
#ifndef BLS_TESTS_VECTOR_FIELDS_H
#define BLS_TESTS_VECTOR_FIELDS_H

#include "vector.h"

/* The i-th field with this key */
static inline const struct vector_field *
vector_field(const struct vector *v, enum vector_key key, unsigned int i)
{
	unsigned int n;

	for (n = 0; n < v->fields; n++)
		if (v->field[n].key == key && i-- == 0)
			return &v->field[n];
	return NULL;
}

static inline unsigned int vector_count(const struct vector *v,
					enum vector_key key)
{
	unsigned int n = 0;

	while (vector_field(v, key, n))
		n++;
	return n;
}

static inline const uint8_t *vector_bytes(const struct vector *v,
					  enum vector_key key, unsigned int i,
					  size_t len)
{
	const struct vector_field *f = vector_field(v, key, i);

	return f && f->number == len ? f->bytes : NULL;
}

/* 0 where there is none: a stanza has no number that is 0 */
static inline unsigned int vector_number(const struct vector *v,
					 enum vector_key key, unsigned int i)
{
	const struct vector_field *f = vector_field(v, key, i);

	return f ? f->number : 0;
}

static inline bool vector_scalar(struct bls_fr *r, const struct vector *v,
				 enum vector_key key, unsigned int i)
{
	const uint8_t *in = vector_bytes(v, key, i, BLS_SK_LEN);

	return in && !bls_sk_decode(r, in, BLS_SK_LEN);
}

/* Is the i-th value this scalar, signature, key? */
static inline bool vector_is_scalar(const struct bls_fr *a,
				    const struct vector *v,
				    enum vector_key key, unsigned int i)
{
	const uint8_t *want = vector_bytes(v, key, i, BLS_SK_LEN);
	uint8_t have[BLS_SK_LEN];

	bls_sk_encode(have, a);
	return want && !memcmp(have, want, BLS_SK_LEN);
}

static inline bool vector_is_sig(const struct bls_g1 *a,
				 const struct vector *v, enum vector_key key,
				 unsigned int i, struct bls_scratch *s)
{
	const uint8_t *want = vector_bytes(v, key, i, BLS_SIG_LEN);
	uint8_t have[BLS_SIG_LEN];

	bls_sig_encode(have, a, s);
	return want && !memcmp(have, want, BLS_SIG_LEN);
}

static inline bool vector_is_pk(const struct bls_g2 *a,
				const struct vector *v, enum vector_key key,
				unsigned int i, struct bls_scratch *s)
{
	const uint8_t *want = vector_bytes(v, key, i, BLS_PK_LEN);
	uint8_t have[BLS_PK_LEN];

	bls_pk_encode(have, a, s);
	return want && !memcmp(have, want, BLS_PK_LEN);
}

/* vector_shares.c */
const char *vector_threshold(const struct vector *v, struct vector_work *w);
const char *vector_reshare(const struct vector *v, struct vector_work *w);
const char *vector_fr(const struct vector *v, struct vector_work *w);

#endif
