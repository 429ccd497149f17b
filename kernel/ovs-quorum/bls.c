// SPDX-License-Identifier: GPL-2.0
/*
 * Signatures of a group: BLS12-381, by lib/bls.  Not in the kernel crypto API,
 * which knows no pairings.
 */
#include "alg.h"
#include "../../lib/bls/bls.h"

#include <linux/slab.h>
#include <linux/mm.h>

static struct bls_scratch *scratch_alloc(void)
{
	struct bls_scratch *s = kvmalloc(sizeof(*s), GFP_KERNEL);

	if (s)
		bls_scratch_init(s);
	return s;
}

int oq_bls_create(struct bls_prepared **key, const u8 *point, size_t len,
		  struct netlink_ext_ack *extack)
{
	struct bls_prepared *prepared;
	struct bls_scratch *s;
	struct bls_g2 pk;
	int err = -ENOMEM;

	s = scratch_alloc();
	if (!s)
		return -ENOMEM;
	prepared = kvmalloc(sizeof(*prepared), GFP_KERNEL);
	if (!prepared)
		goto free_scratch;
	if (bls_pk_decode_vartime(&pk, point, len, s)) {
		NL_SET_ERR_MSG(extack, "BLS key is no point of the group");
		kvfree(prepared);
		err = -EINVAL;
		goto free_scratch;
	}
	bls_pk_prepare(prepared, &pk, s);
	*key = prepared;
	err = 0;

free_scratch:
	kvfree(s);
	return err;
}

int oq_bls_verify(const struct bls_prepared *key, const u8 *sig, size_t len,
		  const u8 *msg, size_t msg_len)
{
	struct bls_scratch *s = scratch_alloc();
	enum bls_err err;

	if (!s)
		return -ENOMEM;
	err = bls_verify_prepared_vartime(key, BLS_SUITE_NUL, msg, msg_len,
					  sig, len, s);
	kvfree(s);
	return err ? -EKEYREJECTED : 0;
}

void oq_bls_free(struct bls_prepared *key)
{
	kvfree(key);
}
