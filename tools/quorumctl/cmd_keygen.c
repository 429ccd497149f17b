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
#include "keymake.h"
#include "output.h"
#include "quorumctl.h"

enum { CERTIFICATE_DAYS = 3650 };

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
	EVP_PKEY *pkey = strcmp(kind, "rsa") ? keymake_p256() :
					       keymake_rsa(KEYMAKE_RSA_BITS);
	json_object *o = json_object_new_object();
	char *certificate;

	if (asprintf(&certificate, "%s.crt", path) < 0)
		die(CTL_REFUSED, "out of memory");
	keymake_write(pkey, path);
	certificate_write(pkey, certificate);
	json_text(o, "key", path);
	json_text(o, "certificate", certificate);
	output(o, "%s %s", path, certificate);
	free(certificate);
	EVP_PKEY_free(pkey);
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
	keymake_threshold(group, share, n, t);
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
			     keymake_threshold_default(n);
		threshold(argv[2], n, t);
		return CTL_OK;
	default:
		if (n_text || t_text)
			die_usage("-n and -t are for threshold keys");
		single(argv[1], argv[2]);
		return CTL_OK;
	}
}
