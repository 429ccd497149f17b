// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Suite bls_merkle: the tree of RFC 6962 over the kernel's SHA-256; and the
 * texts of errors.  That SHA-256 is all that merkle.c has of the kernel.
 */
#include "bls.h"

#include <kunit/test.h>

enum { LEAVES = 7 };

/* The root of the empty leaf alone: RFC 6962, SHA-256 of one zero byte */
static void test_merkle_one_leaf(struct kunit *test)
{
	static const uint8_t want[BLS_DIGEST_LEN] = {
		0x6e, 0x34, 0x0b, 0x9c, 0xff, 0xb3, 0x7a, 0x98,
		0x9c, 0xa5, 0x44, 0xe6, 0xbb, 0x78, 0x0a, 0x2c,
		0x78, 0x90, 0x1d, 0x3f, 0xb3, 0x37, 0x38, 0x76,
		0x85, 0x11, 0xa3, 0x06, 0x17, 0xaf, 0xa0, 0x1d,
	};
	uint8_t leaf[1][BLS_DIGEST_LEN], root[BLS_DIGEST_LEN];

	bls_merkle_leaf(leaf[0], NULL, 0);
	KUNIT_EXPECT_EQ(test, bls_merkle_root(root, leaf, 1), BLS_OK);
	KUNIT_EXPECT_EQ(test, memcmp(root, want, sizeof(want)), 0);
	KUNIT_EXPECT_EQ(test, bls_merkle_root(root, leaf, 0), BLS_ECOUNT);
}

static void test_merkle_paths(struct kunit *test)
{
	static uint8_t path[BLS_MERKLE_DEPTH_MAX][BLS_DIGEST_LEN];
	uint8_t leaf[LEAVES][BLS_DIGEST_LEN], root[BLS_DIGEST_LEN];
	unsigned int depth;
	uint8_t i;

	for (i = 0; i < LEAVES; i++)
		bls_merkle_leaf(leaf[i], &i, 1);
	KUNIT_ASSERT_EQ(test, bls_merkle_root(root, leaf, LEAVES), BLS_OK);
	for (i = 0; i < LEAVES; i++) {
		KUNIT_ASSERT_EQ(test, bls_merkle_path(path, &depth, leaf,
						      LEAVES, i), BLS_OK);
		KUNIT_EXPECT_EQ(test, bls_merkle_check(root, leaf[i], i, LEAVES,
						       path, depth), BLS_OK);
		KUNIT_EXPECT_EQ(test,
				bls_merkle_check(root, leaf[(i + 1) % LEAVES],
						 i, LEAVES, path, depth),
				BLS_EMISMATCH);
		KUNIT_EXPECT_EQ(test,
				bls_merkle_check(root, leaf[i], i, LEAVES, path,
						 depth - 1), BLS_ELENGTH);
		KUNIT_EXPECT_EQ(test,
				bls_merkle_check(root, leaf[i], LEAVES, LEAVES,
						 path, depth), BLS_EINDEX);
	}
}

/* Two leaves are not one leaf of 64 bytes. */
static void test_merkle_leaf_is_no_node(struct kunit *test)
{
	uint8_t leaf[2][BLS_DIGEST_LEN], root[BLS_DIGEST_LEN];
	uint8_t fake[BLS_DIGEST_LEN];

	bls_merkle_leaf(leaf[0], (const uint8_t *)"a", 1);
	bls_merkle_leaf(leaf[1], (const uint8_t *)"b", 1);
	KUNIT_EXPECT_EQ(test, bls_merkle_root(root, leaf, 2), BLS_OK);
	bls_merkle_leaf(fake, leaf[0], sizeof(leaf));
	KUNIT_EXPECT_NE(test, memcmp(root, fake, sizeof(root)), 0);
}

static void test_error_texts(struct kunit *test)
{
	unsigned int i, j;

	for (i = 0; i < BLS_ERR_NR; i++)
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_STRNEQ(test, bls_err_text(i),
					    bls_err_text(j));
	KUNIT_EXPECT_STREQ(test, bls_err_text(BLS_OK), "success");
	KUNIT_EXPECT_STREQ(test, bls_err_text(BLS_ERR_NR), "unknown error");
	KUNIT_EXPECT_STREQ(test, bls_err_text((enum bls_err)-1),
			   "unknown error");
}

static struct kunit_case merkle_cases[] = {
	KUNIT_CASE(test_merkle_one_leaf),
	KUNIT_CASE(test_merkle_paths),
	KUNIT_CASE(test_merkle_leaf_is_no_node),
	KUNIT_CASE(test_error_texts),
	{}
};

static struct kunit_suite merkle_suite = {
	.name = "bls_merkle",
	.test_cases = merkle_cases,
};

kunit_test_suite(merkle_suite);
