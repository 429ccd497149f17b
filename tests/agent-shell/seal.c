// SPDX-License-Identifier: GPL-2.0
/* Updates as a controller makes them. */
#include "world.h"

#include <openssl/sha.h>
#include <string.h>

#include "../../lib/wire/openflow.h"
#include "../../user/controller/shell/keys.h"

enum { BODY_MAX = 4096 };

static struct bls_scratch scratch;

static size_t sign_share(uint8_t *sig, const struct far *f,
			 const uint8_t *statement)
{
	struct bls_g1 point;

	bls_scratch_init(&scratch);
	if (bls_sign(&point, &f->share, BLS_SUITE_NUL, statement, STATEMENT_LEN,
		     &scratch))
		abort();
	bls_sig_encode(sig, &point, &scratch);
	return BLS_SIG_LEN;
}

static size_t sign_own(uint8_t *sig, const struct far *f,
		       const uint8_t *statement)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = UPDATE_SIG_MAX;
	struct words why;
	struct key *key;

	if (EVP_PKEY_get_base_id(f->sign) == EVP_PKEY_EC) {
		EVP_PKEY_up_ref(f->sign);
		key = key_create(f->sign, &why);
		key_sign(key, sig, statement, STATEMENT_LEN);
		key_free(key);
		len = KEY_SIG_LEN;
	} else if (EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, f->sign) != 1 ||
		   EVP_DigestSign(ctx, sig, &len, statement, STATEMENT_LEN) != 1) {
		abort();
	}
	EVP_MD_CTX_free(ctx);
	return len;
}

size_t seal(uint8_t *out, size_t room, const struct far *f,
	    const struct draft *draft, bool spoil)
{
	struct update_dep dep = { DPID, draft->sequence - 1 };
	struct update_body body = {
		.kind = UPDATE_OPENFLOW, .domain = DOMAIN, .dpid = DPID,
		.phase = 1, .sequence = draft->sequence,
		.dep_nr = draft->after_last, .payload = draft->payload,
		.payload_len = draft->len,
	};
	uint8_t leaf[BODY_MAX + 1] = { 0 }, root[SHA256_DIGEST_LENGTH];
	uint8_t statement[STATEMENT_LEN], bytes[UPDATE_SIG_MAX];
	bool threshold = f->world->threshold;
	struct update_sig sig = {
		.alg = threshold ? ALG_BLS : f->number & 1 ? ALG_RSA : ALG_ECDSA_P256,
		.signer = (uint16_t)(f->number + 1), .sig = bytes,
	};
	struct update_sealed sealed = { .leaves = 1, .sig_nr = 1 };
	size_t body_len, used;

	if (update_body_encode(leaf + 1, BODY_MAX, &body_len, &body, &dep))
		abort();
	SHA256(leaf, body_len + 1, root);
	statement_encode(statement, DOMAIN, 1, 1, root);
	/* A lie in good form: a signature over something else */
	statement[STATEMENT_LEN - 1] ^= spoil;
	sig.len = threshold ? sign_share(bytes, f, statement) :
		sign_own(bytes, f, statement);
	sealed.body = leaf + 1;
	sealed.body_len = body_len;
	if (update_sealed_encode(out, room, &used, &sealed, &sig))
		abort();
	return used;
}

size_t flow_add(uint8_t *out, uint16_t priority, uint32_t in, uint32_t to)
{
	struct of_message *msg = calloc(1, sizeof(*msg));
	struct of_flow_mod *fm = &msg->flow_mod;
	size_t len;
	uint8_t text[] = {
		4, OF_FLOW_MOD, 0, 88, 0, 0, 0, 1,
		0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0,
		0, OF_FLOW_ADD, 0, 0, 0, 0, (uint8_t)(priority >> 8),
		(uint8_t)priority, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0,
		/* match: in_port */
		0, 1, 0, 12, 0x80, 0, 0, 4, 0, 0, 0, (uint8_t)in, 0, 0, 0, 0,
		/* apply: output */
		0, 4, 0, 24, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, (uint8_t)to,
		0, 0, 0, 0, 0, 0, 0, 0,
	};

	/* By the decoder, so that it is canonical and right */
	if (of_decode(msg, text, sizeof(text), &len) != WIRE_OK ||
	    fm->priority != priority ||
	    of_encode(out, 256, &len, msg) != WIRE_OK)
		abort();
	free(msg);
	return len;
}
