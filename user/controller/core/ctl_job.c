// SPDX-License-Identifier: GPL-2.0
/*
 * Jobs: updates from their decision until the order says that the switch has
 * them.  Numbers are dense for each switch (C1), and whether a job finds room
 * is a function of the order (C8).
 */
#include "ctl_state.h"
#include "../../../lib/bls/merkle.h"

/* With its path.  A wave of one job needs none. */
static uint32_t chunks_of_job(const struct ctl *ctl, size_t body_len)
{
	return ctl_chunks_of(body_len) +
	       (ctl->config->procedure != CTL_LINEARIZABLE);
}

static uint32_t above_share(const struct ctl *ctl, uint32_t used)
{
	return used > ctl->shape.share ? used - ctl->shape.share : 0;
}

/* Half of what is its own is taken. */
static bool slow(const struct ctl *ctl, const struct ctl_sw *sw)
{
	return sw->next - 1 - sw->floor > ctl->config->outstanding_max / 2 ||
	       sw->chunks > ctl->shape.most / 2;
}

bool ctl_jobs_many(const struct ctl *ctl, const struct ctl_sw *of)
{
	uint32_t taken = 0, half = ctl->shape.chunk_nr / 4;
	const struct ctl_sw *sw;

	if (slow(ctl, of))
		return true;
	if (ctl->shared <= half)
		return false;
	for (sw = ctl->sw; sw < ctl->sw + ctl->config->switches; sw++)
		if (!sw->down && !slow(ctl, sw))
			taken += above_share(ctl, sw->chunks);
	return taken > half;
}

bool ctl_job_room(const struct ctl *ctl, const struct ctl_sw *sw,
		  size_t body_len)
{
	uint32_t used = sw->chunks + chunks_of_job(ctl, body_len);
	uint32_t common = ctl->shape.chunk_nr -
			  ctl->shape.share * ctl->config->switches;

	return sw->next - 1 - sw->floor < ctl->config->outstanding_max &&
	       used <= ctl->shape.most && ctl->job_free != CTL_NONE &&
	       ctl->shared - above_share(ctl, sw->chunks) +
	       above_share(ctl, used) <= common;
}

static void charge(struct ctl *ctl, struct ctl_sw *sw, uint32_t used)
{
	ctl->shared -= above_share(ctl, sw->chunks);
	sw->chunks = used;
	ctl->shared += above_share(ctl, sw->chunks);
}

static uint32_t *flow_bucket(const struct ctl *ctl, uint64_t flow)
{
	flow = (flow ^ flow >> 32) * 0x9e3779b97f4a7c15;
	return &ctl->flow[flow >> 32 & (ctl->shape.flow_buckets - 1)];
}

uint32_t ctl_flow_find(const struct ctl *ctl, uint64_t flow)
{
	uint32_t i = *flow_bucket(ctl, flow);

	while (i != CTL_NONE && ctl->job[i].flow != flow)
		i = ctl->job[i].flow_next;
	return i;
}

/* Where the bucket says that this is the last one of its flow */
static uint32_t *flow_place(struct ctl *ctl, const struct ctl_job *job)
{
	uint32_t *at = flow_bucket(ctl, job->flow);

	while (*at != ctl_job_index(ctl, job))
		at = &ctl->job[*at].flow_next;
	return at;
}

void ctl_flow_enter(struct ctl *ctl, struct ctl_job *job, uint32_t before)
{
	uint32_t *at = flow_bucket(ctl, job->flow);

	job->flow_before = before;
	job->flow_after = CTL_NONE;
	if (before == CTL_NONE) {
		job->flow_next = *at;
	} else {
		at = flow_place(ctl, &ctl->job[before]);
		job->flow_next = ctl->job[before].flow_next;
		ctl->job[before].flow_after = ctl_job_index(ctl, job);
	}
	*at = ctl_job_index(ctl, job);
}

/* The last one's place in the bucket goes to the one before it. */
static void flow_leave(struct ctl *ctl, const struct ctl_job *job)
{
	if (job->flow_after != CTL_NONE) {
		ctl->job[job->flow_after].flow_before = job->flow_before;
	} else if (job->flow_before == CTL_NONE) {
		*flow_place(ctl, job) = job->flow_next;
	} else {
		*flow_place(ctl, job) = job->flow_before;
		ctl->job[job->flow_before].flow_next = job->flow_next;
	}
	if (job->flow_before != CTL_NONE)
		ctl->job[job->flow_before].flow_after = job->flow_after;
}

struct ctl_job *ctl_job_insert(struct ctl *ctl, uint32_t sw_index,
			       size_t body_len)
{
	struct ctl_sw *sw = &ctl->sw[sw_index];
	uint32_t i = ctl->job_free;
	struct bls_sha256 h;
	struct ctl_job *job;

	assert(ctl_job_room(ctl, sw, body_len));
	job = &ctl->job[i];
	ctl->job_free = job->wave_next;
	memset(job, 0, sizeof(*job));
	job->sequence = sw->next++;
	job->sw = sw_index;
	job->len = (uint32_t)body_len;
	job->body = ctl_chunk_put(&ctl->chunks, ctl->body, body_len);
	job->path = CTL_NONE;
	if (ctl->config->procedure != CTL_LINEARIZABLE)
		job->path = ctl_chunk_put(&ctl->chunks, job->leaf, 1);
	job->edge = CTL_NONE;
	job->wave = CTL_NONE;
	bls_sha256_init(&h);
	bls_sha256_update(&h, ctl->body, body_len);
	bls_sha256_final(&h, job->digest);
	bls_merkle_leaf(job->leaf, ctl->body, body_len);
	charge(ctl, sw, sw->chunks + chunks_of_job(ctl, body_len));
	sw->ring[job->sequence % ctl->config->outstanding_max] = i;
	ctl->jobs++;
	return job;
}

/*
 * C2: within a switch the envelope itself keeps the order: each update names
 * the one before it, and the switch refuses it until that is applied.
 */
static size_t body_encode(struct ctl *ctl, uint32_t sw, const uint8_t *payload,
			  size_t len)
{
	struct update_body body = {
		.kind = UPDATE_OPENFLOW,
		.domain = ctl->agree_config.domain,
		.dpid = ctl->config->sw[sw].dpid,
		.phase = ctl->agree_config.phase,
		.sequence = ctl->sw[sw].next,
		.payload = payload,
		.payload_len = len,
	};
	struct update_dep dep = { body.dpid, body.sequence - 1 };
	enum wire_err err;
	size_t used;

	body.dep_nr = ctl_chained(ctl) && dep.sequence;
	err = update_body_encode(ctl->body, CTL_BODY_MAX, &used, &body,
				 &dep);
	assert(!err);
	return used;
}

/* Jobs that must be acknowledged first, beyond what the envelope says */
static unsigned int waits_of(const struct ctl *ctl, uint32_t sw,
			     const uint64_t *flow, const uint32_t *after,
			     unsigned int after_nr, uint32_t *wait)
{
	unsigned int i, nr = 0;
	uint32_t before;

	switch (ctl->config->procedure) {
	case CTL_NO_ACK:
		break;
	case CTL_LINEARIZABLE:
		/* Of waves of one job each, the latest that is not retired */
		if (ctl->wave_last != CTL_NONE)
			wait[nr++] = ctl->wave[ctl->wave_last].first;
		break;
	case CTL_CONSISTENT:
		before = flow ? ctl_flow_find(ctl, *flow) : CTL_NONE;
		if (before != CTL_NONE && ctl->job[before].sw != sw)
			wait[nr++] = before;
		for (i = 0; i < after_nr; i++)
			if (ctl->job[after[i]].sw != sw)
				wait[nr++] = after[i];
		break;
	}
	return nr;
}

/*
 * C4: a wave waits only for jobs of earlier blocks and of lower levels, and
 * a job is never below the one before it at its switch: no circles.
 */
static uint32_t level_of(struct ctl *ctl, const struct ctl_sw *sw,
			 const uint32_t *wait, unsigned int wait_nr)
{
	const struct ctl_job *job;
	uint32_t level = 1;
	unsigned int i;

	if (ctl_chained(ctl) && sw->next - 1 > sw->floor) {
		job = ctl_job_of(ctl, sw, sw->next - 1);
		if (job->height == ctl->height)
			level = job->level;
	}
	for (i = 0; i < wait_nr; i++) {
		job = &ctl->job[wait[i]];
		if (job->height == ctl->height && job->level >= level)
			level = job->level + 1;
	}
	return level;
}

uint32_t ctl_job_add(struct ctl *ctl, uint32_t sw_index, const uint64_t *flow,
		     const uint8_t *payload, size_t len, const uint32_t *after,
		     unsigned int after_nr)
{
	struct ctl_sw *sw = &ctl->sw[sw_index];
	uint32_t wait[CTL_WAITS_MAX], level;
	unsigned int nr, i;
	struct ctl_job *job;
	size_t body_len;

	assert(len && len <= APP_UPDATE_MAX);
	body_len = body_encode(ctl, sw_index, payload, len);
	nr = waits_of(ctl, sw_index, flow, after, after_nr, wait);
	if (sw->resync || nr > ctl->edges_left ||
	    !ctl_job_room(ctl, sw, body_len)) {
		ctl->stats.overflows += !sw->resync;
		ctl->stats.dropped++;
		sw->resync = true;
		return CTL_NONE;
	}
	level = level_of(ctl, sw, wait, nr);
	job = ctl_job_insert(ctl, sw_index, body_len);
	job->height = ctl->height;
	job->level = level;
	if (flow) {
		job->flow = *flow;
		job->has_flow = true;
		ctl_flow_enter(ctl, job, ctl_flow_find(ctl, *flow));
	}
	ctl_wave_join(ctl, job, ctl_wave_find(ctl, level, wait, nr));
	for (i = 0; i < nr; i++)
		ctl_edge_add(ctl, wait[i], job->wave);
	ctl->stats.updates++;
	if (ctl->ops->updated)
		ctl->ops->updated(ctl->ctx, sw_index, ctl->body, body_len);
	return ctl_job_index(ctl, job);
}

static void job_free(struct ctl *ctl, struct ctl_job *job)
{
	struct ctl_sw *sw = &ctl->sw[job->sw];

	ctl_waits_pass_on(ctl, job);
	if (job->has_flow)
		flow_leave(ctl, job);
	ctl_wave_leave(ctl, job);
	ctl_chunk_free(&ctl->chunks, job->body);
	if (job->path != CTL_NONE)
		ctl_chunk_free(&ctl->chunks, job->path);
	charge(ctl, sw, sw->chunks - chunks_of_job(ctl, job->len));
	job->sequence = 0;
	job->wave_next = ctl->job_free;
	ctl->job_free = ctl_job_index(ctl, job);
	ctl->jobs--;
}

void ctl_jobs_retire(struct ctl *ctl, struct ctl_sw *sw, uint64_t floor)
{
	struct ctl_job *job;

	assert(floor < sw->next);
	while (sw->floor < floor) {
		job = ctl_job_of(ctl, sw, sw->floor + 1);
		if (!ctl_waits_fit(ctl, job))
			break;
		job_free(ctl, job);
		sw->floor++;
		ctl->stats.retired++;
	}
	ctl_row_advance(ctl, sw);
}
