/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Corners of ECDSA verification with P-256.  tests/quorum/p256.py made the rows,
 * and says how; tests/quorum/ecdsa_table.c asks OpenSSL whether it agrees.
 */
#ifndef OQ_ECDSA_VECTORS_H
#define OQ_ECDSA_VECTORS_H

enum ecdsa_expect {
	ECDSA_VALID,
	ECDSA_INVALID,
	ECDSA_KEY,	/* the key is none */
	ECDSA_WEAK,	/* valid, but everybody has the secret key: may be refused */
};

struct ecdsa_vector {
	enum ecdsa_expect expect;
	const char *name;
	const char *x, *y;	/* of the key; all numbers have 64 digits */
	const char *digest;
	const char *r, *s;
};

static const struct ecdsa_vector ecdsa_vectors[] = {
#include "ecdsa_ranges.h"
#include "ecdsa_points.h"
#include "ecdsa_multipliers.h"
#include "ecdsa_keys.h"
};

#endif
