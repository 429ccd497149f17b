// SPDX-License-Identifier: GPL-2.0
/* Suite defuse_identity: claims and proofs of which file an inode stands for. */
#include "../identity.c"

#include <kunit/test.h>

struct fixture {
	struct super_block sb;
	struct inode lower;
	struct inode other;
	struct defuse_inode blind;
	struct defuse_inode bound;
};

static void lower_init(struct inode *lower, struct super_block *sb)
{
	lower->i_sb = sb;
	lower->i_ino = 77;
	lower->i_mode = S_IFREG | 0644;
}

static void shadow_init(struct defuse_inode *di, const struct inode *lower)
{
	di->vfs.i_mode = S_IFREG;
	di->dev = defuse_lower_dev(lower);
	di->ino = lower->i_ino;
}

static int identity_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	if (!f)
		return -ENOMEM;
	f->sb.s_dev = MKDEV(8, 300);
	lower_init(&f->lower, &f->sb);
	lower_init(&f->other, &f->sb);
	shadow_init(&f->blind, &f->lower);
	shadow_init(&f->bound, &f->lower);
	f->bound.lower = &f->lower;
	test->priv = f;
	return 0;
}

static void test_identity_device_is_as_stat_shows_it(struct kunit *test)
{
	struct fixture *f = test->priv;

	/* Minor 300 does not fit eight bits: makedev(8, 300) of glibc. */
	KUNIT_EXPECT_EQ(test, defuse_lower_dev(&f->lower), 0x10082cULL);
}

static void test_identity_blind_claim_is_believed_only_if_equal(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_TRUE(test, defuse_same_identity(&f->blind.vfs, &f->lower));
	f->blind.ino++;
	KUNIT_EXPECT_FALSE(test, defuse_same_identity(&f->blind.vfs, &f->lower));
	f->blind.ino--;
	f->blind.dev++;
	KUNIT_EXPECT_FALSE(test, defuse_same_identity(&f->blind.vfs, &f->lower));
}

static void test_identity_type_must_agree(struct kunit *test)
{
	struct fixture *f = test->priv;

	f->lower.i_mode = S_IFDIR | 0755;
	KUNIT_EXPECT_FALSE(test, defuse_same_identity(&f->blind.vfs, &f->lower));
	f->blind.vfs.i_mode = S_IFDIR;
	KUNIT_EXPECT_TRUE(test, defuse_same_identity(&f->blind.vfs, &f->lower));
}

static void test_identity_without_claim_is_by_name(struct kunit *test)
{
	struct fixture *f = test->priv;

	f->blind.dev = 0;
	f->blind.ino = 0;
	KUNIT_EXPECT_TRUE(test, defuse_same_identity(&f->blind.vfs, &f->lower));
}

static void test_identity_bound_inode_is_one_file(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_TRUE(test, defuse_same_identity(&f->bound.vfs, &f->lower));
	/* The same numbers, but another inode: the number was used again. */
	KUNIT_EXPECT_FALSE(test, defuse_same_identity(&f->bound.vfs, &f->other));
}

static void test_identity_hash_match(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct defuse_identity id = {
		.dev = f->blind.dev, .ino = 77, .type = S_IFREG,
	};

	KUNIT_EXPECT_TRUE(test, defuse_identity_matches(&f->blind.vfs, &id));
	KUNIT_EXPECT_TRUE(test, defuse_identity_matches(&f->bound.vfs, &id));
	id.lower = &f->lower;
	KUNIT_EXPECT_TRUE(test, defuse_identity_matches(&f->blind.vfs, &id));
	KUNIT_EXPECT_TRUE(test, defuse_identity_matches(&f->bound.vfs, &id));
	id.lower = &f->other;
	KUNIT_EXPECT_FALSE(test, defuse_identity_matches(&f->bound.vfs, &id));
	id.type = S_IFDIR;
	KUNIT_EXPECT_FALSE(test, defuse_identity_matches(&f->blind.vfs, &id));
}

static struct kunit_case identity_cases[] = {
	KUNIT_CASE(test_identity_device_is_as_stat_shows_it),
	KUNIT_CASE(test_identity_blind_claim_is_believed_only_if_equal),
	KUNIT_CASE(test_identity_type_must_agree),
	KUNIT_CASE(test_identity_without_claim_is_by_name),
	KUNIT_CASE(test_identity_bound_inode_is_one_file),
	KUNIT_CASE(test_identity_hash_match),
	{}
};

static struct kunit_suite identity_suite = {
	.name = "defuse_identity",
	.init = identity_init,
	.test_cases = identity_cases,
};

kunit_test_suite(identity_suite);
