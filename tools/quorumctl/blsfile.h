/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of threshold keys.  PEM, so that nobody takes one for another:
 *
 *	ASHLAR BLS GROUP	n (2 bytes), t (2), t commitments (96 each): the
 *				first is the group's public key
 *	ASHLAR BLS SHARE	n (2), t (2), index (2), the secret share (32)
 *
 * Numbers are big-endian.
 */
#ifndef BLSFILE_H
#define BLSFILE_H

#include "../../lib/bls/bls.h"
#include "../../user/controller/shell/blsshare.h"

#define BLSFILE_GROUP "ASHLAR BLS GROUP"

struct bls_group_file {
	unsigned int n, t;
	struct bls_g2 commit[BLS_PARTIES_MAX];	/* t of them */
	uint8_t key[BLS_PK_LEN];		/* encoded commit[0] */
};

/* The scratch of this program, which has one thread. */
struct bls_scratch *bls_scratch(void);

/* Read what a PEM block of that name holds, or end the program. */
void bls_group_decode(struct bls_group_file *group, const char *path,
		      const uint8_t *in, size_t len);
void bls_share_decode(struct bls_share_file *share, const char *path,
		      const uint8_t *in, size_t len);

void bls_group_load(struct bls_group_file *group, const char *path);

void bls_group_write(const struct bls_group_file *group, const char *path);
void bls_share_write(const struct bls_share_file *share, const char *path);

#endif
