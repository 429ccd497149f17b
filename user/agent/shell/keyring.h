/* SPDX-License-Identifier: GPL-2.0 */
/* The public keys of one key set, ready to verify statements of updates. */
#ifndef AGENT_KEYRING_H
#define AGENT_KEYRING_H

#include "../../../lib/quorum/quorum.h"
#include "../../controller/shell/words.h"

struct keyring;

/* @set was decoded, and is borrowed for the call.  NULL: *why says which key is none. */
struct keyring *keyring_create(const struct keyset *set, struct words *why);
void keyring_free(struct keyring *ring);

/* What lib/quorum has to know of the set */
void keyring_phase(const struct keyring *ring, struct quorum_phase *phase);

/* Fills ticket->verify[].valid. */
void keyring_verify(const struct keyring *ring, struct quorum_ticket *ticket);

#endif
