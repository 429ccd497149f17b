/* SPDX-License-Identifier: GPL-2.0 */
/* What an approved update does: apply.c. */
#ifndef OQ_APPLY_H
#define OQ_APPLY_H

#include "keyset.h"

/**
 * oq_payload_check() - can this be a payload at all?
 * @msg: room for one message
 *
 * Before any signature is looked at: what fails here is never approved.
 * Return: WIRE_OK, or why not.
 */
enum wire_err oq_payload_check(const struct update_body *body,
			       struct of_message *msg);

/**
 * oq_apply_openflow() - OpenFlow messages of an approved update, all or none
 * @msg:     room for one message
 * @reason:  out: why it is rejected for good, a constant string; NULL: applied
 * @revoked: out: datapath flows that went with it
 *
 * The guard's lock is held.  Return: 0, or -ENOMEM or -ENOBUFS: nothing was
 * changed, and it may be tried again.
 */
int oq_apply_openflow(struct oq_switch *sw, const struct update_body *body,
		      struct of_message *msg, const char **reason, u32 *revoked);

/**
 * oq_apply_keyset_prepare() - the key set of an approved update
 * @next:   out: the key set; NULL if the update is rejected
 * @reason: out: why it is rejected for good; NULL: it is not
 *
 * Sleeps, under no lock.  Return: 0 or -ENOMEM.
 */
int oq_apply_keyset_prepare(const struct update_body *body,
			    struct oq_keyset **next, const char **reason);

#endif
