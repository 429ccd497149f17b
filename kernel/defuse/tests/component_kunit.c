// SPDX-License-Identifier: GPL-2.0
/* Suite defuse_component: paths of DEFUSE_IOC_OPEN taken apart. */
#include "../component.c"

#include <kunit/test.h>

static void test_component_splits_and_ends(struct kunit *test)
{
	const char *path = "/usr/share/x";
	static const char *const want[] = { "usr", "share", "x" };
	struct qstr name;
	int i;

	for (i = 0; i < ARRAY_SIZE(want); i++) {
		KUNIT_ASSERT_EQ(test, defuse_next_component(&path, &name), 1);
		KUNIT_EXPECT_EQ(test, name.len, strlen(want[i]));
		KUNIT_EXPECT_EQ(test, memcmp(name.name, want[i], name.len), 0);
	}
	KUNIT_EXPECT_EQ(test, defuse_next_component(&path, &name), 0);
	KUNIT_EXPECT_EQ(test, *path, '\0');
}

static void test_component_refuses_other_forms(struct kunit *test)
{
	static const char *const bad[] = {
		"/.", "/..", "/./x", "/../x", "x", ".", "//x", "/",
	};
	static const char *const good[] = { "/...", "/.x", "/..x", "/x" };
	struct qstr name;
	const char *p;
	int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		p = bad[i];
		KUNIT_EXPECT_EQ(test, defuse_next_component(&p, &name), -EINVAL);
	}
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		p = good[i];
		KUNIT_EXPECT_EQ(test, defuse_next_component(&p, &name), 1);
	}
	p = "/x/";
	KUNIT_EXPECT_EQ(test, defuse_next_component(&p, &name), 1);
	KUNIT_EXPECT_EQ(test, defuse_next_component(&p, &name), -EINVAL);
}

static void test_component_limits_names(struct kunit *test)
{
	char *name_max = kunit_kzalloc(test, NAME_MAX + 3, GFP_KERNEL);
	struct qstr name;
	const char *p;

	KUNIT_ASSERT_NOT_NULL(test, name_max);
	name_max[0] = '/';
	memset(name_max + 1, 'n', NAME_MAX);
	p = name_max;
	KUNIT_EXPECT_EQ(test, defuse_next_component(&p, &name), 1);
	KUNIT_EXPECT_EQ(test, name.len, NAME_MAX);
	name_max[NAME_MAX + 1] = 'n';
	p = name_max;
	KUNIT_EXPECT_EQ(test, defuse_next_component(&p, &name), -ENAMETOOLONG);
}

static struct kunit_case component_cases[] = {
	KUNIT_CASE(test_component_splits_and_ends),
	KUNIT_CASE(test_component_refuses_other_forms),
	KUNIT_CASE(test_component_limits_names),
	{}
};

static struct kunit_suite component_suite = {
	.name = "defuse_component",
	.test_cases = component_cases,
};

kunit_test_suite(component_suite);

MODULE_DESCRIPTION("KUnit suites of defuse.ko");
MODULE_LICENSE("GPL");
