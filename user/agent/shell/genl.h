/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests to the generic netlink family of ovs_quorum.ko, by libnl, with the kernel's
 * own words for errors (extended acknowledgement).
 */
#ifndef AGENT_GENL_H
#define AGENT_GENL_H

#include <linux/ovs_quorum.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdbool.h>
#include <stdint.h>

#include "../../controller/shell/words.h"

struct genl {
	struct nl_sock *sock;
	struct nl_cb *cb;
	int family;			/* 0: not known: the module is not loaded */
	bool done;			/* the request has been answered */
	int error;			/* of the last request: 0 or -errno */
	char said[160];			/* by the kernel about it; "" if nothing */
	void (*answer)(struct nlmsghdr *nlh, void *arg);
	void *arg;
};

bool genl_open(struct genl *g, struct words *why);
void genl_close(struct genl *g);

/* Is there such a family now?  Asks the kernel if it is not known. */
bool genl_family(struct genl *g);

/* A request with room for @room bytes of attributes, about switch @dpid.  NULL: no memory. */
struct nl_msg *genl_request(struct genl *g, int cmd, int flags, uint64_t dpid,
			    size_t room);

/**
 * genl_run() - send a request, handle all its answers, free it
 * @answer: may be NULL
 *
 * Return: 0 or -errno; @g->said has words.  -EAGAIN: a dump was overtaken by changes.
 */
int genl_run(struct genl *g, struct nl_msg *msg,
	     void (*answer)(struct nlmsghdr *nlh, void *arg), void *arg);

/* What went wrong with the last request, in words */
const char *genl_words(const struct genl *g);

/* Attributes; false: malformed */
bool genl_attrs(struct nlattr **tb, int max, struct nlmsghdr *nlh);
bool genl_nest(struct nlattr **tb, int max, struct nlattr *nest);
/* Of any length, 0 if there is none */
uint64_t genl_number(const struct nlattr *a);
/* "" if there is none, or it does not end */
const char *genl_string(const struct nlattr *a);

#endif
