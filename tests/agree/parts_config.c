// SPDX-License-Identifier: GPL-2.0
/* Quorums of every size, and each limit of a configuration from both sides. */
#include "executed.h"
#include "sample.h"
#include "test.h"

static struct agree_config c;

static bool fits(const char *field)
{
	const char *why;
	enum agree_err err = agree_config_check(&c, &why);

	if (!field)
		return err == AGREE_OK && !why;
	/* Refused for this field, not for another one */
	return err == AGREE_ECONFIG && !strncmp(why, field, strlen(field)) &&
	       why[strlen(field)] == ':';
}

static bool quorums(void)
{
	unsigned int n, f, q;

	sample_config(&c);
	for (n = 4; n <= AGREE_MEMBERS_MAX; n++) {
		c.n = (uint16_t)n;
		c.mode = AGREE_BYZANTINE;
		f = agree_faulty(&c);
		q = agree_quorum(&c);
		ASK(3 * f + 1 <= n && 3 * (f + 1) + 1 > n);
		ASK(2 * q - n >= f + 1 && 2 * (q - 1) < n + f + 1);
		ASK(n - f >= q && q > f);
		c.mode = AGREE_CRASH;
		f = agree_faulty(&c);
		q = agree_quorum(&c);
		ASK(2 * f + 1 <= n && 2 * (f + 1) + 1 > n);
		ASK(2 * q > n && 2 * (q - 1) <= n && n - f >= q);
	}
	sample_mode(&c, AGREE_CENTRALIZED);
	ASK(agree_faulty(&c) == 0 && agree_quorum(&c) == 1);
	sample_mode(&c, AGREE_BYZANTINE);
	ASK(agree_faulty(&c) == 1 && agree_quorum(&c) == 3);
	ASK(agree_signed(&c));
	sample_mode(&c, AGREE_CRASH);
	ASK(agree_faulty(&c) == 1 && agree_quorum(&c) == 2);
	ASK(!agree_signed(&c));
	return true;
}

/* One value that fits, one that does not */
#define EDGE(field, good, bad)						\
	do {								\
		sample_config(&c);					\
		c.field = (good);					\
		ASK(fits(NULL));					\
		c.field = (bad);					\
		ASK(fits(#field));					\
	} while (0)

static bool modes(void)
{
	sample_mode(&c, AGREE_BYZANTINE);
	ASK(fits(NULL));
	c.n = 3;
	ASK(fits("n"));
	sample_mode(&c, AGREE_CRASH);
	ASK(fits(NULL));
	c.n = 2;
	ASK(fits("n"));
	sample_mode(&c, AGREE_CENTRALIZED);
	ASK(fits(NULL));
	c.n = 2;
	ASK(fits("n"));
	c.n = 0;
	ASK(fits("n"));
	EDGE(mode, AGREE_BYZANTINE, 0);
	EDGE(mode, AGREE_CRASH, 4);
	EDGE(n, 32, 33);
	EDGE(self, 3, 4);
	EDGE(phase, 1, 0);
	return true;
}

static bool requests(void)
{
	EDGE(clients, 1, 0);
	EDGE(clients, 8, AGREE_CLIENTS_MAX + 1);
	EDGE(request_max, 64, 0);
	EDGE(request_max, 64, (1 << 20) + 1);
	EDGE(pool_total, 16, 0);
	EDGE(pool_total, 1 << 20, (1 << 20) + 1);
	EDGE(pool_per_client, 1, 0);
	EDGE(pool_per_client, 32, 65);
	EDGE(batch_max, 1, 0);
	EDGE(batch_max, 1024, 1025);
	EDGE(block_max, 1 << 26, (1 << 26) + 1);
	EDGE(block_max, AGREE_BLOCK_LEN + AGREE_ENTRY_LEN + 64,
	     AGREE_BLOCK_LEN + AGREE_ENTRY_LEN + 63);
	EDGE(inline_max, 0, 65);
	EDGE(window, 32 * 64, 0);
	EDGE(window, 128, 129);
	EDGE(window, 1 << 16, (1 << 16) + 64);
	sample_config(&c);
	c.pool_per_client = 33;
	ASK(fits("window"));
	return true;
}

static bool memory(void)
{
	EDGE(heights, 64, 32);
	EDGE(heights, 128, 96);
	EDGE(heights, 1 << 16, 1 << 17);
	EDGE(history, 1, 0);
	EDGE(history, 2, 3);
	EDGE(history, 1 << 16, 1 << 17);
	EDGE(checkpoint_blocks, 1, 0);
	EDGE(snapshot_max, 1 << 25, (1 << 25) + 1);
	EDGE(segment_max, 4096, 4095);
	EDGE(segment_max, 1 << 30, (1 << 30) + 1);
	sample_config(&c);
	c.snapshot_max = (uint32_t)executed_save_max(&c) + 1;
	ASK(fits(NULL));
	c.snapshot_max--;
	ASK(fits("snapshot_max"));
	return true;
}

static bool times(void)
{
	EDGE(rotate_blocks, 1, 0);
	EDGE(timeout_min_ms, 1000, 0);
	EDGE(timeout_min_ms, 1000, 1001);
	EDGE(timeout_max_ms, 600000, 600001);
	EDGE(linger_ms, 49, 50);
	EDGE(status_ms, 1, 0);
	EDGE(status_ms, 600000, 600001);
	EDGE(clock_skew_ms, 0, 600001);
	return true;
}

static bool texts(void)
{
	unsigned int i, k;

	for (i = 0; i < AGREE_ERR_NR; i++) {
		ASK(*agree_err_text(i));
		for (k = 0; k < i; k++)
			ASK(strcmp(agree_err_text(i), agree_err_text(k)));
	}
	return !strcmp(agree_err_text(AGREE_ERR_NR), "unknown error");
}

int main(void)
{
	TEST("quorums of every n", quorums());
	TEST("limits: mode and members", modes());
	TEST("limits: requests and blocks", requests());
	TEST("limits: memory and disk", memory());
	TEST("limits: times", times());
	TEST("texts of errors", texts());
	return test_end();
}
