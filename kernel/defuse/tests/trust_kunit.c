// SPDX-License-Identifier: GPL-2.0
/* Suite defuse_trust: who may own and write the library. */
#include "defuse.h"

#include <kunit/test.h>

static void test_trust_root_alone(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, defuse_library_trusted(GLOBAL_ROOT_UID, 0755));
	KUNIT_EXPECT_TRUE(test, defuse_library_trusted(GLOBAL_ROOT_UID, 0700));
	KUNIT_EXPECT_FALSE(test, defuse_library_trusted(KUIDT_INIT(1), 0755));
}

static void test_trust_no_other_writer(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, defuse_library_trusted(GLOBAL_ROOT_UID, 0775));
	KUNIT_EXPECT_FALSE(test, defuse_library_trusted(GLOBAL_ROOT_UID, 0757));
	/* A sticky bit keeps others from renaming, not from adding what dlopen finds. */
	KUNIT_EXPECT_FALSE(test, defuse_library_trusted(GLOBAL_ROOT_UID, 01777));
}

static struct kunit_case trust_cases[] = {
	KUNIT_CASE(test_trust_root_alone),
	KUNIT_CASE(test_trust_no_other_writer),
	{}
};

static struct kunit_suite trust_suite = {
	.name = "defuse_trust",
	.test_cases = trust_cases,
};

kunit_test_suite(trust_suite);
