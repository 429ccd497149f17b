// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Key sets.
 *
 *	0 phase 4 | 4 scheme 1 | 5 reserved 1 | 6 n 2 | 8 quorum 2
 *	10 key_nr 2 | 12 keys
 *
 * One key: 0 signer 2 | 2 alg 1 | 3 reserved 1 | 4 len 2 | 6 bytes
 */
#include "update.h"
#include "bytes.h"

enum {
	KEYSET_HEADER_LEN = 12,
	KEYSET_KEY_HEADER_LEN = 6,
	/* An RSAPublicKey of 2048 bits with the shortest exponent, in DER */
	KEYSET_RSA_MIN = 268,
};

bool keyset_key(const struct keyset *set, size_t *at, struct keyset_key *key)
{
	const uint8_t *p = set->keys + *at;

	if (*at >= set->keys_len)
		return false;
	key->signer = wire_get16(p);
	key->alg = p[2];
	key->len = wire_get16(p + 4);
	key->key = p + KEYSET_KEY_HEADER_LEN;
	*at += KEYSET_KEY_HEADER_LEN + key->len;
	return true;
}

static bool keyset_key_len(uint8_t alg, size_t len)
{
	switch (alg) {
	case ALG_RSA:
		return len >= KEYSET_RSA_MIN && len <= KEYSET_KEY_MAX;
	case ALG_ECDSA_P256:
		return len == 65;
	case ALG_BLS:
		return len == 96;
	}
	return false;
}

static enum wire_err keyset_keys_check(struct keyset *set, size_t left)
{
	bool bls, group = set->scheme == SCHEME_THRESHOLD;
	unsigned int i, signer;
	const uint8_t *p;
	size_t at = 0, len;

	for (i = 0; i < set->key_nr; i++, at += KEYSET_KEY_HEADER_LEN + len) {
		p = set->keys + at;
		if (left - at < KEYSET_KEY_HEADER_LEN)
			return WIRE_ESHORT;
		if (p[3])
			return WIRE_EPAD;
		signer = wire_get16(p);
		len = wire_get16(p + 4);
		bls = p[2] == ALG_BLS;
		if (p[2] < ALG_RSA || p[2] > ALG_BLS || bls != group)
			return WIRE_EVALUE;
		if (signer != (group ? 0 : i + 1))
			return i && signer == i ? WIRE_EDUPLICATE : WIRE_EORDER;
		if (!keyset_key_len(p[2], len))
			return WIRE_EKEY;
		if (left - at - KEYSET_KEY_HEADER_LEN < len)
			return WIRE_ESHORT;
	}
	set->keys_len = at;
	return at == left ? WIRE_OK : WIRE_ELONG;
}

enum wire_err keyset_decode(struct keyset *set, const uint8_t *in, size_t len)
{
	unsigned int f;

	if (len < KEYSET_HEADER_LEN)
		return WIRE_ESHORT;
	set->phase = wire_get32(in);
	set->scheme = in[4];
	set->n = wire_get16(in + 6);
	set->quorum = wire_get16(in + 8);
	set->key_nr = wire_get16(in + 10);
	set->keys = in + KEYSET_HEADER_LEN;
	if (in[5])
		return WIRE_EPAD;
	if (!set->phase || !set->n || set->n > UPDATE_SIGNERS_MAX)
		return WIRE_EVALUE;
	if (set->scheme != SCHEME_INDIVIDUAL && set->scheme != SCHEME_THRESHOLD)
		return WIRE_EVALUE;
	/* Fewer could be all liars; more might never come (dissertation §3.3.2). */
	f = (set->n - 1) / 3;
	if (set->quorum < f + 1 || set->quorum > set->n - f)
		return WIRE_EVALUE;
	if (set->key_nr != (set->scheme == SCHEME_THRESHOLD ? 1 : set->n))
		return WIRE_ECOUNT;
	return keyset_keys_check(set, len - KEYSET_HEADER_LEN);
}

enum wire_err keyset_encode(uint8_t *out, size_t room, size_t *used,
			    const struct keyset *set,
			    const struct keyset_key *key)
{
	struct wire_writer w = { out, room, 0 };
	struct keyset again;
	unsigned int i;

	if (set->key_nr > UPDATE_SIGNERS_MAX)
		return WIRE_EVALUE;
	wire_write_be(&w, set->phase, 4);
	wire_write_be(&w, set->scheme, 1);
	wire_write_zero(&w, 1);
	wire_write_be(&w, set->n, 2);
	wire_write_be(&w, set->quorum, 2);
	wire_write_be(&w, set->key_nr, 2);
	for (i = 0; i < set->key_nr; i++) {
		if (!keyset_key_len(key[i].alg, key[i].len))
			return WIRE_EVALUE;
		wire_write_be(&w, key[i].signer, 2);
		wire_write_be(&w, key[i].alg, 1);
		wire_write_zero(&w, 1);
		wire_write_be(&w, key[i].len, 2);
		wire_write(&w, key[i].key, key[i].len);
	}
	*used = w.used;
	if (w.used > room)
		return WIRE_EROOM;
	/* What decoding refuses is not written either. */
	return keyset_decode(&again, out, w.used) ? WIRE_EVALUE : WIRE_OK;
}
