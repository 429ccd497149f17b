// SPDX-License-Identifier: GPL-2.0
/* Small parts: comparison of effects, port maps, texts of errors. */
#include "unit.h"

static const struct gate_port ports[] = {
	{ .of_port = 1, .dp_port = 11 },
	{ .of_port = 2, .dp_port = 12 },
	{ .of_port = 3, .dp_port = 13 },
	{ .of_port = OF_PORT_LOCAL, .dp_port = 0 },
};

static struct gate_effects want, got;
static struct gate_state packet;

static void effect(struct gate_effects *e, uint32_t port, uint8_t mac)
{
	struct gate_state s = packet;

	s.val.key.eth_dst[0] = mac;
	gate_effects_add(e, port, &s);
}

static enum gate_err compare(unsigned int nr, const uint8_t (*w)[2],
			     const uint8_t (*g)[2], unsigned int got_nr)
{
	unsigned int i;

	want.nr = 0;
	want.state_nr = 0;
	got.nr = 0;
	got.state_nr = 0;
	for (i = 0; i < nr; i++)
		effect(&want, w[i][0], w[i][1]);
	for (i = 0; i < got_nr; i++)
		effect(&got, g[i][0], g[i][1]);
	return gate_effects_compare(&want, &got);
}

static bool test_compare(void)
{
	static const uint8_t a[][2] = { { 1, 0 }, { 2, 0 }, { 2, 0 }, { 3, 5 } };
	static const uint8_t order[][2] = { { 2, 0 }, { 1, 0 }, { 2, 0 }, { 3, 5 } };
	static const uint8_t often[][2] = { { 1, 0 }, { 1, 0 }, { 2, 0 }, { 3, 5 } };
	static const uint8_t across[][2] = { { 1, 0 }, { 2, 0 }, { 3, 5 }, { 2, 0 } };
	static const uint8_t header[][2] = { { 1, 0 }, { 2, 0 }, { 2, 0 }, { 3, 6 } };
	static const uint8_t port[][2] = { { 1, 0 }, { 2, 0 }, { 2, 0 }, { 4, 5 } };
	unsigned int i;

	memset(&packet, 0, sizeof(packet));
	memset(&packet.known, 0xff, sizeof(packet.known));
	ASK(compare(0, a, a, 0) == GATE_OK);
	ASK(compare(4, a, a, 4) == GATE_OK);
	ASK(compare(4, a, order, 4) == GATE_OK);
	ASK(compare(4, a, often, 4) == GATE_EOUTPUT);
	ASK(compare(4, a, across, 4) == GATE_EHEADERS);
	ASK(compare(4, a, header, 4) == GATE_EHEADERS);
	ASK(compare(4, a, port, 4) == GATE_EOUTPUT);
	ASK(compare(4, a, a, 3) == GATE_EMISSING);
	ASK(compare(3, a, a, 4) == GATE_EEXTRA);
	/* Known and unknown zero bits differ, and so do tags alone. */
	ASK(compare(1, a, a, 1) == GATE_OK);
	got.state[0].known.key.eth_src[0] = 0;
	ASK(gate_effects_compare(&want, &got) == GATE_EHEADERS);
	got.state[0] = want.state[0];
	got.state[0].tags = 1;
	ASK(gate_effects_compare(&want, &got) == GATE_EHEADERS);
	/* Both kinds of room end. */
	want.nr = 0;
	want.state_nr = 0;
	for (i = 0; i < GATE_EFFECTS_MAX; i++)
		ASK(gate_effects_add(&want, i, &packet) == GATE_OK);
	ASK(gate_effects_add(&want, i, &packet) == GATE_EBUDGET);
	want.nr = 0;
	want.state_nr = 0;
	for (i = 0; i < GATE_STATES_MAX; i++) {
		packet.val.key.eth_src[0] = i;
		ASK(gate_effects_add(&want, 1, &packet) == GATE_OK);
	}
	ASK(gate_effects_add(&want, 1, &packet) == GATE_OK);
	packet.val.key.eth_src[0] = i;
	ASK(gate_effects_add(&want, 1, &packet) == GATE_EBUDGET);
	return true;
}

static bool test_port_map(void)
{
	const struct gate_ports map = { 4, ports }, none = { 0, NULL };
	unsigned int i;

	for (i = 0; i < 4; i++) {
		ASK(gate_port_by_of(&map, ports[i].of_port) == &ports[i]);
		ASK(gate_port_by_dp(&map, ports[i].dp_port) == &ports[i]);
		ASK(!gate_port_by_of(&map, ports[i].of_port + 100));
	}
	ASK(!gate_port_by_dp(&map, 99) && !gate_port_by_of(&map, 0));
	ASK(!gate_port_by_dp(&none, 0) && !gate_port_by_of(&none, 1));
	return true;
}

static bool test_texts(void)
{
	unsigned int i, j;

	for (i = 0; i < GATE_ERR_NR; i++)
		for (j = 0; j < i; j++)
			ASK(strcmp(gate_err_text(i), gate_err_text(j)));
	ASK(!strcmp(gate_err_text(GATE_ERR_NR), "unknown error"));
	ASK(!strcmp(gate_err_text((enum gate_err)-1), "unknown error"));
	return true;
}

int main(void)
{
	TEST("comparison of effects", test_compare());
	TEST("port maps", test_port_map());
	TEST("texts of errors", test_texts());
	return test_end();
}
