// SPDX-License-Identifier: GPL-2.0
/*
 * check-blst FILE...: does blst agree with these vector files?
 *
 * The second oracle: it answers for every kind of stanza, so a case of
 * oracle.mjs has been seen by two implementations before lib/bls sees it.
 * Must never include a header of lib/bls.  Last line: N passed, N failed.
 */
#include "blst-values.h"

enum {
	SIGNERS_MAX = 16,
	UNIFORM_BYTES_MAX = 1024,
};

static const char DST_POP[] = "BLS_POP_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_";

static blst_p1 hash(const struct bytes *msg, const struct bytes *dst)
{
	blst_p1 out;

	blst_hash_to_g1(&out, msg->data, msg->len, dst->data, dst->len, NULL,
			0);
	return out;
}

static bool key_is(const struct stanza *s, const char *sk, const char *pk,
		   int i)
{
	blst_fr k = fr(s, sk, i);
	blst_scalar exp = scalar_of(&k);
	blst_p2 out;

	blst_sk_to_pk_in_g2(&out, &exp);
	return g2_is(s, pk, i, &out);
}

static bool sig_is(const struct stanza *s, const char *sk, const char *sig,
		   int i, const blst_p1 *point)
{
	blst_fr k = fr(s, sk, i);
	blst_scalar exp = scalar_of(&k);
	blst_p1 out;

	blst_sign_pk_in_g2(&out, point, &exp);
	return g1_is(s, sig, i, &out);
}

static bool verify(const struct stanza *s, const char *pk, int i,
		   const struct bytes *msg, const char *sig,
		   const struct bytes *dst)
{
	blst_p2_affine key;
	blst_p1_affine point;

	return g2(s, pk, i, &key) && g1(s, sig, i, &point) &&
	       !blst_core_verify_pk_in_g2(&key, &point, true, msg->data,
					  msg->len, dst->data, dst->len, NULL,
					  0);
}

static bool check_sign(const struct stanza *s)
{
	struct bytes msg = get(s, "msg", 0), dst = tag(s);
	blst_p1 point = hash(&msg, &dst);

	return key_is(s, "sk", "pk", 0) && sig_is(s, "sk", "sig", 0, &point) &&
	       verify(s, "pk", 0, &msg, "sig", &dst);
}

static bool check_verify(const struct stanza *s)
{
	struct bytes msg = get(s, "msg", 0), dst = tag(s);

	return verify(s, "pk", 0, &msg, "sig", &dst) ==
	       stanza_is(s, "expect", "valid");
}

static bool check_pop(const struct stanza *s)
{
	struct bytes pk = get(s, "pk", 0), dst = { .len = strlen(DST_POP) };
	blst_p1 point;

	memcpy(dst.data, DST_POP, dst.len);
	point = hash(&pk, &dst);
	return key_is(s, "sk", "pk", 0) && sig_is(s, "sk", "pop", 0, &point) &&
	       verify(s, "pk", 0, &pk, "pop", &dst);
}

static bool check_hash(const struct stanza *s)
{
	struct bytes msg = get(s, "msg", 0), dst = tag(s);
	blst_p1 point = hash(&msg, &dst);
	uint8_t want[96], have[96];

	if (stanza_get(s, "Px", 0)) {
		stanza_exact(s, "Px", 0, want, 48);
		stanza_exact(s, "Py", 0, want + 48, 48);
		blst_p1_serialize(have, &point);
		if (memcmp(want, have, sizeof(have)))
			return false;
	}
	return g1_is(s, "out", 0, &point);
}

static bool check_expand(const struct stanza *s)
{
	struct bytes msg = get(s, "msg", 0), dst = get(s, "dst", 0);
	struct bytes want = get(s, "out", 0);
	uint8_t have[UNIFORM_BYTES_MAX];

	if (want.len > sizeof(have))
		return false;
	blst_expand_message_xmd(have, want.len, msg.data, msg.len, dst.data,
				dst.len);
	return !memcmp(have, want.data, want.len);
}

/* Different keys and messages, or one message under several keys. */
static bool check_aggregate(const struct stanza *s)
{
	struct bytes dst = tag(s);
	int n = stanza_count(s, "pk"), msgs = stanza_count(s, "msg"), i;
	blst_pairing *ctx = malloc(blst_pairing_sizeof());
	blst_p1_affine sigs[SIGNERS_MAX], out;
	blst_p2_affine pk;
	blst_p1 sum = { 0 };
	blst_fp12 gt;
	bool ok = n && n <= SIGNERS_MAX && n == stanza_count(s, "sig") &&
		  (msgs == n || msgs == 1) && ctx;

	if (ctx)
		blst_pairing_init(ctx, true, dst.data, dst.len);
	for (i = 0; ok && i < n; i++) {
		struct bytes msg = get(s, "msg", msgs == 1 ? 0 : i);

		ok = verify(s, "pk", i, &msg, "sig", &dst) &&
		     g1(s, "sig", i, &sigs[i]) && g2(s, "pk", i, &pk) &&
		     !blst_pairing_aggregate_pk_in_g2(ctx, &pk, NULL, msg.data,
						      msg.len, NULL, 0);
		if (ok)
			blst_p1_add_or_double_affine(&sum, &sum, &sigs[i]);
	}
	if (ok) {
		blst_pairing_commit(ctx);
		ok = g1_is(s, "out", 0, &sum) && g1(s, "out", 0, &out);
		blst_aggregated_in_g1(&gt, &out);
		ok = ok && blst_pairing_finalverify(ctx, &gt);
	}
	free(ctx);
	return ok;
}

static bool check_aggregate_pk(const struct stanza *s)
{
	blst_p2 sum = { 0 };
	blst_p2_affine pk;
	int i;

	for (i = 0; i < stanza_count(s, "pk"); i++) {
		if (!g2(s, "pk", i, &pk))
			return false;
		blst_p2_add_or_double_affine(&sum, &sum, &pk);
	}
	return i && g2_is(s, "out", 0, &sum);
}

static blst_fr lagrange_at_zero(const struct stanza *s, int i)
{
	blst_fr num = fr_small(1), den = num, x, mine;
	int j;

	mine = fr_small(stanza_number(s, "index", i));
	for (j = 0; j < stanza_count(s, "index"); j++) {
		if (j == i)
			continue;
		x = fr_small(stanza_number(s, "index", j));
		blst_fr_mul(&num, &num, &x);
		blst_fr_sub(&x, &x, &mine);
		blst_fr_mul(&den, &den, &x);
	}
	blst_fr_inverse(&den, &den);
	blst_fr_mul(&num, &num, &den);
	return num;
}

static bool check_threshold(const struct stanza *s)
{
	struct bytes msg = get(s, "msg", 0), dst = tag(s);
	blst_p1 point = hash(&msg, &dst), part, combined = { 0 };
	blst_fr secret = fr_small(0);
	int t = (int)stanza_number(s, "t", 0), i, j;

	if (t < 1 || stanza_count(s, "index") != t ||
	    stanza_count(s, "commitment") != t ||
	    !key_is(s, "sk", "commitment", 0) ||
	    !sig_is(s, "sk", "sig", 0, &point))
		return false;
	for (i = 0; i < t; i++) {
		blst_fr lambda = lagrange_at_zero(s, i), v;
		blst_scalar exp = scalar_of(&lambda);
		blst_p1_affine sig;
		blst_p2 pk = { 0 };

		if (!fr_is(s, "lambda", i, &lambda) ||
		    !key_is(s, "share_sk", "share_pk", i) ||
		    !sig_is(s, "share_sk", "share_sig", i, &point) ||
		    !g1(s, "share_sig", i, &sig))
			return false;
		v = fr(s, "share_sk", i);
		blst_fr_mul(&v, &v, &lambda);
		blst_fr_add(&secret, &secret, &v);
		blst_p1_from_affine(&part, &sig);
		blst_p1_mult(&part, &part, exp.b, 255);
		blst_p1_add_or_double(&combined, &combined, &part);

		/* The share's key from the commitments, by Horner. */
		v = fr_small(stanza_number(s, "index", i));
		exp = scalar_of(&v);
		for (j = t - 1; j >= 0; j--) {
			blst_p2_affine c;

			if (!g2(s, "commitment", j, &c))
				return false;
			blst_p2_mult(&pk, &pk, exp.b, 255);
			blst_p2_add_or_double_affine(&pk, &pk, &c);
		}
		if (!g2_is(s, "share_pk", i, &pk))
			return false;
	}
	return fr_is(s, "sk", 0, &secret) && g1_is(s, "sig", 0, &combined);
}

static bool check_reshare(const struct stanza *s)
{
	int t = (int)stanza_number(s, "t", 0), i, j, c;
	int new_t = (int)stanza_number(s, "new_t", 0);
	int new_n = (int)stanza_number(s, "new_n", 0);

	if (t < 1 || new_t < 1 || stanza_count(s, "index") != t ||
	    stanza_count(s, "share_sk") != t ||
	    stanza_count(s, "coefficient") != t * (new_t - 1) ||
	    stanza_count(s, "new_share") != new_n ||
	    !key_is(s, "sk", "pk", 0))
		return false;
	/* Participant 0 has the secret. */
	for (j = 0; j <= new_n; j++) {
		blst_fr x = fr_small((uint64_t)j), share = fr_small(0);

		for (i = 0; i < t; i++) {
			blst_fr lambda = lagrange_at_zero(s, i);
			blst_fr v = fr_small(0), k;

			for (c = new_t - 1; c >= 0; c--) {
				k = c ? fr(s, "coefficient",
					   i * (new_t - 1) + c - 1) :
					fr(s, "share_sk", i);
				blst_fr_mul(&v, &v, &x);
				blst_fr_add(&v, &v, &k);
			}
			blst_fr_mul(&v, &v, &lambda);
			blst_fr_add(&share, &share, &v);
		}
		if (!fr_is(s, j ? "new_share" : "sk", j ? j - 1 : 0, &share))
			return false;
	}
	return true;
}

static bool check_fr(const struct stanza *s)
{
	blst_fr a = fr(s, "a", 0), b = fr(s, "b", 0), v;
	bool ok;

	blst_fr_add(&v, &a, &b);
	ok = fr_is(s, "sum", 0, &v);
	blst_fr_sub(&v, &a, &b);
	ok &= fr_is(s, "difference", 0, &v);
	blst_fr_mul(&v, &a, &b);
	ok &= fr_is(s, "product", 0, &v);
	blst_fr_inverse(&v, &a);
	return ok && fr_is(s, "inverse", 0, &v);
}

static bool check_multiple_g1(const struct stanza *s)
{
	blst_fr k = fr(s, "k", 0);
	blst_scalar exp = scalar_of(&k);
	blst_p1 out;

	blst_p1_mult(&out, blst_p1_generator(), exp.b, 255);
	return g1_is(s, "out", 0, &out);
}

static bool check_multiple_g2(const struct stanza *s)
{
	blst_fr k = fr(s, "k", 0);
	blst_scalar exp = scalar_of(&k);
	blst_p2 out;

	blst_p2_mult(&out, blst_p2_generator(), exp.b, 255);
	return g2_is(s, "out", 0, &out);
}

/*
 * blst has one error for what are several classes here, and no length: the
 * caller hands it the right number of bytes.
 */
static bool class_agrees(const char *expect, BLST_ERROR err, bool infinity,
			 bool in_group)
{
	if (!strcmp(expect, "bad-flags") || !strcmp(expect, "bad-infinity") ||
	    !strcmp(expect, "not-canonical"))
		return err == BLST_BAD_ENCODING;
	if (!strcmp(expect, "not-on-curve"))
		return err == BLST_POINT_NOT_ON_CURVE;
	/* It refuses x = 0 in G1, of order 3, while it decodes. */
	if (err)
		return err == BLST_POINT_NOT_IN_GROUP &&
		       !strcmp(expect, "not-in-group");
	if (!strcmp(expect, "infinity"))
		return infinity;
	return !infinity && in_group == !strcmp(expect, "valid");
}

static bool check_decode_g1(const struct stanza *s)
{
	const char *expect = stanza_get(s, "expect", 0);
	struct bytes wire = get(s, "bytes", 0), affine;
	uint8_t have[96];
	blst_p1_affine p;
	BLST_ERROR err;

	if (wire.len != 48 || !expect)
		return expect && !strcmp(expect, "bad-length");
	err = blst_p1_uncompress(&p, wire.data);
	if (!err && stanza_get(s, "affine", 0)) {
		affine = get(s, "affine", 0);
		blst_p1_affine_serialize(have, &p);
		if (memcmp(have, affine.data, sizeof(have)))
			return false;
	}
	return class_agrees(expect, err, !err && blst_p1_affine_is_inf(&p),
			    !err && blst_p1_affine_in_g1(&p));
}

static bool check_decode_g2(const struct stanza *s)
{
	const char *expect = stanza_get(s, "expect", 0);
	struct bytes wire = get(s, "bytes", 0), affine;
	uint8_t have[192];
	blst_p2_affine p;
	BLST_ERROR err;

	if (wire.len != 96 || !expect)
		return expect && !strcmp(expect, "bad-length");
	err = blst_p2_uncompress(&p, wire.data);
	if (!err && stanza_get(s, "affine", 0)) {
		affine = get(s, "affine", 0);
		blst_p2_affine_serialize(have, &p);
		if (memcmp(have, affine.data, sizeof(have)))
			return false;
	}
	return class_agrees(expect, err, !err && blst_p2_affine_is_inf(&p),
			    !err && blst_p2_affine_in_g2(&p));
}

static const struct {
	const char *test;
	bool (*check)(const struct stanza *s);
} kinds[] = {
	{ "aggregate", check_aggregate },
	{ "aggregate-pk", check_aggregate_pk },
	{ "decode-g1", check_decode_g1 },
	{ "decode-g2", check_decode_g2 },
	{ "expand", check_expand },
	{ "fr", check_fr },
	{ "hash", check_hash },
	{ "multiple-g1", check_multiple_g1 },
	{ "multiple-g2", check_multiple_g2 },
	{ "pop", check_pop },
	{ "reshare", check_reshare },
	{ "sign", check_sign },
	{ "threshold", check_threshold },
	{ "verify", check_verify },
};

static bool check(const struct stanza *s)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (stanza_is(s, "test", kinds[i].test))
			return kinds[i].check(s);
	fprintf(stderr, "check-blst: a kind of test that it does not know\n");
	return false;
}

int main(int argc, char **argv)
{
	static struct stanza s;
	int passed = 0, failed = 0, i, line, got;

	for (i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "r");

		while (f && (got = stanza_read(f, &s)) == 1) {
			if (check(&s)) {
				passed++;
				continue;
			}
			failed++;
			printf("FAIL: %s:\n", argv[i]);
			for (line = 0; line < s.lines; line++)
				printf("  %s = %s\n", s.key[line],
				       s.value[line]);
		}
		if (!f || got < 0 || fclose(f)) {
			fprintf(stderr, "check-blst: cannot read %s\n",
				argv[i]);
			failed++;
		}
	}
	printf("%d passed, %d failed\n", passed, failed);
	return failed || !passed;
}
