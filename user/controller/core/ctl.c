// SPDX-License-Identifier: GPL-2.0
/*
 * The controller's step: one event in, one update out.  Agreement has its turn
 * first, then what it decided or what a switch acknowledged leaves.
 */
#include "ctl_state.h"

static void sign(void *ctx, uint8_t sig[AGREE_SIG_LEN], const uint8_t *bytes,
		 size_t len)
{
	struct ctl *ctl = ctx;

	ctl->ops->sign(ctl->ctx, sig, bytes, len);
}

static bool verify(void *ctx, unsigned int member, const uint8_t *bytes,
		   size_t len, const uint8_t sig[AGREE_SIG_LEN])
{
	struct ctl *ctl = ctx;

	return ctl->ops->verify(ctl->ctx, member, bytes, len, sig);
}

static bool buggify(void *ctx, enum agree_buggify what)
{
	struct ctl *ctl = ctx;

	return ctl->ops->buggify(ctl->ctx, what);
}

size_t ctl_size(const struct ctl_config *config)
{
	struct ctl unused;
	void *agree_mem;

	return ctl_deal(&unused, NULL, config, &agree_mem);
}

struct ctl *ctl_init(void *mem, const struct ctl_config *config,
		     const struct ctl_ops *ops, void *ctx)
{
	struct ctl *ctl = mem;
	void *agree_mem;
	const char *why;

	assert(!((uintptr_t)mem % 64));
	assert(ctl_config_check(config, &why) == AGREE_OK);
	memset(ctl, 0, sizeof(*ctl));
	ctl->config = config;
	ctl->ops = ops;
	ctl->ctx = ctx;
	ctl_agree_config(&ctl->agree_config, config);
	ctl_shape_init(&ctl->shape, config);
	ctl_deal(ctl, mem, config, &agree_mem);
	memset(ctl->sw, 0, sizeof(*ctl->sw) * config->switches);
	ctl->chunks.nr = ctl->shape.chunk_nr;
	ctl->votes.places = ctl->shape.vote_places;
	ctl->votes.done_max = config->votes_max;
	ctl->agree_wake_ms = UINT64_MAX;
	ctl_sort_dpids(ctl);
	ctl_reset(ctl);
	ctl->agree_ops = (struct agree_ops){
		.sign = sign,
		.verify = verify,
		.request_check = ctl_request_check,
		.execute = ctl_execute,
		.block_end = ctl_block_end,
		.state_save = ctl_state_save,
		.state_load = ctl_state_load,
		.buggify = ops->buggify ? buggify : NULL,
	};
	ctl->agree = agree_init(agree_mem, &ctl->agree_config, &ctl->agree_ops,
				ctl);
	return ctl;
}

static void agree(struct ctl *ctl, const struct agree_event *event)
{
	struct agree_event e = *event;

	e.synced = ctl->synced;
	agree_step(ctl->agree, &e, ctl->now_ms, &ctl->update->agree);
	ctl->agree_wake_ms = ctl->update->agree.wake_ms;
}

static void agree_request(struct ctl *ctl, const uint8_t *bytes, size_t len)
{
	struct agree_event event = {
		.kind = AGREE_REQUEST,
		.bytes = bytes,
		.len = len,
	};

	agree(ctl, &event);
}

/* The event was not agreement's: its update is empty. */
static void agree_nothing(struct ctl *ctl, enum agree_err verdict)
{
	struct agree_update *update = &ctl->update->agree;

	ctl->skipped++;
	memset(update, 0, offsetof(struct agree_update, message));
	update->verdict = verdict;
	update->wake_ms = ctl->agree_wake_ms;
}

/*
 * A request of our own: signed, and put into the order like anybody's.  No more
 * in flight than a quarter of the window, or we would lose some (R13).
 */
static enum agree_err own_request(struct ctl *ctl, struct ctl_request *request)
{
	size_t len, room = ctl->agree_config.request_max;
	enum agree_err verdict;

	if (!ctl->started ||
	    ctl->own_counter - ctl->own_executed >= ctl->agree_config.window / 4) {
		agree_nothing(ctl, AGREE_EFULL);
		return AGREE_EFULL;
	}
	request->member = ctl->agree_config.self;
	request->phase = ctl->agree_config.phase;
	request->epoch = ctl->own_epoch;
	request->counter = ctl->own_counter + 1;
	len = ctl_request_encode(ctl->request, room, ctl->agree_config.domain,
				 request);
	if (!len) {
		agree_nothing(ctl, AGREE_EREQUEST);
		return AGREE_EREQUEST;
	}
	ctl->ops->sign(ctl->ctx, ctl->request + len, ctl->request, len);
	agree_request(ctl, ctl->request, len + AGREE_SIG_LEN);
	verdict = ctl->update->agree.verdict;
	if (verdict == AGREE_OK)
		ctl->own_counter = request->counter;
	return verdict;
}

/* The next switch that we say is lost.  false: there is none. */
static bool lost_request(struct ctl *ctl)
{
	struct ctl_request request = { .type = CTL_SWITCH_LOST };
	uint32_t i, at, nr = ctl->config->switches;
	struct ctl_sw *sw;

	for (i = 0; ctl->lost_wanted && i < nr; i++) {
		at = (ctl->lost_from + i) % nr;
		sw = &ctl->sw[at];
		if (!sw->lost_wanted)
			continue;
		sw->lost_wanted = false;
		ctl->lost_wanted--;
		/* It may have come back since. */
		if (sw->down || sw->base == sw->ready)
			continue;
		request.dpid = ctl->config->sw[at].dpid;
		request.switch_epoch = sw->epoch;
		ctl->lost_from = at + 1;
		own_request(ctl, &request);
		return true;
	}
	return false;
}

/*
 * An incarnation that is above all that the order has from us: the clock may have
 * been set back while we were away, which shows at the latest when our old
 * requests come along.
 */
static void own_epoch_choose(struct ctl *ctl, uint64_t epoch)
{
	uint64_t last = ctl->member_epoch[ctl->agree_config.self];

	ctl->own_epoch = epoch > last ? epoch : last + 1;
	ctl->own_counter = 0;
	ctl->own_executed = 0;
}

static void start(struct ctl *ctl, uint64_t nonce)
{
	uint32_t i;

	ctl->started = true;
	own_epoch_choose(ctl, ctl->now_ms << 16 | (nonce & 0xffff));
	/* Nobody was silent while we were away. */
	for (i = 0; i < ctl->config->switches; i++) {
		ctl->sw[i].silent_ms = ctl->now_ms;
		ctl_resend_all(ctl, &ctl->sw[i]);
	}
}

static void step_agree(struct ctl *ctl, const struct agree_event *event)
{
	assert(event->kind != AGREE_REQUEST);
	/* Every other tick may go to a request of our own; agreement is owed
	 * one then, for its timers.
	 */
	if (event->kind == AGREE_TICK && !ctl->tick_owed && lost_request(ctl)) {
		ctl->tick_owed = true;
		return;
	}
	ctl->tick_owed = false;
	agree(ctl, event);
	if (event->kind == AGREE_START)
		start(ctl, event->nonce);
}

/*
 * C12: so that updates need not be dropped, events wait when much is
 * outstanding.  Not those whose bundle says that room can be made, or that
 * the switch is a new one, without which nothing is sent to it again.
 */
static bool intake_full(const struct ctl *ctl, const struct ctl_sw *sw,
			const struct ctl_bundle *bundle)
{
	return bundle->count && bundle->floor <= sw->floor && sw->known &&
	       bundle->epoch <= sw->epoch && ctl_jobs_many(ctl, sw);
}

static void bundle_take(struct ctl *ctl, uint32_t sw, const uint8_t *bytes,
			size_t len)
{
	struct ctl_bundle bundle;
	enum agree_err err;

	/* What can be seen without a signature, first */
	err = ctl_bundle_decode(&bundle, ctl->agree_config.domain, bytes, len);
	if (!err && bundle.dpid != ctl->config->sw[sw].dpid)
		err = AGREE_ECLIENT;
	if (!err && intake_full(ctl, &ctl->sw[sw], &bundle))
		err = AGREE_EFULL;
	if (err) {
		agree_nothing(ctl, err);
		return;
	}
	agree_request(ctl, bytes, len);
	/* It was executed before: its sender does not know yet. */
	if (ctl->update->agree.verdict == AGREE_EDECIDED)
		ctl_bundle_done(ctl, sw, bundle.epoch, bundle.counter);
}

static void step_switch(struct ctl *ctl, const struct ctl_event *event)
{
	assert(event->sw < ctl->config->switches);
	if (ctl_type_of(event->bytes, event->len) == CTL_ACK)
		agree_nothing(ctl, ctl_ack_take(ctl, event->sw, event->bytes,
						event->len));
	else
		bundle_take(ctl, event->sw, event->bytes, event->len);
}

static void step_link(struct ctl *ctl, const struct ctl_event *event)
{
	struct ctl_sw *sw;

	assert(event->sw < ctl->config->switches);
	sw = &ctl->sw[event->sw];
	sw->link = event->up;
	if (sw->link)
		ctl_resend_all(ctl, sw);
	agree_nothing(ctl, AGREE_OK);
}

static void step_output(struct ctl *ctl, const struct ctl_event *event)
{
	struct ctl_request request = {
		.type = CTL_OUTPUT,
		.key = event->key,
		.list = event->bytes,
		.list_len = event->len,
	};

	if (ctl_output_check(event->bytes, event->len))
		own_request(ctl, &request);
	else
		agree_nothing(ctl, AGREE_EREQUEST);
}

void ctl_step(struct ctl *ctl, const struct ctl_event *event, uint64_t now_ms,
	      struct ctl_update *update)
{
	bool more;

	assert(now_ms >= ctl->now_ms);
	ctl->now_ms = now_ms;
	ctl->update = update;
	ctl->arena_used = 0;
	ctl->signs = 0;
	update->message_nr = 0;
	/* Whoever drives us counts our steps; of the first so many, at most all
	 * that agreement had no part in were among them.
	 */
	ctl->synced = event->agree.synced > ctl->skipped ?
		      event->agree.synced - ctl->skipped : 0;
	switch (event->kind) {
	case CTL_AGREE:
		step_agree(ctl, &event->agree);
		break;
	case CTL_SWITCH:
		step_switch(ctl, event);
		break;
	case CTL_LINK:
		step_link(ctl, event);
		break;
	case CTL_APP_OUTPUT:
		step_output(ctl, event);
		break;
	}
	if (ctl->started) {
		if (ctl->member_epoch[ctl->agree_config.self] > ctl->own_epoch)
			own_epoch_choose(ctl, 0);
		ctl_timers(ctl);
		more = !ctl_send(ctl) || ctl->lost_wanted || ctl->tick_owed;
		if (update->agree.wake_ms > ctl->due_ms)
			update->agree.wake_ms = ctl->due_ms;
		if (more || update->agree.wake_ms < now_ms)
			update->agree.wake_ms = now_ms;
	}
	ctl->update = NULL;
}

void ctl_stats(const struct ctl *ctl, struct ctl_stats *stats)
{
	const struct ctl_sw *sw;

	*stats = ctl->stats;
	agree_stats(ctl->agree, &stats->agree);
	stats->outstanding = ctl->jobs;
	for (sw = ctl->sw; sw < ctl->sw + ctl->config->switches; sw++) {
		stats->ready += (uint32_t)(sw->ready - sw->base);
		stats->down += sw->down;
		stats->resync += sw->resync;
	}
}

void ctl_switch_stats(const struct ctl *ctl, uint32_t sw,
		      struct ctl_switch_stats *stats)
{
	const struct ctl_sw *s = &ctl->sw[sw];

	assert(sw < ctl->config->switches);
	*stats = (struct ctl_switch_stats){
		.known = s->known, .down = s->down, .resync = s->resync,
		.epoch = s->epoch, .floor = s->floor, .next = s->next,
	};
}

unsigned int ctl_evidence(const struct ctl *ctl,
			  const struct agree_evidence **evidence)
{
	return agree_evidence(ctl->agree, evidence);
}
