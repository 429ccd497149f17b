// SPDX-License-Identifier: GPL-2.0
/*
 * Suite oq_ecdsa: the table of corners that tests/quorum/p256.py makes, through
 * our verification and, where the kernel has one, through its own.
 */
#include "../alg.h"
#include "ecdsa_vectors.h"

#include <kunit/test.h>
#include <linux/kernel.h>

enum { NUMBER_LEN = 32 };

static void number(struct kunit *test, u8 *out, const char *hex)
{
	KUNIT_ASSERT_EQ(test, hex2bin(out, hex, NUMBER_LEN), 0);
}

static int init_key(struct kunit *test, struct oq_ecdsa *key, bool akcipher,
		    const struct ecdsa_vector *v)
{
	u8 point[OQ_ECDSA_KEY_LEN] = { 4 };

	number(test, point + 1, v->x);
	number(test, point + 1 + NUMBER_LEN, v->y);
	return oq_ecdsa_init(key, akcipher, point, sizeof(point), NULL);
}

static int verify(struct kunit *test, const struct oq_ecdsa *key,
		  const struct ecdsa_vector *v)
{
	u8 sig[OQ_ECDSA_SIG_LEN], digest[SHA256_DIGEST_SIZE];

	number(test, sig, v->r);
	number(test, sig + NUMBER_LEN, v->s);
	number(test, digest, v->digest);
	return oq_ecdsa_verify(key, sig, sizeof(sig), digest);
}

/* An error that says "not valid", not that it could not be found out */
static void run_vector(struct kunit *test, bool akcipher,
		       const struct ecdsa_vector *v)
{
	struct oq_ecdsa key;
	int err;

	err = init_key(test, &key, akcipher, v);
	if (v->expect == ECDSA_KEY) {
		KUNIT_EXPECT_EQ_MSG(test, err, -EINVAL, "%s", v->name);
		return;
	}
	/* everybody's keys may be refused as such */
	if (v->expect == ECDSA_WEAK && err == -EINVAL)
		return;
	if (err == -EINVAL && v->expect == ECDSA_INVALID)
		return;
	KUNIT_ASSERT_EQ_MSG(test, err, 0, "%s", v->name);
	err = verify(test, &key, v);
	oq_ecdsa_exit(&key);
	KUNIT_EXPECT_NE_MSG(test, err, -ENOMEM, "%s", v->name);
	if (v->expect == ECDSA_VALID)
		KUNIT_EXPECT_EQ_MSG(test, err, 0, "%s", v->name);
	if (v->expect == ECDSA_INVALID)
		KUNIT_EXPECT_NE_MSG(test, err, 0, "%s", v->name);
}

static void test_table(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ecdsa_vectors); i++)
		run_vector(test, false, &ecdsa_vectors[i]);
	KUNIT_EXPECT_GT(test, i, 250u);
}

static void test_table_by_akcipher(struct kunit *test)
{
	unsigned int i;

	if (!oq_ecdsa_has_akcipher())
		kunit_skip(test, "this kernel has no ecdsa-nist-p256");
	for (i = 0; i < ARRAY_SIZE(ecdsa_vectors); i++)
		run_vector(test, true, &ecdsa_vectors[i]);
}

static void test_forms_of_keys(struct kunit *test)
{
	static const u8 form[] = { 0, 2, 3, 6, 7, 0x84 };
	u8 point[OQ_ECDSA_KEY_LEN + 1] = { 4 };
	struct oq_ecdsa key;
	unsigned int i;

	number(test, point + 1, ecdsa_vectors[0].x);
	number(test, point + 1 + NUMBER_LEN, ecdsa_vectors[0].y);
	KUNIT_EXPECT_EQ(test, oq_ecdsa_init(&key, false, point,
					    OQ_ECDSA_KEY_LEN, NULL), 0);
	KUNIT_EXPECT_EQ(test, oq_ecdsa_init(&key, false, point,
					    OQ_ECDSA_KEY_LEN + 1, NULL),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, oq_ecdsa_init(&key, false, point,
					    OQ_ECDSA_KEY_LEN - 1, NULL),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, oq_ecdsa_init(&key, false, point, 0, NULL),
			-EINVAL);
	for (i = 0; i < ARRAY_SIZE(form); i++) {
		point[0] = form[i];
		KUNIT_EXPECT_EQ(test, oq_ecdsa_init(&key, false, point,
						    OQ_ECDSA_KEY_LEN, NULL),
				-EINVAL);
	}
}

static void test_lengths_of_signatures(struct kunit *test)
{
	u8 sig[OQ_ECDSA_SIG_LEN + 1] = { 0 }, digest[SHA256_DIGEST_SIZE];
	const struct ecdsa_vector *v = &ecdsa_vectors[0];
	struct oq_ecdsa key;
	size_t len;

	number(test, sig, v->r);
	number(test, sig + NUMBER_LEN, v->s);
	number(test, digest, v->digest);
	KUNIT_ASSERT_EQ(test, init_key(test, &key, false, v), 0);
	for (len = 0; len <= sizeof(sig); len++)
		KUNIT_EXPECT_EQ(test, !oq_ecdsa_verify(&key, sig, len, digest),
				len == OQ_ECDSA_SIG_LEN);
	oq_ecdsa_exit(&key);
}

static struct kunit_case ecdsa_cases[] = {
	KUNIT_CASE(test_table),
	KUNIT_CASE(test_table_by_akcipher),
	KUNIT_CASE(test_forms_of_keys),
	KUNIT_CASE(test_lengths_of_signatures),
	{}
};

static struct kunit_suite ecdsa_suite = {
	.name = "oq_ecdsa",
	.test_cases = ecdsa_cases,
};

kunit_test_suite(ecdsa_suite);

MODULE_DESCRIPTION("KUnit suites of ovs_quorum.ko");
MODULE_LICENSE("GPL");
