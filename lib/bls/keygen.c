// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * KeyGen of the draft, 2.3: HKDF-SHA-256 (RFC 5869) over secret bytes.
 * Constant time, but for the loop that skips a key of 0, which has never run
 * twice.
 */
#include "fr.h"

static const char salt0[] = "BLS-SIG-KEYGEN-SALT-";

/* HMAC, RFC 2104, in two halves; keys here have at most 32 bytes. */
static void hmac_start(struct bls_sha256 *h, const uint8_t key[32])
{
	uint8_t pad[64];
	unsigned int i;

	for (i = 0; i < 64; i++)
		pad[i] = 0x36 ^ (i < 32 ? key[i] : 0);
	bls_sha256_init(h);
	bls_sha256_update(h, pad, sizeof(pad));
	bls_memzero(pad, sizeof(pad));
}

static void hmac_end(struct bls_sha256 *h, const uint8_t key[32],
		     uint8_t out[32])
{
	uint8_t pad[64];
	unsigned int i;

	bls_sha256_final(h, out);
	for (i = 0; i < 64; i++)
		pad[i] = 0x5c ^ (i < 32 ? key[i] : 0);
	bls_sha256_init(h);
	bls_sha256_update(h, pad, sizeof(pad));
	bls_sha256_update(h, out, 32);
	bls_sha256_final(h, out);
	bls_memzero(pad, sizeof(pad));
}

enum bls_err bls_keygen(struct bls_fr *sk, const uint8_t *ikm, size_t ikm_len,
			const uint8_t *info, size_t info_len)
{
	static const uint8_t okm_len[2] = { 0, 48 };
	uint8_t salt[32], prk[32], okm[64];
	uint8_t zero = 0, n;
	struct bls_sha256 h;
	bls_limb again;

	if (ikm_len < BLS_IKM_MIN || info_len > 65000)
		return BLS_ELENGTH;
	bls_sha256_init(&h);
	bls_sha256_update(&h, (const uint8_t *)salt0, sizeof(salt0) - 1);
	do {
		bls_sha256_final(&h, salt);
		hmac_start(&h, salt);		/* HKDF-Extract */
		bls_sha256_update(&h, ikm, ikm_len);
		bls_sha256_update(&h, &zero, 1);
		hmac_end(&h, salt, prk);
		for (n = 1; n <= 2; n++) {	/* HKDF-Expand to 48 bytes */
			hmac_start(&h, prk);
			if (n > 1)
				bls_sha256_update(&h, okm, 32);
			if (info_len)
				bls_sha256_update(&h, info, info_len);
			bls_sha256_update(&h, okm_len, sizeof(okm_len));
			bls_sha256_update(&h, &n, 1);
			hmac_end(&h, prk, okm + 32 * (n - 1));
		}
		bls_fr_from_wide(sk, okm);
		bls_sha256_init(&h);
		bls_sha256_update(&h, salt, sizeof(salt));
		again = bls_fr_is_zero(sk);
		bls_public(&again, sizeof(again));
	} while (again);
	bls_wipe(prk, sizeof(prk));
	bls_wipe(okm, sizeof(okm));
	bls_wipe(&h, sizeof(h));
	return BLS_OK;
}
