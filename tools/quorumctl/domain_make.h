/* SPDX-License-Identifier: GPL-2.0 */
/* What a new controller and a new switch need on disk: keys, certificates, files. */
#ifndef DOMAIN_MAKE_H
#define DOMAIN_MAKE_H

#include "../../user/controller/shell/identity.h"
#include "domain_text.h"
#include "tree.h"

/* Of a domain: who signs certificates, and what all copies are equal in */
struct domain_make {
	uint64_t id;
	struct identity authority;
	const char *ca_path;		/* the authority's certificate */
	int days;			/* of certificates */
	const char *verifier;		/* of switches */
	const char *user;		/* of daemons; NULL: who starts them */
	const uint8_t *keyset;
	size_t keyset_len;
};

/*
 * All but domain.conf.  @dir: its place in the tree, "" for the tree itself; it exists.
 * @sign: RSA, P-256; NULL: the share is written by the caller.
 */
void domain_make_controller(const struct domain_make *m, struct tree *t,
			    const char *dir, struct domain_text_controller *c,
			    EVP_PKEY *sign);
void domain_make_switch(const struct domain_make *m, struct tree *t,
			const char *dir, struct domain_text_switch *sw);

/* One file under another name */
void file_copy(const char *from, const char *to, unsigned int mode);

#endif
