// SPDX-License-Identifier: GPL-2.0
#include "blsshare.h"

enum { HEAD_LEN = 6 };

static unsigned int get16(const uint8_t *p)
{
	return (unsigned int)p[0] << 8 | p[1];
}

bool bls_share_parse(struct bls_share_file *share, const uint8_t *in,
		     size_t len, struct words *why)
{
	enum bls_err err;

	if (len != HEAD_LEN + BLS_SK_LEN)
		return words_set(why, "not a share");
	share->n = get16(in);
	share->t = get16(in + 2);
	share->index = get16(in + 4);
	if (!share->t || share->t > share->n || share->n > BLS_PARTIES_MAX)
		return words_set(why, "%u of %u shares make no sense", share->t,
				 share->n);
	if (!share->index || share->index > share->n)
		return words_set(why, "no share has the index %u", share->index);
	err = bls_sk_decode(&share->secret, in + HEAD_LEN, BLS_SK_LEN);
	return !err || words_set(why, "%s", bls_err_text(err));
}
