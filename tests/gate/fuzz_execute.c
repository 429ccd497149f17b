// SPDX-License-Identifier: GPL-2.0
/*
 * Packets of any bytes, executed.  What is let in must leave as the rules say.
 *
 * Input: which rules and packet; edits of what user space would send; or the
 * packet and the actions as they are.
 */
#include <stdlib.h>

#include "../fuzz.h"
#include "brute_check.h"

enum { RULE_SETS = 16, RAW = 0x80 };

static struct brute_check check[RULE_SETS];
static struct brute_rules rules[RULE_SETS];
static struct brute_attrs actions;
static struct gen gen;

static void start(void)
{
	char words[128];
	unsigned int i;

	if (check[0].scratch)
		return;
	for (i = 0; i < RULE_SETS; i++) {
		gen_seed(&gen, i);
		gen_rules(&gen, &rules[i]);
		if (!brute_load(&check[i], &rules[i], &gen, words,
				sizeof(words)))
			abort();
	}
}

static size_t translate(const struct brute_rules *r, struct brute_pkt *p,
			uint8_t *bytes)
{
	struct brute_wc wc = { .style = STYLE_ALL };
	static struct brute_outs outs;

	brute_run_rules(r, p, 0, &wc, &outs);
	if (outs.nr > 12)
		outs.nr = 12;
	brute_message_actions(&actions, p, &outs, &wc.mask, 0);
	return brute_serialise(bytes, p, gen_below(&gen, 16));
}

static void edit(const uint8_t *data, size_t size, uint8_t *bytes, size_t *len)
{
	for (; size >= 3; data += 3, size -= 3) {
		if (data[0] == 255)
			*len = data[1] % (*len + 1);
		else if (data[0] & 1 && *len)
			bytes[data[1] % *len] = data[2];
		else if (actions.len)
			actions.bytes[data[1] % actions.len] = data[2];
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes, frame[BRUTE_FRAME];
	struct brute_check *c;
	struct brute_pkt p, q;
	size_t len = 0;
	bool good, guess;

	start();
	if (size < 3)
		return 0;
	c = &check[data[0] % RULE_SETS];
	gen_seed(&gen, data[1]);
	gen_packet(&gen, c->rules, &p);
	if (data[0] & RAW) {
		len = data[2] < size - 3 ? data[2] : size - 3;
		memcpy(frame, data + 3, len);
		actions.len = size - 3 - len;
		if (actions.len > BRUTE_ATTRS)
			actions.len = BRUTE_ATTRS;
		memcpy(actions.bytes, data + 3 + len, actions.len);
	} else {
		len = translate(c->rules, &p, frame);
		edit(data + 2, size - 2, frame, &len);
	}
	/* Of its own size, so that a byte too far is seen. */
	bytes = malloc(len + !len);
	memcpy(bytes, frame, len);
	good = brute_parse(&q, bytes, len) == PARSED && q.tags <= 2;
	q.in_port = p.in_port;
	if (!brute_check_packet(c, &q, bytes, len, &actions, &guess) && good) {
		brute_print_rules(stderr, c->rules);
		brute_print_pkt(stderr, &q);
		brute_print_outs(stderr, &c->want);
		brute_print_outs(stderr, &c->got);
		abort();
	}
	free(bytes);
	return 0;
}
