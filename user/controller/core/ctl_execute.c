// SPDX-License-Identifier: GPL-2.0
/*
 * Decided requests, in their order: algorithm 2, lines 14 to 20.  Everything
 * here is a function of the order; what leaves the controller on the
 * way (BUNDLE_DONE) is local.
 */
#include "ctl_state.h"

static enum agree_err bundle_check(struct ctl *ctl, const uint8_t *bytes,
				   size_t len, struct request_id *id)
{
	struct ctl_bundle bundle;
	enum agree_err err;
	uint32_t sw;

	err = ctl_bundle_decode(&bundle, ctl->agree_config.domain, bytes, len);
	if (err)
		return err;
	if (bundle.phase != ctl->agree_config.phase)
		return AGREE_EDOMAIN;
	sw = ctl_sw_find(ctl, bundle.dpid);
	if (sw == CTL_NONE)
		return AGREE_ECLIENT;
	if (!ctl->ops->switch_verify(ctl->ctx, sw, bytes, len - AGREE_SIG_LEN,
				     bundle.sig))
		return AGREE_ESIGNATURE;
	*id = (struct request_id){ sw, bundle.epoch, bundle.counter };
	return AGREE_OK;
}

enum agree_err ctl_request_check(void *ctx, const uint8_t *bytes, size_t len,
				 struct request_id *id)
{
	struct ctl_request request;
	struct ctl *ctl = ctx;
	enum agree_err err;

	if (ctl_type_of(bytes, len) == CTL_BUNDLE)
		return bundle_check(ctl, bytes, len, id);
	err = ctl_request_decode(&request, ctl->agree_config.domain, bytes,
				 len);
	if (err)
		return err;
	if (request.phase != ctl->agree_config.phase)
		return AGREE_EDOMAIN;
	if (request.member >= ctl->agree_config.n)
		return AGREE_ECLIENT;
	if (!ctl->ops->verify(ctl->ctx, request.member, bytes,
			      len - AGREE_SIG_LEN, request.sig))
		return AGREE_ESIGNATURE;
	*id = (struct request_id){
		ctl->config->switches + request.member, request.epoch,
		request.counter,
	};
	return AGREE_OK;
}

/* Updates become jobs; links to those before them, which may have been dropped. */
static void updates_add(struct ctl *ctl, const struct app_update *update,
			unsigned int nr)
{
	uint32_t job[APP_UPDATES_MAX], after[APP_UPDATES_MAX];
	unsigned int i, k, after_nr;

	assert(nr <= APP_UPDATES_MAX);
	for (i = 0; i < nr; i++) {
		assert(update[i].sw < ctl->config->switches);
		assert(!(update[i].after >> i));
		after_nr = 0;
		for (k = 0; k < i; k++)
			if (update[i].after >> k & 1 && job[k] != CTL_NONE)
				after[after_nr++] = job[k];
		job[i] = ctl_job_add(ctl, update[i].sw, &update[i].flow,
				     update[i].payload, update[i].len, after,
				     after_nr);
	}
}

void ctl_app_event(struct ctl *ctl, const struct app_event *event)
{
	struct app_out *out = &ctl->app_out;

	out->nr = 0;
	out->arena = ctl->app_arena;
	out->room = (size_t)APP_UPDATES_MAX * APP_UPDATE_MAX;
	out->used = 0;
	out->full = false;
	ctl->config->app->event(ctl->app, event, out);
	ctl->stats.events++;
	if (!out->full)
		updates_add(ctl, out->update, out->nr);
}

void ctl_bundle_done(struct ctl *ctl, uint32_t sw, uint64_t epoch,
		     uint64_t counter)
{
	uint8_t *out;

	/* Without a link or room for it the switch repeats its bundle. */
	if (!ctl->sw[sw].link)
		return;
	out = ctl_message_room(ctl, CTL_BUNDLE_DONE_LEN);
	if (out)
		ctl_message_put(ctl, sw, out, ctl_bundle_done_encode(out,
				CTL_BUNDLE_DONE_LEN, ctl->agree_config.domain,
				epoch, counter, ctl->sw[sw].epoch == epoch ?
				ctl->sw[sw].start : 0));
}

static void bundle_execute(struct ctl *ctl, const struct agree_decided *decided,
			   uint32_t sw_index)
{
	struct ctl_sw *sw = &ctl->sw[sw_index];
	struct app_event event = {
		.sw = sw_index,
		.dpid = ctl->config->sw[sw_index].dpid,
		.time_ms = decided->time_ms,
	};
	struct ctl_bundle_event e;
	struct ctl_bundle bundle;
	uint64_t floor = sw->floor;
	bool progress;
	size_t at = 0;

	if (ctl_bundle_decode(&bundle, ctl->agree_config.domain,
			      decided->request, decided->len)) {
		ctl->stats.hostile++;
		return;
	}
	progress = !sw->known || sw->epoch != bundle.epoch;
	ctl_switch_epoch(ctl, sw, bundle.epoch);
	ctl_switch_floor(ctl, sw, bundle.floor);
	progress |= sw->floor != floor;
	ctl_switch_settle(ctl, sw, progress, decided->time_ms);
	while (ctl_bundle_event(&bundle, &at, &e)) {
		event.kind = e.kind;
		event.message = e.message;
		event.len = e.len;
		ctl_app_event(ctl, &event);
	}
	ctl_bundle_done(ctl, sw_index, bundle.epoch, bundle.counter);
}

/* Nothing of an output is done if one switch is not ours. */
static void output_execute(struct ctl *ctl, const struct ctl_request *request)
{
	struct app_outside *outside = ctl->config->app_config.outside;
	struct app_update update[APP_UPDATES_MAX];
	struct ctl_output_item item;
	unsigned int nr = 0;
	size_t at = 0;

	while (ctl_output_item(request->list, request->list_len, &at, &item)) {
		assert(nr < APP_UPDATES_MAX);
		update[nr] = item.update;
		update[nr].sw = ctl_sw_find(ctl, item.dpid);
		if (update[nr++].sw == CTL_NONE) {
			ctl->stats.hostile++;
			return;
		}
	}
	ctl->stats.outputs++;
	updates_add(ctl, update, nr);
	if (outside)
		outside->voted(outside->ctx, request->key);
}

static void member_execute(struct ctl *ctl, const struct agree_decided *decided,
			   uint32_t member)
{
	struct ctl_request request;
	uint32_t sw;

	if (ctl_request_decode(&request, ctl->agree_config.domain,
			       decided->request, decided->len)) {
		ctl->stats.hostile++;
		return;
	}
	ctl->member_epoch[member] = decided->id.epoch;
	if (member == ctl->agree_config.self &&
	    decided->id.epoch == ctl->own_epoch)
		ctl->own_executed++;
	if (request.type == CTL_OUTPUT) {
		if (ctl_votes_add(ctl, member, request.key, request.list,
				  request.list_len))
			output_execute(ctl, &request);
		return;
	}
	sw = ctl_sw_find(ctl, request.dpid);
	if (sw == CTL_NONE) {
		ctl->stats.hostile++;
		return;
	}
	/* Of an earlier incarnation: it has come back since. */
	if (ctl->sw[sw].epoch == request.switch_epoch)
		ctl_switch_lost(ctl, &ctl->sw[sw], member, decided->time_ms);
}

void ctl_execute(void *ctx, const struct agree_decided *decided)
{
	struct ctl *ctl = ctx;

	assert(decided->height >= ctl->height);
	ctl->height = decided->height;
	if (ctl->ops->executed)
		ctl->ops->executed(ctl->ctx, decided);
	if (decided->id.client < ctl->config->switches)
		bundle_execute(ctl, decided, decided->id.client);
	else
		member_execute(ctl, decided,
			       decided->id.client - ctl->config->switches);
}

void ctl_block_end(void *ctx, uint64_t height, uint64_t time_ms)
{
	struct ctl *ctl = ctx;

	assert(height >= ctl->height);
	ctl->height = height;
	if (ctl->ops->ended)
		ctl->ops->ended(ctl->ctx, height, time_ms);
	ctl_waves_close(ctl);
}
