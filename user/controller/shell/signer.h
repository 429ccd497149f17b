/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a controller signs updates with: RSA, ECDSA P-256, or its share of the domain's BLS key; as
 * PROTOCOL.md section 2 has them.  And the files of its secrets, which must fit what domain.conf says of it.
 */
#ifndef SHELL_SIGNER_H
#define SHELL_SIGNER_H

#include "domain.h"

struct signer;

/* @number: of the controller, which is the index of its share - 1.  NULL: *why has the reason. */
struct signer *signer_create(const char *path, unsigned int number,
			     const struct domain_controller *self,
			     struct words *why);
void signer_free(struct signer *s);
/* Bytes written, at most CTL_SIG_MAX */
size_t signer_sign(struct signer *s, uint8_t *sig,
		   const uint8_t statement[STATEMENT_LEN]);

/* The key for votes and requests, with its private half */
EVP_PKEY *signer_agree_key(const char *path,
			   const struct domain_controller *self,
			   struct words *why);
/* Whose the state is: SHA-256 of the key for votes, as PROTOCOL.md, "Keys", has it */
void signer_state_identity(uint8_t identity[32],
			   const struct domain_controller *self);

#endif
