/* SPDX-License-Identifier: GPL-2.0 */
/* Answers of ovs_quorum.ko in words: each is an nl_answer. */
#ifndef SHOW_H
#define SHOW_H

#include <linux/ovs_quorum.h>
#include <netlink/netlink.h>
#include <stdbool.h>
#include <stdint.h>

void show_switch(struct nlmsghdr *nlh, void *arg);
void show_stats(struct nlmsghdr *nlh, void *arg);
void show_keyset(struct nlmsghdr *nlh, void *arg);
void show_port(struct nlmsghdr *nlh, void *arg);
void show_rule(struct nlmsghdr *nlh, void *arg);
void show_group(struct nlmsghdr *nlh, void *arg);
void show_flow(struct nlmsghdr *nlh, void *arg);

/* An answer to UPDATE_SUBMIT, or a notification of it */
struct result {
	uint64_t dpid, sequence;
	uint32_t phase, revoked;
	uint8_t digest[32];
	uint8_t state;			/* enum ovs_quorum_update_state */
	uint16_t have, need;
	const char *reason;		/* points into the message */
};

bool result_parse(struct result *r, struct nlmsghdr *nlh);
/* "pending 1/2", "applied, 3 flows revoked" ...; lasts until the next call */
const char *result_text(const struct result *r);
const char *result_state(const struct result *r);
struct json_object *result_json(const struct result *r);

/* Notifications: one line each; returns what --until calls it, or NULL. */
const char *show_event(struct nlmsghdr *nlh);

#endif
