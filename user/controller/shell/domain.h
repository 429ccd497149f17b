/* SPDX-License-Identifier: GPL-2.0 */
/*
 * domain.conf: what all members and switches of a domain know alike.  libconfig syntax; made by
 * `quorumctl domain init`, described in docs/operating.md.
 *
 * Every error is said with file, line and reason.  Unknown settings are errors.
 */
#ifndef SHELL_DOMAIN_H
#define SHELL_DOMAIN_H

#include <openssl/evp.h>

#include "../core/ctl.h"
#include "words.h"

enum {
	DOMAIN_NAME_MAX = 64,
	DOMAIN_SWITCHES_MAX = 1024,	/* spare places included */
};

/* Many errors, for --check: one line each, "FILE:LINE: REASON" */
struct complaints {
	unsigned int nr;
	void (*say)(void *ctx, const char *line);
	void *ctx;
};

void complain(struct complaints *c, const char *file, int line,
	      const char *format, ...) __attribute__((format(printf, 4, 5)));

struct domain_controller {
	char name[DOMAIN_NAME_MAX];	/* in certificates: URI ashlar://DOMAIN/controller/NAME */
	char host[DOMAIN_NAME_MAX];	/* an address, IPv4 or IPv6 */
	uint16_t port;			/* for members */
	uint16_t switch_port;		/* for switches */
	EVP_PKEY *agree_key;		/* public: votes */
	uint8_t sign_alg;		/* of its update signatures */
	uint8_t sign_key[KEYSET_KEY_MAX]; /* encoded as PROTOCOL.md, "Keys"; BLS: of its share */
	size_t sign_key_len;
};

struct domain_switch {
	char name[DOMAIN_NAME_MAX];	/* in certificates: URI ashlar://DOMAIN/switch/NAME; "": a spare place */
	uint64_t dpid;			/* of a spare place: 0xffff000000000000 + its number */
	uint16_t weight;
	EVP_PKEY *key;			/* public: events and acknowledgements; NULL: a spare place */
};

struct domain {
	uint64_t id;
	enum agree_mode mode;
	enum ctl_procedure procedure;
	uint8_t scheme;
	uint16_t quorum;		/* signers of an update, or t */
	uint32_t phase;
	uint8_t group_key[96];		/* threshold: compressed G2 */
	unsigned int n;
	struct domain_controller controller[AGREE_MEMBERS_MAX];
	unsigned int switches;		/* spare places included: a new switch takes the first, and no number changes */
	struct domain_switch *sw;
	char app[DOMAIN_NAME_MAX];	/* "cbench", "learning", "path", "route", "external"; with a policy before it */
	struct app_config app_config;	/* links, hosts, limits, policy */
	/* Limits, as agree_config and ctl_config have them; the rest of these is set by domain_ctl_config() */
	struct agree_config agree;
	uint32_t outstanding_max, outstanding_bytes, retransmit_ms, down_ms,
		votes_max;
	void *owned;			/* what app_config points to */
};

/* NULL after complaints. */
struct domain *domain_load(const char *path, struct complaints *c);
void domain_free(struct domain *d);

/* The number of a controller or switch by name, or -1 */
int domain_controller(const struct domain *d, const char *name);
int domain_switch(const struct domain *d, const char *name);

/* What controller @self runs.  Points into @d. */
void domain_ctl_config(const struct domain *d, unsigned int self,
		       struct ctl_config *config);
const struct app_ops *domain_app(const struct domain *d);

#endif
