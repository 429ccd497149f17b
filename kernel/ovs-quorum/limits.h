/* SPDX-License-Identifier: GPL-2.0 */
/* What the netlink interface bounds; what lib/ bounds is in its headers. */
#ifndef OQ_LIMITS_H
#define OQ_LIMITS_H

#include "../../lib/wire/update.h"

enum {
	OQ_SWITCHES_MAX = 256,			/* of one network namespace */
	OQ_VLAN_LIMIT_DEFAULT = 1,		/* tags, as in Open vSwitch */
	OQ_VLAN_LIMIT_MAX = 2,
	OQ_OVERLAP_DEFAULT_MS = 0,
	OQ_OVERLAP_MAX_MS = 24 * 60 * 60 * 1000,
	OQ_EXPIRY_DEFAULT_MS = 60 * 1000,
	OQ_EXPIRY_MAX_MS = 24 * 60 * 60 * 1000,
	OQ_KEY_MIN_LEN = 64,			/* bytes; the shortest has 65 */

	/* Bytes of an encoded key set: each key has algorithm, signer, length. */
	OQ_KEYSET_LEN_MAX = 64 + UPDATE_SIGNERS_MAX * (KEYSET_KEY_MAX + 8),

	OQ_DUMP_SKB_MIN = 8192,			/* bytes: any one item fits */
	OQ_MESSAGE_LEN_MAX = 4096,		/* bytes of a rule or group, encoded */

	OQ_VIOLATIONS_BURST = 64,		/* notifications at once */
	OQ_VIOLATION_REFILL_MS = 50,		/* one more after each */
	OQ_VIOLATION_LOG_S = 10,		/* seconds for each line in the log */

	OQ_EXPIRE_RETRY_MS = 1000,		/* after want of memory */
	OQ_EXPIRE_SLEEP_MAX_MS = 60 * 60 * 1000,
};

#endif
