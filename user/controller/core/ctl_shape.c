// SPDX-License-Identifier: GPL-2.0
/*
 * From a configuration to memory: what is possible, how much is needed, and
 * the state at the beginning.
 */
#include "ctl_state.h"

#include "executed.h"
#include "../../../lib/quorum/quorum.h"

enum {
	ALIGN = 64,
	HOLDERS = 4,		/* switches that could take all that is common */
};

void ctl_agree_config(struct agree_config *out, const struct ctl_config *config)
{
	uint32_t i;

	*out = config->agree;
	out->clients = config->switches + config->agree.n;
	for (i = 0; i < out->clients && i < AGREE_CLIENTS_MAX; i++)
		out->client_weight[i] = i < config->switches ?
					config->sw[i].weight : 1;
}

static uint32_t power_of_two(uint32_t least)
{
	uint32_t n = 1;

	while (n < least)
		n <<= 1;
	return n;
}

void ctl_shape_init(struct ctl_shape *shape, const struct ctl_config *config)
{
	bool lone = config->procedure == CTL_LINEARIZABLE;
	uint64_t most = (uint64_t)config->switches * config->outstanding_max;

	shape->chunk_nr = config->outstanding_bytes / CTL_CHUNK_LEN;
	shape->job_nr = shape->chunk_nr / (lone ? 1 : 2);
	if (shape->job_nr > most)
		shape->job_nr = (uint32_t)most;
	shape->edge_nr = 2 * shape->job_nr + CTL_WAITS_MAX;
	shape->flow_buckets = power_of_two(shape->job_nr);
	shape->share = shape->chunk_nr / 2 / config->switches;
	shape->most = shape->share + shape->chunk_nr / 2 /
		      (config->switches < HOLDERS ? config->switches : HOLDERS);
	shape->vote_places = config->votes_max / config->agree.n;
	shape->app_save_max = config->app->save_max(&config->app_config);
	/* As ctl_save.c writes it; bodies and paths lie in chunks. */
	shape->save_max = 48 + (size_t)shape->job_nr * (38 + 44 + 12) +
			  (size_t)shape->chunk_nr * CTL_CHUNK_LEN +
			  (size_t)shape->edge_nr * 8 +
			  (size_t)config->switches * 37 +
			  config->agree.n * (16 + (size_t)shape->vote_places *
					     (8 + AGREE_DIGEST_LEN)) +
			  13 + (size_t)config->votes_max * 8 +
			  shape->app_save_max;
}

static const char *check_switches(const struct ctl_config *config)
{
	uint32_t i, k;

	if (!config->switches ||
	    config->switches > AGREE_CLIENTS_MAX - AGREE_MEMBERS_MAX)
		return "too few or too many switches";
	for (i = 0; i < config->switches; i++)
		for (k = 0; k < i; k++)
			if (config->sw[i].dpid == config->sw[k].dpid)
				return "two switches have one datapath id";
	if (!config->app || config->app_config.switches != config->switches)
		return "the application is for other switches";
	for (i = 0; i < config->switches; i++)
		if (config->app_config.dpid[i] != config->sw[i].dpid)
			return "the application is for other switches";
	return NULL;
}

static const char *check_updates(const struct ctl_config *config)
{
	if (config->procedure < CTL_LINEARIZABLE ||
	    config->procedure > CTL_NO_ACK)
		return "no such update procedure";
	if (config->scheme == SCHEME_INDIVIDUAL ?
	    config->alg != ALG_RSA && config->alg != ALG_ECDSA_P256 :
	    config->scheme != SCHEME_THRESHOLD || config->alg != ALG_BLS)
		return "the signature algorithm is not of the scheme";
	if (!config->signer || config->signer > config->agree.n)
		return "the signer is none of the controllers";
	if (config->outstanding_max < 2 * APP_UPDATES_MAX ||
	    config->outstanding_max > QUORUM_WINDOW)
		return "outstanding_max is not 128 .. 4096";
	if (config->outstanding_bytes > 1u << 30)
		return "outstanding_bytes is above 1 GiB";
	if (config->outstanding_bytes / CTL_CHUNK_LEN / 2 / config->switches <
	    CTL_BODY_CHUNKS_MAX + 1)
		return "outstanding_bytes: less than one update for each switch";
	if (!config->retransmit_ms || config->retransmit_ms > 1u << 20)
		return "retransmit_ms is not 1 .. 2^20";
	if (config->votes_max < config->agree.n || config->votes_max > 1u << 20)
		return "votes_max is less than one vote of each member, or above 2^20";
	return NULL;
}

enum agree_err ctl_config_check(const struct ctl_config *config,
				const char **why)
{
	struct agree_config agree;
	struct ctl_shape shape;
	enum agree_err err;

	*why = check_switches(config);
	if (*why)
		return AGREE_ECONFIG;
	ctl_agree_config(&agree, config);
	err = agree_config_check(&agree, why);
	if (err)
		return err;
	*why = check_updates(config);
	if (*why)
		return AGREE_ECONFIG;
	ctl_shape_init(&shape, config);
	if (shape.save_max + executed_save_max(&agree) > agree.snapshot_max) {
		*why = "snapshot_max is too small for the outstanding updates";
		return AGREE_ECONFIG;
	}
	return AGREE_OK;
}

/* Memory is dealt out; without any it is only counted. */
struct dealer {
	uint8_t *mem;
	size_t used;
};

static void *deal(struct dealer *d, size_t len)
{
	void *p = d->mem ? d->mem + d->used : NULL;

	d->used += (len + ALIGN - 1) / ALIGN * ALIGN;
	return p;
}

static void deal_state(struct dealer *d, struct ctl *ctl,
		       const struct ctl_config *config,
		       const struct ctl_shape *shape)
{
	struct ctl_votes *v = &ctl->votes;

	ctl->sw = deal(d, sizeof(*ctl->sw) * config->switches);
	ctl->by_dpid = deal(d, sizeof(*ctl->by_dpid) * config->switches);
	ctl->chunks.data = deal(d, (size_t)CTL_CHUNK_LEN * shape->chunk_nr);
	ctl->chunks.next = deal(d, sizeof(uint32_t) * shape->chunk_nr);
	ctl->job = deal(d, sizeof(*ctl->job) * shape->job_nr);
	ctl->wave = deal(d, sizeof(*ctl->wave) *
			 (shape->job_nr + config->switches));
	ctl->edge = deal(d, sizeof(*ctl->edge) * shape->edge_nr);
	ctl->flow = deal(d, sizeof(uint32_t) * shape->flow_buckets);
	ctl->member_epoch = deal(d, sizeof(uint64_t) * config->agree.n);
	v->vote = deal(d, sizeof(*v->vote) * config->agree.n *
		       shape->vote_places);
	v->cast = deal(d, sizeof(uint64_t) * config->agree.n);
	v->done = deal(d, sizeof(uint64_t) * config->votes_max);
	ctl->signature = deal(d, sizeof(*ctl->signature) * CTL_SIGNATURES);
	ctl->arena = deal(d, CTL_ARENA_LEN);
	ctl->app_arena = deal(d, (size_t)APP_UPDATES_MAX * APP_UPDATE_MAX);
	ctl->request = deal(d, config->agree.request_max);
	ctl->body = deal(d, CTL_BODY_MAX);
	ctl->node = deal(d, sizeof(*ctl->node) * CTL_NODES);
}

size_t ctl_deal(struct ctl *ctl, void *mem, const struct ctl_config *config,
		void **agree_mem)
{
	struct dealer d = { mem, 0 };
	struct agree_config agree;
	struct ctl_shape shape;

	ctl_agree_config(&agree, config);
	ctl_shape_init(&shape, config);
	deal(&d, sizeof(*ctl));
	deal_state(&d, ctl, config, &shape);
	ctl->ring = deal(&d, sizeof(uint32_t) * config->outstanding_max *
			 config->switches);
	ctl->app = deal(&d, config->app->size(&config->app_config));
	*agree_mem = deal(&d, agree_size(&agree));
	return d.used;
}

static bool dpid_above(const struct ctl *ctl, uint32_t a, uint32_t b)
{
	return ctl->config->sw[a].dpid > ctl->config->sw[b].dpid;
}

void ctl_sort_dpids(struct ctl *ctl)
{
	uint32_t i, at;

	for (i = 0; i < ctl->config->switches; i++) {
		for (at = i; at && dpid_above(ctl, ctl->by_dpid[at - 1], i); at--)
			ctl->by_dpid[at] = ctl->by_dpid[at - 1];
		ctl->by_dpid[at] = i;
	}
}

uint32_t ctl_sw_find(const struct ctl *ctl, uint64_t dpid)
{
	uint32_t low = 0, high = ctl->config->switches, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (ctl->config->sw[ctl->by_dpid[mid]].dpid < dpid)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == ctl->config->switches ||
	    ctl->config->sw[ctl->by_dpid[low]].dpid != dpid)
		return CTL_NONE;
	return ctl->by_dpid[low];
}

/* Links are what they are. */
static void reset_switch(struct ctl *ctl, struct ctl_sw *sw)
{
	bool link = sw->link;

	memset(sw, 0, sizeof(*sw));
	sw->ring = ctl->ring + (size_t)ctl_sw_index(ctl, sw) *
		   ctl->config->outstanding_max;
	sw->link = link;
	sw->start = 1;
	sw->next = 1;
	sw->base = 1;
	sw->ready = 1;
	sw->send = 1;
}

static void reset_pools(struct ctl *ctl)
{
	const struct ctl_shape *shape = &ctl->shape;
	uint32_t i;

	ctl_chunks_init(&ctl->chunks);
	for (i = 0; i < shape->job_nr; i++) {
		ctl->job[i].sequence = 0;
		ctl->job[i].wave_next = i + 1 < shape->job_nr ? i + 1 : CTL_NONE;
		ctl->wave[i].next = ctl->job[i].wave_next;
	}
	for (i = 0; i < shape->edge_nr; i++)
		ctl->edge[i].job_next = i + 1 < shape->edge_nr ? i + 1 : CTL_NONE;
	for (i = 0; i < shape->flow_buckets; i++)
		ctl->flow[i] = CTL_NONE;
	for (i = 0; i < CTL_BUCKETS; i++)
		ctl->bucket[i] = CTL_NONE;
	ctl->job_free = 0;
	ctl->wave_free = 0;
	ctl->edge_free = 0;
	ctl->edges_left = shape->edge_nr;
	ctl->wave_first = CTL_NONE;
	ctl->wave_last = CTL_NONE;
	ctl->open = CTL_NONE;
	ctl->touched = CTL_NONE;
	ctl_rows_reset(ctl);
}

void ctl_reset(struct ctl *ctl)
{
	uint32_t i;

	reset_pools(ctl);
	for (i = 0; i < ctl->config->switches; i++)
		reset_switch(ctl, &ctl->sw[i]);
	/* Numbers of waves begin anew: what was signed has another root. */
	for (i = 0; i < CTL_SIGNATURES; i++)
		ctl->signature[i].wave = 0;
	memset(ctl->member_epoch, 0,
	       sizeof(*ctl->member_epoch) * ctl->agree_config.n);
	ctl_votes_reset(ctl);
	ctl->jobs = 0;
	ctl->shared = 0;
	ctl->wave_next = 0;
	ctl->height = 0;
	ctl->due_ms = UINT64_MAX;
	ctl->lost_wanted = 0;
	ctl->config->app->init(ctl->app, &ctl->config->app_config);
}
