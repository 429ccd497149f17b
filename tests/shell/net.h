/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ends of links for the tests: each has a loop of its own, so that one can stand
 * still while the other runs.
 */
#ifndef SHELL_NET_H
#define SHELL_NET_H

#include "link.h"

enum { NET_DOMAIN = 7, NET_ENDS = 4, FRAME_MAX = 1 << 20, QUEUE_MAX = 2 << 20 };

struct end {
	uv_loop_t loop;
	struct identity id;
	struct links *links;
	struct words refused;		/* what was said last about somebody refused */
	unsigned int frames[NET_ENDS];
	uint64_t bytes[NET_ENDS];
	unsigned int next[NET_ENDS];	/* number that a frame should carry */
	bool wrong;			/* one did not */
	unsigned int ups, downs;
	bool closed;
};

struct net {
	struct end end[NET_ENDS];
	struct link_peer peer[NET_ENDS];
	char name[NET_ENDS][IDENTITY_NAME_MAX];
	unsigned int known;		/* of the names */
	enum link_framing framing;	/* of what is opened from now on */
	struct identity authority;
	X509_STORE *store;
};

/* All listen, nobody dials; @known: how many names all know.  false: words are printed */
bool net_create(struct net *net, unsigned int known);
void net_free(struct net *net);
bool net_open(struct net *net, unsigned int i, uint16_t port);
void net_shut(struct net *net, unsigned int i);
bool net_dial(struct net *net, unsigned int from, unsigned int to);

/* A frame of @len bytes that says its number, which counts up for each direction */
bool net_send(struct net *net, unsigned int from, unsigned int to,
	      unsigned int number, size_t len);

/* Always true: all loops had a turn */
bool net_any(const struct net *net);

/* Run all loops (or those in @mask) until @done(net), or give up. */
bool net_until(struct net *net, unsigned int mask,
	       bool (*done)(const struct net *net));

#endif
