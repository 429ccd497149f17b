/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Netlink requests: to the family of ovs_quorum.ko, and to others that `check`
 * asks.  Errors carry the kernel's own words (extended acknowledgment).
 */
#ifndef NL_H
#define NL_H

#include <linux/ovs_quorum.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdbool.h>

struct nl_conn {
	struct nl_sock *sock;
	int family;			/* generic netlink only */
	bool done;			/* the last request has been answered */
	int error;			/* 0 or -errno */
	char said[256];			/* by the kernel; "" if nothing */
};

/* A request's answers, one call each; attributes by number, @max at most */
typedef void (*nl_answer)(struct nlmsghdr *nlh, void *arg);

/**
 * nl_connect_family() - a socket for a generic netlink family
 * Return: false if there is no such family: its module is not loaded.
 */
bool nl_connect_family(struct nl_conn *c, const char *name);
void nl_connect_protocol(struct nl_conn *c, int protocol);
void nl_disconnect(struct nl_conn *c);

/* The family of ovs_quorum.ko, or the end with CTL_NOT_FOUND */
void nl_connect_quorum(struct nl_conn *c);

/* A request of ovs_quorum; nl_run() knows which family that is. */
struct nl_msg *nl_request(int cmd, int flags);

/* Begin a nest, with the flag that strict validation wants. */
struct nlattr *nl_nest_start(struct nl_msg *msg, int type);

/**
 * nl_run() - send a request, handle all answers, free it
 * @answer: may be NULL
 * Return: 0 or -errno; @c->said has words.  -EAGAIN: the dump was overtaken by
 * changes, begin again.
 */
int nl_run(struct nl_conn *c, struct nl_msg *msg, nl_answer answer, void *arg);

/* The same for ovs_quorum: an error ends the program with its words. */
void nl_must(struct nl_conn *c, struct nl_msg *msg, nl_answer answer,
	     void *arg);

/**
 * nl_list() - list something of ovs_quorum, as it was at one moment
 * @dpid: of one switch; NULL: all there is
 *
 * Begins again when it was overtaken by a change.  Return: after errors, which
 * are in @c, nothing was answered.
 */
void nl_list(struct nl_conn *c, int cmd, const uint64_t *dpid, nl_answer answer,
	     void *arg);

/* The end, with what the kernel said about @what. */
__attribute__((noreturn))
void nl_die(const struct nl_conn *c, const char *what);

/* Attributes of a generic netlink message, or of a nest.  False: malformed. */
bool nl_attrs(struct nlattr **tb, int max, struct nlmsghdr *nlh);
bool nl_nest(struct nlattr **tb, int max, struct nlattr *nest);

/* Attributes of any length as numbers, 0 if there is none */
uint64_t nl_number(const struct nlattr *a);
/* Strings, "" if there is none or it does not end */
const char *nl_string(const struct nlattr *a);

#endif
