// SPDX-License-Identifier: GPL-2.0
#include "threshold.h"

#include <stdlib.h>

#include "../../../lib/bls/bls.h"

struct threshold {
	unsigned int n;
	struct bls_scratch scratch;
	struct bls_g2 key[AGREE_MEMBERS_MAX];
	struct bls_g1 point[AGREE_MEMBERS_MAX];
};

struct threshold *threshold_create(const struct domain *domain,
				   struct words *why)
{
	struct threshold *t = malloc(sizeof(*t));
	enum bls_err err;
	unsigned int i;

	if (!t) {
		words_set(why, "no memory");
		return NULL;
	}
	t->n = domain->n;
	bls_scratch_init(&t->scratch);
	for (i = 0; i < t->n; i++) {
		const struct domain_controller *c = &domain->controller[i];

		err = bls_pk_decode_vartime(&t->key[i], c->sign_key,
					    c->sign_key_len, &t->scratch);
		if (err) {
			words_set(why, "the key of %s's share: %s", c->name,
				  bls_err_text(err));
			free(t);
			return NULL;
		}
	}
	return t;
}

void threshold_free(struct threshold *t)
{
	free(t);
}

bool threshold_combine(struct threshold *t, uint8_t sig[48],
		       const uint16_t *signer, const uint8_t (*share)[48],
		       unsigned int nr)
{
	const struct bls_g1 *points[AGREE_MEMBERS_MAX];
	unsigned int index[AGREE_MEMBERS_MAX], i;
	struct bls_g1 sum;

	if (nr > t->n)
		return false;
	for (i = 0; i < nr; i++) {
		if (bls_sig_decode_vartime(&t->point[i], share[i], BLS_SIG_LEN,
					   &t->scratch))
			return false;
		points[i] = &t->point[i];
		index[i] = signer[i];
	}
	if (bls_combine_vartime(&sum, index, points, nr, t->n, &t->scratch))
		return false;
	bls_sig_encode(sig, &sum, &t->scratch);
	return true;
}

bool threshold_verify(struct threshold *t, uint16_t signer,
		      const uint8_t share[48],
		      const uint8_t statement[STATEMENT_LEN])
{
	return signer && signer <= t->n &&
	       bls_verify_vartime(&t->key[signer - 1], BLS_SUITE_NUL, statement,
				  STATEMENT_LEN, share, BLS_SIG_LEN,
				  &t->scratch) == BLS_OK;
}
