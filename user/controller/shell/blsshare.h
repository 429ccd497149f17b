/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The share of a threshold key in a PEM block: n (2 bytes), t (2), index (2), the secret share (32).  Numbers are
 * big-endian.  `quorumctl keygen` and `quorumctl domain init` write them.
 */
#ifndef SHELL_BLSSHARE_H
#define SHELL_BLSSHARE_H

#include "../../../lib/bls/bls.h"
#include "words.h"

#define BLSFILE_SHARE "ASHLAR BLS SHARE"

struct bls_share_file {
	unsigned int n, t, index;
	struct bls_fr secret;
};

/* What the block holds */
bool bls_share_parse(struct bls_share_file *share, const uint8_t *in,
		     size_t len, struct words *why);

#endif
