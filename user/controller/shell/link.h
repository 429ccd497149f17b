/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Links: frames to and from those whose certificates we know, over TCP and TLS 1.3.
 *
 * Both ends show a certificate that the domain's authority signed and that is valid
 * today; a peer is whoever holds the key of one with its name, wherever it connects from.
 * Anybody else is refused, with words.  A frame is a length of four bytes, big-endian, and
 * that many bytes, at least one; or an OpenFlow message by its header's length.  One link for
 * each peer: a new one takes the place of the old.  Of two that connect, exactly one should dial.
 *
 * Frames may be lost: those sent while the link is down, those for which the
 * peer's queue has no room, those on their way when it breaks.  What arrives is
 * in order and whole.  A peer that breaks a rule loses its link, and may dial again.
 *
 * All calls and callbacks are on the loop's thread.
 */
#ifndef SHELL_LINK_H
#define SHELL_LINK_H

#include <uv.h>

#include "identity.h"

enum { LINK_FRAME_HEAD = 4 };

enum link_framing {
	LINK_LENGTH,			/* four bytes of length, then a frame */
	LINK_OPENFLOW,			/* messages with their headers; HELLO and ECHO are not ours */
};

/* Somebody we know; its number is its place in the array. */
struct link_peer {
	const char *name;		/* in its certificate: ashlar://DOMAIN/...; ours has the same DOMAIN */
	uint32_t frame_max;		/* bytes of a frame from it */
	uint32_t queue_max;		/* bytes that wait for it */
	bool patient;			/* read in what time the others leave */
};

struct links_config {
	uv_loop_t *loop;
	const struct identity *self;	/* with its key; borrowed for links_create() */
	X509_STORE *authority;		/* who may sign certificates of peers; a reference is taken */
	enum link_framing framing;
	const struct link_peer *peer;	/* borrowed until links_close() */
	unsigned int peer_nr;
	void *ctx;
	/* The bytes are valid during the call.  NULL: frames are refused. */
	void (*frame)(void *ctx, unsigned int who, const uint8_t *bytes,
		      size_t len);
	/* May be NULL */
	void (*state)(void *ctx, unsigned int who, bool up);
	/* Somebody was refused, or refused us: who and why.  Not more often than people read.  May be NULL */
	void (*refused)(void *ctx, const char *words);
};

struct links;

struct links *links_create(const struct links_config *config,
			   struct words *why);
/* Closes all; @closed is called when the loop has let go of them, and frees nothing of yours. */
void links_close(struct links *links, void (*closed)(void *ctx));

/* Another certificate, other authorities: for links to come; those that are up stay. */
bool links_renew(struct links *links, const struct identity *self,
		 X509_STORE *authority, struct words *why);

/* @host is an address, not a name: nobody is asked.  @port 0: any; see links_port(). */
bool links_listen(struct links *links, const char *host, uint16_t port,
		  struct words *why);
uint16_t links_port(const struct links *links);

/* Connect, and again whenever the link is down, with growing pauses. */
bool links_dial(struct links *links, unsigned int who, const char *host,
		uint16_t port, struct words *why);

/**
 * links_send() - put a frame into a peer's queue
 *
 * It leaves at links_flush(), together with others, or later if the peer is slow.
 * Return: false if it was dropped: the link is down or the queue is full.
 */
bool links_send(struct links *links, unsigned int who, const uint8_t *bytes,
		size_t len);
void links_flush(struct links *links);

/* From within frame(): what this peer sent is against the rules; its link is closed afterwards. */
void links_breach(struct links *links, unsigned int who, const char *why);

struct links_stats {
	uint64_t frames_in, frames_out, bytes_in, bytes_out;
	uint64_t dropped_full, dropped_down;
	uint64_t strangers;		/* refused: certificate, name, version, nonsense, silence */
	uint64_t breaches;		/* links closed for a frame that is too long, empty, or links_breach() */
	uint64_t ups;
};

void links_stats(const struct links *links, struct links_stats *stats);
bool links_up(const struct links *links, unsigned int who);

#endif
