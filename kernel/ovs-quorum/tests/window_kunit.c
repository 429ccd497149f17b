// SPDX-License-Identifier: GPL-2.0
/*
 * Suite oq_window: the replay window of lib/quorum, and a quorum from the first
 * offer to the end, as the kernel compiles them.  Everything else about it is
 * tested in user space (tests/quorum).
 */
#include "../../../lib/quorum/window.h"

#include <kunit/test.h>
#include <linux/slab.h>

static struct quorum_window *window(struct kunit *test, u64 first)
{
	struct quorum_window *w = kunit_kmalloc(test, sizeof(*w), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, w);
	quorum_window_start(w, first);
	return w;
}

static void use(struct quorum_window *w, u64 number)
{
	quorum_window_take(w, number);
	quorum_window_release(w, number, true);
}

static void test_slides(struct kunit *test)
{
	struct quorum_window *w = window(test, 1);
	u64 i;

	KUNIT_EXPECT_EQ(test, quorum_window_check(w, 0), QUORUM_EREPLAY);
	KUNIT_EXPECT_EQ(test, quorum_window_check(w, QUORUM_WINDOW), QUORUM_OK);
	KUNIT_EXPECT_EQ(test, quorum_window_check(w, QUORUM_WINDOW + 1),
			QUORUM_EWINDOW);
	for (i = QUORUM_WINDOW; i > 1; i--) {
		KUNIT_EXPECT_EQ(test, quorum_window_check(w, i), QUORUM_OK);
		use(w, i);
		KUNIT_EXPECT_EQ(test, quorum_window_check(w, i),
				QUORUM_EREPLAY);
	}
	KUNIT_EXPECT_EQ(test, w->base, 1ULL);
	use(w, 1);
	KUNIT_EXPECT_EQ(test, w->base, 1ULL + QUORUM_WINDOW);
	for (i = 0; i < 2 * QUORUM_WINDOW; i++)
		KUNIT_EXPECT_EQ(test, quorum_window_is_done(w, i),
				i <= QUORUM_WINDOW);
}

static void test_busy(struct kunit *test)
{
	struct quorum_window *w = window(test, 100);

	quorum_window_take(w, 103);
	KUNIT_EXPECT_EQ(test, quorum_window_check(w, 103), QUORUM_EBUSY);
	KUNIT_EXPECT_FALSE(test, quorum_window_is_done(w, 103));
	quorum_window_release(w, 103, false);
	KUNIT_EXPECT_EQ(test, quorum_window_check(w, 103), QUORUM_OK);
	KUNIT_EXPECT_EQ(test, quorum_window_check(w, 99), QUORUM_EREPLAY);
}

static void test_last_number(struct kunit *test)
{
	struct quorum_window *w = window(test, U64_MAX - 1);

	use(w, U64_MAX);
	use(w, U64_MAX - 1);
	KUNIT_EXPECT_EQ(test, quorum_window_check(w, U64_MAX), QUORUM_EREPLAY);
	KUNIT_EXPECT_EQ(test, quorum_window_check(w, 1), QUORUM_EREPLAY);
}

/* A sealed update of one leaf with one signature of 64 bytes */
static size_t seal(u8 *out, size_t room, u8 *bytes, u16 signer)
{
	static const u8 sig_bytes[64];
	struct update_body body = {
		.kind = UPDATE_OPENFLOW, .domain = 1, .dpid = 2, .phase = 1,
		.sequence = 1, .payload = sig_bytes, .payload_len = 8,
	};
	struct update_sealed sealed = { .leaves = 1, .sig_nr = 1 };
	struct update_sig sig = {
		.alg = ALG_ECDSA_P256, .signer = signer, .sig = sig_bytes,
		.len = sizeof(sig_bytes),
	};
	size_t used;

	if (update_body_encode(bytes, 256, &sealed.body_len, &body, NULL))
		return 0;
	sealed.body = bytes;
	return update_sealed_encode(out, room, &used, &sealed, &sig) ? 0 : used;
}

static void test_quorum(struct kunit *test)
{
	const struct quorum_config config = {
		.domain = 1, .dpid = 2, .pending_max = 4, .expiry_ms = 100,
		.next_sequence = 1,
	};
	struct quorum_phase phase = {
		.phase = 1, .scheme = SCHEME_INDIVIDUAL, .n = 4, .quorum = 2,
	};
	struct quorum_ticket *t = kunit_kmalloc(test, sizeof(*t), GFP_KERNEL);
	u8 *bytes = kunit_kmalloc(test, 1024, GFP_KERNEL);
	struct quorum *q = kunit_kmalloc(test, quorum_size(&config), GFP_KERNEL);
	unsigned int have, need, slot;
	enum quorum_state state;
	size_t len;
	u16 i;

	KUNIT_ASSERT_NOT_NULL(test, t);
	KUNIT_ASSERT_NOT_NULL(test, bytes);
	KUNIT_ASSERT_NOT_NULL(test, q);
	memset(phase.alg + 1, ALG_ECDSA_P256, 4);
	quorum_init(q, &config);
	KUNIT_ASSERT_EQ(test, quorum_phase_add(q, &phase, 0, &slot), QUORUM_OK);
	for (i = 1; i <= 2; i++) {
		len = seal(bytes, 768, bytes + 768, i);
		KUNIT_ASSERT_NE(test, len, 0UL);
		KUNIT_ASSERT_EQ(test, quorum_offer(q, t, bytes, len, 0),
				QUORUM_OK);
		KUNIT_ASSERT_EQ(test, t->verify_nr, 1u);
		t->verify[0].valid = true;
		KUNIT_ASSERT_EQ(test, quorum_credit(q, t, 0, &state, &have,
						    &need), QUORUM_OK);
		KUNIT_EXPECT_EQ(test, have, (unsigned int)i);
	}
	KUNIT_EXPECT_EQ(test, state, QUORUM_REACHED);
	quorum_finish(q, t, true);
	KUNIT_EXPECT_TRUE(test, quorum_is_done(q, 1));
	KUNIT_EXPECT_EQ(test, quorum_offer(q, t, bytes, len, 0),
			QUORUM_EREPLAY);
}

static struct kunit_case window_cases[] = {
	KUNIT_CASE(test_slides),
	KUNIT_CASE(test_busy),
	KUNIT_CASE(test_last_number),
	KUNIT_CASE(test_quorum),
	{}
};

static struct kunit_suite window_suite = {
	.name = "oq_window",
	.test_cases = window_cases,
};

kunit_test_suite(window_suite);
