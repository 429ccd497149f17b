/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What links.c (peers, listening, dialing) and link.c (one connection) share.
 */
#ifndef SHELL_LINK_CONN_H
#define SHELL_LINK_CONN_H

#include <netinet/in.h>
#include <openssl/ssl.h>

#include "link.h"

enum link_state { LINK_CONNECTING, LINK_HANDSHAKE, LINK_UP, LINK_CLOSED };

enum {
	LINK_PENDING_MAX = 64,		/* accepted, and nobody yet */
	LINK_ACCEPT_MAX = 16,		/* accepted in one turn of the loop */
	LINK_HANDSHAKE_MS = 5000,
	LINK_HOUSEKEEPING_MS = 1000,
	LINK_BACKOFF_MIN_MS = 20,
	LINK_BACKOFF_MAX_MS = 2000,
	LINK_LOST_MS = 10000,		/* sent and not acknowledged by the peer's TCP */
	LINK_READ_MAX = 256 * 1024,	/* bytes of one link in one turn of the loop */
	LINK_PATIENT_READ_MAX = 16 * 1024, /* of a patient one */
	LINK_PATIENT_NS = 1000 * 1000,	/* of a turn, for all patient ones and handshakes */
	LINK_TLS_BUFFER = 64 * 1024,
	LINK_RECORD_MAX = 16 * 1024,
	LINK_BUFFER_MIN = 16 * 1024,
	LINK_CHATTER_MAX = 16,
	LINK_REFUSED_MAX = 10,		/* told of strangers in LINK_REFUSED_MS */
	LINK_REFUSED_MS = 10000,
	LINK_OPENFLOW_HEAD = 8,
};

/* Bytes in [head, tail) of a buffer that grows up to a bound */
struct link_buffer {
	uint8_t *bytes;
	size_t room, head, tail;
};

struct link {
	struct links *links;
	struct link *next, **prev;	/* of links->all */
	uv_poll_t poll;
	int fd;
	SSL *ssl;
	enum link_state state;
	struct link_dial *dial;		/* NULL: accepted */
	unsigned int who;		/* known from the handshake on; peer_nr: nobody */
	uint64_t since_ms;
	uint64_t network;		/* that it came from, if accepted */
	unsigned int chatter;		/* messages of TLS's own since it is up */
	int events;			/* that poll waits for */
	bool breach;			/* links_breach() */
	bool again;			/* in links->again_first: its turn comes when there is time */
	struct link *again_next;
	struct link_buffer in, out;
	struct words refused;		/* why its certificate is not taken */
};

struct link_dial {
	struct links *links;
	unsigned int who;
	struct sockaddr_storage address;
	uv_timer_t timer;
	uint64_t backoff_ms;
	bool used;
};

struct links {
	struct links_config config;
	SSL_CTX *tls;
	uint64_t handshake_ms;		/* that a stranger has */
	struct link *all;
	struct link **up;		/* [peer_nr] */
	struct link_dial *dial;		/* [peer_nr] */
	unsigned int pending_nr;
	int listen_fd;
	uv_poll_t listen;
	uv_timer_t housekeeping;
	uv_idle_t again;
	struct link *again_first, **again_last; /* in the order in which they came */
	unsigned int again_nr;
	unsigned int handles;		/* not yet closed by the loop */
	void (*closed)(void *ctx);
	bool closing;
	unsigned int refused_nr, refused_more; /* told, and not told, since refused_ms */
	uint64_t refused_ms;
	struct links_stats stats;
};

/* tls.c.  A link is its SSL's application data. */
SSL_CTX *link_tls_create(const struct identity *self, X509_STORE *authority,
			 struct words *why);
/* Why the handshake failed; the error queue is read. */
void link_tls_words(const struct link *l, struct words *why);

/* link.c */
struct link *link_create(struct links *links, int fd, struct link_dial *dial);
void link_close(struct link *l);
void link_read(struct link *l);
/* What links_read_again() asked for: on with the handshake, or with frames */
void link_turn(struct link *l);
void link_write(struct link *l);
bool link_queue(struct link *l, const uint8_t *bytes, size_t len);

/* links.c: what a link tells */
void links_link_up(struct links *links, struct link *l);
void links_link_closed(struct links *links, struct link *l);
void links_refused(struct links *links, const struct link *l,
		   const char *why);
void links_read_again(struct links *links, struct link *l);
void links_handle_closed(struct links *links);

#endif
