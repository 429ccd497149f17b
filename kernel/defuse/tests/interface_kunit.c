// SPDX-License-Identifier: GPL-2.0
/* Suite defuse_interface: what user space was promised about numbers and layout. */
#include "../calls.c"

#include <kunit/test.h>

static void test_interface_sizes_are_frozen(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, sizeof(struct defuse_able), 32);
	KUNIT_EXPECT_EQ(test, offsetof(struct defuse_mailbox, adopts), 32);
	KUNIT_EXPECT_EQ(test, offsetof(struct defuse_mailbox, path), 48);
	KUNIT_EXPECT_EQ(test, sizeof(struct defuse_mailbox), 48 + 4096);
	KUNIT_EXPECT_EQ(test, sizeof(struct defuse_open), 72);
	KUNIT_EXPECT_EQ(test, sizeof(struct defuse_info), 80);
	KUNIT_EXPECT_EQ(test, sizeof(struct defuse_fetch), 56);
	KUNIT_EXPECT_EQ(test, sizeof(struct defuse_held), 32);
}

static void test_interface_marker_is_elibacc(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, DEFUSE_MARKER, ELIBACC);
}

static void test_interface_redirects_the_listed_calls(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, defuse_redirection(__NR_openat),
			DEFUSE_REDIRECT_PATH | DEFUSE_REDIRECT_OPEN);
	KUNIT_EXPECT_EQ(test, defuse_redirection(__NR_unlink), DEFUSE_REDIRECT_PATH);
	KUNIT_EXPECT_EQ(test, defuse_redirection(__NR_read), DEFUSE_REDIRECT_FD);
	KUNIT_EXPECT_EQ(test, defuse_redirection(__NR_chdir), DEFUSE_REDIRECT_NONE);
	KUNIT_EXPECT_EQ(test, defuse_redirection(__NR_fallocate), DEFUSE_REDIRECT_NONE);
}

static void test_interface_never_redirects_others(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, defuse_redirection(__NR_execve), 0);
	KUNIT_EXPECT_EQ(test, defuse_redirection(__NR_mmap), DEFUSE_REDIRECT_MAP);
	KUNIT_EXPECT_EQ(test, defuse_redirection(__NR_munmap), 0);
	KUNIT_EXPECT_EQ(test, defuse_redirection(__NR_io_uring_enter), 0);
	KUNIT_EXPECT_EQ(test, defuse_redirection(__NR_mount), 0);
	KUNIT_EXPECT_EQ(test, defuse_redirection(-1), 0);
	KUNIT_EXPECT_EQ(test, defuse_redirection(1 << 20), 0);
}

static struct kunit_case interface_cases[] = {
	KUNIT_CASE(test_interface_sizes_are_frozen),
	KUNIT_CASE(test_interface_marker_is_elibacc),
	KUNIT_CASE(test_interface_redirects_the_listed_calls),
	KUNIT_CASE(test_interface_never_redirects_others),
	{}
};

static struct kunit_suite interface_suite = {
	.name = "defuse_interface",
	.test_cases = interface_cases,
};

kunit_test_suite(interface_suite);
