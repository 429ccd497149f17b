/* SPDX-License-Identifier: GPL-2.0 */
/* The key sets of a switch: keyset.c. */
#ifndef OQ_KEYSET_H
#define OQ_KEYSET_H

#include "quorum_switch.h"
#include "keys.h"

/**
 * oq_keyset_install() - a key set becomes the switch's newest
 * @ks: taken over, unless there is an error
 *
 * Takes the quorum lock.  Return: QUORUM_OK, QUORUM_EKEYSET.
 */
enum quorum_err oq_keyset_install(struct oq_switch *sw, struct oq_keyset *ks);

/* The newest valid phase; 0: there is none.  Takes the quorum lock. */
u32 oq_keyset_newest(struct oq_switch *sw);

#endif
