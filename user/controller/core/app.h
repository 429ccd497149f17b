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
	APP_HOSTS_MAX = 4096,
	APP_PORTS_MAX = 256,
	APP_PROBE_MAX_S = 3600,
	APP_POLICY_MAX = 256,
	APP_SECRET_LEN = 32,
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

enum app_policy_field {			/* what a rule of the policy looks at */
	APP_POLICY_ETH_SRC = 1,
	APP_POLICY_ETH_DST = 2,
	APP_POLICY_VLAN = 4,
	APP_POLICY_ETH_TYPE = 8,
	APP_POLICY_IP_PROTO = 16,	/* with ETH_TYPE 0x0800 or 0x86dd */
	APP_POLICY_IP_SRC = 32,		/* the same */
	APP_POLICY_IP_DST = 64,		/* the same */
	APP_POLICY_PORT_DST = 128,	/* with IP_PROTO 6 or 17 */
};

struct app_policy_rule {
	bool allow;
	uint8_t fields;			/* enum app_policy_field */
	uint8_t eth_src[6], eth_dst[6];
	uint16_t vlan;			/* 1 .. 4095; 0: no tag */
	uint16_t eth_type;		/* 0x0600 .. 0xffff, no tag's */
	uint8_t ip_proto;
	uint8_t src[16], dst[16];	/* IPv4: the first 4 bytes; no bits behind the prefix */
	uint8_t src_bits, dst_bits;	/* 1 .. 32 or 128 */
	uint16_t port_dst;		/* of TCP or UDP, 1 .. */
	uint32_t sw_nr;			/* on these switches only; 0: on all */
	const uint32_t *sw;		/* numbers, ascending */
};

/*
 * Application "external": who is told of ordered events (app_external.h).  Calls come from within a
 * step, also while a member's own past is executed again, and must not call back.
 */
struct app_outside {
	void *ctx;
	/* @number: of the event, from 1, equal on all members; the key of what answers it */
	void (*event)(void *ctx, const void *app, uint64_t number,
		      const struct app_event *event);
	/* Where the state is, from now on: at init; and again when a snapshot replaced it */
	void (*loaded)(void *ctx, const void *app);
	/* An output was executed: f + 1 members had said the same of that event */
	void (*voted)(void *ctx, uint64_t number);
};

struct app_ops;

struct app_config {
	struct app_outside *outside;	/* "external" only; may be NULL */
	uint32_t switches;
	const uint64_t *dpid;		/* switches of them */
	uint8_t table;			/* of rules that forward: 0, or behind a policy 1; "route" uses the next
					 * one too
					 */
	uint32_t hosts_max;		/* learning: addresses of each switch; route: of the domain;
					 * 2 .. APP_HOSTS_MAX
					 */
	uint32_t link_nr, host_nr;	/* static shortest path */
	const struct app_link *link;
	const struct app_host *host;
	uint16_t idle_timeout_s;	/* of rules; 0: for ever */
	bool every_switch;		/* cbench: a rule for each switch, at most APP_UPDATES_MAX; not only who asked */
	/* route */
	uint32_t ports_max;		/* of a switch, 1 .. APP_PORTS_MAX; further ones are not used */
	uint16_t probe_s;		/* LLDP leaves each port so often, 1 .. APP_PROBE_MAX_S */
	uint8_t secret[APP_SECRET_LEN];	/* equal on all controllers; no host knows it */
	/* policy; others ask it what they may flood */
	const struct app_ops *base;	/* what forwards, in .table, behind the policy in table 0 */
	uint32_t policy_nr;		/* at most APP_POLICY_MAX */
	const struct app_policy_rule *policy;	/* the first that matches counts */
	bool policy_deny;		/* what none matches */
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
extern const struct app_ops app_route;		/* shortest paths over what LLDP finds */
extern const struct app_ops app_policy;		/* a firewall before app_config.base */

/* What is wrong with these rules of a policy, in words, and with which one; or NULL */
const char *app_policy_wrong(const struct app_config *config, uint32_t *rule);

#endif
