// SPDX-License-Identifier: GPL-2.0
/*
 * Suite oq_keys: key sets from descriptions, good and bad; RSA keys in bad DER;
 * tickets verified.
 */
#include "../alg.h"
#include "../keys.h"
#include "../known_answers.h"

#include <kunit/test.h>

enum { ROOM = 4096 };

struct fixture {
	struct keyset_key key[4];
	struct keyset set;
	bool has_rsa;			/* this kernel; else ECDSA stands in for it */
	u8 rsa[sizeof(known_rsa_key) + 8];
	u8 bytes[ROOM];
	struct quorum_ticket ticket;
};

static int keys_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	struct crypto_akcipher *key;
	unsigned int i;
	bool rsa;

	if (!f)
		return -ENOMEM;
	f->has_rsa = !oq_rsa_create(&key, known_rsa_key, sizeof(known_rsa_key),
				    NULL);
	if (f->has_rsa)
		oq_rsa_free(key);
	for (i = 0; i < 4; i++) {
		rsa = f->has_rsa && i % 2 == 0;
		f->key[i].signer = i + 1;
		f->key[i].alg = rsa ? ALG_RSA : ALG_ECDSA_P256;
		f->key[i].key = rsa ? known_rsa_key : known_ecdsa_key;
		f->key[i].len = rsa ? sizeof(known_rsa_key) :
				sizeof(known_ecdsa_key);
	}
	f->set.phase = 3;
	f->set.scheme = SCHEME_INDIVIDUAL;
	f->set.n = 4;
	f->set.quorum = 2;
	f->set.key_nr = 4;
	memcpy(f->rsa, known_rsa_key, sizeof(known_rsa_key));
	test->priv = f;
	return 0;
}

/* Encoded and decoded again, as it comes by an update */
static struct oq_keyset *create(struct fixture *f)
{
	struct keyset set;
	size_t used;

	if (keyset_encode(f->bytes, ROOM, &used, &f->set, f->key) ||
	    keyset_decode(&set, f->bytes, used))
		return NULL;
	return oq_keyset_create(&set, NULL);
}

static void test_selftest(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, oq_keys_selftest(), 0);
}

static void test_individual(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct oq_keyset *ks = create(f);
	struct quorum_phase phase;
	struct keyset_key key;
	unsigned int i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ks);
	memset(f->bytes, 0, ROOM);	/* is not borrowed */
	oq_keyset_phase(ks, &phase);
	KUNIT_EXPECT_EQ(test, phase.phase, 3u);
	KUNIT_EXPECT_EQ(test, phase.n, 4);
	KUNIT_EXPECT_EQ(test, phase.quorum, 2);
	KUNIT_EXPECT_EQ(test, phase.alg[0], 0);
	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_EQ(test, phase.alg[i + 1], f->key[i].alg);
		KUNIT_ASSERT_TRUE(test, oq_keyset_key(ks, i, &key));
		KUNIT_EXPECT_EQ(test, key.signer, i + 1);
		KUNIT_ASSERT_EQ(test, key.len, f->key[i].len);
		KUNIT_EXPECT_EQ(test, memcmp(key.key, f->key[i].key, key.len),
				0);
	}
	KUNIT_EXPECT_FALSE(test, oq_keyset_key(ks, 4, &key));
	KUNIT_EXPECT_PTR_EQ(test, oq_keyset_get(ks), ks);
	oq_keyset_put(ks);
	oq_keyset_put(ks);
	oq_keys_exit();
}

static void test_group(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct quorum_phase phase;
	struct bls_prepared *key;
	struct oq_keyset *ks;

	f->set.scheme = SCHEME_THRESHOLD;
	f->set.quorum = 3;
	f->set.key_nr = 1;
	f->key[0].alg = ALG_BLS;
	f->key[0].signer = 0;
	f->key[0].key = known_bls_key;
	f->key[0].len = sizeof(known_bls_key);
	ks = create(f);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ks);
	oq_keyset_phase(ks, &phase);
	KUNIT_EXPECT_EQ(test, phase.alg[0], ALG_BLS);
	KUNIT_EXPECT_EQ(test, phase.quorum, 3);
	oq_keyset_put(ks);
	oq_keys_exit();

	KUNIT_ASSERT_EQ(test, oq_bls_create(&key, known_bls_key,
					    sizeof(known_bls_key), NULL), 0);
	KUNIT_EXPECT_EQ(test, oq_bls_verify(key, known_bls_sig,
					    sizeof(known_bls_sig),
					    known_bls_msg,
					    sizeof(known_bls_msg)), 0);
	KUNIT_EXPECT_NE(test, oq_bls_verify(key, known_bls_sig,
					    sizeof(known_bls_sig) - 1,
					    known_bls_msg,
					    sizeof(known_bls_msg)), 0);
	oq_bls_free(key);
	KUNIT_EXPECT_EQ(test, oq_bls_create(&key, known_bls_key,
					    sizeof(known_bls_key) - 1, NULL),
			-EINVAL);
}

static void test_key_that_is_none(struct kunit *test)
{
	struct fixture *f = test->priv;
	static u8 point[sizeof(known_ecdsa_key)];
	struct oq_keyset *ks;

	memcpy(point, known_ecdsa_key, sizeof(point));
	point[64] ^= 1;
	f->key[3].key = point;		/* the last: those before are freed */
	ks = create(f);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(ks), -EINVAL);
}

static void test_sets_put_together(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct keyset set, good;
	size_t used;

	KUNIT_ASSERT_EQ(test, keyset_encode(f->bytes, ROOM, &used, &f->set,
					    f->key), 0);
	KUNIT_ASSERT_EQ(test, keyset_decode(&good, f->bytes, used), 0);
#define REFUSED(change)							\
	do {								\
		set = good;						\
		change;							\
		KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(			\
				oq_keyset_create(&set, NULL)), -EINVAL); \
	} while (0)
	REFUSED(set.phase = 0);
	REFUSED(set.n = 0);
	REFUSED(set.n = UPDATE_SIGNERS_MAX + 1);
	REFUSED(set.quorum = 1);
	REFUSED(set.quorum = 4);
	REFUSED(set.scheme = 0);
	REFUSED(set.scheme = SCHEME_THRESHOLD; set.key_nr = 1);
	REFUSED(set.n = 5);
	REFUSED(set.n = 5; set.key_nr = 5);
#undef REFUSED
}

/* The good key with one byte of another value */
static void refused_with(struct kunit *test, struct fixture *f, size_t at,
			 u8 value)
{
	struct crypto_akcipher *key;
	u8 was = f->rsa[at];

	f->rsa[at] = value;
	KUNIT_EXPECT_EQ(test, oq_rsa_create(&key, f->rsa,
					    sizeof(known_rsa_key), NULL),
			-EINVAL);
	f->rsa[at] = was;
}

/* The first bytes: 30 82 01 0a 02 82 01 01 00 n(256) 02 03 01 00 01 */
static void test_rsa_der(struct kunit *test)
{
	enum { LEN = sizeof(known_rsa_key) };
	struct fixture *f = test->priv;
	u8 digest[SHA256_DIGEST_SIZE];
	struct crypto_akcipher *key;
	size_t len;

	if (!f->has_rsa)
		kunit_skip(test, "this kernel has no pkcs1pad(rsa,sha256)");
	KUNIT_ASSERT_EQ(test, oq_rsa_create(&key, f->rsa, LEN, NULL), 0);
	sha256(known_rsa_msg, sizeof(known_rsa_msg), digest);
	KUNIT_EXPECT_EQ(test, oq_rsa_verify(key, known_rsa_sig, 256, digest),
			0);
	KUNIT_EXPECT_NE(test, oq_rsa_verify(key, known_rsa_sig, 255, digest),
			0);
	KUNIT_EXPECT_NE(test, oq_rsa_verify(key, known_rsa_sig, 0, digest), 0);
	sha256(known_ecdsa_msg, sizeof(known_ecdsa_msg) - 1, digest);
	KUNIT_EXPECT_NE(test, oq_rsa_verify(key, known_rsa_sig, 256, digest),
			0);
	oq_rsa_free(key);
	for (len = 0; len < LEN; len++)
		KUNIT_EXPECT_EQ(test, oq_rsa_create(&key, f->rsa, len, NULL),
				-EINVAL);
	KUNIT_EXPECT_EQ(test, oq_rsa_create(&key, f->rsa, LEN + 1, NULL),
			-EINVAL);
	refused_with(test, f, 0, 0x31);
	refused_with(test, f, 4, 0x03);
	refused_with(test, f, 8, 0x80);	/* negative */
	refused_with(test, f, 9, 0x00);	/* leading zeros */
	refused_with(test, f, LEN - 5, 0x04);
	refused_with(test, f, LEN - 1, 0x00);	/* even exponent */
	refused_with(test, f, LEN - 3, 0x00);	/* leading zeros */
	refused_with(test, f, LEN - 3, 0x80);	/* negative */
	/* even modulus */
	refused_with(test, f, LEN - 6, known_rsa_key[LEN - 6] ^ 1);
	/* 2047 bits */
	memmove(f->rsa + 8, f->rsa + 9, LEN - 9);
	f->rsa[3]--;
	f->rsa[7]--;
	f->rsa[8] = 0x7f;
	KUNIT_EXPECT_EQ(test, oq_rsa_create(&key, f->rsa, LEN - 1, NULL),
			-EINVAL);
}

static void test_ticket(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct quorum_ticket *t = &f->ticket;
	struct oq_keyset *ks = create(f);
	unsigned int i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ks);
	t->verify_nr = 6;
	for (i = 0; i < t->verify_nr; i++) {
		t->verify[i].sig.signer = i;	/* 0 and 5 are none */
		t->verify[i].sig.alg = i % 2 ? ALG_RSA : ALG_ECDSA_P256;
		t->verify[i].sig.sig = i % 2 ? known_rsa_sig : known_ecdsa_sig;
		t->verify[i].sig.len = i % 2 ? 256 : 64;
		t->verify[i].valid = true;
	}
	/* signatures of something else */
	KUNIT_EXPECT_EQ(test, oq_keyset_verify(ks, t), 0);
	for (i = 0; i < t->verify_nr; i++)
		KUNIT_EXPECT_FALSE(test, t->verify[i].valid);
	oq_keyset_put(ks);
	oq_keys_exit();
}

static struct kunit_case keys_cases[] = {
	KUNIT_CASE(test_selftest),
	KUNIT_CASE(test_individual),
	KUNIT_CASE(test_group),
	KUNIT_CASE(test_key_that_is_none),
	KUNIT_CASE(test_sets_put_together),
	KUNIT_CASE(test_rsa_der),
	KUNIT_CASE(test_ticket),
	{}
};

static struct kunit_suite keys_suite = {
	.name = "oq_keys",
	.init = keys_init,
	.test_cases = keys_cases,
};

kunit_test_suite(keys_suite);
