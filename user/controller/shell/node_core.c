// SPDX-License-Identifier: GPL-2.0
/*
 * The core with what it needs: keys, disk, clock; and where what it says goes.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../core/app_external.h"
#include "log.h"
#include "node_parts.h"

void node_fatal(struct node *node, const char *words)
{
	log_say(LOG_L_ERROR, "state", "%s: this controller stops why=\"%s\"",
		node->conf->self, words);
	_Exit(1);
}

static void sign(void *ctx, uint8_t sig[AGREE_SIG_LEN], const uint8_t *bytes,
		 size_t len)
{
	struct node *node = ctx;

	key_sign(node->own, sig, bytes, len);
}

static bool verify(void *ctx, unsigned int member, const uint8_t *bytes,
		   size_t len, const uint8_t sig[AGREE_SIG_LEN])
{
	struct node *node = ctx;

	return verified_check(node->verified, member, node->key[member], bytes,
			      len, sig);
}

static bool switch_verify(void *ctx, uint32_t sw, const uint8_t *bytes,
			  size_t len, const uint8_t sig[AGREE_SIG_LEN])
{
	struct node *node = ctx;
	uint32_t number = node->domain->n + sw;

	return node->key[number] &&
		verified_check(node->verified, number, node->key[number],
			       bytes, len, sig);
}

static size_t update_sign(void *ctx, uint8_t sig[CTL_SIG_MAX],
			  const uint8_t statement[STATEMENT_LEN])
{
	struct node *node = ctx;

	return signer_sign(node->signer, sig, statement);
}

static void put_history(struct node *node, const char *line, size_t len)
{
	if (len)
		driver_output(node->driver, NODE_TO_HISTORY,
			      (const uint8_t *)line, len);
}

static void executed(void *ctx, const struct agree_decided *d)
{
	struct node *node = ctx;
	struct ctl_bundle_event event;
	char line[HISTORY_LINE_MAX];
	struct ctl_bundle bundle;
	size_t at = 0;

	node->height = d->height;
	node->index = d->index;
	node->time_ms = d->time_ms;
	if (node->history)
		put_history(node, line,
			    node_history_executed(node->history, line, d));
	if (d->id.client >= node->domain->switches ||
	    ctl_bundle_decode(&bundle, node->domain->id, d->request, d->len))
		return;
	node_trace_executed(&node->trace, d->id.client, &bundle);
	node->link[d->id.client].events += bundle.count;
	while (ctl_bundle_event(&bundle, &at, &event))
		node_recent_event(node, d->id.client, &event);
}

static void ended(void *ctx, uint64_t height, uint64_t time_ms)
{
	struct node *node = ctx;
	char line[HISTORY_LINE_MAX];

	(void)time_ms;
	if (node->history)
		put_history(node, line,
			    node_history_ended(node->history, line, height));
}

static void updated(void *ctx, uint32_t sw, const uint8_t *bytes, size_t len)
{
	struct update_body body;
	struct node *node = ctx;
	char line[HISTORY_LINE_MAX];
	enum wire_err err = update_body_decode(&body, bytes, len);

	assert(!err);
	node->link[sw].updates++;
	node_recent_update(node, sw, body.sequence, body.payload,
			   body.payload_len);
	node_trace_updated(&node->trace, sw, body.sequence);
	if (node->history)
		put_history(node, line,
			    node_history_given(node->history, line, &body,
					       bytes, len, node->height,
					       node->index));
}

static void loaded(void *ctx, uint64_t height)
{
	struct node *node = ctx;
	char line[HISTORY_LINE_MAX];

	node->height = height;
	if (node->history)
		put_history(node, line, node_history_loaded(line, height));
}

static const struct ctl_ops ctl_ops = {
	.sign = sign, .verify = verify, .switch_verify = switch_verify,
	.update_sign = update_sign, .executed = executed, .ended = ended,
	.updated = updated, .loaded = loaded,
};

static const struct agree_update *core_step(struct node *node,
					    const struct ctl_event *event,
					    uint64_t now_ms)
{
	struct ctl_update *u = &node->update;
	unsigned int i;

	ctl_step(node->ctl, event, now_ms, u);
	for (i = 0; i < u->message_nr; i++)
		driver_output(node->driver, u->message[i].sw,
			      u->message[i].bytes, u->message[i].len);
	return &u->agree;
}

static const struct agree_update *step(void *ctx,
				       const struct agree_event *event,
				       uint64_t now_ms)
{
	struct ctl_event e = { .kind = CTL_AGREE, .agree = *event };
	struct node *node = ctx;
	const struct agree_update *u = core_step(node, &e, now_ms);

	/* Of this update nothing may be executed (agree.h). */
	if (event->kind == AGREE_START && u->verdict)
		node_fatal(node, agree_err_text(u->verdict));
	return u;
}

void node_event(struct node *node, struct ctl_event *event)
{
	if (node->closing || !node->started)
		return;
	event->agree.synced = driver_synced(node->driver);
	driver_take(node->driver,
		    core_step(node, event, driver_now_ms(node->driver)));
}

static void send_message(void *ctx, uint16_t to, const uint8_t *bytes,
			 size_t len)
{
	node_to_members(ctx, to, bytes, len);
}

static void output(void *ctx, uint32_t to, const uint8_t *bytes, size_t len)
{
	struct node *node = ctx;
	struct words why;

	if (to != NODE_TO_HISTORY)
		node_to_switch(node, to, bytes, len);
	else if (!node_history_write(node->history, bytes, len, &why))
		node_fatal(node, why.text);
}

static void flush(void *ctx)
{
	node_flush(ctx);
}

static void say(void *ctx, const char *words)
{
	(void)ctx;
	log_say(LOG_L_WARNING, "state", "%s", words);
}

static void fatal(void *ctx, const char *words)
{
	node_fatal(ctx, words);
}

static const struct driver_ops driver_ops = {
	.step = step, .send = send_message, .output = output, .flush = flush,
	.say = say, .fatal = fatal,
};

/* Each key is a reference of ours to one of the domain. */
static struct key *key_of(EVP_PKEY *pkey, bool tables, struct words *why)
{
	struct key *key;

	EVP_PKEY_up_ref(pkey);
	key = key_create(pkey, why);
	if (!key)
		EVP_PKEY_free(pkey);
	else if (tables)
		key_prepare(key);
	return key;
}

static bool open_keys(struct node *node, struct words *why)
{
	const struct domain *d = node->domain;
	const struct domain_controller *self = &d->controller[node->self];
	EVP_PKEY *pkey = signer_agree_key(node->conf->agree_key, self, why);
	unsigned int i;

	node->own = pkey ? key_create(pkey, why) : NULL;
	if (!node->own) {
		EVP_PKEY_free(pkey);
		return false;
	}
	node->signer = signer_create(node->conf->sign_key, node->self, self, why);
	node->key = calloc(d->n + d->switches, sizeof(*node->key));
	node->verified = verified_create(NODE_VERIFIED);
	if (!node->signer)
		return false;
	if (!node->key || !node->verified)
		return words_set(why, "no memory for keys");
	for (i = 0; i < d->n; i++) {
		node->key[i] = key_of(d->controller[i].agree_key,
				      i != node->self &&
				      d->mode == AGREE_BYZANTINE, why);
		if (!node->key[i])
			return false;
	}
	for (i = 0; i < d->switches; i++) {
		if (!d->sw[i].key)
			continue;
		node->key[d->n + i] = key_of(d->sw[i].key, i < NODE_TABLES_MAX,
					     why);
		if (!node->key[d->n + i])
			return false;
	}
	return true;
}

static void app_output(void *ctx, uint64_t key, const uint8_t *list, size_t len)
{
	struct ctl_event event = {
		.kind = CTL_APP_OUTPUT, .key = key, .bytes = list, .len = len,
	};

	node_event(ctx, &event);
}

static void app_ask(void *ctx, uint32_t sw, const uint8_t *request, size_t len)
{
	struct node *node = ctx;
	uint8_t bytes[2048];
	size_t used = ctl_ask_encode(bytes, sizeof(bytes), node->domain->id,
				     request, len);

	if (used) {
		node_to_switch(node, sw, bytes, used);
		node_flush(node);
	}
}

static bool open_app(struct node *node, struct words *why)
{
	struct ofapp_config config = {
		.loop = node->loop, .host = node->conf->app_host,
		.port = node->conf->app_port, .switches = node->config.switches,
		.dpid = node->config.app_config.dpid, .ctx = node,
		.output = app_output, .ask = app_ask,
	};

	if (node->config.app != &app_external)
		return true;
	if (!config.port)
		return words_set(why, "application \"external\" needs app_host and app_port");
	node->ofapp = ofapp_create(&config, why);
	if (!node->ofapp)
		return false;
	node->config.app_config.outside = ofapp_outside(node->ofapp);
	return true;
}

bool node_core_open(struct node *node, struct words *why)
{
	const struct domain *d = node->domain;
	uint8_t identity[STORAGE_IDENTITY_LEN];
	struct driver_config config = {
		.loop = node->loop, .ops = &driver_ops, .ctx = node,
	};
	size_t size;

	if (!open_keys(node, why))
		return false;
	domain_ctl_config(d, node->self, &node->config);
	signer_state_identity(identity, &d->controller[node->self]);
	node->storage = storage_open(node->conf->state, identity,
				     node->config.agree.segment_max, why);
	if (!node->storage || !open_app(node, why))
		return false;
	if (node->conf->history[0]) {
		node->history = node_history_open(node->conf->history,
						  node->conf->self, node->self,
						  why);
		if (!node->history)
			return false;
	}
	size = (ctl_size(&node->config) + 63) & ~(size_t)63;
	node->mem = aligned_alloc(64, size);
	config.storage = node->storage;
	node->driver = driver_create(&config);
	if (!node->mem || !node->driver)
		return words_set(why, "no memory for the core: it needs %zu MiB",
				 size >> 20);
	log_say(LOG_L_DEBUG, "state", "memory is reserved mib=%zu", size >> 20);
	node->ctl = ctl_init(node->mem, &node->config, &ctl_ops, node);
	return true;
}

bool node_core_start(struct node *node, struct words *why)
{
	if (!driver_start(node->driver, why))
		return false;
	node->started = true;
	if (node->ofapp)
		ofapp_live(node->ofapp);
	return true;
}

void node_core_free(struct node *node)
{
	unsigned int i;

	for (i = 0; node->key && i < node->domain->n + node->domain->switches; i++)
		key_free(node->key[i]);
	free(node->key);
	key_free(node->own);
	signer_free(node->signer);
	verified_free(node->verified);
	node_history_close(node->history);
	storage_close(node->storage);
	free(node->mem);
}

size_t node_sign_update(struct node *node, uint8_t *sig,
			const uint8_t statement[STATEMENT_LEN])
{
	return signer_sign(node->signer, sig, statement);
}

void node_sign(struct node *node, uint8_t sig[AGREE_SIG_LEN],
	       const uint8_t *bytes, size_t len)
{
	key_sign(node->own, sig, bytes, len);
}
