// SPDX-License-Identifier: GPL-2.0
/*
 * openflow FILE...: OpenFlow messages of golden files, and all that is near them
 *
 * Of each message that says something: decoding comes to those words, encoding
 * and decoding again to the same; no prefix of it and nothing longer is
 * accepted; with any bit flipped it is refused, or says something that
 * survives encoding.  Of each other one: decoding ends in that error.
 */
#include "test.h"

#include "golden.h"
#include "say.h"

static struct of_message msg, again;
static unsigned long flips, flips_accepted, cuts;

static bool same(const struct of_message *a, const struct of_message *b)
{
	static struct of_message x, y;

	x = *a;
	y = *b;
	if (x.type == OF_PACKET_OUT && y.type == OF_PACKET_OUT) {
		if (x.packet_out.data_len != y.packet_out.data_len ||
		    memcmp(x.packet_out.data, y.packet_out.data,
			   x.packet_out.data_len))
			return false;
		x.packet_out.data = NULL;
		y.packet_out.data = NULL;
	}
	return !memcmp(&x, &y, sizeof(x));
}

/* What was decoded into msg, encoded and decoded again, is the same. */
static bool survives(void)
{
	static uint8_t out[1 << 16], out2[1 << 16];
	size_t len, len2, used;

	ASK(of_encode(out, sizeof(out), &len, &msg) == WIRE_OK);
	ASK(of_decode(&again, out, len, &used) == WIRE_OK && used == len);
	ASK(same(&msg, &again));
	ASK(of_encode(out2, sizeof(out2), &len2, &again) == WIRE_OK);
	ASK(len == len2 && !memcmp(out, out2, len));
	/* No byte is written where there is no room. */
	memset(out2, 0xa5, len);
	ASK(of_encode(out2, len - 1, &len2, &msg) == WIRE_EROOM);
	ASK(len2 == len && out2[len - 1] == 0xa5);
	ASK(of_encode(NULL, 0, &len2, &msg) == WIRE_EROOM && len2 == len);
	return true;
}

static bool flipped(const struct golden *g)
{
	uint8_t *bytes = test_copy(g->bytes, g->len);
	size_t bit, used;
	bool ok = true;

	for (bit = 0; ok && bit < 8 * g->len; bit++, flips++) {
		bytes[bit / 8] ^= 1u << bit % 8;
		if (!of_decode(&msg, bytes, g->len, &used)) {
			flips_accepted++;
			ok = survives();
		}
		bytes[bit / 8] ^= 1u << bit % 8;
	}
	free(bytes);
	return ok;
}

/* All prefixes, as they are and with the length that they have */
static bool cut(const struct golden *g)
{
	bool packet = g->bytes[1] == OF_PACKET_OUT, ok = true;
	uint8_t *bytes;
	size_t n, used;

	for (n = 0; ok && n < g->len; n++, cuts++) {
		bytes = test_copy(g->bytes, n);
		ok = of_decode(&msg, bytes, n, &used) == WIRE_ESHORT;
		if (ok && n >= OF_HEADER_LEN) {
			bytes[2] = (uint8_t)(n >> 8);
			bytes[3] = (uint8_t)n;
			/* A match is whole without instructions, a group
			 * without buckets, and frames end anywhere.
			 */
			if (!of_decode(&msg, bytes, n, &used))
				ok = packet || survives();
		}
		if (!ok)
			printf("# cut at %zu\n", n);
		free(bytes);
	}
	return ok;
}

/* Bytes inside the message's length but behind its last part */
static bool longer(const struct golden *g)
{
	uint8_t *bytes;
	size_t n, used;
	bool ok = true;

	if (g->bytes[1] == OF_PACKET_OUT)	/* ends in its frame */
		return true;
	for (n = g->len + 1; ok && n <= g->len + 16; n++) {
		bytes = calloc(1, n);
		if (!bytes)
			abort();
		memcpy(bytes, g->bytes, g->len);
		bytes[2] = (uint8_t)(n >> 8);
		bytes[3] = (uint8_t)n;
		ok = of_decode(&msg, bytes, n, &used) != WIRE_OK;
		free(bytes);
	}
	return ok;
}

static bool accepted(const struct golden *g)
{
	uint8_t *bytes = test_copy(g->bytes, g->len);
	enum wire_err err;
	size_t used, at;
	unsigned int nr;
	bool ok;

	err = of_decode(&msg, bytes, g->len, &used);
	if (err || used != g->len)
		printf("# %s, %zu of %zu bytes\n", golden_error(err), used,
		       g->len);
	else if (strcmp(say_message(&msg), g->words))
		printf("# says  %s\n# wants %s\n", say_message(&msg),
		       g->words);
	ok = !err && used == g->len && !strcmp(say_message(&msg), g->words) &&
	     msg.xid == 0x01020304 && survives() &&
	     !of_check(&again, bytes, g->len, &nr, &at) && nr == 1;
	free(bytes);
	ASK(ok);
	ASK(flipped(g));
	ASK(cut(g));
	ASK(longer(g));
	return true;
}

/* What an action too many would land on */
static struct {
	struct of_message msg;
	uint8_t behind[2 * sizeof(struct of_action)];
} guarded;

static bool refused(const struct golden *g)
{
	uint8_t *bytes = test_copy(g->bytes, g->len);
	enum wire_err err;
	size_t used, at;
	unsigned int nr;
	bool ok;

	memset(&guarded, 0xa5, sizeof(guarded));
	err = of_decode(&guarded.msg, bytes, g->len, &used);
	if (strcmp(golden_error(err), g->words))
		printf("# %s instead of %s\n", golden_error(err), g->words);
	ok = err && !strcmp(golden_error(err), g->words) &&
	     guarded.behind[0] == 0xa5 &&
	     !memcmp(guarded.behind, guarded.behind + 1,
		     sizeof(guarded.behind) - 1) &&
	     of_check(&again, bytes, g->len, &nr, &at) == err && !at;
	free(bytes);
	return ok;
}

static void golden(const struct golden *g)
{
	TEST(g->name, g->refused ? refused(g) : accepted(g));
}

/* Payloads of many messages */
static uint8_t many[(OF_MESSAGES_MAX + 1) * 64];
static size_t one_len;

static void collect(const struct golden *g)
{
	unsigned int i;

	if (strcmp(g->name, "flow-mod-delete-cookie"))
		return;
	one_len = g->len;
	for (i = 0; i <= OF_MESSAGES_MAX; i++)
		memcpy(many + i * one_len, g->bytes, one_len);
}

static bool payloads(void)
{
	unsigned int nr;
	size_t at, n = OF_MESSAGES_MAX * one_len;

	ASK(one_len && one_len <= 64);
	ASK(of_check(&msg, many, n, &nr, &at) == WIRE_OK);
	ASK(nr == OF_MESSAGES_MAX && at == n);
	ASK(of_check(&msg, many, n + one_len, &nr, &at) == WIRE_ECOUNT);
	ASK(of_check(&msg, many, 0, &nr, &at) == WIRE_ECOUNT);
	ASK(of_check(&msg, many, one_len + 1, &nr, &at) == WIRE_ESHORT);
	ASK(at == one_len && nr == 1);
	many[3 * one_len] = 1;
	ASK(of_check(&msg, many, n, &nr, &at) == WIRE_EVERSION);
	ASK(at == 3 * one_len);
	many[3 * one_len] = OF_VERSION;
	return true;
}

int main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		golden_each(argv[i], golden);
		golden_each(argv[i], collect);
	}
	TEST("payloads", payloads());
	printf("# %lu flips, %lu of them accepted; %lu cuts\n", flips,
	       flips_accepted, cuts);
	TEST("flips and cuts there were",
	     flips > 1000 && flips_accepted && flips_accepted < flips && cuts);
	return test_end();
}
