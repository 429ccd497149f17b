/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * One stanza of tests/vectors, parsed, and what runs it: the same code in user
 * space (tests/bls/vectors.c reads the files) and in the kernel (check.c and
 * kunit.c have them compiled in by vectors.py).
 *
 * Freestanding, as the library.  It knows three things beyond bls.h, because
 * the vectors do: expand_message (expand.h), scalar arithmetic (fr.h), and
 * signing under tags that are not ours (engine.h).
 */
#ifndef BLS_TESTS_VECTOR_H
#define BLS_TESTS_VECTOR_H

#include "bls.h"

/* name of the constant, word after `test =` */
#define VECTOR_KINDS(X)							\
	X(EXPAND, "expand")						\
	X(HASH, "hash")							\
	X(DECODE_G1, "decode-g1")					\
	X(DECODE_G2, "decode-g2")					\
	X(MULTIPLE_G1, "multiple-g1")					\
	X(MULTIPLE_G2, "multiple-g2")					\
	X(SIGN, "sign")							\
	X(VERIFY, "verify")						\
	X(AGGREGATE, "aggregate")					\
	X(AGGREGATE_PK, "aggregate-pk")					\
	X(POP, "pop")							\
	X(THRESHOLD, "threshold")					\
	X(RESHARE, "reshare")						\
	X(FR, "fr")

/* name of the constant, key, how its value is written; others are ignored. */
#define VECTOR_KEYS(X)							\
	X(A, "a", HEX)							\
	X(B, "b", HEX)							\
	X(BYTES, "bytes", HEX)						\
	X(COEFFICIENT, "coefficient", HEX)				\
	X(COMMITMENT, "commitment", HEX)				\
	X(DIFFERENCE, "difference", HEX)				\
	X(DST, "dst", HEX)						\
	X(EXPECT, "expect", WORD)					\
	X(INDEX, "index", NUMBER)					\
	X(INVERSE, "inverse", HEX)					\
	X(K, "k", HEX)							\
	X(LAMBDA, "lambda", HEX)					\
	X(MSG, "msg", HEX)						\
	X(N, "n", NUMBER)						\
	X(NEW_N, "new_n", NUMBER)					\
	X(NEW_SHARE, "new_share", HEX)					\
	X(NEW_T, "new_t", NUMBER)					\
	X(OUT, "out", HEX)						\
	X(PK, "pk", HEX)						\
	X(POP, "pop", HEX)						\
	X(PRODUCT, "product", HEX)					\
	X(SHARE_PK, "share_pk", HEX)					\
	X(SHARE_SIG, "share_sig", HEX)					\
	X(SHARE_SK, "share_sk", HEX)					\
	X(SIG, "sig", HEX)						\
	X(SK, "sk", HEX)						\
	X(SUM, "sum", HEX)						\
	X(T, "t", NUMBER)

/* name of the constant, word after `expect =`, what a decoder must say.
 * `bad-infinity` and `bad-flags` are one error: both are flag bits that
 * contradict the rest.  `invalid` is no class of encodings, see `verify`.
 */
#define VECTOR_EXPECTS(X)						\
	X(VALID, "valid", BLS_OK)					\
	X(INVALID, "invalid", BLS_EMISMATCH)				\
	X(BAD_LENGTH, "bad-length", BLS_ELENGTH)			\
	X(BAD_FLAGS, "bad-flags", BLS_EFLAGS)				\
	X(INFINITY, "infinity", BLS_EINFINITY)				\
	X(BAD_INFINITY, "bad-infinity", BLS_EFLAGS)			\
	X(NOT_CANONICAL, "not-canonical", BLS_ERANGE)			\
	X(NOT_ON_CURVE, "not-on-curve", BLS_ECURVE)			\
	X(NOT_IN_GROUP, "not-in-group", BLS_ESUBGROUP)

#define VECTOR_ENUM(name, ...)	VECTOR_KIND_##name,
enum vector_kind { VECTOR_KINDS(VECTOR_ENUM) VECTOR_KIND_NR };
#undef VECTOR_ENUM
#define VECTOR_ENUM(name, ...)	VECTOR_KEY_##name,
enum vector_key { VECTOR_KEYS(VECTOR_ENUM) VECTOR_KEY_NR };
#undef VECTOR_ENUM
#define VECTOR_ENUM(name, ...)	VECTOR_EXPECT_##name,
enum vector_expect { VECTOR_EXPECTS(VECTOR_ENUM) VECTOR_EXPECT_NR };
#undef VECTOR_ENUM

struct vector_field {
	enum vector_key key;
	uint32_t number;	/* of bytes; the number; enum vector_expect */
	const uint8_t *bytes;	/* NULL but for HEX */
};

struct vector {
	const char *name;	/* file and line */
	enum vector_kind kind;
	unsigned int fields;
	const struct vector_field *field;
};

enum {
	VECTOR_MANY = 16,	/* keys, signatures, shares of one stanza */
};

/* Everything that a stanza needs, some 200 KiB: the caller's. */
struct vector_work {
	struct bls_scratch s;	/* the caller makes it ready */
	struct bls_prepared prepared;
	struct bls_batch batch;
	struct bls_fr fr[VECTOR_MANY], poly[VECTOR_MANY], dealt[VECTOR_MANY];
	struct bls_g1 sig[VECTOR_MANY], sum;
	const struct bls_g1 *sigs[VECTOR_MANY];
	struct bls_g2 pk[VECTOR_MANY], commit[VECTOR_MANY][VECTOR_MANY];
	const struct bls_g2 *pks[VECTOR_MANY];
	struct bls_item item[VECTOR_MANY];
	struct bls_share share[VECTOR_MANY];
	unsigned int index[VECTOR_MANY];
};

/**
 * vector_skip() - why the library cannot be asked this
 *
 * Return: a reason, NULL if it can.
 */
const char *vector_skip(const struct vector *v);

/**
 * vector_run() - run one stanza on the engine of @w->s
 *
 * Return: NULL if all that the stanza says holds, or what does not.
 */
const char *vector_run(const struct vector *v, struct vector_work *w);

/* The word of a kind. */
const char *vector_kind_name(enum vector_kind kind);

#endif
