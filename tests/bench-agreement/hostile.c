// SPDX-License-Identifier: GPL-2.0
#include "hostile.h"

#include <stdlib.h>
#include <string.h>

enum {
	SLOW_MS = 60,			/* a bit under the shortest timeout */
	FLOOD_FRAMES = 64,		/* each millisecond and member */
	FLOOD_LEN = 256,
};

struct hostile {
	const struct options *o;
	unsigned int self;
	struct links *links;
	uv_loop_t *loop;
	uv_timer_t start, flood;
	bool counting, active;
	uint8_t last[FLOOD_LEN];	/* something of ours, to be spoiled */
	size_t last_len;
	uint64_t random;
};

struct late {
	uv_timer_t timer;
	struct hostile *h;
	uint16_t to;
	size_t len;
	uint8_t bytes[];
};

static void send_to(struct hostile *h, uint16_t to, const uint8_t *bytes,
		    size_t len)
{
	unsigned int i;

	for (i = 0; i < h->o->n; i++)
		if (i != h->self && (to == AGREE_ALL || to == i))
			links_send(h->links, i, bytes, len);
}

static void free_late(uv_handle_t *handle)
{
	free(handle->data);
}

static void on_late(uv_timer_t *timer)
{
	struct late *late = timer->data;

	send_to(late->h, late->to, late->bytes, late->len);
	links_flush(late->h->links);
	uv_close((uv_handle_t *)timer, free_late);
}

static void delay(struct hostile *h, uint16_t to, const uint8_t *bytes,
		  size_t len)
{
	struct late *late = malloc(sizeof(*late) + len);

	if (!late)
		die("no memory");
	late->h = h;
	late->to = to;
	late->len = len;
	memcpy(late->bytes, bytes, len);
	uv_timer_init(h->loop, &late->timer);
	late->timer.data = late;
	uv_timer_start(&late->timer, on_late, SLOW_MS, 0);
}

/* Replays, own messages with a wrong bit, noise: a third each */
static void on_flood(uv_timer_t *timer)
{
	struct hostile *h = timer->data;
	uint8_t frame[FLOOD_LEN];
	size_t len, j;
	int i;

	for (i = 0; i < FLOOD_FRAMES; i++) {
		len = h->last_len ? h->last_len : FLOOD_LEN;
		memcpy(frame, h->last, sizeof(frame));
		h->random = h->random * 6364136223846793005u + 1442695040888963407u;
		if (i % 3 == 1)
			frame[len - 1 - (h->random >> 32) % 32] ^= 1;
		else if (i % 3 == 2)
			for (j = 0; j < len; j++)
				frame[j] = (uint8_t)(h->random >> j % 56);
		send_to(h, AGREE_ALL, frame, len);
	}
	links_flush(h->links);
}

bool hostile_send(struct hostile *h, uint16_t to, const uint8_t *bytes,
		  size_t len)
{
	if (!h || !h->active)
		return false;
	switch (h->o->hostile) {
	case HOSTILE_SILENT:
		return true;
	case HOSTILE_SLOW:
		delay(h, to, bytes, len);
		return true;
	case HOSTILE_FLOOD:
		if (len <= sizeof(h->last)) {
			memcpy(h->last, bytes, len);
			h->last_len = len;
		}
		return false;
	case HOSTILE_NOT:
		break;
	}
	return false;
}

bool hostile_answers(const struct hostile *h)
{
	return !h || !h->active || h->o->hostile != HOSTILE_SILENT;
}

static void on_start(uv_timer_t *timer)
{
	struct hostile *h = timer->data;

	h->active = true;
	if (h->o->hostile == HOSTILE_FLOOD)
		uv_timer_start(&h->flood, on_flood, 1, 1);
}

struct hostile *hostile_create(uv_loop_t *loop, const struct options *o,
			       unsigned int self, struct links *links)
{
	struct hostile *h;

	if (o->hostile == HOSTILE_NOT)
		return NULL;
	h = calloc(1, sizeof(*h));
	if (!h)
		die("no memory");
	h->o = o;
	h->self = self;
	h->links = links;
	h->loop = loop;
	h->random = 1;
	uv_timer_init(loop, &h->start);
	uv_timer_init(loop, &h->flood);
	h->start.data = h;
	h->flood.data = h;
	return h;
}

void hostile_executed(struct hostile *h)
{
	if (!h || h->counting)
		return;
	h->counting = true;
	uv_timer_start(&h->start, on_start, h->o->hostile_ms, 0);
}
