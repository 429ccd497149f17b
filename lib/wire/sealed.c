// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Sealed updates: the frame around a body, its path and its signatures.
 *
 *	 0 magic 4 | 4 version 1 | 5 reserved 3 | 8 body_len 4 | 12 leaves 4
 *	16 index 4 | 20 depth 2 | 22 sig_nr 2 | 24 body | path | signatures
 *
 * One signature: 0 signer 2 | 2 alg 1 | 3 reserved 1 | 4 len 2 | 6 bytes
 */
#include "update.h"
#include "bytes.h"

enum {
	SEALED_VERSION = 1,
	SEALED_HEADER_LEN = 24,
	SEALED_SIG_HEADER_LEN = 6,
};

static const uint8_t sealed_magic[4] = "ASHQ";

static bool sealed_sig_len(uint8_t alg, size_t len)
{
	switch (alg) {
	case ALG_RSA:
		return len >= 256 && len <= UPDATE_SIG_MAX;
	case ALG_ECDSA_P256:
		return len == 64;
	case ALG_BLS:
		return len == 48;
	}
	return false;
}

bool update_sealed_sig(const struct update_sealed *sealed, size_t *at,
		       struct update_sig *sig)
{
	const uint8_t *p = sealed->sigs + *at;

	if (*at >= sealed->sigs_len)
		return false;
	sig->signer = wire_get16(p);
	sig->alg = p[2];
	sig->len = wire_get16(p + 4);
	sig->sig = p + SEALED_SIG_HEADER_LEN;
	*at += SEALED_SIG_HEADER_LEN + sig->len;
	return true;
}

/* A signature in a frame of @left bytes, behind those of lower signers */
static enum wire_err sealed_sig_check(const uint8_t *p, size_t left,
				      struct update_sig *sig)
{
	if (left < SEALED_SIG_HEADER_LEN)
		return WIRE_ESHORT;
	if (p[3])
		return WIRE_EPAD;
	sig->signer = wire_get16(p);
	sig->alg = p[2];
	sig->len = wire_get16(p + 4);
	if (sig->alg < ALG_RSA || sig->alg > ALG_BLS)
		return WIRE_EVALUE;
	if (sig->signer > UPDATE_SIGNERS_MAX)
		return WIRE_EVALUE;
	if (!sealed_sig_len(sig->alg, sig->len))
		return WIRE_ELENGTH;
	if (left - SEALED_SIG_HEADER_LEN < sig->len)
		return WIRE_ESHORT;
	return WIRE_OK;
}

/*
 * Either every signature is of one controller, by its own key; or there is one,
 * of the group (signer 0); or all are BLS shares, which a file carries from
 * the share holders to whoever combines them.
 */
static enum wire_err sealed_sigs_check(struct update_sealed *sealed,
				       size_t left)
{
	struct update_sig sig;
	bool bls, shares = false;
	unsigned int i, last = 0;
	enum wire_err err;
	size_t at = 0;

	for (i = 0; i < sealed->sig_nr; i++) {
		err = sealed_sig_check(sealed->sigs + at, left - at, &sig);
		if (err)
			return err;
		bls = sig.alg == ALG_BLS;
		if (i && bls != shares)
			return WIRE_EVALUE;
		shares = bls;
		if (!sig.signer && (!bls || sealed->sig_nr != 1))
			return WIRE_EVALUE;
		if (i && sig.signer == last)
			return WIRE_EDUPLICATE;
		if (sig.signer < last)
			return WIRE_EORDER;
		last = sig.signer;
		at += SEALED_SIG_HEADER_LEN + sig.len;
	}
	sealed->sigs_len = at;
	return at == left ? WIRE_OK : WIRE_ELONG;
}

enum wire_err update_sealed_decode(struct update_sealed *sealed,
				   const uint8_t *in, size_t len)
{
	size_t path_len;

	if (len > UPDATE_SEALED_MAX)
		return WIRE_ELONG;
	if (len < SEALED_HEADER_LEN)
		return WIRE_ESHORT;
	if (memcmp(in, sealed_magic, sizeof(sealed_magic)))
		return WIRE_EMAGIC;
	if (in[4] != SEALED_VERSION)
		return WIRE_EVERSION;
	if (!wire_zero(in + 5, 3))
		return WIRE_EPAD;
	sealed->body_len = wire_get32(in + 8);
	sealed->leaves = wire_get32(in + 12);
	sealed->index = wire_get32(in + 16);
	sealed->depth = wire_get16(in + 20);
	sealed->sig_nr = wire_get16(in + 22);
	if (sealed->body_len < UPDATE_BODY_MIN ||
	    sealed->body_len > UPDATE_BODY_MAX)
		return WIRE_ELENGTH;
	if (!sealed->leaves || sealed->leaves > 1u << UPDATE_PATH_MAX ||
	    sealed->index >= sealed->leaves)
		return WIRE_EVALUE;
	if (sealed->depth > UPDATE_PATH_MAX ||
	    sealed->sig_nr > UPDATE_SIGS_MAX)
		return WIRE_ECOUNT;
	len -= SEALED_HEADER_LEN;
	path_len = UPDATE_DIGEST_LEN * sealed->depth;
	if (len < sealed->body_len || len - sealed->body_len < path_len)
		return WIRE_ESHORT;
	sealed->body = in + SEALED_HEADER_LEN;
	sealed->path = sealed->body + sealed->body_len;
	sealed->sigs = sealed->path + path_len;
	return sealed_sigs_check(sealed, len - sealed->body_len - path_len);
}

enum wire_err update_sealed_encode(uint8_t *out, size_t room, size_t *used,
				   const struct update_sealed *sealed,
				   const struct update_sig *sig)
{
	struct wire_writer w = { out, room, 0 };
	struct update_sealed again;
	unsigned int i;

	if (sealed->body_len > UPDATE_BODY_MAX ||
	    sealed->depth > UPDATE_PATH_MAX ||
	    sealed->sig_nr > UPDATE_SIGS_MAX)
		return WIRE_EVALUE;
	wire_write(&w, sealed_magic, sizeof(sealed_magic));
	wire_write_be(&w, SEALED_VERSION, 1);
	wire_write_zero(&w, 3);
	wire_write_be(&w, sealed->body_len, 4);
	wire_write_be(&w, sealed->leaves, 4);
	wire_write_be(&w, sealed->index, 4);
	wire_write_be(&w, sealed->depth, 2);
	wire_write_be(&w, sealed->sig_nr, 2);
	wire_write(&w, sealed->body, sealed->body_len);
	wire_write(&w, sealed->path, UPDATE_DIGEST_LEN * sealed->depth);
	for (i = 0; i < sealed->sig_nr; i++) {
		if (!sealed_sig_len(sig[i].alg, sig[i].len))
			return WIRE_EVALUE;
		wire_write_be(&w, sig[i].signer, 2);
		wire_write_be(&w, sig[i].alg, 1);
		wire_write_zero(&w, 1);
		wire_write_be(&w, sig[i].len, 2);
		wire_write(&w, sig[i].sig, sig[i].len);
	}
	*used = w.used;
	if (w.used > room)
		return WIRE_EROOM;
	/* What decoding refuses is not written either. */
	return update_sealed_decode(&again, out, w.used) ? WIRE_EVALUE : WIRE_OK;
}
