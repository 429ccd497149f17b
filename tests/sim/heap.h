/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What will happen, by time; equal times in the order in which they were put.
 */
#ifndef SIM_HEAP_H
#define SIM_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum event_kind {
	EV_MESSAGE = 1,		/* from instance @from to instance @at */
	EV_REQUEST,		/* of client @from to instance @at */
	EV_WAKE,		/* of instance @at */
	EV_DISK,		/* an operation of @at's disk is over */
	EV_BOOT,		/* instance @at starts again */
	EV_RESUME,		/* instance @at runs on */
	EV_CLIENT,		/* client @at looks around */
	EV_FAULT,		/* something breaks */
	EV_MEND,		/* what broke at @at, of kind @stamp, is whole again */
	EV_LIAR,		/* Byzantine instance @at has an idea */
	EV_SWITCH,		/* switch @at looks around */
	EV_TO_SWITCH,		/* from instance @from to switch @at */
	EV_FROM_SWITCH,		/* from switch @from to instance @at */
	EV_LINK,		/* between switch @from and instance @at: @stamp: up */
	EV_OUTSIDE,		/* the application beside instance @at, of incarnation @stamp, looks around */
	EV_KINDS,
};

struct event {
	uint64_t at_us, order;
	enum event_kind kind;
	uint16_t at, from;
	uint32_t stamp;		/* incarnation, when that matters */
	struct packet *packet;
};

struct heap {
	struct event *event;
	size_t nr, room;
	uint64_t order;
};

void heap_put(struct heap *heap, struct event event);
bool heap_get(struct heap *heap, struct event *event);
void heap_free(struct heap *heap);

/* Bytes that several have: a message on its way.  Their size is exact, so that sanitizers see a step beyond. */
struct packet {
	unsigned int refs;
	uint32_t len;
	uint64_t sum;
	uint8_t bytes[];
};

struct packet *packet_new(const uint8_t *bytes, size_t len);
struct packet *packet_ref(struct packet *p);
void packet_put(struct packet *p);

/* malloc() and realloc() that end the program instead of failing */
void *must_have(void *old, size_t len);

#endif
