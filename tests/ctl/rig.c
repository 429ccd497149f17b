// SPDX-License-Identifier: GPL-2.0
#include "rig.h"

#include "../../lib/bls/sha256.h"
#include "../../lib/quorum/path.h"

/* Signer, twice the digest of key and bytes: a signature for tests */
static void fake_sign(char who, uint32_t key, const uint8_t *bytes, size_t len,
		      uint8_t *sig)
{
	struct bls_sha256 h;

	bls_sha256_init(&h);
	bls_sha256_update(&h, (uint8_t *)&who, 1);
	bls_sha256_update(&h, (uint8_t *)&key, sizeof(key));
	bls_sha256_update(&h, bytes, len);
	bls_sha256_final(&h, sig);
	memcpy(sig + 32, sig, 32);
}

void rig_sign_switch(uint32_t sw, const uint8_t *bytes, size_t len,
		     uint8_t sig[AGREE_SIG_LEN])
{
	fake_sign('s', sw, bytes, len, sig);
}

void rig_sign_member(uint32_t member, const uint8_t *bytes, size_t len,
		     uint8_t sig[AGREE_SIG_LEN])
{
	fake_sign('m', member, bytes, len, sig);
}

static void ops_sign(void *ctx, uint8_t sig[AGREE_SIG_LEN],
		     const uint8_t *bytes, size_t len)
{
	struct rig *rig = ctx;

	rig_sign_member(rig->config.agree.self, bytes, len, sig);
}

static bool ops_verify(void *ctx, unsigned int member, const uint8_t *bytes,
		       size_t len, const uint8_t sig[AGREE_SIG_LEN])
{
	uint8_t good[AGREE_SIG_LEN];

	(void)ctx;
	rig_sign_member(member, bytes, len, good);
	return !memcmp(good, sig, sizeof(good));
}

static bool ops_switch_verify(void *ctx, uint32_t sw, const uint8_t *bytes,
			      size_t len, const uint8_t sig[AGREE_SIG_LEN])
{
	uint8_t good[AGREE_SIG_LEN];
	struct rig *rig = ctx;

	rig->verified++;
	rig_sign_switch(sw, bytes, len, good);
	return !memcmp(good, sig, sizeof(good));
}

static size_t ops_update_sign(void *ctx, uint8_t sig[CTL_SIG_MAX],
			      const uint8_t statement[STATEMENT_LEN])
{
	(void)ctx;
	fake_sign('u', 0, statement, STATEMENT_LEN, sig);
	return 64;
}

static const struct ctl_ops ops = {
	.sign = ops_sign,
	.verify = ops_verify,
	.switch_verify = ops_switch_verify,
	.update_sign = ops_update_sign,
};

bool rig_sealed_valid(const struct rig *rig, const struct rig_sent *sent)
{
	uint8_t leaf[32], root[32], statement[STATEMENT_LEN], good[64];
	struct update_sig sig;
	size_t at = 0;

	bls_merkle_leaf(leaf, sent->sealed.body, sent->sealed.body_len);
	if (quorum_path_root(root, leaf, &sent->sealed))
		return false;
	statement_encode(statement, RIG_DOMAIN, 1, sent->sealed.leaves, root);
	fake_sign('u', 0, statement, STATEMENT_LEN, good);
	return update_sealed_sig(&sent->sealed, &at, &sig) &&
	       sig.signer == rig->config.signer && sig.len == 64 &&
	       !memcmp(good, sig.sig, 64) && sent->sealed.sig_nr == 1;
}

/* The application: does what its event says, and counts. */
struct script {
	uint64_t seen[APP_EVENT_KINDS];
	uint64_t resyncs;
};

enum { SCRIPT_PUT_LEN = 12 };

size_t rig_script(uint8_t *out, const struct rig_put *put, unsigned int nr)
{
	struct wire_writer w = { out, nr * SCRIPT_PUT_LEN, 0 };
	unsigned int i;

	for (i = 0; i < nr; i++) {
		wire_write_be(&w, put[i].sw, 1);
		wire_write_be(&w, put[i].flow, 1);
		wire_write_be(&w, put[i].len, 2);
		wire_write_be(&w, put[i].after, 8);
	}
	return w.used;
}

static size_t script_size(const struct app_config *config)
{
	(void)config;
	return sizeof(struct script);
}

static void script_init(void *app, const struct app_config *config)
{
	(void)config;
	memset(app, 0, sizeof(struct script));
}

static void script_event(void *app, const struct app_event *event,
			 struct app_out *out)
{
	struct script *s = app;
	const uint8_t *p, *end;
	uint8_t *payload;
	size_t len;

	s->seen[event->kind]++;
	s->resyncs += event->resync;
	if (event->kind != APP_PACKET_IN)
		return;
	p = event->message;
	for (end = p + event->len; end - p >= SCRIPT_PUT_LEN;
	     p += SCRIPT_PUT_LEN) {
		len = wire_get16(p + 2) ? wire_get16(p + 2) : 8;
		payload = app_out_room(out, len);
		if (!payload)
			return;
		memset(payload, p[1], len);
		app_out_put(out, p[0], p[1], wire_get64(p + 4), payload, len);
	}
}

static size_t script_save_max(const struct app_config *config)
{
	(void)config;
	return sizeof(struct script);
}

static size_t script_save(const void *app, uint8_t *out, size_t room)
{
	assert(room >= sizeof(struct script));
	memcpy(out, app, sizeof(struct script));
	return sizeof(struct script);
}

static bool script_load(void *app, const uint8_t *in, size_t len)
{
	if (len != sizeof(struct script))
		return false;
	memcpy(app, in, len);
	return true;
}

const struct app_ops app_script = {
	.name = "script",
	.size = script_size,
	.init = script_init,
	.event = script_event,
	.save_max = script_save_max,
	.save = script_save,
	.load = script_load,
};

uint64_t rig_app_events(const struct rig *rig, enum app_event_kind kind)
{
	const struct script *s = rig->ctl->app;

	return s->seen[kind];
}

uint64_t rig_app_resyncs(const struct rig *rig)
{
	const struct script *s = rig->ctl->app;

	return s->resyncs;
}

void rig_config(struct rig *rig, enum ctl_procedure procedure,
		uint32_t switches)
{
	uint32_t i;

	memset(rig, 0, sizeof(*rig));
	for (i = 0; i < RIG_SWITCHES_MAX; i++) {
		/* Not in the order of their indices */
		rig->dpid[i] = 0x100 + (i ^ 1);
		rig->sw[i].dpid = rig->dpid[i];
		rig->epoch[i] = 1;
	}
	rig->now_ms = 1000;
	rig->config = (struct ctl_config){
		.agree = {
			.mode = AGREE_BYZANTINE, .n = 4, .self = 0,
			.domain = RIG_DOMAIN, .phase = 1,
			.request_max = 1 << 16, .window = 256,
			.snapshot_max = 1 << 24,
		},
		.switches = switches,
		.sw = rig->sw,
		.procedure = procedure,
		.scheme = SCHEME_INDIVIDUAL,
		.alg = ALG_ECDSA_P256,
		.signer = 1,
		.outstanding_max = 128,
		.outstanding_bytes = 1 << 20,
		.retransmit_ms = 100,
		.down_ms = 0,
		.votes_max = 32,
		.app = &app_script,
		.app_config = { .switches = switches, .dpid = rig->dpid },
	};
}

void rig_start(struct rig *rig)
{
	const struct ctl_event start = {
		.kind = CTL_AGREE,
		.agree = { .kind = AGREE_START, .formatted = true, .nonce = 3 },
	};
	size_t size = (ctl_size(&rig->config) + 63) / 64 * 64;
	const char *why;
	uint32_t i;

	if (ctl_config_check(&rig->config, &why)) {
		fprintf(stderr, "rig: %s\n", why);
		abort();
	}
	rig->mem = aligned_alloc(64, size);
	if (!rig->mem)
		abort();
	memset(rig->mem, 0xa5, size);
	rig->steps = 0;
	rig->synced = 0;
	rig->ctl = ctl_init(rig->mem, &rig->config, &ops, rig);
	rig_step(rig, &start);
	for (i = 0; i < rig->config.switches; i++)
		rig_link(rig, i, true);
}

void rig_free(struct rig *rig)
{
	stub_drop(rig->ctl->agree);
	free(rig->mem);
	rig->mem = NULL;
}

void rig_restart(struct rig *rig, struct rig *from)
{
	uint8_t *bytes;
	struct rig old;
	size_t len;
	uint32_t i;

	bytes = rig_save(from, &len);
	old.mem = rig->mem;
	old.ctl = rig->ctl;
	rig_start(rig);
	stub_copy(rig->ctl->agree, from == rig ? old.ctl->agree :
		  from->ctl->agree);
	if (!ctl_state_load(rig->ctl, bytes, len))
		abort();
	for (i = 0; i < rig->config.switches; i++)
		rig_link(rig, i, true);
	free(bytes);
	stub_drop(old.ctl->agree);
	free(old.mem);
}

static void collect(struct rig *rig)
{
	const struct ctl_switch_message *m;
	struct rig_sent *s;
	unsigned int i;

	rig->sent_nr = 0;
	for (i = 0; i < rig->update.message_nr; i++) {
		m = &rig->update.message[i];
		s = &rig->sent[rig->sent_nr++];
		s->sw = m->sw;
		if (ctl_to_switch_decode(&s->m, RIG_DOMAIN, m->bytes, m->len))
			abort();
		if (s->m.type == CTL_UPDATE &&
		    (update_sealed_decode(&s->sealed, s->m.sealed,
					  s->m.sealed_len) ||
		     update_body_decode(&s->body, s->sealed.body,
					s->sealed.body_len) ||
		     !rig_sealed_valid(rig, s)))
			abort();
	}
}

enum agree_err rig_step(struct rig *rig, const struct ctl_event *event)
{
	struct ctl_event e = *event;

	e.agree.synced = rig->synced;
	rig->steps++;
	ctl_step(rig->ctl, &e, rig->now_ms, &rig->update);
	collect(rig);
	return rig->update.agree.verdict;
}

enum agree_err rig_tick(struct rig *rig, uint64_t ms)
{
	const struct ctl_event tick = {
		.kind = CTL_AGREE,
		.agree = { .kind = AGREE_TICK },
	};

	rig->now_ms += ms;
	return rig_step(rig, &tick);
}

void rig_settle(struct rig *rig)
{
	unsigned int i;

	for (i = 0; rig->update.agree.wake_ms <= rig->now_ms; i++) {
		if (i == 10000)
			abort();
		rig_tick(rig, 0);
	}
}

enum agree_err rig_link(struct rig *rig, uint32_t sw, bool up)
{
	const struct ctl_event link = { .kind = CTL_LINK, .sw = sw, .up = up };

	return rig_step(rig, &link);
}

enum agree_err rig_switch(struct rig *rig, uint32_t sw, const uint8_t *bytes,
			  size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	struct ctl_event event = {
		.kind = CTL_SWITCH, .sw = sw, .bytes = copy, .len = len,
	};
	enum agree_err err;

	if (!copy)
		abort();
	if (len)
		memcpy(copy, bytes, len);
	err = rig_step(rig, &event);
	free(copy);
	return err;
}

size_t rig_bundle_bytes(struct rig *rig, uint32_t sw,
			const struct rig_put *put, unsigned int nr,
			uint8_t *out, size_t room)
{
	uint8_t script[APP_UPDATES_MAX * SCRIPT_PUT_LEN];
	struct ctl_bundle_event event = { .kind = APP_PACKET_IN };
	struct ctl_bundle bundle = {
		.dpid = rig->dpid[sw],
		.epoch = rig->epoch[sw],
		.counter = ++rig->counter[sw],
		.phase = 1,
		.floor = rig->floor[sw],
		.count = nr != 0,
	};
	size_t len;

	event.message = script;
	event.len = (uint32_t)rig_script(script, put, nr);
	len = ctl_bundle_encode(out, room, RIG_DOMAIN, &bundle, &event);
	if (!len)
		abort();
	rig_sign_switch(sw, out, len, out + len);
	return len + AGREE_SIG_LEN;
}

enum agree_err rig_bundle(struct rig *rig, uint32_t sw,
			  const struct rig_put *put, unsigned int nr)
{
	static uint8_t bytes[1 << 16];
	size_t len = rig_bundle_bytes(rig, sw, put, nr, bytes, sizeof(bytes));

	return rig_switch(rig, sw, bytes, len);
}

enum agree_err rig_floor(struct rig *rig, uint32_t sw, uint64_t floor)
{
	rig->floor[sw] = floor;
	return rig_bundle(rig, sw, NULL, 0);
}

size_t rig_ack_bytes(struct rig *rig, uint32_t sw, uint64_t sequence,
		     enum ctl_ack_status status, uint8_t *out, size_t room)
{
	struct ctl_ack ack = {
		.dpid = rig->dpid[sw],
		.epoch = rig->epoch[sw],
		.phase = 1,
		.sequence = sequence,
		.status = status,
	};
	size_t len;

	memcpy(ack.body, ctl_job_of(rig->ctl, &rig->ctl->sw[sw],
				    sequence)->digest, sizeof(ack.body));
	len = ctl_ack_encode(out, room, RIG_DOMAIN, &ack);
	if (!len)
		abort();
	rig_sign_switch(sw, out, len, out + len);
	return len + AGREE_SIG_LEN;
}

enum agree_err rig_ack(struct rig *rig, uint32_t sw, uint64_t sequence)
{
	uint8_t bytes[CTL_ACK_LEN + AGREE_SIG_LEN];

	return rig_switch(rig, sw, bytes,
			  rig_ack_bytes(rig, sw, sequence, CTL_APPLIED, bytes,
					sizeof(bytes)));
}

enum agree_err rig_member(struct rig *rig, uint32_t member,
			  struct ctl_request *request)
{
	static uint8_t bytes[1 << 16];
	struct agree_event event = { .kind = AGREE_REQUEST, .bytes = bytes };
	size_t len;

	request->member = member;
	request->phase = 1;
	request->epoch = request->epoch ? request->epoch : 1;
	request->counter = request->counter ? request->counter :
			   ++rig->member_counter[member];
	len = ctl_request_encode(bytes, sizeof(bytes), RIG_DOMAIN, request);
	if (!len)
		abort();
	rig_sign_member(member, bytes, len, bytes + len);
	event.len = len + AGREE_SIG_LEN;
	/* As if it had come from that member through agreement */
	rig->ctl->update = &rig->update;
	rig->ctl->arena_used = 0;
	rig->update.message_nr = 0;
	agree_step(rig->ctl->agree, &event, rig->now_ms, &rig->update.agree);
	return rig->update.agree.verdict;
}

unsigned int rig_updates(const struct rig *rig, uint32_t sw,
			 const struct rig_sent **first)
{
	unsigned int i, nr = 0;

	for (i = 0; i < rig->sent_nr; i++) {
		if (rig->sent[i].sw != sw || rig->sent[i].m.type != CTL_UPDATE)
			continue;
		if (!nr++ && first)
			*first = &rig->sent[i];
	}
	return nr;
}

unsigned int rig_messages(const struct rig *rig, uint32_t sw,
			  enum ctl_type type)
{
	unsigned int i, nr = 0;

	for (i = 0; i < rig->sent_nr; i++)
		nr += rig->sent[i].sw == sw && rig->sent[i].m.type == type;
	return nr;
}

struct ctl_stats rig_stats(const struct rig *rig)
{
	struct ctl_stats stats;

	ctl_stats(rig->ctl, &stats);
	return stats;
}

uint8_t *rig_save(struct rig *rig, size_t *len)
{
	uint8_t *out = malloc(rig->ctl->shape.save_max);

	if (!out)
		abort();
	*len = ctl_state_save(rig->ctl, out, rig->ctl->shape.save_max);
	return out;
}

bool rig_equal(struct rig *a, struct rig *b)
{
	size_t a_len, b_len;
	uint8_t *x = rig_save(a, &a_len), *y = rig_save(b, &b_len);
	bool equal = a_len == b_len && !memcmp(x, y, a_len);

	free(x);
	free(y);
	return equal;
}
