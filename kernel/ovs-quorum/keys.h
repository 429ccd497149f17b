/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The keys of one phase, and verification with them through the kernel crypto
 * API (RSA, ECDSA) and lib/bls.
 */
#ifndef OQ_KEYS_H
#define OQ_KEYS_H

#include <linux/refcount.h>
#include <linux/rcupdate.h>
#include "../../lib/quorum/quorum.h"

struct netlink_ext_ack;
struct oq_keyset;

/*
 * Make one from its description, decoded by keyset_decode() or put together from
 * netlink attributes.  Every key is checked to be one.  Reference count 1.
 * -EINVAL with words, -ENOMEM, -EOPNOTSUPP (this kernel has no such algorithm).
 * Sleeps; the lines of a BLS key take some ten milliseconds.
 */
struct oq_keyset *oq_keyset_create(const struct keyset *set,
				   struct netlink_ext_ack *extack);
struct oq_keyset *oq_keyset_get(struct oq_keyset *ks);
void oq_keyset_put(struct oq_keyset *ks);	/* freed after RCU's grace period */

/* For quorum_phase_add(). */
void oq_keyset_phase(const struct oq_keyset *ks, struct quorum_phase *phase);

/* For dumps: key @i (0 ..) of the set; false behind the last.  Borrowed. */
bool oq_keyset_key(const struct oq_keyset *ks, unsigned int i,
		   struct keyset_key *key);

/*
 * Verify the signatures of a ticket; fills in its verify[].valid.  Under no
 * lock, may sleep, any number at a time (scratch memory is allocated).
 * Returns the number of valid ones, or -ENOMEM.
 */
int oq_keyset_verify(struct oq_keyset *ks, struct quorum_ticket *t);

/* Known answers of every algorithm at module load; 0 or -EINVAL, with words. */
int oq_keys_selftest(void);
void oq_keys_exit(void);

#endif
