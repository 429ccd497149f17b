// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Runs a stanza: points, hashing, signatures and their sums.  Each function
 * returns NULL or what does not hold.  What must be accepted is accepted by
 * every function that has an opinion, what must be refused is refused by all.
 */
#include "vector_fields.h"
#include "expand.h"
#include "fr.h"
#include "generators.h"

static const char incomplete[] = "the stanza lacks a value, or has a bad one";

static const char *expand(const struct vector *v, struct vector_work *w)
{
	static const char prefix[] = "H2C-OVERSIZE-DST-";
	const struct vector_field *dst = vector_field(v, VECTOR_KEY_DST, 0);
	const struct vector_field *msg = vector_field(v, VECTOR_KEY_MSG, 0);
	const uint8_t *out = vector_bytes(v, VECTOR_KEY_OUT, 0, BLS_UNIFORM_LEN);
	uint8_t have[BLS_UNIFORM_LEN], tag[BLS_DIGEST_LEN];
	struct bls_sha256 h;

	if (!dst || !msg || !out)
		return incomplete;
	if (dst->number <= BLS_DST_MAX) {
		bls_expand(have, msg->bytes, msg->number, dst->bytes,
			   dst->number);
		return memcmp(have, out, sizeof(have)) ? "other bytes" : NULL;
	}
	/* RFC 9380 5.3.3 is the caller's business. */
	if (bls_hash_to_g1(&w->sum, msg->bytes, msg->number, dst->bytes,
			   dst->number, &w->s) != BLS_ELENGTH)
		return "an over-long tag is not refused";
	bls_sha256_init(&h);
	bls_sha256_update(&h, (const uint8_t *)prefix, sizeof(prefix) - 1);
	bls_sha256_update(&h, dst->bytes, dst->number);
	bls_sha256_final(&h, tag);
	bls_expand(have, msg->bytes, msg->number, tag, sizeof(tag));
	return memcmp(have, out, sizeof(have)) ? "other bytes" : NULL;
}

static const char *hash(const struct vector *v, struct vector_work *w)
{
	const struct vector_field *dst = vector_field(v, VECTOR_KEY_DST, 0);
	const struct vector_field *msg = vector_field(v, VECTOR_KEY_MSG, 0);

	if (!dst || !msg)
		return incomplete;
	if (bls_hash_to_g1(&w->sum, msg->bytes, msg->number, dst->bytes,
			   dst->number, &w->s))
		return "bls_hash_to_g1 failed";
	return vector_is_sig(&w->sum, v, VECTOR_KEY_OUT, 0, &w->s) ?
		NULL : "another point";
}

static enum bls_err wanted(const struct vector *v)
{
#define CODE(name, word, code) code,
	static const enum bls_err codes[] = { VECTOR_EXPECTS(CODE) };
#undef CODE
	const struct vector_field *f = vector_field(v, VECTOR_KEY_EXPECT, 0);

	return f ? codes[f->number] : BLS_ERR_NR;
}

static const char *decode_g1(const struct vector *v, struct vector_work *w)
{
	const struct vector_field *in = vector_field(v, VECTOR_KEY_BYTES, 0);
	enum bls_err err;

	if (!in)
		return incomplete;
	err = bls_sig_decode_vartime(&w->sum, in->bytes, in->number, &w->s);
	if (err != wanted(v))
		return bls_err_text(err);
	if (!err && !vector_is_sig(&w->sum, v, VECTOR_KEY_BYTES, 0, &w->s))
		return "encoded otherwise than decoded";
	return NULL;
}

static const char *decode_g2(const struct vector *v, struct vector_work *w)
{
	const struct vector_field *in = vector_field(v, VECTOR_KEY_BYTES, 0);
	enum bls_err err;

	if (!in)
		return incomplete;
	err = bls_pk_decode_vartime(&w->pk[0], in->bytes, in->number, &w->s);
	if (err != wanted(v))
		return bls_err_text(err);
	if (!err && !vector_is_pk(&w->pk[0], v, VECTOR_KEY_BYTES, 0, &w->s))
		return "encoded otherwise than decoded";
	return NULL;
}

static const char *multiple_g1(const struct vector *v, struct vector_work *w)
{
	struct bls_fr k;

	if (!vector_scalar(&w->fr[0], v, VECTOR_KEY_K, 0))
		return incomplete;
	bls_fr_to_int(&k, &w->fr[0]);
	if (w->s.engine->g1_mul(&w->sum, &bls_generator_g1, &k,
				bls_space(&w->s)))
		return "infinity";
	return vector_is_sig(&w->sum, v, VECTOR_KEY_OUT, 0, &w->s) ?
		NULL : "another point";
}

static const char *multiple_g2(const struct vector *v, struct vector_work *w)
{
	if (!vector_scalar(&w->fr[0], v, VECTOR_KEY_K, 0))
		return incomplete;
	if (bls_sk_to_pk(&w->pk[0], &w->fr[0], &w->s))
		return "infinity";
	return vector_is_pk(&w->pk[0], v, VECTOR_KEY_OUT, 0, &w->s) ?
		NULL : "another point";
}

/* Is this the signature?  Asked in all ways there are, which must agree.
 * Under another tag than ours the engine has to be asked itself.
 */
static enum bls_err verify_known_key(const struct vector *v,
				     struct vector_work *w, bool *agree)
{
	const struct vector_field *dst = vector_field(v, VECTOR_KEY_DST, 0);
	const struct vector_field *msg = vector_field(v, VECTOR_KEY_MSG, 0);
	const struct vector_field *sig = vector_field(v, VECTOR_KEY_SIG, 0);
	static const uint8_t random[BLS_RANDOM_LEN] = { 3, 1, 4, 1, 5, 9, 2, 6 };
	const struct bls_engine *e = w->s.engine;
	enum bls_err plain, fast;
	size_t bad;

	bls_pk_prepare(&w->prepared, &w->pk[0], &w->s);
	if (dst) {
		plain = bls_sig_decode_vartime(&w->sig[0], sig->bytes,
					       sig->number, &w->s);
		fast = plain;
		if (!plain)
			plain = bls_hash_to_g1(&w->sum, msg->bytes, msg->number,
					       dst->bytes, dst->number, &w->s);
		if (!plain) {
			plain = e->check(&w->sig[0], &w->sum, &w->pk[0],
					 bls_space(&w->s));
			fast = e->check_lines(&w->sig[0], &w->sum,
					      w->prepared.line,
					      bls_space(&w->s));
		}
		*agree = plain == fast;
		return plain;
	}
	plain = bls_verify_vartime(&w->pk[0], BLS_SUITE_NUL, msg->bytes,
				   msg->number, sig->bytes, sig->number, &w->s);
	fast = bls_verify_prepared_vartime(&w->prepared, BLS_SUITE_NUL,
					   msg->bytes, msg->number, sig->bytes,
					   sig->number, &w->s);
	*agree = plain == fast;
	if (sig->number != BLS_SIG_LEN)
		return plain;
	w->item[0].msg = msg->bytes;
	w->item[0].msg_len = msg->number;
	w->item[0].sig = sig->bytes;
	fast = bls_batch_verify_vartime(&w->prepared, BLS_SUITE_NUL, w->item, 1,
					random, &bad, &w->s, &w->batch);
	*agree = *agree && plain == fast;
	return plain;
}

static const char *verify(const struct vector *v, struct vector_work *w)
{
	const struct vector_field *pk = vector_field(v, VECTOR_KEY_PK, 0);
	enum bls_err want = wanted(v), err;
	bool agree = true;

	if (!pk || !vector_field(v, VECTOR_KEY_MSG, 0) ||
	    !vector_field(v, VECTOR_KEY_SIG, 0) ||
	    (want != BLS_OK && want != BLS_EMISMATCH))
		return incomplete;
	err = bls_pk_decode_vartime(&w->pk[0], pk->bytes, pk->number, &w->s);
	if (!err)
		err = verify_known_key(v, w, &agree);
	if (!agree)
		return "plain, prepared and batch verification disagree";
	if (!err != !want)
		return err ? bls_err_text(err) : "accepted";
	return NULL;
}

static const char *sign(const struct vector *v, struct vector_work *w)
{
	const struct vector_field *dst = vector_field(v, VECTOR_KEY_DST, 0);
	const struct vector_field *msg = vector_field(v, VECTOR_KEY_MSG, 0);
	struct bls_g1 *sig = &w->sig[0];
	bool agree = true;
	struct bls_fr k;
	enum bls_err err;

	if (!msg || !vector_scalar(&w->fr[0], v, VECTOR_KEY_SK, 0) ||
	    !vector_bytes(v, VECTOR_KEY_SIG, 0, BLS_SIG_LEN))
		return incomplete;
	if (!vector_is_scalar(&w->fr[0], v, VECTOR_KEY_SK, 0))
		return "the secret key is encoded otherwise than decoded";
	if (bls_sk_to_pk(&w->pk[0], &w->fr[0], &w->s) ||
	    !vector_is_pk(&w->pk[0], v, VECTOR_KEY_PK, 0, &w->s))
		return "another public key";
	if (dst) {
		bls_fr_to_int(&k, &w->fr[0]);
		err = bls_hash_to_g1(&w->sum, msg->bytes, msg->number,
				     dst->bytes, dst->number, &w->s);
		if (!err)
			err = w->s.engine->g1_mul(sig, &w->sum, &k,
						  bls_space(&w->s));
	} else {
		err = bls_sign(sig, &w->fr[0], BLS_SUITE_NUL, msg->bytes,
			       msg->number, &w->s);
	}
	if (err)
		return bls_err_text(err);
	if (!vector_is_sig(sig, v, VECTOR_KEY_SIG, 0, &w->s))
		return "another signature";
	err = verify_known_key(v, w, &agree);
	return err || !agree ? "it does not verify" : NULL;
}

/* The sum of signatures under one tag of anybody's */
static enum bls_err verify_sum(const struct vector *v, struct vector_work *w,
			       unsigned int n, unsigned int messages)
{
	const struct vector_field *dst = vector_field(v, VECTOR_KEY_DST, 0);
	const struct bls_engine *e = w->s.engine;
	enum bls_err err;
	unsigned int i;

	e->product_start(bls_space(&w->s));
	for (i = 0; i < n; i++) {
		const struct bls_item *m = &w->item[messages == 1 ? 0 : i];
		struct bls_g1 *point = &w->sig[0];

		err = dst ? bls_hash_to_g1(point, m->msg, m->msg_len,
					   dst->bytes, dst->number, &w->s) :
			    bls_hash_suite(point, m->msg, m->msg_len,
					   BLS_SUITE_NUL, &w->s);
		if (err)
			return err;
		e->product_pair(point, &w->pk[i], bls_space(&w->s));
	}
	return e->product_finish(&w->sum, bls_space(&w->s));
}

static const char *read_aggregate(const struct vector *v,
				  struct vector_work *w, unsigned int n)
{
	const struct vector_field *f;
	const uint8_t *in;
	unsigned int i;

	for (i = 0; i < n; i++) {
		in = vector_bytes(v, VECTOR_KEY_PK, i, BLS_PK_LEN);
		if (!in || bls_pk_decode_vartime(&w->pk[i], in, BLS_PK_LEN,
						 &w->s))
			return "a public key is refused";
		in = vector_bytes(v, VECTOR_KEY_SIG, i, BLS_SIG_LEN);
		if (!in || bls_sig_decode_vartime(&w->sig[i], in, BLS_SIG_LEN,
						  &w->s))
			return "a signature is refused";
		w->pks[i] = &w->pk[i];
		w->sigs[i] = &w->sig[i];
		f = vector_field(v, VECTOR_KEY_MSG, i);
		if (f) {
			w->item[i].msg = f->bytes;
			w->item[i].msg_len = f->number;
		}
	}
	return NULL;
}

static const char *aggregate(const struct vector *v, struct vector_work *w)
{
	const uint8_t *out = vector_bytes(v, VECTOR_KEY_OUT, 0, BLS_SIG_LEN);
	unsigned int messages = vector_count(v, VECTOR_KEY_MSG);
	unsigned int n = vector_count(v, VECTOR_KEY_SIG);
	const char *why;

	if (!out || !n || n > VECTOR_MANY ||
	    vector_count(v, VECTOR_KEY_PK) != n ||
	    (messages != 1 && messages != n))
		return incomplete;
	why = read_aggregate(v, w, n);
	if (why)
		return why;
	if (bls_sig_aggregate_vartime(&w->sum, w->sigs, n, &w->s) ||
	    !vector_is_sig(&w->sum, v, VECTOR_KEY_OUT, 0, &w->s))
		return "another sum";
	if (verify_sum(v, w, n, messages))
		return "the sum does not verify";
	if (messages != n || vector_field(v, VECTOR_KEY_DST, 0))
		return NULL;
	if (bls_aggregate_verify_vartime(w->pks, BLS_SUITE_NUL, w->item, n, out,
					 BLS_SIG_LEN, &w->s))
		return "bls_aggregate_verify_vartime refuses the sum";
	if (n > 1 && !bls_aggregate_verify_vartime(w->pks, BLS_SUITE_NUL,
						   w->item, n - 1, out,
						   BLS_SIG_LEN, &w->s))
		return "one signer less is accepted";
	return NULL;
}

static const char *aggregate_pk(const struct vector *v, struct vector_work *w)
{
	unsigned int i, n = vector_count(v, VECTOR_KEY_PK);
	const uint8_t *in;

	if (!n || n > VECTOR_MANY)
		return incomplete;
	for (i = 0; i < n; i++) {
		in = vector_bytes(v, VECTOR_KEY_PK, i, BLS_PK_LEN);
		if (!in || bls_pk_decode_vartime(&w->pk[i], in, BLS_PK_LEN,
						 &w->s))
			return "a public key is refused";
		w->pks[i] = &w->pk[i];
	}
	if (bls_pk_aggregate_vartime(&w->pk[0], w->pks, n, &w->s) ||
	    !vector_is_pk(&w->pk[0], v, VECTOR_KEY_OUT, 0, &w->s))
		return "another sum";
	return NULL;
}

static const char *pop(const struct vector *v, struct vector_work *w)
{
	const uint8_t *in = vector_bytes(v, VECTOR_KEY_POP, 0, BLS_SIG_LEN);

	if (!in || !vector_scalar(&w->fr[0], v, VECTOR_KEY_SK, 0))
		return incomplete;
	if (bls_sk_to_pk(&w->pk[0], &w->fr[0], &w->s) ||
	    !vector_is_pk(&w->pk[0], v, VECTOR_KEY_PK, 0, &w->s))
		return "another public key";
	if (bls_pop_prove(&w->sum, &w->fr[0], &w->s) ||
	    !vector_is_sig(&w->sum, v, VECTOR_KEY_POP, 0, &w->s))
		return "another proof";
	if (bls_pop_verify_vartime(&w->pk[0], in, BLS_SIG_LEN, &w->s))
		return "the proof does not verify";
	return NULL;
}

static const struct {
	const char *name;
	const char *(*run)(const struct vector *v, struct vector_work *w);
} kinds[VECTOR_KIND_NR] = {
	[VECTOR_KIND_EXPAND] = { "expand", expand },
	[VECTOR_KIND_HASH] = { "hash", hash },
	[VECTOR_KIND_DECODE_G1] = { "decode-g1", decode_g1 },
	[VECTOR_KIND_DECODE_G2] = { "decode-g2", decode_g2 },
	[VECTOR_KIND_MULTIPLE_G1] = { "multiple-g1", multiple_g1 },
	[VECTOR_KIND_MULTIPLE_G2] = { "multiple-g2", multiple_g2 },
	[VECTOR_KIND_SIGN] = { "sign", sign },
	[VECTOR_KIND_VERIFY] = { "verify", verify },
	[VECTOR_KIND_AGGREGATE] = { "aggregate", aggregate },
	[VECTOR_KIND_AGGREGATE_PK] = { "aggregate-pk", aggregate_pk },
	[VECTOR_KIND_POP] = { "pop", pop },
	[VECTOR_KIND_THRESHOLD] = { "threshold", vector_threshold },
	[VECTOR_KIND_RESHARE] = { "reshare", vector_reshare },
	[VECTOR_KIND_FR] = { "fr", vector_fr },
};

const char *vector_kind_name(enum vector_kind kind)
{
	return kinds[kind].name;
}

const char *vector_skip(const struct vector *v)
{
	if (v->kind == VECTOR_KIND_EXPAND &&
	    !vector_bytes(v, VECTOR_KEY_OUT, 0, BLS_UNIFORM_LEN))
		return "the library expands to 128 bytes only";
	return NULL;
}

const char *vector_run(const struct vector *v, struct vector_work *w)
{
	return kinds[v->kind].run(v, w);
}
