// SPDX-License-Identifier: GPL-2.0
/*
 * The application of the second stage.  Its plan for an event is a function of what was
 * executed so far; each payload says which event and which update it is.
 */
#include "domain.h"

#include <string.h>

struct node *app_node;

/* Outputs by vote are counted like events. */
struct sim_app {
	struct log_state log;
	uint64_t outputs, output_chain;
	struct app_outside *outside;
};

enum { OUTPUTS_LEN = 16 };

static const uint8_t mark[4] = "SIMU";

void plan_make(struct plan *plan, const struct world *w, uint64_t chain,
	       enum app_event_kind kind, uint32_t sw, bool resync)
{
	uint64_t h = mix64(chain, 77);
	unsigned int i;

	plan->nr = 0;
	if (kind == APP_SWITCH_DOWN || (kind == APP_SWITCH_UP && !resync))
		return;
	plan->nr = kind == APP_SWITCH_UP ? 1 : h % (PLAN_MAX + 1);
	for (i = 0; i < plan->nr; i++) {
		h = mix64(h, i);
		plan->update[i] = (struct plan_update){
			.sw = (uint16_t)(kind == APP_SWITCH_UP ? sw :
				(h >> 8) % w->swarm.switches),
			.len = MARK_LEN + (h >> 16 & 15 || w->domain->votes ?
					   (h >> 20) % 60 : (h >> 20) % 1500),
			.flow = h >> 32 & 1 ? (h >> 33) % 4 : h,
			.after = h >> 40 & ((UINT64_C(1) << i) - 1),
		};
	}
}

void plan_payload(const struct plan *plan, unsigned int i, uint64_t k,
		  uint64_t chain, uint8_t *out)
{
	uint32_t index = i;

	memcpy(out, mark, 4);
	memcpy(out + 4, &k, 8);
	memcpy(out + 12, &index, 4);
	memcpy(out + 16, &chain, 8);
	memset(out + MARK_LEN, (int)(chain >> 8 & 0xff),
	       plan->update[i].len - MARK_LEN);
}

static size_t sim_size(const struct app_config *config)
{
	(void)config;
	return sizeof(struct sim_app);
}

static void sim_init(void *app, const struct app_config *config)
{
	struct sim_app *sim = app;

	memset(sim, 0, sizeof(*sim));
	sim->outside = config->outside;
	if (sim->outside) {
		app_node->app = app;
		sim->outside->loaded(sim->outside->ctx, app);
	}
}

static void deed(struct deed deed)
{
	struct node *node = app_node;

	if (node->deed_nr == node->deed_room) {
		node->deed_room = node->deed_room ? 2 * node->deed_room : 64;
		node->deed = must_have(node->deed, node->deed_room *
				       sizeof(*node->deed));
	}
	node->deed[node->deed_nr++] = deed;
}

/* Events of switches carry their number; ups and downs are named by their place. */
static struct request_id name_of(const struct app_event *event, uint64_t count)
{
	struct request_id id = { event->sw, 0, 0 };

	if (event->kind != APP_PACKET_IN || event->len < 16)
		return (struct request_id){ UINT32_MAX, event->kind, count };
	memcpy(&id.epoch, event->message, 8);
	memcpy(&id.counter, event->message + 8, 8);
	return id;
}

static void sim_event(void *app, const struct app_event *event,
		      struct app_out *out)
{
	struct sim_app *sim = app;
	struct log_state *log = &sim->log;
	uint64_t sum = mix_bytes(1, event->message, event->len);
	struct request_id id = name_of(event, log->count + 1);
	struct plan plan;
	uint8_t *payload;
	unsigned int i;

	if (event->time_ms < log->time_ms)
		violated(app_node->world, "node %u: time goes back",
			 app_node->member);
	log->time_ms = event->time_ms;
	log->count++;
	log->chain = mix64(mix64(log->chain, event->kind << 8 | event->sw |
				 event->resync << 4),
			   mix64(sum, id_sum(&id) ^ event->time_ms));
	app_node->log = *log;
	deed((struct deed){ .kind = DEED_EXECUTE, .count = log->count,
		.chain = log->chain, .time_ms = event->time_ms,
		.index = event->kind << 16 | event->resync << 8 | event->sw,
		.id = id, .sum = sum });
	if (sim->outside && event->kind == APP_PACKET_IN) {
		sim->outside->event(sim->outside->ctx, app, log->count, event);
		return;
	}
	plan_make(&plan, app_node->world, log->chain, event->kind, event->sw,
		  event->resync);
	for (i = 0; i < plan.nr; i++) {
		payload = app_out_room(out, plan.update[i].len);
		if (!payload)
			return;
		plan_payload(&plan, i, log->count, log->chain, payload);
		app_out_put(out, plan.update[i].sw, plan.update[i].flow,
			    plan.update[i].after, payload, plan.update[i].len);
	}
}

void app_sim_voted(struct node *node, uint64_t key, uint64_t sum)
{
	struct sim_app *sim = node->app;

	sim->outputs++;
	/* At this place between events */
	sim->output_chain = mix64(mix64(sim->output_chain, sim->log.chain),
				  mix64(key, sum));
	deed((struct deed){ .kind = DEED_VOTED, .id.counter = key, .sum = sum,
		.outputs = sim->outputs, .output_chain = sim->output_chain });
}

static size_t sim_save_max(const struct app_config *config)
{
	return sizeof(struct log_state) + (config->outside ? OUTPUTS_LEN : 0);
}

static size_t sim_save(const void *app, uint8_t *out, size_t room)
{
	const struct sim_app *sim = app;
	size_t len = sizeof(sim->log) + (sim->outside ? OUTPUTS_LEN : 0);

	if (room < len)
		return 0;
	memcpy(out, &sim->log, sizeof(sim->log));
	if (sim->outside) {
		memcpy(out + sizeof(sim->log), &sim->outputs, 8);
		memcpy(out + sizeof(sim->log) + 8, &sim->output_chain, 8);
	}
	return len;
}

static bool sim_load(void *app, const uint8_t *in, size_t len)
{
	struct sim_app *sim = app;
	struct log_state *log = &sim->log;

	if (len != sizeof(*log) + (sim->outside ? OUTPUTS_LEN : 0))
		return false;
	memcpy(log, in, sizeof(*log));
	if (sim->outside) {
		memcpy(&sim->outputs, in + sizeof(*log), 8);
		memcpy(&sim->output_chain, in + sizeof(*log) + 8, 8);
		sim->outside->loaded(sim->outside->ctx, app);
	}
	app_node->log = *log;
	deed((struct deed){ .kind = DEED_LOAD, .count = log->count,
		.chain = log->chain, .time_ms = log->time_ms,
		.outputs = sim->outputs, .output_chain = sim->output_chain });
	return true;
}

const struct app_ops app_sim = {
	.name = "sim",
	.size = sim_size,
	.init = sim_init,
	.event = sim_event,
	.save_max = sim_save_max,
	.save = sim_save,
	.load = sim_load,
};
