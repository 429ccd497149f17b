// SPDX-License-Identifier: GPL-2.0
/* Makes keys by OpenSSL and lib/bls. */
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include "file.h"
#include "keymake.h"
#include "quorumctl.h"

void bio_write(BIO *bio, const char *path, unsigned int mode)
{
	char *text;
	long len = BIO_get_mem_data(bio, &text);

	file_write(path, text, (size_t)len, mode);
	BIO_free(bio);
}

EVP_PKEY *keymake_rsa(unsigned int bits)
{
	EVP_PKEY *pkey = EVP_RSA_gen(bits);

	if (!pkey)
		die(CTL_REFUSED, "cannot make an RSA key of %u bits", bits);
	return pkey;
}

EVP_PKEY *keymake_p256(void)
{
	EVP_PKEY *pkey = EVP_EC_gen("P-256");

	if (!pkey)
		die(CTL_REFUSED, "cannot make a P-256 key");
	return pkey;
}

void keymake_write(EVP_PKEY *pkey, const char *path)
{
	BIO *bio = BIO_new(BIO_s_secmem());

	if (!bio || !PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0,
						   NULL, NULL))
		die(CTL_REFUSED, "%s: cannot encode the key", path);
	bio_write(bio, path, 0600);
}

unsigned int keymake_threshold_default(unsigned int n)
{
	return (n + 2) / 2;	/* ceil((n + 1) / 2) */
}

static void must(enum bls_err err)
{
	if (err)
		die(CTL_REFUSED, "key generation: %s", bls_err_text(err));
}

/* One dealer's turn: a polynomial, commitments to it, a share for each. */
static void deal(struct bls_fr *dealt, struct bls_g2 *commit, unsigned int n,
		 unsigned int t)
{
	struct bls_fr *coef = alloc(t * sizeof(*coef));
	size_t len = (size_t)t * BLS_SAMPLE_LEN;
	uint8_t *random = alloc(len);
	unsigned int i;

	if (RAND_priv_bytes(random, (int)len) != 1)
		die(CTL_REFUSED, "no random numbers");
	must(bls_poly_sample(coef, t, NULL, random, len));
	must(bls_feldman_commit(commit, coef, t, bls_scratch()));
	for (i = 0; i < n; i++)
		must(bls_poly_eval(&dealt[i], coef, t, i + 1));
	bls_wipe(coef, t * sizeof(*coef));
	bls_wipe(random, len);
	free(coef);
	free(random);
}

void keymake_threshold(struct bls_group_file *group,
		       struct bls_share_file *share, unsigned int n,
		       unsigned int t)
{
	struct bls_fr *dealt = alloc((size_t)n * n * sizeof(*dealt));
	struct bls_fr *mine = alloc(n * sizeof(*mine));
	struct bls_g2 *commit = alloc((size_t)n * t * sizeof(*commit));
	const struct bls_g2 **each = alloc(n * sizeof(const struct bls_g2 *));
	unsigned int i, d;

	for (d = 0; d < n; d++) {
		deal(dealt + (size_t)d * n, commit + (size_t)d * t, n, t);
		each[d] = commit + (size_t)d * t;
	}
	for (i = 0; i < n; i++) {
		for (d = 0; d < n; d++) {
			mine[d] = dealt[(size_t)d * n + i];
			must(bls_feldman_check(&mine[d], i + 1, each[d], t,
					       bls_scratch()));
		}
		share[i] = (struct bls_share_file){ n, t, i + 1, { { 0 } } };
		must(bls_dkg_share(&share[i].secret, mine, n));
	}
	group->n = n;
	group->t = t;
	must(bls_dkg_commit_vartime(group->commit, each, n, t, bls_scratch()));
	bls_pk_encode(group->key, &group->commit[0], bls_scratch());
	bls_wipe(dealt, (size_t)n * n * sizeof(*dealt));
	bls_wipe(mine, n * sizeof(*mine));
	free(dealt);
	free(mine);
	free(commit);
	free(each);
}
