// SPDX-License-Identifier: GPL-2.0
/*
 * Agreement as the tests of the layer above need it: one member, requests are
 * checked, dropped if they were executed before, and decided in the order in
 * which they come.  No journal, no messages.
 */
#include "rig.h"

#include "../../user/controller/core/executed.h"

enum { STUB_WAITING = 1024 };

struct agree {
	const struct agree_ops *ops;
	void *ctx;
	struct executed *executed;
	size_t executed_len;
	uint64_t height;
	bool at_once;
	uint64_t steps, synced;
	unsigned int nr;
	struct {
		uint8_t *bytes;
		size_t len;
		struct request_id id;
	} waiting[STUB_WAITING];
};

enum agree_err agree_config_check(const struct agree_config *config,
				  const char **why)
{
	(void)config;
	*why = NULL;
	return AGREE_OK;
}

size_t agree_size(const struct agree_config *config)
{
	return sizeof(struct agree) + executed_size(config);
}

struct agree *agree_init(void *mem, const struct agree_config *config,
			 const struct agree_ops *ops, void *ctx)
{
	struct agree *a = mem;

	memset(a, 0, sizeof(*a));
	a->ops = ops;
	a->ctx = ctx;
	a->at_once = true;
	a->executed = executed_init(a + 1, config);
	a->executed_len = executed_save_max(config);
	return a;
}

void stub_at_once(struct agree *a, bool at_once)
{
	a->at_once = at_once;
}

void stub_copy(struct agree *to, const struct agree *from)
{
	uint8_t *bytes = malloc(from->executed_len);
	size_t len;

	if (!bytes)
		abort();
	len = executed_save(from->executed, bytes, from->executed_len);
	if (!executed_load(to->executed, bytes, len))
		abort();
	free(bytes);
	to->height = from->height;
	to->at_once = from->at_once;
}

uint64_t stub_unsynced(const struct agree *a)
{
	return a->steps - a->synced;
}

void stub_drop(struct agree *a)
{
	while (a->nr)
		free(a->waiting[--a->nr].bytes);
}

static void decide(struct agree *a, uint64_t now_ms)
{
	struct agree_decided decided;
	unsigned int i;

	if (!a->nr)
		return;
	a->height++;
	for (i = 0; i < a->nr; i++) {
		if (executed_look(a->executed, &a->waiting[i].id) ==
		    EXECUTED_NEW) {
			executed_add(a->executed, &a->waiting[i].id);
			decided = (struct agree_decided){
				a->height, i, now_ms, a->waiting[i].id,
				a->waiting[i].bytes, a->waiting[i].len,
			};
			a->ops->execute(a->ctx, &decided);
		}
		free(a->waiting[i].bytes);
	}
	a->nr = 0;
	a->ops->block_end(a->ctx, a->height, now_ms);
}

static enum agree_err request(struct agree *a, const struct agree_event *event)
{
	enum agree_err err;
	struct request_id id;

	err = a->ops->request_check(a->ctx, event->bytes, event->len, &id);
	if (err)
		return err;
	switch (executed_look(a->executed, &id)) {
	case EXECUTED_DONE:
		return AGREE_EDECIDED;
	case EXECUTED_AHEAD:
		return AGREE_EFAR;
	case EXECUTED_NEW:
		break;
	}
	if (a->nr == STUB_WAITING)
		return AGREE_EFULL;
	/* Exactly as long as it is: what reads behind it is caught. */
	a->waiting[a->nr].bytes = malloc(event->len);
	if (!a->waiting[a->nr].bytes)
		abort();
	memcpy(a->waiting[a->nr].bytes, event->bytes, event->len);
	a->waiting[a->nr].len = event->len;
	a->waiting[a->nr++].id = id;
	return AGREE_OK;
}

void agree_step(struct agree *a, const struct agree_event *event,
		uint64_t now_ms, struct agree_update *update)
{
	memset(update, 0, sizeof(*update));
	update->wake_ms = UINT64_MAX;
	a->steps++;
	a->synced = event->synced;
	if (event->kind == AGREE_REQUEST)
		update->verdict = request(a, event);
	if (a->at_once || event->kind == AGREE_TICK)
		decide(a, now_ms);
}

void agree_stats(const struct agree *a, struct agree_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	stats->decided = a->height;
}

unsigned int agree_evidence(const struct agree *a,
			    const struct agree_evidence **evidence)
{
	(void)a;
	*evidence = NULL;
	return 0;
}
