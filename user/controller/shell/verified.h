/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Signatures found valid lately.  The same request comes from its client, from the
 * leader and from whoever relays it, and a vote again in a certificate; a table of
 * digests is a hundred times cheaper than a curve.  Only what was valid is
 * remembered, so liars cannot fill it, and forgetting costs time alone.
 */
#ifndef SHELL_VERIFIED_H
#define SHELL_VERIFIED_H

#include "keys.h"

struct verified;

/* @places: a power of two; NULL: no memory */
struct verified *verified_create(unsigned int places);
void verified_free(struct verified *v);

/* As key_verify(); @number is the key's, and of no other. */
bool verified_check(struct verified *v, uint32_t number, struct key *key,
		    const uint8_t *bytes, size_t len,
		    const uint8_t sig[KEY_SIG_LEN]);

#endif
