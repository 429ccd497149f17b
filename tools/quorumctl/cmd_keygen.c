// SPDX-License-Identifier: GPL-2.0
/* keygen: keys of single signers; shares for tests and demonstrations. */
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <errno.h>
#include "args.h"
#include "blsfile.h"
#include "file.h"
#include "output.h"
#include "quorumctl.h"

enum { RSA_BITS = 3072, CERTIFICATE_DAYS = 3650 };

static void bio_write(BIO *bio, const char *path, unsigned int mode)
{
	char *text;
	long len = BIO_get_mem_data(bio, &text);

	file_write(path, text, (size_t)len, mode);
	BIO_free(bio);
}

/* A certificate that says nothing but the key: who may sign is in the key set. */
static void certificate_write(EVP_PKEY *pkey, const char *path)
{
	X509 *x509 = X509_new();
	BIO *bio = BIO_new(BIO_s_mem());
	ASN1_INTEGER *serial;
	X509_NAME *name;
	unsigned char random[8];

	if (!x509 || !bio || RAND_bytes(random, sizeof(random)) != 1)
		die(CTL_REFUSED, "cannot make a certificate");
	random[0] &= 0x7f;
	serial = X509_get_serialNumber(x509);
	name = X509_get_subject_name(x509);
	if (!X509_set_version(x509, X509_VERSION_3) ||
	    !ASN1_INTEGER_set_uint64(serial, (uint64_t)random[0] << 32 |
				     (uint64_t)random[1] << 24 |
				     random[2] << 16 | random[3] << 8 |
				     random[4]) ||
	    !X509_gmtime_adj(X509_getm_notBefore(x509), 0) ||
	    !X509_time_adj_ex(X509_getm_notAfter(x509), CERTIFICATE_DAYS, 0,
			      NULL) ||
	    !X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
					(const unsigned char *)"quorum signer",
					-1, -1, 0) ||
	    !X509_set_issuer_name(x509, name) || !X509_set_pubkey(x509, pkey) ||
	    !X509_sign(x509, pkey, EVP_sha256()) ||
	    !PEM_write_bio_X509(bio, x509))
		die(CTL_REFUSED, "cannot make a certificate");
	X509_free(x509);
	bio_write(bio, path, 0644);
}

static void single(const char *kind, const char *path)
{
	EVP_PKEY *pkey = strcmp(kind, "rsa") ? EVP_EC_gen("P-256") :
					       EVP_RSA_gen(RSA_BITS);
	BIO *bio = BIO_new(BIO_s_secmem());
	json_object *o = json_object_new_object();
	char *certificate;

	if (!pkey || !bio ||
	    !PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL,
					   NULL) ||
	    asprintf(&certificate, "%s.crt", path) < 0)
		die(CTL_REFUSED, "cannot make a key");
	bio_write(bio, path, 0600);
	certificate_write(pkey, certificate);
	json_text(o, "key", path);
	json_text(o, "certificate", certificate);
	output(o, "%s %s", path, certificate);
	free(certificate);
	EVP_PKEY_free(pkey);
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

/*
 * Feldman's protocol with all parties in one process, which thus knows
 * everything: good for a test, not for a network that is to survive this host.
 */
static void dkg(struct bls_group_file *group, struct bls_share_file *share,
		unsigned int n, unsigned int t)
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

static void threshold(const char *dir, unsigned int n, unsigned int t)
{
	struct bls_group_file *group = alloc(sizeof(*group));
	struct bls_share_file *share = alloc(n * sizeof(*share));
	json_object *o;
	unsigned int i;
	char *path;

	if (mkdir(dir, 0700) && errno != EEXIST)
		die(CTL_REFUSED, "%s: %s", dir, strerror(errno));
	dkg(group, share, n, t);
	for (i = 0; i <= n; i++) {
		if (i ? asprintf(&path, "%s/share%u", dir, i) < 0 :
			asprintf(&path, "%s/group.pub", dir) < 0)
			die(CTL_REFUSED, "out of memory");
		if (i)
			bls_share_write(&share[i - 1], path);
		else
			bls_group_write(group, path);
		o = json_object_new_object();
		json_text(o, i ? "share" : "group", path);
		output(o, "%s", path);
		free(path);
	}
	bls_wipe(share, n * sizeof(*share));
	free(share);
	free(group);
}

int cmd_keygen(int argc, char **argv)
{
	const char *n_text = NULL, *t_text = NULL;
	const struct arg args[] = {
		{ .name = "-n", .text = &n_text },
		{ .name = "-t", .text = &t_text },
		{ 0 },
	};
	unsigned int n, t, f;

	args_parse(argc, argv, args, 2, 2);
	switch (arg_word("keygen", argv[1], "rsa ecdsa threshold")) {
	case 2:
		if (!n_text)
			die_usage("how many shares? -n");
		n = arg_number("-n", n_text, 1, BLS_PARTIES_MAX);
		f = (n - 1) / 3;
		t = t_text ? arg_number("-t", t_text, f + 1, n - f) :
			     (n + 2) / 2;	/* ceil((n + 1) / 2) */
		threshold(argv[2], n, t);
		return CTL_OK;
	default:
		if (n_text || t_text)
			die_usage("-n and -t are for threshold keys");
		single(argv[1], argv[2]);
		return CTL_OK;
	}
}
