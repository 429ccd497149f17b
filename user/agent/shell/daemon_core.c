// SPDX-License-Identifier: GPL-2.0
/* What the core asks for, and how it is told what happened. */
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "daemon_parts.h"

enum {
	EVENTS_BYTES = 1 << 20,
	BUNDLES_MAX = 64,
	HELD_BYTES = 1 << 20,
	ACKS_MIN = 2, ACKS_MAX = 1 << 16,
	LINGER_MS = 2,
	ECHO_MS = 5000,
	ASKS_PER_S = 100,
	MEMORY_ALIGN = 64,
};

static void op_sign(void *ctx, uint8_t sig[AGREE_SIG_LEN],
		    const uint8_t *bytes, size_t len)
{
	struct daemon *d = ctx;

	key_sign(d->key, sig, bytes, len);
}

static void op_submit(void *ctx, const uint8_t *sealed, size_t len,
		      struct agent_result *result)
{
	struct daemon *d = ctx;

	d->verifier->ops->submit(d->verifier, sealed, len, result);
}

static bool op_state(void *ctx, uint64_t *next_sequence)
{
	struct daemon *d = ctx;
	uint32_t phase;

	return d->verifier->ops->state(d->verifier, next_sequence, &phase);
}

static bool op_start(void *ctx, uint64_t sequence)
{
	struct daemon *d = ctx;
	uint64_t next;
	uint32_t phase;

	if (!d->verifier->ops->start(d->verifier, sequence) ||
	    !d->verifier->ops->state(d->verifier, &next, &phase))
		return false;
	d->fresh = false;
	epoch_window_found(d->epoch, phase, next);
	daemon_window(d);
	return true;
}

static bool op_rules(void *ctx, agent_rule_fn group, agent_rule_fn rule,
		     void *arg)
{
	struct daemon *d = ctx;

	return d->verifier->ops->rules(d->verifier, group, rule, arg);
}

static bool op_combine(void *ctx, uint8_t sig[48], const uint16_t *signer,
		       const uint8_t (*share)[48], unsigned int t)
{
	struct daemon *d = ctx;

	return threshold_combine(d->threshold, sig, signer, share, t);
}

static bool op_share_verify(void *ctx, uint16_t signer,
			    const uint8_t share[48],
			    const uint8_t statement[STATEMENT_LEN])
{
	struct daemon *d = ctx;

	return threshold_verify(d->threshold, signer, share, statement);
}

static void op_to_switch(void *ctx, const uint8_t *message, size_t len)
{
	struct daemon *d = ctx;

	ofconn_send(d->ofconn, message, len);
}

static void op_reset_switch(void *ctx, const char *why)
{
	struct daemon *d = ctx;

	ofconn_reset(d->ofconn, why);
}

/* What cannot be written down before others hear of it ends this life. */
static void history_done(struct daemon *d, bool written, const struct words *why)
{
	if (written)
		return;
	log_say(LOG_L_ERROR, "history", "%s", why->text);
	daemon_stop(d, EXIT_FAILURE);
}

static void op_to_controller(void *ctx, unsigned int to, const uint8_t *bytes,
			     size_t len)
{
	struct daemon *d = ctx;
	struct words why;

	if (d->history && bytes[5] == CTL_BUNDLE)
		history_done(d, applied_file_bundle(d->history, bytes, len,
						    &why), &why);
	if (!d->stopping)
		daemon_links_send(d, to, bytes, len);
}

static void op_purge(void *ctx)
{
	struct daemon *d = ctx;

	if (d->purger)
		purger_purge(d->purger);
}

static void op_say(void *ctx, int level, const char *words)
{
	(void)ctx;
	log_say(level, "agent", "%s", words);
}

static void op_applied(void *ctx, uint64_t sequence, const uint8_t *body,
		       size_t len, enum ctl_ack_status status)
{
	struct daemon *d = ctx;
	struct words why;

	quorum_wait_end(&d->wait, sequence);
	if (d->history)
		history_done(d, applied_file_put(d->history, d->domain->phase,
						 sequence, body, len,
						 status == CTL_APPLIED, &why),
			     &why);
}

static const struct agent_ops ops = {
	.sign = op_sign,
	.submit = op_submit,
	.state = op_state,
	.start = op_start,
	.rules = op_rules,
	.combine = op_combine,
	.share_verify = op_share_verify,
	.to_switch = op_to_switch,
	.reset_switch = op_reset_switch,
	.to_controller = op_to_controller,
	.purge = op_purge,
	.say = op_say,
	.applied = op_applied,
};

static uint32_t between(uint32_t min, uint32_t value, uint32_t max)
{
	return value < min ? min : value > max ? max : value;
}

static struct agent_config config_of(const struct daemon *d)
{
	const struct domain *domain = d->domain;

	return (struct agent_config){
		.domain = domain->id,
		.dpid = d->self->dpid,
		.n = (uint16_t)domain->n,
		.quorum = (uint16_t)((domain->n - 1) / 3 + 1),
		.scheme = domain->scheme,
		.t = domain->quorum,
		.phase = domain->phase,
		.events_bytes = EVENTS_BYTES,
		.bundle_max = between(0, domain->agree.request_max,
				      CTL_FRAME_MAX - CTL_FRAME_HEAD),
		.bundles_max = between(2, domain->agree.pool_per_client,
				       BUNDLES_MAX),
		.held_bytes = HELD_BYTES,
		.acks_max = between(ACKS_MIN, domain->outstanding_max,
				    ACKS_MAX),
		.linger_ms = LINGER_MS,
		.retransmit_ms = domain->retransmit_ms,
		.echo_ms = ECHO_MS,
		.statistics_ms = d->conf->statistics_ms,
		.asks_per_s = ASKS_PER_S,
	};
}

bool daemon_core_create(struct daemon *d, struct words *why)
{
	struct agent_config config = config_of(d);
	const char *wrong;
	size_t size;
	void *mem;

	if (agent_config_check(&config, &wrong))
		return words_set(why, "the domain's limits do not fit: %s",
				 wrong);
	size = agent_size(&config);
	mem = aligned_alloc(MEMORY_ALIGN, (size + MEMORY_ALIGN - 1) /
			    MEMORY_ALIGN * MEMORY_ALIGN);
	if (!mem)
		return words_set(why, "no memory: %zu bytes", size);
	d->agent = agent_init(mem, &config, &ops, d);
	return true;
}

static void on_idle(uv_idle_t *idle)
{
	(void)idle;
}

/* What there is to read already comes first, so that acknowledgements make rows. */
static void tick_soon(struct daemon *d)
{
	uv_timer_stop(&d->wake);
	d->tick = true;
	uv_idle_start(&d->soon, on_idle);
}

static void on_wake(uv_timer_t *timer)
{
	tick_soon(timer->data);
}

void daemon_tick(struct daemon *d)
{
	struct agent_event e = { .kind = AGENT_TICK };

	if (!d->tick)
		return;
	d->tick = false;
	uv_idle_stop(&d->soon);
	daemon_step(d, &e);
}

/* Expected of a correct controller: it repeats what it does not know to be done. */
static bool is_usual(enum agent_err err)
{
	return err == AGENT_OK || err == AGENT_ESTALE || err == AGENT_EFULL;
}

void daemon_step(struct daemon *d, const struct agent_event *event)
{
	uint64_t now_ms = uv_now(&d->loop), wake_ms;
	enum agent_err err;

	if (d->stopping)
		return;
	err = agent_step(d->agent, event, now_ms, &wake_ms);
	if (event->kind == AGENT_CONTROLLER && !is_usual(err))
		daemon_links_nonsense(d, event->from, agent_err_text(err));
	if (wake_ms <= now_ms)
		tick_soon(d);
	else if (wake_ms == UINT64_MAX)
		uv_timer_stop(&d->wake);
	else
		uv_timer_start(&d->wake, on_wake, wake_ms - now_ms, 0);
}
