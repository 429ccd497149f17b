// SPDX-License-Identifier: GPL-2.0
/*
 * Bytes: golden ones that docs/controller.md explains, everything that is cut,
 * changed or too long, and that what is decoded encodes to the same.
 */
#include "rig.h"
#include "test.h"

static uint8_t out[4096];

/* Bytes at an end of memory: what reads behind them is caught. */
static uint8_t *copy_of(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	memcpy(copy, bytes, len);
	return copy;
}

static size_t sample_bundle(void)
{
	struct ctl_bundle bundle = {
		.dpid = 0x11, .epoch = 5, .counter = 9, .phase = 1, .floor = 3,
		.count = 2,
	};
	struct ctl_bundle_event event[2] = {
		{ APP_PACKET_IN, (const uint8_t *)"abc", 3 },
		{ APP_REPLY, NULL, 0 },
	};
	size_t len = ctl_bundle_encode(out, sizeof(out), 7, &bundle, event);

	memset(out + len, 0xee, AGREE_SIG_LEN);
	return len ? len + AGREE_SIG_LEN : 0;
}

static size_t sample_ack(void)
{
	struct ctl_ack ack = {
		.dpid = 0x11, .epoch = 5, .phase = 1, .sequence = 9,
		.count = 3, .status = CTL_REFUSED,
	};
	size_t len;

	memset(ack.body, 0xdd, sizeof(ack.body));
	len = ctl_ack_encode(out, sizeof(out), 7, &ack);
	memset(out + len, 0xee, AGREE_SIG_LEN);
	return len ? len + AGREE_SIG_LEN : 0;
}

static size_t sample_lost(void)
{
	struct ctl_request request = {
		.type = CTL_SWITCH_LOST, .member = 2, .phase = 1, .epoch = 6,
		.counter = 1, .dpid = 0x11, .switch_epoch = 5,
	};
	size_t len = ctl_request_encode(out, sizeof(out), 7, &request);

	memset(out + len, 0xee, AGREE_SIG_LEN);
	return len ? len + AGREE_SIG_LEN : 0;
}

static const uint8_t list[] = {
	0, 0, 0, 0, 0, 0, 0, 0x11, 0, 0, 0, 0, 0, 0, 0, 4,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 'x', 'y',
	0, 0, 0, 0, 0, 0, 0, 0x12, 0, 0, 0, 0, 0, 0, 0, 4,
	0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 'z',
};

static size_t sample_output(void)
{
	struct ctl_request request = {
		.type = CTL_OUTPUT, .member = 2, .phase = 1, .epoch = 6,
		.counter = 1, .key = 77, .list = list,
		.list_len = sizeof(list),
	};
	size_t len = ctl_request_encode(out, sizeof(out), 7, &request);

	memset(out + len, 0xee, AGREE_SIG_LEN);
	return len ? len + AGREE_SIG_LEN : 0;
}

static size_t sample_done(void)
{
	return ctl_bundle_done_encode(out, sizeof(out), 7, 5, 9, 4);
}

static size_t sample_seen(void)
{
	return ctl_ack_seen_encode(out, sizeof(out), 7, 1, 9);
}

/* FLOW statistics of everything */
static const uint8_t flows[56] = {
	4, 18, 0, 56, 1, 2, 3, 4, 0, 1, 0, 0, 0, 0, 0, 0, 0xff, 0, 0, 0,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, [49] = 1, [51] = 4,
};

static size_t sample_ask(void)
{
	return ctl_ask_encode(out, sizeof(out), 7, flows, sizeof(flows));
}

/* What a decoder of any kind says to these bytes, and if it takes them, the
 * same bytes must come out of the encoder.
 */
static enum agree_err decode(const uint8_t *in, size_t len, bool *same)
{
	static struct ctl_bundle_event event[CTL_EVENTS_MAX];
	static uint8_t again[8192];
	struct ctl_request request;
	struct ctl_to_switch to;
	struct ctl_bundle bundle;
	enum agree_err err;
	struct ctl_ack ack;
	uint32_t nr = 0;
	size_t at = 0, used = 0, sig = AGREE_SIG_LEN;

	switch (ctl_type_of(in, len)) {
	case CTL_BUNDLE:
		err = ctl_bundle_decode(&bundle, 7, in, len);
		if (err)
			return err;
		while (ctl_bundle_event(&bundle, &at, &event[nr]))
			nr++;
		if (nr == bundle.count)
			used = ctl_bundle_encode(again, sizeof(again), 7,
						 &bundle, event);
		break;
	case CTL_ACK:
		err = ctl_ack_decode(&ack, 7, in, len);
		if (err)
			return err;
		used = ctl_ack_encode(again, sizeof(again), 7, &ack);
		break;
	case CTL_OUTPUT:
	case CTL_SWITCH_LOST:
		err = ctl_request_decode(&request, 7, in, len);
		if (err)
			return err;
		used = ctl_request_encode(again, sizeof(again), 7, &request);
		break;
	case CTL_BUNDLE_DONE:
		err = ctl_to_switch_decode(&to, 7, in, len);
		if (err)
			return err;
		used = ctl_bundle_done_encode(again, sizeof(again), 7, to.epoch,
					      to.counter, to.start);
		sig = 0;
		break;
	case CTL_ACK_SEEN:
		err = ctl_to_switch_decode(&to, 7, in, len);
		if (err)
			return err;
		used = ctl_ack_seen_encode(again, sizeof(again), 7, to.phase,
					   to.sequence);
		sig = 0;
		break;
	case CTL_ASK:
		err = ctl_to_switch_decode(&to, 7, in, len);
		if (err)
			return err;
		used = ctl_ask_encode(again, sizeof(again), 7, to.request,
				      to.request_len);
		sig = 0;
		break;
	default:
		return AGREE_EFORMAT;
	}
	*same = used && used + sig == len && !memcmp(again, in, used);
	return AGREE_OK;
}

static bool hostile(size_t (*sample)(void))
{
	uint8_t *good, *bad;
	size_t len = sample(), i;
	unsigned int bit;
	bool same;

	ASK(len);
	good = copy_of(out, len);
	same = false;
	ASK(decode(good, len, &same) == AGREE_OK && same);
	for (i = 0; i < len; i++) {
		bad = copy_of(good, i);
		/* A list that ends early is a list, of another signature. */
		same = false;
		ASK(decode(bad, i, &same) != AGREE_OK ||
		    (same && ctl_type_of(bad, i) == CTL_OUTPUT));
		free(bad);
	}
	bad = malloc(len + 1);
	ASK(bad);
	memcpy(bad, good, len);
	bad[len] = 0;
	ASK(decode(bad, len + 1, &same) != AGREE_OK);
	free(bad);
	for (i = 0; i < len; i++)
		for (bit = 0; bit < 8; bit++) {
			bad = copy_of(good, len);
			bad[i] ^= (uint8_t)(1 << bit);
			/* Taken or not: never another meaning of these bytes */
			same = true;
			if (!decode(bad, len, &same))
				ASK(same);
			/* magic, version, type, padding, domain */
			if (i < CTL_HEADER_LEN)
				ASK(decode(bad, len, &same) != AGREE_OK);
			free(bad);
		}
	good[15] ^= 1;
	ASK(decode(good, len, &same) == AGREE_EDOMAIN);
	free(good);
	return true;
}

static bool bundle_hostile(void) { return hostile(sample_bundle); }
static bool ack_hostile(void) { return hostile(sample_ack); }
static bool switch_lost_hostile(void) { return hostile(sample_lost); }
static bool output_hostile(void) { return hostile(sample_output); }
static bool bundle_done_hostile(void) { return hostile(sample_done); }
static bool ack_seen_hostile(void) { return hostile(sample_seen); }
static bool ask_hostile(void) { return hostile(sample_ask); }

static bool golden(const char *want, size_t len)
{
	char hex[3];
	size_t i;

	ASK(strlen(want) == 2 * len);
	for (i = 0; i < len; i++) {
		snprintf(hex, sizeof(hex), "%02x", out[i]);
		ASK(!memcmp(hex, want + 2 * i, 2));
	}
	return true;
}

#define HEAD(type)	"41534843" "01" type "0000" "0000000000000007"
#define EE8		"eeeeeeeeeeeeeeee"
#define SIG		EE8 EE8 EE8 EE8 EE8 EE8 EE8 EE8
#define DD8		"dddddddddddddddd"

static bool bundle_golden(void)
{
	return golden(HEAD("01") "0000000000000011" "0000000000000005"
		      "0000000000000009" "0000000000000003" "00000001"
		      "00000002" "03000000" "00000003" "616263"
		      "07000000" "00000000" SIG, sample_bundle());
}

static bool ack_golden(void)
{
	return golden(HEAD("02") "0000000000000011" "0000000000000005"
		      "0000000000000009" "00000001" "00000003"
		      "02" "00000000000000" DD8 DD8 DD8 DD8 SIG, sample_ack());
}

static bool to_switch_golden(void)
{
	ASK(golden(HEAD("04") "0000000000000005" "0000000000000009"
		   "0000000000000004", sample_done()));
	return golden(HEAD("05") "00000001" "00000000" "0000000000000009",
		      sample_seen());
}

static bool request_golden(void)
{
	ASK(golden(HEAD("07") "00000002" "00000001" "0000000000000006"
		   "0000000000000001" "0000000000000011" "0000000000000005"
		   SIG, sample_lost()));
	return golden(HEAD("06") "00000002" "00000001" "0000000000000006"
		      "0000000000000001" "000000000000004d"
		      "0000000000000011" "0000000000000004"
		      "0000000000000000" "00000002" "7879"
		      "0000000000000012" "0000000000000004"
		      "0000000000000001" "00000001" "7a" SIG, sample_output());
}

static bool ask_only_reads(void)
{
	uint8_t bad[1032] = { 4, 18, 0, 56 };
	struct ctl_to_switch to;
	unsigned int type;

	ASK(golden(HEAD("08") "04050008" "00000009", ctl_ask_encode(out,
		sizeof(out), 7, (const uint8_t[8]){ 4, 5, 0, 8, 0, 0, 0, 9 }, 8)));
	ASK(!ctl_to_switch_decode(&to, 7, out, 24) && to.request_len == 8 &&
	    to.request == out + 16 && to.type == CTL_ASK);
	for (type = 0; type < 256; type++) {
		memcpy(bad, flows, 8);
		bad[1] = (uint8_t)type;
		bad[3] = 8;
		ASK(!ctl_ask_encode(out, sizeof(out), 7, bad, 8) == (type != 5));
	}
	/* Kinds of multipart requests: none that 1.3 does not have */
	memcpy(bad, flows, sizeof(flows));
	for (type = 0; type < 256; type++) {
		bad[9] = (uint8_t)type;
		ASK(!ctl_ask_encode(out, sizeof(out), 7, bad, 56) ==
		    (type > 13 || type == 12));
	}
	bad[9] = 12;		/* TABLE_FEATURES changes tables if it has a body */
	bad[3] = 16;
	ASK(ctl_ask_encode(out, sizeof(out), 7, bad, 16));
	bad[11] = 1;		/* more of the request follows */
	ASK(!ctl_ask_encode(out, sizeof(out), 7, bad, 16));
	bad[11] = 0;
	bad[8] = bad[9] = 0xff;	/* an experimenter's */
	ASK(!ctl_ask_encode(out, sizeof(out), 7, bad, 16));
	memcpy(bad, flows, sizeof(flows));
	bad[2] = 4;
	bad[3] = 0;
	ASK(ctl_ask_encode(out, sizeof(out), 7, bad, 1024));
	ASK(!ctl_ask_encode(out, 1024 + 15, 7, bad, 1024));
	bad[3] = 8;
	ASK(!ctl_ask_encode(out, sizeof(out), 7, bad, 1032));
	return true;
}

static bool ask_xid_is_of_the_rest(void)
{
	uint8_t other[sizeof(flows)];

	memcpy(other, flows, sizeof(flows));
	other[4] = 9;
	ASK(ctl_ask_xid(other, sizeof(other)) == ctl_ask_xid(flows, sizeof(flows)));
	other[16] = 1;
	ASK(ctl_ask_xid(other, sizeof(other)) != ctl_ask_xid(flows, sizeof(flows)));
	/* SHA-256 of 04 05 00 08 00 00 00 00 */
	ASK(ctl_ask_xid((const uint8_t[8]){ 4, 5, 0, 8, 1, 1, 1, 1 }, 8) ==
	    0x25cd966f);
	return true;
}

static bool encoders_refuse(void)
{
	struct ctl_bundle_event up = { APP_SWITCH_UP, NULL, 0 };
	struct ctl_bundle bundle = { .counter = 1, .phase = 1, .count = 1 };
	struct ctl_ack ack = {
		.phase = 1, .sequence = 2, .status = CTL_APPLIED,
	};
	size_t room = CTL_ACK_LEN + AGREE_SIG_LEN;

	/* Only controllers say that a switch is up. */
	ASK(!ctl_bundle_encode(out, sizeof(out), 7, &bundle, &up));
	up.kind = APP_PACKET_IN;
	ASK(ctl_bundle_encode(out, sizeof(out), 7, &bundle, &up));
	bundle.counter = 0;
	ASK(!ctl_bundle_encode(out, sizeof(out), 7, &bundle, &up));
	ASK(ctl_ack_encode(out, room, 7, &ack) == CTL_ACK_LEN);
	ASK(wire_get32(out + 44) == 1);
	ASK(!ctl_ack_encode(out, room - 1, 7, &ack));
	ack.count = 3;		/* numbers 0, 1, 2 */
	ASK(!ctl_ack_encode(out, room, 7, &ack));
	return true;
}

static bool output_list_rules(void)
{
	uint8_t bad[sizeof(list)];
	static uint8_t many[(APP_UPDATES_MAX + 1) * 29];
	unsigned int i;

	ASK(ctl_output_check(list, sizeof(list)));
	ASK(!ctl_output_check(list, 0));
	memcpy(bad, list, sizeof(list));
	bad[23] = 1;		/* the first waits for itself */
	ASK(!ctl_output_check(bad, sizeof(bad)));
	memcpy(bad, list, sizeof(list));
	bad[30 + 23] = 2;	/* the second for itself */
	ASK(!ctl_output_check(bad, sizeof(bad)));
	for (i = 0; i <= APP_UPDATES_MAX; i++)
		many[i * 29 + 27] = 1;
	ASK(ctl_output_check(many, APP_UPDATES_MAX * 29));
	ASK(!ctl_output_check(many, sizeof(many)));
	return true;
}

int main(void)
{
	TEST(bundle_golden);
	TEST(ack_golden);
	TEST(to_switch_golden);
	TEST(request_golden);
	TEST(bundle_hostile);
	TEST(ack_hostile);
	TEST(switch_lost_hostile);
	TEST(output_hostile);
	TEST(bundle_done_hostile);
	TEST(ack_seen_hostile);
	TEST(ask_hostile);
	TEST(ask_only_reads);
	TEST(ask_xid_is_of_the_rest);
	TEST(encoders_refuse);
	TEST(output_list_rules);
	return test_end();
}
