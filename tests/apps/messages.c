// SPDX-License-Identifier: GPL-2.0
/*
 * What switches say, byte by byte; putting updates; and the application that
 * answers all alike.
 */
#include "../wire/test.h"
#include "app_out.h"
#include "app_packet_in.h"
#include "bytes.h"
#include "net.h"

static uint8_t frame[FRAME_MAX], message[MESSAGE_MAX];
static size_t frame_len, len;

static void make(uint16_t vlan)
{
	uint8_t dst[6], src[6];

	mac_of(dst, 1);
	mac_of(src, 2);
	frame_len = frame_make(frame, dst, src, vlan);
	len = packet_in_make(message, 7, frame, frame_len, frame_len);
}

/* Decode a copy at an end of memory. */
static enum wire_err decode(struct app_packet_in *p, size_t n)
{
	uint8_t *copy = test_copy(message, n);
	enum wire_err err = app_packet_in_decode(p, copy, n);

	free(copy);
	return err;
}

static bool packet_in_is_read(void)
{
	struct app_packet_in p;

	make(0);
	ASK(!app_packet_in_decode(&p, message, len));
	ASK(p.in_port == 7 && p.whole && p.len == frame_len && !p.vlan);
	ASK(!memcmp(p.frame, frame, frame_len));
	ASK(!memcmp(p.dst, frame, 6) && !memcmp(p.src, frame + 6, 6));
	make(100);
	ASK(!app_packet_in_decode(&p, message, len));
	ASK(p.vlan == (FLOW_VLAN_PRESENT | 100));
	message[42 + 12] = 0x88;
	message[42 + 13] = 0xa8;
	ASK(!app_packet_in_decode(&p, message, len));
	ASK(p.vlan == (FLOW_VLAN_PRESENT | 100));
	/* The beginning of a longer frame */
	len = packet_in_make(message, 7, frame, frame_len, frame_len + 1);
	ASK(!app_packet_in_decode(&p, message, len) && !p.whole);
	/* A tag with no type behind it is none. */
	len = packet_in_make(message, 7, frame, 17, 17);
	ASK(!app_packet_in_decode(&p, message, len) && !p.vlan);
	len = packet_in_make(message, 7, frame, 18, 18);
	ASK(!app_packet_in_decode(&p, message, len) && p.vlan);
	return true;
}

static bool packet_in_is_refused(void)
{
	struct app_packet_in p;
	size_t n;

	make(0);
	for (n = 0; n < len; n++) {
		ASK(decode(&p, n) == WIRE_ESHORT);
		/* A length that says so */
		wire_patch16(&(struct wire_writer){ message, len, len }, 2, n);
		ASK(n < 8 ? decode(&p, n) == WIRE_ESHORT :
		    n < 42 + 14 ? decode(&p, n) != WIRE_OK :
				  !decode(&p, n) && !p.whole);
		make(0);
	}
	message[3]--;
	ASK(decode(&p, len) == WIRE_ELONG);
	make(0);
	message[0] = 1;
	ASK(decode(&p, len) == WIRE_EVERSION);
	make(0);
	message[1] = 14;
	ASK(decode(&p, len) == WIRE_ETYPE);
	make(0);
	message[13]--;
	ASK(decode(&p, len) == WIRE_ELENGTH);
	make(0);
	message[25] = 0;
	ASK(decode(&p, len) == WIRE_EFIELD);
	make(0);
	message[27] = 3;
	ASK(decode(&p, len) == WIRE_ELENGTH);
	make(0);
	message[28] = 0x90;		/* another class: so no port */
	ASK(decode(&p, len) == WIRE_EFIELD);
	make(0);
	message[27] = 4;
	ASK(decode(&p, len) == WIRE_EFIELD);
	make(0);
	message[31] = 3;
	ASK(decode(&p, len) != WIRE_OK);
	make(0);
	memset(message + 32, 0, 4);
	ASK(decode(&p, len) == WIRE_EPORT);
	memset(message + 32, 0xff, 4);
	ASK(decode(&p, len) == WIRE_EPORT);
	message[35] = 0xfe;
	ASK(!decode(&p, len) && p.in_port == OF_PORT_LOCAL);
	return true;
}

/* Fields that applications do not know are stepped over, wherever they are. */
static bool packet_in_other_fields(void)
{
	static const uint8_t match[24] = {
		0, 1, 0, 4 + 10 + 8,
		0, 1, 0xd3, 6, 1, 2, 3, 4, 5, 6,
		0x80, 0, 0, 4, 0, 0, 0, 9,
	};
	static const uint8_t twice[24] = {
		0, 1, 0, 4 + 8 + 8,
		0x80, 0, 0, 4, 0, 0, 0, 9,
		0x80, 0, 0, 4, 0, 0, 0, 9,
	};
	struct app_packet_in p;

	make(0);
	memmove(message + 48, message + 40, len - 40);
	memcpy(message + 24, match, sizeof(match));
	len += 8;
	message[3] += 8;
	ASK(!decode(&p, len) && p.in_port == 9);
	ASK(!app_packet_in_decode(&p, message, len));
	ASK(!memcmp(p.frame, frame, frame_len));
	memcpy(message + 24, twice, sizeof(twice));
	ASK(decode(&p, len) == WIRE_EDUPLICATE);
	return true;
}

/* Any bytes: an answer, and nothing read that is not there */
static bool packet_in_any_bytes(void)
{
	struct app_packet_in p;
	unsigned int i, accepted = 0;

	for (i = 0; i < 200000; i++) {
		size_t n, flips = 1 + test_random64() % 4;

		make(i & 1 ? 5 : 0);
		n = i % 3 ? len : test_random64() % (len + 1);
		while (flips--)
			message[test_random64() % 48] =
				(uint8_t)test_random64();
		if (i % 2)
			wire_patch16(&(struct wire_writer){ message, len, len },
				     2, n);
		accepted += !decode(&p, n);
	}
	ASK(accepted > 1000 && accepted < i);
	return true;
}

static bool port_status_is_read(void)
{
	struct app_port_status s;
	unsigned int how;
	size_t n;

	for (how = 0; how < 8; how++) {
		len = port_status_make(message, 3, how);
		ASK(!app_port_status_decode(&s, message, len));
		ASK(s.port == 3 && s.down == !!how);
	}
	for (n = 0; n < len; n++) {
		uint8_t *copy = test_copy(message, n);

		ASK(app_port_status_decode(&s, copy, n) == WIRE_ESHORT);
		free(copy);
	}
	message[8] = 3;
	ASK(app_port_status_decode(&s, message, len) == WIRE_EVALUE);
	port_status_make(message, 0, 0);
	ASK(app_port_status_decode(&s, message, len) == WIRE_EPORT);
	port_status_make(message, 1, 0);
	message[3] = 88;
	ASK(app_port_status_decode(&s, message, 88) == WIRE_ELENGTH);
	message[1] = 10;
	ASK(app_port_status_decode(&s, message, 88) == WIRE_ETYPE);
	return true;
}

static bool out_is_bounded(void)
{
	static uint8_t arena[100];
	struct app_out out = { .arena = arena, .room = sizeof(arena) };
	uint8_t *p;
	unsigned int i;

	for (i = 0; i < APP_UPDATES_MAX; i++) {
		p = app_out_room(&out, 1);
		ASK(p == arena + i);
		ASK(app_out_put(&out, i, 5, i ? 1 : 0, p, 1) == (int)i);
	}
	ASK(out.nr == APP_UPDATES_MAX && !out.full);
	ASK(out.update[63].sw == 63 && out.update[63].flow == 5 &&
	    out.update[63].after == 1 && out.update[63].payload == arena + 63);
	ASK(!app_out_fits(&out, 1, 0) && app_out_fits(&out, 0, 36));
	ASK(app_out_put(&out, 0, 0, 0, arena, 1) == -1 && out.full);
	ASK(!app_out_room(&out, 1) && !app_out_fits(&out, 0, 0));
	out = (struct app_out){ .arena = arena, .room = sizeof(arena) };
	ASK(app_out_room(&out, 100) && !out.full);
	ASK(!app_out_room(&out, 1) && out.full);
	ASK(app_out_put(&out, 0, 0, 0, arena, 1) == -1 && !out.nr);
	out = (struct app_out){ .arena = arena, .room = sizeof(arena) };
	ASK(app_out_put(&out, 0, 0, 0, arena, APP_UPDATE_MAX + 1) == -1);
	return true;
}

/* A payload takes what fits, and stays as it was if something does not. */
static bool payload_is_bounded(void)
{
	static struct app_payload p;
	static uint8_t big[1 << 17];
	unsigned int i;
	size_t was;

	app_payload_init(&p, 0);
	for (i = 0; i < 100; i++) {
		app_flow_mod(&p, OF_FLOW_DELETE, 1, 1);
		if (!app_payload_add(&p))
			break;
	}
	ASK(i == OF_MESSAGES_MAX && p.nr == i);
	app_payload_init(&p, 0);
	app_packet_out(&p, 1, 2, big, APP_UPDATE_MAX - 40);
	ASK(app_payload_add(&p) && p.len == APP_UPDATE_MAX);
	app_payload_init(&p, 0);
	app_flow_mod(&p, OF_FLOW_ADD, 1, 1);
	ASK(app_payload_add(&p));
	was = p.len;
	app_packet_out(&p, 1, 2, big, APP_UPDATE_MAX - 40);
	ASK(!app_payload_add(&p) && p.len == was && p.nr == 1);
	app_packet_out(&p, 1, 2, big, sizeof(big));
	ASK(!app_payload_add(&p) && p.len == was && p.nr == 1);
	return true;
}

static bool cbench_answers(void)
{
	const uint64_t dpid[2] = { 11, 12 };
	const struct app_config config = { .switches = 2, .dpid = dpid };
	struct net *net = net_create(&app_cbench, &config), *other;
	unsigned int i;

	for (i = 0; i < 5; i++) {
		net_event(net, APP_PACKET_IN, 1, (const uint8_t *)"?", i & 1);
		ASK(net->out.nr == 1 && net->out.update[0].sw == 1);
		ASK(net->out.update[0].len == 56 && !net->out.full);
		ASK(net->out.update[0].payload[7] == i);
		net_apply_all(net);
	}
	ASK(!net->refused && net->sw[1].nr == 1 && !net->sw[0].nr);
	net_event(net, APP_SWITCH_UP, 0, NULL, 0);
	ASK(!net->out.nr && net_saves(net));
	other = net_create(&app_cbench, &config);
	ASK(!net_same_state(net, other));
	ASK(!other->ops->load(other->app, message, 7));
	net_free(other);
	net_free(net);
	return true;
}

static bool cbench_tells_all(void)
{
	const uint64_t dpid[3] = { 11, 12, 13 };
	const struct app_config config = {
		.switches = 3, .dpid = dpid, .every_switch = true,
	};
	struct net *net = net_create(&app_cbench, &config);
	unsigned int i;

	net_event(net, APP_PACKET_IN, 1, (const uint8_t *)"?", 1);
	ASK(net->out.nr == 3 && !net->out.full);
	for (i = 0; i < 3; i++) {
		ASK(net->out.update[i].sw == i && !net->out.update[i].after);
		ASK(net->out.update[i].flow == i);
		/* The cookie is who asked. */
		ASK(net->out.update[i].payload[15] == 12);
	}
	net_apply_all(net);
	ASK(!net->refused && net->sw[0].nr == 1 && net->sw[2].nr == 1);
	net_free(net);
	return true;
}

int main(void)
{
	TEST("packet_in: read", packet_in_is_read());
	TEST("packet_in: refused", packet_in_is_refused());
	TEST("packet_in: other fields", packet_in_other_fields());
	TEST("packet_in: any bytes", packet_in_any_bytes());
	TEST("port_status: read and refused", port_status_is_read());
	TEST("out: bounded", out_is_bounded());
	TEST("payload: bounded", payload_is_bounded());
	TEST("cbench: one empty FLOW_MOD for each PACKET_IN", cbench_answers());
	TEST("cbench: and with every_switch one for each switch",
	     cbench_tells_all());
	return test_end();
}
