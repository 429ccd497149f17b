// SPDX-License-Identifier: GPL-2.0
/*
 * Events that wait for a bundle: bounded, and with a defined order of dropping (G2).
 * What is worth least goes first, and of that the newest.
 */
#include "agent_state.h"

enum { PORT_STATUS_LEN = 80, PORT_STATUS_REASON = 8, PORT_STATUS_PORT = 16,
       REASON_ADD = 0, REASON_MODIFY = 2 };

/* The lowest is dropped first. */
static unsigned int worth(uint32_t kind)
{
	switch (kind) {
	case APP_PACKET_IN:
		return 0;
	case APP_FLOW_REMOVED:
		return 1;
	case APP_REPLY:
		return 2;
	case APP_ERROR:
		return 3;
	default:
		return 4;
	}
}

static struct event_head head_at(const struct event_queue *q, size_t at)
{
	struct event_head head;

	memcpy(&head, q->bytes + at, sizeof(head));
	return head;
}

static void uncount(struct agent *a, const struct event_head *head)
{
	if (head->asker)
		a->peer[head->asker - 1].answers -= sizeof(*head) + head->len;
}

static void cut(struct agent *a, size_t at)
{
	struct event_queue *q = &a->queue;
	struct event_head head = head_at(q, at);
	size_t len = sizeof(head) + head.len;

	uncount(a, &head);
	memmove(q->bytes + at, q->bytes + at + len, q->tail - at - len);
	q->tail -= len;
	q->nr--;
}

/* Make place: drop the newest of what is worth least, if it is worth less than this. */
static bool drop_one(struct agent *a, uint32_t kind)
{
	struct event_queue *q = &a->queue;
	unsigned int least = worth(kind);
	struct event_head head;
	size_t at, found = q->tail;

	/* A flood of the least costs no search. */
	if (!least)
		return false;
	for (at = q->head; at < q->tail; at += sizeof(head) + head.len) {
		head = head_at(q, at);
		if (worth(head.kind) > least || worth(head.kind) == worth(kind))
			continue;
		least = worth(head.kind);
		found = at;
	}
	if (found == q->tail)
		return false;
	a->stats.dropped[head_at(q, found).kind]++;
	cut(a, found);
	return true;
}

/*
 * A port's newest state replaces one that still waits.  A port that was not known
 * before stays a new one.
 */
static uint8_t coalesce(struct agent *a, const uint8_t *message)
{
	struct event_queue *q = &a->queue;
	uint8_t reason = message[PORT_STATUS_REASON];
	struct event_head head;
	const uint8_t *old;
	size_t at;

	for (at = q->head; at < q->tail; at += sizeof(head) + head.len) {
		head = head_at(q, at);
		old = q->bytes + at + sizeof(head);
		if (head.kind != APP_PORT_STATUS ||
		    head.len != PORT_STATUS_LEN ||
		    memcmp(old + PORT_STATUS_PORT, message + PORT_STATUS_PORT, 4))
			continue;
		if (old[PORT_STATUS_REASON] == REASON_ADD &&
		    reason == REASON_MODIFY)
			reason = REASON_ADD;
		cut(a, at);
		break;
	}
	return reason;
}

/* The bytes that wait are at the beginning again. */
static void pack(struct event_queue *q)
{
	memmove(q->bytes, q->bytes + q->head, q->tail - q->head);
	q->tail -= q->head;
	q->head = 0;
}

static bool fits(struct agent *a, const struct event_head *head)
{
	if (CTL_EVENT_LEN + head->len <= bundle_room(a) &&
	    sizeof(*head) + head->len <= a->queue.room)
		return true;
	if (say_due(a, &a->say_ms))
		agent_say_number(a, 4, "an event of ", head->len,
				 " bytes does not fit into a bundle");
	return false;
}

/* Room for it, by dropping what is worth less; or NULL */
static uint8_t *room_for(struct agent *a, const struct event_head *head)
{
	struct event_queue *q = &a->queue;
	size_t need = sizeof(*head) + head->len;
	uint8_t *out;

	while (q->room - (q->tail - q->head) < need)
		if (!drop_one(a, head->kind))
			return NULL;
	if (q->room - q->tail < need)
		pack(q);
	if (!q->nr)
		q->since_ms = a->now_ms;
	out = q->bytes + q->tail;
	memcpy(out, head, sizeof(*head));
	q->tail += need;
	q->nr++;
	return out + sizeof(*head);
}

static void put(struct agent *a, const struct event_head *head,
		const uint8_t *message, const uint32_t *xid)
{
	bool port = head->kind == APP_PORT_STATUS &&
		    head->len == PORT_STATUS_LEN, room = fits(a, head);
	uint8_t reason = 0, *out = NULL;

	if (port && room)
		reason = coalesce(a, message);
	if (room)
		out = room_for(a, head);
	if (!out) {
		a->stats.dropped[head->kind]++;
		return;
	}
	memcpy(out, message, head->len);
	if (port)
		out[PORT_STATUS_REASON] = reason;
	if (xid)
		put32(out + 4, *xid);
	if (head->asker)
		a->peer[head->asker - 1].answers += sizeof(*head) + head->len;
	a->stats.events++;
}

void event_put(struct agent *a, enum app_event_kind kind,
	       const uint8_t *message, size_t len, const uint32_t *xid)
{
	struct event_head head = { .len = (uint32_t)len, .kind = kind };

	put(a, &head, message, xid);
}

/* All controllers' answers together have half of the queue; each has one in any case. */
void event_answer(struct agent *a, unsigned int from, enum app_event_kind kind,
		  const uint8_t *message, size_t len)
{
	struct event_head head = {
		.len = (uint32_t)len, .kind = kind,
		.asker = (uint16_t)(from + 1),
	};
	const struct peer *peer = &a->peer[from];

	if (peer->answers && peer->answers + sizeof(head) + len >
	    a->queue.room / 2 / a->config.n) {
		a->stats.dropped[kind]++;
		return;
	}
	put(a, &head, message, &peer->reply_xid);
}

uint32_t event_peek(struct agent *a, struct ctl_bundle_event *event, size_t room)
{
	const struct event_queue *q = &a->queue;
	struct event_head head;
	size_t at = q->head;
	uint32_t nr = 0;

	while (at < q->tail && nr < CTL_EVENTS_MAX) {
		head = head_at(q, at);
		if (CTL_EVENT_LEN + head.len > room)
			break;
		room -= CTL_EVENT_LEN + head.len;
		event[nr++] = (struct ctl_bundle_event){
			.kind = head.kind, .len = head.len,
			.message = q->bytes + at + sizeof(head),
		};
		at += sizeof(head) + head.len;
	}
	return nr;
}

void event_take(struct agent *a, uint32_t nr)
{
	struct event_queue *q = &a->queue;
	struct event_head head;

	assert(nr <= q->nr);
	q->nr -= nr;
	while (nr--) {
		head = head_at(q, q->head);
		uncount(a, &head);
		q->head += sizeof(head) + head.len;
	}
	if (q->head == q->tail)
		q->head = q->tail = 0;
	q->since_ms = a->now_ms;
}

bool event_full(const struct agent *a, size_t room)
{
	const struct event_queue *q = &a->queue;

	/* Both heads are of the same length. */
	return q->nr >= CTL_EVENTS_MAX || q->tail - q->head >= room;
}
