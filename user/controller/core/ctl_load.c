// SPDX-License-Identifier: GPL-2.0
/*
 * Back from bytes.  They were certified by a quorum, but may be of another
 * configuration, or a file that is none: nothing is believed.
 */
#include "ctl_state.h"

struct reader {
	const uint8_t *in;
	size_t left;
	bool bad;			/* a value that cannot be, or the end came early */
};

static const uint8_t *take(struct reader *r, size_t len)
{
	const uint8_t *p = r->in;

	if (r->bad || len > r->left) {
		r->bad = true;
		return NULL;
	}
	r->in += len;
	r->left -= len;
	return p;
}

/* Big-endian, 1 .. 8 bytes; 0 if there are none */
static uint64_t number(struct reader *r, size_t len)
{
	const uint8_t *p = take(r, len);
	uint64_t v = 0;

	while (p && len--)
		v = v << 8 | *p++;
	return v;
}

static bool demand(struct reader *r, bool good)
{
	if (!good)
		r->bad = true;
	return !r->bad;
}

static void load_waves(struct ctl *ctl, struct reader *r)
{
	uint64_t nr, value, last = 0;
	const uint8_t *root;
	struct ctl_wave *wave;

	ctl->wave_next = number(r, 8);
	demand(r, ctl->wave_next < CTL_ROW_NUMBER - ctl->config->switches);
	for (nr = number(r, 4); nr && !r->bad; nr--, last = value + 1) {
		value = number(r, 8);
		if (!demand(r, value >= last && value < ctl->wave_next &&
			    ctl->wave_free != CTL_NONE))
			return;
		wave = &ctl->wave[ctl_wave_new(ctl, value)];
		wave->leaves = (uint32_t)number(r, 4);
		root = take(r, sizeof(wave->root));
		if (!demand(r, root && wave->leaves &&
			    wave->leaves <= CTL_WAVE_MAX))
			return;
		memcpy(wave->root, root, sizeof(wave->root));
		wave->closed = true;
	}
}

/* Waves of a pool that was just filled lie in the order of their numbers. */
static uint32_t wave_find(const struct ctl *ctl, uint64_t value)
{
	uint32_t low = ctl->wave_first, high, mid;

	if (value > CTL_ROW_NUMBER - ctl->config->switches)
		return ctl_row(ctl, (uint32_t)(CTL_ROW_NUMBER - value));
	if (low == CTL_NONE)
		return CTL_NONE;
	for (high = ctl->wave_last; low < high;) {
		mid = low + (high - low) / 2;
		if (ctl->wave[mid].number < value)
			low = mid + 1;
		else
			high = mid;
	}
	return ctl->wave[low].number == value ? low : CTL_NONE;
}

/* Edges were saved from the latest on; the latest is added last.  A wave has one at a switch. */
static void load_edges(struct ctl *ctl, struct reader *r, struct ctl_job *job)
{
	uint64_t nr = number(r, 4), i;
	uint32_t wave, left;
	const uint8_t *p;

	if (!demand(r, nr <= ctl->edges_left))
		return;
	p = take(r, 8 * nr);
	for (i = nr; p && i; i--) {
		wave = wave_find(ctl, wire_get64(p + 8 * (i - 1)));
		if (!demand(r, wave != CTL_NONE && wave != job->wave &&
			    wave != ctl_row(ctl, job->sw)))
			return;
		left = ctl->edges_left;
		ctl_edge_add(ctl, ctl_job_index(ctl, job), wave);
		if (!demand(r, ctl->edges_left == left - 1))
			return;
	}
}

/* Is this the body that this job would have? */
static bool body_valid(const struct ctl *ctl, uint32_t sw, size_t len)
{
	struct update_body body;

	return !update_body_decode(&body, ctl->body, len) &&
	       body.domain == ctl->agree_config.domain &&
	       body.phase == ctl->agree_config.phase &&
	       body.dpid == ctl->config->sw[sw].dpid &&
	       body.sequence == ctl->sw[sw].next;
}

static void load_job(struct ctl *ctl, struct reader *r, uint32_t sw)
{
	uint64_t flags = number(r, 1), flow = number(r, 8);
	uint64_t height = number(r, 8);
	uint32_t wave = wave_find(ctl, number(r, 8));
	uint32_t index = (uint32_t)number(r, 4), depth = (uint32_t)number(r, 1);
	const uint8_t *path = take(r, (size_t)depth * UPDATE_DIGEST_LEN);
	uint32_t len = (uint32_t)number(r, 4);
	const uint8_t *body = take(r, len);
	struct ctl_job *job;

	if (!demand(r, body && len <= CTL_BODY_MAX && flags <= 1 &&
		    wave < ctl->shape.job_nr && height <= ctl->height &&
		    depth <= CTL_PATH_MAX &&
		    (!depth || ctl->config->procedure != CTL_LINEARIZABLE)))
		return;
	memcpy(ctl->body, body, len);
	if (!demand(r, body_valid(ctl, sw, len) &&
		    ctl_job_room(ctl, &ctl->sw[sw], len) &&
		    index < ctl->wave[wave].leaves &&
		    ctl->wave[wave].left < ctl->wave[wave].leaves))
		return;
	job = ctl_job_insert(ctl, sw, len);
	job->height = height;
	job->index = index;
	job->depth = depth;
	if (depth)
		memcpy(ctl->chunks.data[job->path], path,
		       (size_t)depth * UPDATE_DIGEST_LEN);
	job->flow = flow;
	job->has_flow = flags;
	job->flow_after = ctl_job_index(ctl, job);	/* not in its flow yet */
	ctl_wave_join(ctl, job, wave);
	load_edges(ctl, r, job);
}

static void load_switch(struct ctl *ctl, struct reader *r, uint32_t i)
{
	struct ctl_sw *sw = &ctl->sw[i];
	uint64_t next, flags;

	sw->epoch = number(r, 8);
	sw->start = number(r, 8);
	sw->floor = number(r, 8);
	next = number(r, 8);
	sw->lost = (uint32_t)number(r, 4);
	flags = number(r, 1);
	if (!demand(r, sw->floor < next && sw->start && flags <= 7 &&
		    next - sw->floor - 1 <= ctl->config->outstanding_max))
		return;
	sw->known = flags & 1;
	sw->down = flags >> 1 & 1;
	sw->resync = flags >> 2 & 1;
	sw->next = sw->floor + 1;
	while (sw->next < next && !r->bad)
		load_job(ctl, r, i);
	sw->base = sw->floor + 1;
	sw->ready = sw->base;
	ctl_resend_all(ctl, sw);
}

static uint32_t count_with_flow(const struct ctl *ctl)
{
	const struct ctl_sw *sw;
	uint64_t sequence;
	uint32_t nr = 0;

	for (sw = ctl->sw; sw < ctl->sw + ctl->config->switches; sw++)
		for (sequence = sw->floor + 1; sequence < sw->next; sequence++)
			nr += ctl_job_of(ctl, sw, sequence)->has_flow;
	return nr;
}

static struct ctl_job *load_flow_job(struct ctl *ctl, struct reader *r)
{
	uint64_t sw = number(r, 4), sequence = number(r, 8);
	struct ctl_job *job;

	if (!demand(r, sw < ctl->config->switches &&
		    sequence > ctl->sw[sw].floor && sequence < ctl->sw[sw].next))
		return NULL;
	job = ctl_job_of(ctl, &ctl->sw[sw], sequence);
	return demand(r, job->has_flow &&
		      job->flow_after == ctl_job_index(ctl, job)) ? job : NULL;
}

/* Each flow from its last one back; one behind the other */
static void load_flows(struct ctl *ctl, struct reader *r)
{
	uint32_t nr = r->bad ? 0 : count_with_flow(ctl);
	struct ctl_job *job, *after = NULL;

	for (; nr; nr--, after = job) {
		job = load_flow_job(ctl, r);
		if (!job)
			return;
		if (after && after->flow == job->flow) {
			after->flow_before = ctl_job_index(ctl, job);
			job->flow_before = CTL_NONE;
			job->flow_after = ctl_job_index(ctl, after);
		} else if (demand(r, ctl_flow_find(ctl, job->flow) ==
				  CTL_NONE)) {
			ctl_flow_enter(ctl, job, CTL_NONE);
		}
	}
}

static void load_votes(struct ctl *ctl, struct reader *r)
{
	struct ctl_votes *v = &ctl->votes;
	const uint8_t *p;
	uint32_t i, k, nr;

	for (i = 0; i < ctl->agree_config.n && !r->bad; i++) {
		ctl->member_epoch[i] = number(r, 8);
		v->cast[i] = number(r, 8);
		nr = v->cast[i] < v->places ? (uint32_t)v->cast[i] : v->places;
		for (k = 0; k < nr; k++) {
			p = take(r, 8 + AGREE_DIGEST_LEN);
			if (!p)
				return;
			v->vote[i * v->places + k].key = wire_get64(p);
			memcpy(v->vote[i * v->places + k].digest, p + 8,
			       AGREE_DIGEST_LEN);
		}
	}
	v->past = number(r, 1);
	v->done_floor = number(r, 8);
	nr = (uint32_t)number(r, 4);
	if (!demand(r, nr <= v->done_max))
		return;
	for (i = 0; i < nr; i++) {
		v->done[i] = number(r, 8);
		if (!demand(r, !i || v->done[i] > v->done[i - 1]))
			return;
	}
	v->done_nr = nr;
}

/* Every wave has a job left: or it would never be freed. */
static bool waves_used(const struct ctl *ctl)
{
	uint32_t i;

	for (i = ctl->wave_first; i != CTL_NONE; i = ctl->wave[i].next)
		if (!ctl->wave[i].left)
			return false;
	return true;
}

bool ctl_state_load(void *ctx, const uint8_t *in, size_t len)
{
	struct reader r = { in, len, false };
	struct ctl *ctl = ctx;
	const uint8_t *magic;
	uint32_t i;

	ctl_reset(ctl);
	magic = take(&r, 12);
	if (!magic || memcmp(magic, "ashlar-ctl-1", 12) ||
	    number(&r, 4) != ctl->config->switches)
		return false;
	ctl->height = number(&r, 8);
	load_waves(ctl, &r);
	for (i = 0; i < ctl->config->switches && !r.bad; i++)
		load_switch(ctl, &r, i);
	load_flows(ctl, &r);
	load_votes(ctl, &r);
	if (r.bad || !waves_used(ctl))
		return false;
	if (!ctl->config->app->load(ctl->app, r.in, r.left))
		return false;
	if (ctl->ops->loaded)
		ctl->ops->loaded(ctl->ctx, ctl->height);
	return true;
}
