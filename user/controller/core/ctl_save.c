// SPDX-License-Identifier: GPL-2.0
/*
 * The replicated state as bytes: equal states, equal bytes (docs/controller.md
 * section 6).  Only between blocks, when all waves are closed.
 */
#include "ctl_state.h"

static void save_switch(struct wire_writer *w, const struct ctl_sw *sw)
{
	wire_write_be(w, sw->epoch, 8);
	wire_write_be(w, sw->start, 8);
	wire_write_be(w, sw->floor, 8);
	wire_write_be(w, sw->next, 8);
	wire_write_be(w, sw->lost, 4);
	wire_write_be(w, sw->known | sw->down << 1 | sw->resync << 2, 1);
}

static void save_job(struct ctl *ctl, struct wire_writer *w,
		     const struct ctl_job *job)
{
	uint32_t i, edges = 0;

	for (i = job->edge; i != CTL_NONE; i = ctl->edge[i].job_next)
		edges++;
	wire_write_be(w, job->has_flow, 1);
	wire_write_be(w, job->flow, 8);
	wire_write_be(w, job->height, 8);
	wire_write_be(w, ctl->wave[job->wave].number, 8);
	wire_write_be(w, job->index, 4);
	wire_write_be(w, job->depth, 1);
	if (job->depth)
		wire_write(w, ctl->chunks.data[job->path],
			   job->depth * UPDATE_DIGEST_LEN);
	wire_write_be(w, job->len, 4);
	ctl_chunk_get(&ctl->chunks, job->body, ctl->body, job->len);
	wire_write(w, ctl->body, job->len);
	wire_write_be(w, edges, 4);
	for (i = job->edge; i != CTL_NONE; i = ctl->edge[i].job_next)
		wire_write_be(w, ctl->wave[ctl->edge[i].wave].number, 8);
}

static void save_waves(const struct ctl *ctl, struct wire_writer *w)
{
	const struct ctl_wave *wave;
	uint32_t i, nr = 0;

	for (i = ctl->wave_first; i != CTL_NONE; i = ctl->wave[i].next)
		nr++;
	wire_write_be(w, ctl->wave_next, 8);
	wire_write_be(w, nr, 4);
	for (i = ctl->wave_first; i != CTL_NONE; i = wave->next) {
		wave = &ctl->wave[i];
		wire_write_be(w, wave->number, 8);
		wire_write_be(w, wave->leaves, 4);
		wire_write(w, wave->root, sizeof(wave->root));
	}
}

/* Each flow from its last one back */
static void save_flows(const struct ctl *ctl, struct wire_writer *w)
{
	const struct ctl_job *last, *job;
	const struct ctl_sw *sw;
	uint64_t sequence;

	for (sw = ctl->sw; sw < ctl->sw + ctl->config->switches; sw++)
		for (sequence = sw->floor + 1; sequence < sw->next; sequence++) {
			last = ctl_job_of(ctl, sw, sequence);
			if (!last->has_flow || last->flow_after != CTL_NONE)
				continue;
			for (job = last;; job = &ctl->job[job->flow_before]) {
				wire_write_be(w, job->sw, 4);
				wire_write_be(w, job->sequence, 8);
				if (job->flow_before == CTL_NONE)
					break;
			}
		}
}

static void save_votes(const struct ctl *ctl, struct wire_writer *w)
{
	const struct ctl_votes *v = &ctl->votes;
	const struct ctl_vote *vote;
	uint32_t i, k, nr;

	for (i = 0; i < ctl->agree_config.n; i++) {
		vote = v->vote + (size_t)i * v->places;
		nr = v->cast[i] < v->places ? (uint32_t)v->cast[i] : v->places;
		wire_write_be(w, ctl->member_epoch[i], 8);
		wire_write_be(w, v->cast[i], 8);
		for (k = 0; k < nr; k++) {
			wire_write_be(w, vote[k].key, 8);
			wire_write(w, vote[k].digest, AGREE_DIGEST_LEN);
		}
	}
	wire_write_be(w, v->past, 1);
	wire_write_be(w, v->done_floor, 8);
	wire_write_be(w, v->done_nr, 4);
	for (i = 0; i < v->done_nr; i++)
		wire_write_be(w, v->done[i], 8);
}

size_t ctl_state_save(void *ctx, uint8_t *out, size_t room)
{
	struct wire_writer w = { out, room, 0 };
	struct ctl *ctl = ctx;
	struct ctl_sw *sw;
	uint64_t sequence;
	size_t len;

	assert(ctl->open == CTL_NONE);
	wire_write(&w, "ashlar-ctl-1", 12);
	wire_write_be(&w, ctl->config->switches, 4);
	wire_write_be(&w, ctl->height, 8);
	save_waves(ctl, &w);
	for (sw = ctl->sw; sw < ctl->sw + ctl->config->switches; sw++) {
		save_switch(&w, sw);
		for (sequence = sw->floor + 1; sequence < sw->next; sequence++)
			save_job(ctl, &w, ctl_job_of(ctl, sw, sequence));
	}
	save_flows(ctl, &w);
	save_votes(ctl, &w);
	assert(w.used <= room);
	assert(room - w.used >= ctl->shape.app_save_max);
	len = ctl->config->app->save(ctl->app, out + w.used, room - w.used);
	assert(len <= ctl->shape.app_save_max);
	return w.used + len;
}
