// SPDX-License-Identifier: GPL-2.0
/*
 * What leaves for switches: first transmissions in the order of numbers (C7),
 * retransmissions, and the silence that makes a member say that a switch is
 * down.  All of this is local; work of a step is bounded.
 */
#include "ctl_state.h"

uint8_t *ctl_message_room(struct ctl *ctl, size_t len)
{
	if (ctl->update->message_nr == CTL_SWITCH_MESSAGES_MAX ||
	    len > CTL_ARENA_LEN - ctl->arena_used)
		return NULL;
	return ctl->arena + ctl->arena_used;
}

void ctl_message_put(struct ctl *ctl, uint32_t sw, const uint8_t *bytes,
		     size_t len)
{
	struct ctl_switch_message *m;

	assert(bytes == ctl->arena + ctl->arena_used);
	m = &ctl->update->message[ctl->update->message_nr++];
	m->sw = sw;
	m->bytes = bytes;
	m->len = len;
	ctl->arena_used += len;
}

void ctl_touch(struct ctl *ctl, struct ctl_sw *sw)
{
	uint32_t i = ctl_sw_index(ctl, sw);

	if (sw->touched)
		return;
	sw->touched = true;
	sw->touched_next = CTL_NONE;
	if (ctl->touched == CTL_NONE)
		ctl->touched = i;
	else
		ctl->sw[ctl->touched_last].touched_next = i;
	ctl->touched_last = i;
}

static struct ctl_sw *untouch(struct ctl *ctl)
{
	struct ctl_sw *sw;

	if (ctl->touched == CTL_NONE)
		return NULL;
	sw = &ctl->sw[ctl->touched];
	ctl->touched = sw->touched_next;
	sw->touched = false;
	return sw;
}

static void due_at(struct ctl *ctl, uint64_t ms)
{
	if (ctl->due_ms > ms)
		ctl->due_ms = ms;
}

/* It said something, or begins to have something to say. */
static void restart_timers(struct ctl *ctl, struct ctl_sw *sw)
{
	sw->interval_ms = ctl->config->retransmit_ms;
	sw->due_ms = ctl->now_ms + sw->interval_ms;
	sw->silent_ms = ctl->now_ms;
	due_at(ctl, sw->due_ms);
	if (ctl->config->down_ms)
		due_at(ctl, sw->silent_ms + ctl->config->down_ms);
}

/* Signatures of waves that are in flight are remembered; others are made again. */
static const struct ctl_signature *signature_of(struct ctl *ctl,
						const struct ctl_wave *wave)
{
	struct ctl_signature *s;
	uint8_t statement[STATEMENT_LEN];
	size_t len;

	s = &ctl->signature[wave->number % CTL_SIGNATURES];
	if (s->wave == wave->number + 1)
		return s;
	if (ctl->signs == CTL_SIGNS_MAX)
		return NULL;
	/* C3: its block is over, and what it waits for is acknowledged */
	assert(ctl_wave_ready(wave));
	statement_encode(statement, ctl->agree_config.domain,
			 ctl->agree_config.phase, wave->leaves, wave->root);
	len = ctl->ops->update_sign(ctl->ctx, s->sig, statement);
	assert(len && len <= CTL_SIG_MAX);
	s->len = (uint32_t)len;
	s->wave = wave->number + 1;
	ctl->signs++;
	ctl->stats.waves++;
	return s;
}

/* false: no room in this step */
static bool send_job(struct ctl *ctl, struct ctl_job *job)
{
	const struct ctl_wave *wave = &ctl->wave[job->wave];
	struct update_sealed sealed = {
		.body = ctl->body,
		.body_len = job->len,
		.leaves = wave->leaves,
		.index = job->index,
		.depth = job->depth,
		.sig_nr = 1,
	};
	const struct ctl_signature *s;
	struct update_sig sig = {
		.alg = ctl->config->alg,
		.signer = ctl->config->signer,
	};
	struct wire_writer w = { NULL, CTL_UPDATE_LEN, 0 };
	uint8_t *out = ctl_message_room(ctl, CTL_MESSAGE_MAX);
	enum wire_err err;
	size_t used;

	if (!out)
		return false;
	s = signature_of(ctl, wave);
	if (!s)
		return false;
	ctl_chunk_get(&ctl->chunks, job->body, ctl->body, job->len);
	if (job->path != CTL_NONE)
		sealed.path = ctl->chunks.data[job->path];
	sig.sig = s->sig;
	sig.len = s->len;
	w.out = out;
	ctl_header_put(&w, CTL_UPDATE, ctl->agree_config.domain);
	err = update_sealed_encode(out + CTL_UPDATE_LEN,
				   CTL_MESSAGE_MAX - CTL_UPDATE_LEN, &used,
				   &sealed, &sig);
	assert(!err);
	ctl_message_put(ctl, job->sw, out, CTL_UPDATE_LEN + used);
	if (job->sent_ms)
		ctl->stats.resent++;
	else
		ctl->stats.sent++;
	job->sent_ms = ctl->now_ms ? ctl->now_ms : 1;
	return true;
}

void ctl_row_advance(struct ctl *ctl, struct ctl_sw *sw)
{
	uint64_t base = sw->base;

	if (sw->base <= sw->floor)
		sw->base = sw->floor + 1;
	if (sw->ready < sw->base)
		sw->ready = sw->base;
	while (sw->base < sw->ready && ctl_job_of(ctl, sw, sw->base)->acked)
		sw->base++;
	if (sw->send < sw->base)
		sw->send = sw->base;
	if (sw->resend < sw->base)
		sw->resend = sw->base;
	if (base != sw->base)
		restart_timers(ctl, sw);
}

/*
 * The jobs of a switch that may leave are a beginning of its row: a switch
 * could do nothing with a later one.  What is acknowledged already, or at a switch
 * that is down, counts as done when it could leave and not before (C9, C13).
 */
static void advance(struct ctl *ctl, struct ctl_sw *sw)
{
	bool idle = sw->base == sw->ready;
	uint32_t row = ctl_row(ctl, ctl_sw_index(ctl, sw));
	struct ctl_job *job;

	while (sw->ready < sw->next && ctl_wave_ready(&ctl->wave[row])) {
		job = ctl_job_of(ctl, sw, sw->ready);
		if (!ctl_wave_ready(&ctl->wave[job->wave]))
			break;
		sw->ready++;
		if (sw->down || job->acked)
			ctl_release(ctl, job);
	}
	ctl_row_advance(ctl, sw);
	if (idle && sw->base < sw->ready)
		restart_timers(ctl, sw);
}

/* Was it sent so long ago that it may leave again? */
static bool resend_due(const struct ctl *ctl, const struct ctl_job *job)
{
	return !job->acked &&
	       ctl->now_ms - job->sent_ms >= ctl->config->retransmit_ms;
}

/* One switch's turn.  false: something is left for lack of room. */
static bool send_switch(struct ctl *ctl, struct ctl_sw *sw)
{
	unsigned int quantum = CTL_QUANTUM;
	struct ctl_job *job;

	for (; sw->resend < sw->resend_end; sw->resend++) {
		job = ctl_job_of(ctl, sw, sw->resend);
		if (!resend_due(ctl, job))
			continue;
		if (!quantum-- || !send_job(ctl, job))
			return false;
	}
	for (; sw->send < sw->ready; sw->send++) {
		job = ctl_job_of(ctl, sw, sw->send);
		if (job->acked)
			continue;
		if (!quantum-- || !send_job(ctl, job))
			return false;
	}
	return true;
}

static bool step_full(struct ctl *ctl)
{
	return ctl->signs == CTL_SIGNS_MAX ||
	       !ctl_message_room(ctl, CTL_MESSAGE_MAX);
}

bool ctl_send(struct ctl *ctl)
{
	struct ctl_sw *sw;

	while ((sw = untouch(ctl))) {
		advance(ctl, sw);
		if (!sw->link || send_switch(ctl, sw))
			continue;
		ctl_touch(ctl, sw);
		if (step_full(ctl))
			return false;
	}
	return true;
}

void ctl_resend_all(struct ctl *ctl, struct ctl_sw *sw)
{
	sw->send = sw->base;
	sw->resend = 0;
	sw->resend_end = 0;
	sw->interval_ms = ctl->config->retransmit_ms;
	sw->due_ms = ctl->now_ms + sw->interval_ms;
	due_at(ctl, sw->due_ms);
	ctl_touch(ctl, sw);
}

void ctl_acknowledged(struct ctl *ctl, struct ctl_sw *sw, uint64_t first,
		      uint64_t last)
{
	struct ctl_job *job;

	for (; first <= last; first++) {
		job = ctl_job_of(ctl, sw, first);
		ctl->stats.acked += !job->acked;
		job->acked = true;
		/* C13: if it could not leave yet, advance() does that. */
		if (first < sw->ready)
			ctl_release(ctl, job);
	}
	ctl_row_advance(ctl, sw);
	ctl_touch(ctl, sw);
}

static void timer_resend(struct ctl *ctl, struct ctl_sw *sw)
{
	uint32_t most = CTL_BACKOFF_MAX * ctl->config->retransmit_ms;

	if (ctl->now_ms >= sw->due_ms) {
		sw->resend = sw->base;
		sw->resend_end = sw->send;
		sw->interval_ms = sw->interval_ms > most / 2 ? most :
				  2 * sw->interval_ms;
		sw->due_ms = ctl->now_ms + sw->interval_ms;
		ctl_touch(ctl, sw);
	}
	due_at(ctl, sw->due_ms);
}

/* What could leave and is not acknowledged is silence, whatever the reason. */
static void timer_silence(struct ctl *ctl, struct ctl_sw *sw)
{
	uint64_t until = sw->silent_ms + ctl->config->down_ms;

	if (ctl->now_ms >= until) {
		if (!sw->lost_wanted)
			ctl->lost_wanted++;
		sw->lost_wanted = true;
		sw->silent_ms = ctl->now_ms;
		until = ctl->now_ms + ctl->config->down_ms;
	}
	due_at(ctl, until);
}

void ctl_timers(struct ctl *ctl)
{
	struct ctl_sw *sw;

	if (ctl->now_ms < ctl->due_ms)
		return;
	ctl->due_ms = UINT64_MAX;
	for (sw = ctl->sw; sw < ctl->sw + ctl->config->switches; sw++) {
		if (sw->base == sw->ready)
			continue;
		if (sw->link && sw->base < sw->send)
			timer_resend(ctl, sw);
		if (ctl->config->down_ms && !sw->down)
			timer_silence(ctl, sw);
	}
}
