/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Applications: what decides which flow updates an event leads to.
 *
 * An application sees the ordered events and nothing else: no clock but the
 * block's time, no randomness.  Equal events give equal updates and equal saved
 * bytes on every controller (§2.3).  Its work for one event is bounded.
 */
#ifndef CTL_APP_H
#define CTL_APP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	APP_UPDATES_MAX = 64,		/* of one event */
	APP_UPDATE_MAX = 4096,		/* bytes of OpenFlow messages of one update */
};

enum app_event_kind {
	APP_SWITCH_UP = 1,	/* a switch is back, or seen for the first time */
	APP_SWITCH_DOWN,	/* the quorum gave it up for now */
	APP_PACKET_IN,		/* message: the OpenFlow 1.3 message, header included */
	APP_PORT_STATUS,
	APP_FLOW_REMOVED,
	APP_ERROR,
	APP_REPLY,		/* answer to an ordered request: features, ports, statistics */
	APP_EVENT_KINDS,
};

struct app_event {
	enum app_event_kind kind;
	uint32_t sw;			/* index of the switch in the configuration */
	uint64_t dpid;
	bool resync;			/* SWITCH_UP: updates were lost: its tables are being
					 * emptied, fill them again
					 */
	uint64_t time_ms;		/* of the block */
	const uint8_t *message;		/* hostile bytes: the switch may be anybody */
	size_t len;
};

/* The updates of one event, in the order in which they were put */
struct app_update {
	uint32_t sw;
	uint64_t flow;			/* those of one flow keep their order (§2.5.7) */
	uint64_t after;			/* bit i: when update i of this event is acknowledged */
	const uint8_t *payload;		/* OpenFlow 1.3 messages, as lib/wire takes them */
	size_t len;
};

struct app_out {
	unsigned int nr;
	struct app_update update[APP_UPDATES_MAX];
	uint8_t *arena;			/* for payloads; with APP_UPDATE_MAX free bytes
					 * those of switches coming back and of ports always fit
					 */
	size_t room, used;
	bool full;			/* something did not fit: the event has no updates at all */
};

/* A place for a payload of @len bytes in @out's arena, or NULL (sets full). */
uint8_t *app_out_room(struct app_out *out, size_t len);

/* Put one; its number, or -1 (sets full).  @payload is from app_out_room(). */
int app_out_put(struct app_out *out, uint32_t sw, uint64_t flow,
		uint64_t after, const uint8_t *payload, size_t len);

/* A link of the configured topology; both directions are meant. */
struct app_link {
	uint32_t sw[2];
	uint32_t port[2];
};

struct app_host {
	uint8_t mac[6];
	uint32_t sw, port;
};

struct app_config {
	uint32_t switches;
	const uint64_t *dpid;		/* switches of them */
	uint32_t hosts_max;		/* learning switch: addresses of each switch, >= 2 */
	uint32_t link_nr, host_nr;	/* static shortest path */
	const struct app_link *link;
	const struct app_host *host;
	uint16_t idle_timeout_s;	/* of rules; 0: for ever */
};

struct app_ops {
	const char *name;
	size_t (*size)(const struct app_config *config);
	/* @config stays borrowed */
	void (*init)(void *app, const struct app_config *config);
	void (*event)(void *app, const struct app_event *event,
		      struct app_out *out);
	/* Canonical bytes of the state; bytes written, and never more than save_max() */
	size_t (*save_max)(const struct app_config *config);
	size_t (*save)(const void *app, uint8_t *out, size_t room);
	bool (*load)(void *app, const uint8_t *in, size_t len);
};

extern const struct app_ops app_cbench;		/* an empty FLOW_MOD for each PACKET_IN */
extern const struct app_ops app_learning;	/* learning switch */
extern const struct app_ops app_path;		/* shortest paths over the configured topology */

#endif
