// SPDX-License-Identifier: GPL-2.0
/*
 * Updates that came too early: before those they depend on, or before enough shares.  Each
 * controller fills its own store; what does not fit comes again (G9).
 */
#include "agent_state.h"

static struct held_head head_at(const struct held *h, size_t at)
{
	struct held_head head;

	memcpy(&head, h->bytes + at, sizeof(head));
	return head;
}

static bool there(const struct held *h, const struct offer *o)
{
	struct held_head head;
	size_t at;

	for (at = 0; at < h->used; at += sizeof(head) + head.len) {
		head = head_at(h, at);
		if (head.sequence == o->body.sequence && head.len == o->len &&
		    !memcmp(h->bytes + at + sizeof(head), o->bytes, o->len))
			return true;
	}
	return false;
}

/* The highest number at this switch that must be used up before, and is not; 0: none */
uint64_t held_dep(struct agent *a, const struct update_body *body)
{
	struct update_dep dep;
	uint64_t highest = 0;
	unsigned int i;

	for (i = 0; i < body->dep_nr; i++) {
		dep = update_body_dep(body, i);
		if (dep.dpid == a->config.dpid && dep.sequence > highest &&
		    !ack_used(a, dep.sequence))
			highest = dep.sequence;
	}
	return highest;
}

bool held_put(struct agent *a, const struct offer *o, bool shares)
{
	struct held *h = &a->peer[o->from].held;
	struct held_head head = {
		.sequence = o->body.sequence, .dep = held_dep(a, &o->body),
		.len = (uint32_t)o->len, .shares = shares,
	};

	if (there(h, o))
		return true;
	/* The verifier says that it is too early, and nothing here tells when it is not. */
	if (a->ready && !shares && !head.dep)
		return false;
	if (sizeof(head) + o->len > a->config.held_bytes - h->used)
		return false;
	memcpy(head.root, o->root, sizeof(head.root));
	memcpy(h->bytes + h->used, &head, sizeof(head));
	memcpy(h->bytes + h->used + sizeof(head), o->bytes, o->len);
	h->used += sizeof(head) + o->len;
	return true;
}

/* Is it worth offering?  Used up ones are, to be forgotten. */
static bool due(struct agent *a, const struct held_head *head)
{
	if (!a->ready)
		return false;
	if (ack_used(a, head->sequence))
		return true;
	return !head->shares && (!head->dep || ack_used(a, head->dep));
}

static void compact(struct held *h)
{
	struct held_head head;
	size_t at, to = 0, len;

	for (at = 0; at < h->used; at += len) {
		head = head_at(h, at);
		len = sizeof(head) + head.len;
		if (head.gone)
			continue;
		memmove(h->bytes + to, h->bytes + at, len);
		to += len;
	}
	h->used = to;
}

static void pass(struct agent *a, unsigned int from)
{
	struct held *h = &a->peer[from].held;
	struct held_head head;
	bool any = false;
	size_t at;

	for (at = 0; at < h->used; at += sizeof(head) + head.len) {
		head = head_at(h, at);
		if (!due(a, &head))
			continue;
		memcpy(a->retry, h->bytes + at + sizeof(head), head.len);
		head.gone = ack_used(a, head.sequence) ||
			    update_retry(a, from, &head, a->retry) != AGENT_EFULL;
		any |= head.gone;
		memcpy(h->bytes + at, &head, sizeof(head));
	}
	if (any)
		compact(h);
}

void held_work(struct agent *a)
{
	unsigned int i;

	while (a->progress && a->ready) {
		a->progress = false;
		for (i = 0; i < a->config.n; i++)
			pass(a, i);
	}
}

void held_root(struct agent *a, const uint8_t root[UPDATE_DIGEST_LEN])
{
	struct held_head head;
	struct held *h;
	unsigned int i;
	size_t at;

	for (i = 0; i < a->config.n; i++) {
		h = &a->peer[i].held;
		for (at = 0; at < h->used; at += sizeof(head) + head.len) {
			head = head_at(h, at);
			if (!head.shares ||
			    memcmp(head.root, root, sizeof(head.root)))
				continue;
			head.shares = 0;
			memcpy(h->bytes + at, &head, sizeof(head));
			a->progress = true;
		}
	}
}
