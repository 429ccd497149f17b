/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the programs of this benchmark share: the options that all of them
 * get, who is who, and the bytes between clients and members.
 *
 * Request: 0 client 4 | 4 epoch 8 | 12 counter 8 | 20 events 4 | 24 events of
 * 128 bytes | signature 64 over all before it.  A reply: 0 counter 8 |
 * 8 height 8 | 16 index 4 | 20 state 8.
 */
#ifndef BENCH_AGREEMENT_H
#define BENCH_AGREEMENT_H

#include "agree.h"
#include "identity.h"
#include "keys.h"
#include "link.h"

enum {
	EVENT_LEN = 128,
	REQUEST_HEAD = 24,
	BUNDLE_MAX = 1024,		/* events of a request */
	REPLY_LEN = 28,
	CLIENT_EPOCH = 1,
};

enum hostility { HOSTILE_NOT, HOSTILE_SILENT, HOSTILE_SLOW, HOSTILE_FLOOD };

struct options {
	const char *dir;		/* of keys, and of each member's storage */
	enum agree_mode mode;
	unsigned int n, clients;
	unsigned int bundle;		/* events of a request */
	unsigned int outstanding;	/* requests of a client not yet answered */
	unsigned int batch, linger_ms, rotate_blocks;
	unsigned int port;		/* of member 0; the others' follow */
	unsigned int warm_ms, measure_ms;
	enum hostility hostile;		/* this member, hostile_ms after its first event */
	unsigned int hostile_ms;
};

/* Exits with words if they make no sense.  Returns the index of the first argument that is no option. */
int options_parse(struct options *o, int argc, char **argv);
void options_agree(const struct options *o, struct agree_config *config);
size_t options_request_len(const struct options *o);

/* Everybody's certificate, as links want it: members, then clients; keys for verifying */
struct roll {
	unsigned int nr;
	struct link_peer *peer;
	char (*name)[IDENTITY_NAME_MAX];
	struct key **key;
	X509_STORE *authority;
};

void roll_read(struct roll *roll, const struct options *o);
/* "DIR/member-3.SUFFIX" or "DIR/client-0.SUFFIX"; the authority comes behind all of them */
enum { ROLL_PATH_MAX = 512 };
void roll_path(char out[ROLL_PATH_MAX], const struct options *o,
	       unsigned int who, const char *suffix);
void roll_name(char out[IDENTITY_NAME_MAX], const struct options *o,
	       unsigned int who);
/* Or the end, with words */
void roll_identity(struct identity *id, const struct options *o,
		   unsigned int who, bool private);

/* @request: as long as options_request_len() */
void request_make(uint8_t *request, const struct options *o, uint32_t client,
		  uint64_t counter, struct key *key);
enum agree_err request_decode(const struct options *o, const uint8_t *bytes,
			      size_t len, struct request_id *id);

struct reply {
	uint64_t counter, height, state;
	uint32_t index;
};

void reply_encode(uint8_t out[REPLY_LEN], const struct reply *r);
bool reply_decode(struct reply *r, const uint8_t *bytes, size_t len);

void die(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));
double cpu_seconds(void);		/* of this process */

#endif
