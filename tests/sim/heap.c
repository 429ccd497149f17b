// SPDX-License-Identifier: GPL-2.0
#include "heap.h"
#include "prng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARITY = 4 };

void *must_have(void *old, size_t len)
{
	void *p = realloc(old, len ? len : 1);

	if (!p) {
		fprintf(stderr, "sim: out of memory\n");
		exit(2);
	}
	return p;
}

static bool before(const struct event *a, const struct event *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

void heap_put(struct heap *heap, struct event event)
{
	size_t i = heap->nr++, up;

	if (heap->nr > heap->room) {
		heap->room = heap->room ? 2 * heap->room : 1024;
		heap->event = must_have(heap->event,
					heap->room * sizeof(*heap->event));
	}
	event.order = heap->order++;
	for (; i; i = up) {
		up = (i - 1) / ARITY;
		if (!before(&event, &heap->event[up]))
			break;
		heap->event[i] = heap->event[up];
	}
	heap->event[i] = event;
}

bool heap_get(struct heap *heap, struct event *event)
{
	struct event last;
	size_t i, child, best, end;

	if (!heap->nr)
		return false;
	*event = heap->event[0];
	last = heap->event[--heap->nr];
	for (i = 0; i * ARITY + 1 < heap->nr; i = best) {
		best = i * ARITY + 1;
		end = best + ARITY < heap->nr ? best + ARITY : heap->nr;
		for (child = best + 1; child < end; child++)
			if (before(&heap->event[child], &heap->event[best]))
				best = child;
		if (!before(&heap->event[best], &last))
			break;
		heap->event[i] = heap->event[best];
	}
	heap->event[i] = last;
	return true;
}

void heap_free(struct heap *heap)
{
	size_t i;

	for (i = 0; i < heap->nr; i++)
		packet_put(heap->event[i].packet);
	free(heap->event);
	memset(heap, 0, sizeof(*heap));
}

struct packet *packet_new(const uint8_t *bytes, size_t len)
{
	struct packet *p = must_have(NULL, sizeof(*p) + len);

	p->refs = 1;
	p->len = (uint32_t)len;
	if (bytes) {
		memcpy(p->bytes, bytes, len);
		p->sum = mix_bytes(0, bytes, len);
	}
	return p;
}

struct packet *packet_ref(struct packet *p)
{
	p->refs++;
	return p;
}

void packet_put(struct packet *p)
{
	if (p && !--p->refs)
		free(p);
}
