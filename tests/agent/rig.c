// SPDX-License-Identifier: GPL-2.0
/* The agent among its fakes. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "ctl_wire.h"
#include "../../lib/bls/merkle.h"
#include "../../lib/bls/sha256.h"

static void sign(void *ctx, uint8_t sig[AGREE_SIG_LEN], const uint8_t *bytes,
		 size_t len)
{
	(void)ctx;
	bls_merkle_leaf(sig, bytes, len);
	memset(sig + 32, 0x5a, 32);
}

static bool state(void *ctx, uint64_t *next)
{
	struct rig *r = ctx;

	*next = r->next;
	return r->started && !r->verifier_gone;
}

static bool start(void *ctx, uint64_t sequence)
{
	struct rig *r = ctx;

	if (r->verifier_gone)
		return false;
	MUST(!r->started);
	r->started = true;
	r->next = sequence;
	return true;
}

static void to_switch(void *ctx, const uint8_t *message, size_t len)
{
	rig_vswitchd_take(ctx, message, len);
}

static void reset_switch(void *ctx, const char *why)
{
	struct rig *r = ctx;

	MUST(*why);
	r->resets++;
	r->connected = false;
}

static void to_controller(void *ctx, unsigned int to, const uint8_t *bytes,
			  size_t len)
{
	struct rig *r = ctx;

	MUST(to < r->config.n && r->controller[to].linked);
	rig_heard(r, to, bytes, len);
}

static void purge(void *ctx)
{
	((struct rig *)ctx)->purges++;
}

static void say(void *ctx, int level, const char *words)
{
	struct rig *r = ctx;

	MUST(level >= 3 && level <= 7 && *words);
	r->said++;
}

static void applied(void *ctx, uint64_t sequence, const uint8_t *body,
		    size_t len, enum ctl_ack_status status)
{
	struct rig *r = ctx;
	struct bls_sha256 h;

	MUST(r->used[sequence] == status);
	bls_sha256_init(&h);
	bls_sha256_update(&h, body, len);
	bls_sha256_final(&h, r->body[sequence]);
}

const struct agent_ops rig_ops = {
	.sign = sign, .submit = rig_submit, .state = state, .start = start,
	.rules = rig_rules, .combine = rig_combine,
	.share_verify = rig_share_verify, .to_switch = to_switch,
	.reset_switch = reset_switch, .to_controller = to_controller,
	.purge = purge, .say = say, .applied = applied,
};

struct rig *rig_new(void)
{
	struct rig *r = calloc(1, sizeof(*r));

	if (!r)
		abort();
	r->config = (struct agent_config){
		.domain = RIG_DOMAIN, .dpid = RIG_DPID, .n = RIG_N,
		.quorum = RIG_QUORUM, .scheme = SCHEME_INDIVIDUAL,
		.t = RIG_T, .phase = RIG_PHASE, .events_bytes = 8192,
		.bundle_max = 4096, .bundles_max = 4, .held_bytes = 4096,
		.acks_max = 16, .linger_ms = 5, .retransmit_ms = 100,
		.echo_ms = 1000, .asks_per_s = 10,
	};
	r->dpid = RIG_DPID;
	r->parts = 2;
	r->next = 1;
	r->started = true;
	r->now = 1000;
	return r;
}

void rig_free(struct rig *r)
{
	while (r->in_nr) {
		free(r->inbox[r->in_head++ % RIG_INBOX].bytes);
		r->in_nr--;
	}
	free(r->agent);
	free(r);
}

void rig_start(struct rig *r, uint64_t epoch, bool fresh)
{
	const char *why;
	unsigned int i;

	while (r->in_nr) {
		free(r->inbox[r->in_head++ % RIG_INBOX].bytes);
		r->in_nr--;
	}
	free(r->agent);
	MUST(!agent_config_check(&r->config, &why));
	r->agent = agent_init(must_alloc(agent_size(&r->config)), &r->config,
			      &rig_ops, r);
	for (i = 0; i < RIG_N; i++)
		r->controller[i].linked = false;
	r->connected = false;
	r->epoch = epoch;
	r->counter = r->floor = 0;
	if (fresh) {
		r->started = false;
		memset(&r->approved, 0, sizeof(r->approved));
	}
	rig_step(r, &(struct agent_event){ .kind = AGENT_START, .epoch = epoch,
					   .fresh = fresh });
}

void rig_step(struct rig *r, const struct agent_event *event)
{
	r->err = agent_step(r->agent, event, r->now, &r->wake);
	MUST(r->wake >= r->now || r->wake == UINT64_MAX);
}

void rig_post(struct rig *r, enum agent_event_kind kind, unsigned int from,
	      const uint8_t *bytes, size_t len)
{
	struct rig_message *m = &r->inbox[(r->in_head + r->in_nr++) % RIG_INBOX];

	MUST(r->in_nr <= RIG_INBOX);
	m->bytes = malloc(len ? len : 1);
	if (!m->bytes)
		abort();
	memcpy(m->bytes, bytes, len);
	m->connection = r->connection;
	m->event = (struct agent_event){ .kind = kind, .from = from,
					 .bytes = m->bytes, .len = len };
}

static void deliver(struct rig *r)
{
	struct rig_message *m = &r->inbox[r->in_head++ % RIG_INBOX];
	struct agent_event event = m->event;
	uint8_t *bytes = m->bytes;

	r->in_nr--;
	if (event.kind == AGENT_SWITCH_MESSAGE ?
	    r->connected && m->connection == r->connection :
	    r->controller[event.from].linked)
		rig_step(r, &event);
	free(bytes);
}

void rig_pump(struct rig *r)
{
	unsigned int rounds = 0;

	do {
		while (r->in_nr)
			deliver(r);
		rig_step(r, &(struct agent_event){ .kind = AGENT_TICK });
		MUST(++rounds < 10000);
	} while (r->in_nr || r->wake <= r->now);
}

void rig_tick(struct rig *r, uint64_t ms)
{
	r->now += ms;
	rig_step(r, &(struct agent_event){ .kind = AGENT_TICK });
}

void rig_link(struct rig *r, unsigned int i, bool up)
{
	r->controller[i].linked = up;
	rig_step(r, &(struct agent_event){
		.kind = up ? AGENT_LINK_UP : AGENT_LINK_DOWN, .from = i });
}

void rig_switch(struct rig *r, bool up)
{
	r->connected = up;
	r->connection++;
	if (up)
		rig_vswitchd_hello(r);
	rig_step(r, &(struct agent_event){
		.kind = up ? AGENT_SWITCH_UP : AGENT_SWITCH_DOWN });
}

void rig_news(struct rig *r)
{
	rig_step(r, &(struct agent_event){ .kind = AGENT_VERIFIER_NEWS });
}

void rig_settle(struct rig *r)
{
	unsigned int i;

	for (i = 0; i < RIG_N; i++)
		rig_link(r, i, true);
	rig_switch(r, true);
	rig_pump(r);
	for (i = 0; i < 20; i++) {
		rig_tick(r, 100);
		rig_pump(r);
	}
}

void rig_event(struct rig *r, unsigned int type, uint32_t number, size_t len)
{
	uint8_t bytes[AGENT_MESSAGE_MAX] = { 4, (uint8_t)type,
		(uint8_t)(len >> 8), (uint8_t)len };

	memset(bytes + 8, 0, len - 8);
	bytes[8] = (uint8_t)(number >> 24);
	bytes[9] = (uint8_t)(number >> 16);
	bytes[10] = (uint8_t)(number >> 8);
	bytes[11] = (uint8_t)number;
	rig_step(r, &(struct agent_event){ .kind = AGENT_SWITCH_MESSAGE,
					   .bytes = bytes, .len = len });
}

void rig_say(struct rig *r, unsigned int from, const uint8_t *bytes, size_t len)
{
	rig_step(r, &(struct agent_event){ .kind = AGENT_CONTROLLER,
			.from = from, .bytes = bytes, .len = len });
}

size_t rig_update(struct rig *r, uint8_t *out, unsigned int from,
		  uint64_t sequence, uint64_t dep, const uint8_t *payload,
		  size_t len, bool good)
{
	bool threshold = r->config.scheme == SCHEME_THRESHOLD;
	struct update_body body = {
		.kind = UPDATE_OPENFLOW, .domain = RIG_DOMAIN,
		.dpid = RIG_DPID, .phase = RIG_PHASE, .sequence = sequence,
		.dep_nr = !!dep, .payload = payload, .payload_len = len,
	};
	struct update_dep deps = { RIG_DPID, dep };
	struct update_sealed sealed = { .leaves = 1, .sig_nr = 1 };
	uint8_t bytes[RIG_PAYLOAD_MAX + 128], raw[64] = { 0 };
	struct update_sig sig = {
		.alg = threshold ? ALG_BLS : ALG_ECDSA_P256,
		.signer = (uint16_t)(from + 1), .sig = raw,
		.len = threshold ? 48 : 64,
	};
	struct wire_writer w = { out, AGENT_MESSAGE_MAX, 0 };
	size_t used;

	MUST(!update_body_encode(bytes, sizeof(bytes), &used, &body, &deps));
	sealed.body = bytes;
	sealed.body_len = used;
	raw[0] = good ? (threshold ? 'S' : 'G') : 'B';
	raw[1] = threshold ? (uint8_t)(from + 1) : 0;
	if (threshold)
		bls_merkle_leaf(raw + 2, bytes, used);
	ctl_header_put(&w, CTL_UPDATE, RIG_DOMAIN);
	MUST(!update_sealed_encode(out + w.used, AGENT_MESSAGE_MAX - w.used,
				   &used, &sealed, &sig));
	return w.used + used;
}

void rig_offer(struct rig *r, unsigned int from, uint64_t sequence,
	       uint64_t dep, const uint8_t *payload, size_t len, bool good)
{
	uint8_t out[AGENT_MESSAGE_MAX];

	rig_say(r, from, out, rig_update(r, out, from, sequence, dep, payload,
					 len, good));
}

void rig_flow(struct rig *r, uint64_t sequence)
{
	unsigned int i, need = r->config.scheme == SCHEME_THRESHOLD ?
			       r->config.t : r->config.quorum;
	uint8_t payload[TABLE_MESSAGE_MAX];
	size_t len = table_flow(payload, OF_FLOW_ADD, (uint16_t)sequence, 2, 1);

	for (i = 0; i < need; i++)
		rig_offer(r, i, sequence, sequence - 1, payload, len, true);
}

struct agent_stats rig_stats(const struct rig *r)
{
	struct agent_stats stats;

	agent_stats(r->agent, &stats);
	return stats;
}
