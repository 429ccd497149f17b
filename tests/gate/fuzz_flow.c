// SPDX-License-Identifier: GPL-2.0
/*
 * Flows of any bytes.  Whatever is let in must agree with the rules on packets.
 *
 * Input: which rules and packet; then either edits of the flow that user space
 * would send (list, offset, value), or key, mask and actions as they are.
 */
#include <stdlib.h>

#include "../fuzz.h"
#include "brute_check.h"

enum { RULE_SETS = 16, SAMPLES = 16 };

static struct brute_check check[RULE_SETS];
static struct brute_rules rules[RULE_SETS];
static struct brute_message flow;
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

static void translate(const struct brute_rules *r)
{
	struct brute_wc wc = { .style = gen_below(&gen, STYLE_NR) };
	static struct brute_outs outs;
	struct brute_pkt p;

	gen_packet(&gen, r, &p);
	brute_run_rules(r, &p, 0, &wc, &outs);
	if (outs.nr > 12)
		outs.nr = 12;
	flow.has_mask = true;
	brute_message_key(&flow.key, &p, HOW_EXTHDRS);
	brute_message_actions(&flow.actions, &p, &outs, &wc.mask, 0);
	brute_message_mask(&flow.mask, r, &p, &wc.mask, 0);
}

static struct brute_attrs *list(unsigned int n)
{
	return n % 3 == 0 ? &flow.key : n % 3 == 1 ? &flow.mask : &flow.actions;
}

static void edit(const uint8_t *data, size_t size)
{
	struct brute_attrs *a;

	for (; size >= 4; data += 4, size -= 4) {
		a = list(data[0]);
		if (data[0] & 0x80)
			a->len = (data[1] << 8 | data[2]) % (a->len + 1);
		else if (a->len)
			a->bytes[(data[1] << 8 | data[2]) % a->len] = data[3];
		if (data[0] == 0x7f)
			flow.has_mask = false;
	}
}

static void take(const uint8_t *data, size_t size)
{
	unsigned int i;
	size_t n;

	flow.has_mask = true;
	for (i = 0; i < 3; i++) {
		n = size ? data[0] * 4u : 0;
		data += size != 0;
		size -= size != 0;
		n = i == 2 || n > size ? size : n;
		n = n > BRUTE_ATTRS ? BRUTE_ATTRS : n;
		if (n)
			memcpy(list(i)->bytes, data, n);
		list(i)->len = n;
		data += n;
		size -= n;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct brute_check *c;

	start();
	if (size < 2)
		return 0;
	c = &check[data[0] % RULE_SETS];
	gen_seed(&gen, data[1]);
	if (data[0] & 0x80) {
		take(data + 2, size - 2);
	} else {
		translate(c->rules);
		edit(data + 2, size - 2);
	}
	if (brute_check_flow(c, &flow, SAMPLES))
		return 0;
	brute_print_rules(stderr, c->rules);
	brute_print_flow(stderr, &flow);
	brute_print_pkt(stderr, &c->witness);
	brute_print_outs(stderr, &c->want);
	brute_print_outs(stderr, &c->got);
	abort();
}
