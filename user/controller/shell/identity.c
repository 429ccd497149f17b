// SPDX-License-Identifier: GPL-2.0
#include "identity.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "keyfile.h"

enum { CLOCKS_DIFFER_S = 3600, DAY_S = 24 * 3600 };

void identity_name(char out[IDENTITY_NAME_MAX], uint64_t domain,
		   enum identity_role role, const char *name)
{
	snprintf(out, IDENTITY_NAME_MAX, "ashlar://%llu/%s/%s",
		 (unsigned long long)domain,
		 role == IDENTITY_CONTROLLER ? "controller" : "switch", name);
}

static bool add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX ctx;
	bool ok;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = extension && X509_add_ext(cert, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return ok;
}

/* What all certificates have: version, serial number, dates, subject, key */
static X509 *new_certificate(EVP_PKEY *key, const char *title, time_t from,
			     time_t to)
{
	X509 *cert = X509_new();
	uint64_t serial;

	if (cert && RAND_bytes((uint8_t *)&serial, sizeof(serial)) == 1 &&
	    X509_set_version(cert, X509_VERSION_3) &&
	    ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial >> 1) &&
	    ASN1_TIME_set(X509_getm_notBefore(cert), from) &&
	    ASN1_TIME_set(X509_getm_notAfter(cert), to) &&
	    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN",
				       MBSTRING_UTF8, (const uint8_t *)title,
				       -1, -1, 0) &&
	    X509_set_pubkey(cert, key))
		return cert;
	X509_free(cert);
	return NULL;
}

bool authority_make(struct identity *authority, const char *title, int days,
		    struct words *why)
{
	time_t now = time(NULL);
	X509 *cert;

	authority->key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	cert = authority->key ?
		new_certificate(authority->key, title, now - CLOCKS_DIFFER_S,
				now + (time_t)days * DAY_S) : NULL;
	authority->cert = cert;
	if (cert && X509_set_issuer_name(cert, X509_get_subject_name(cert)) &&
	    add_extension(cert, cert, NID_basic_constraints,
			  "critical,CA:TRUE,pathlen:0") &&
	    add_extension(cert, cert, NID_key_usage,
			  "critical,keyCertSign,cRLSign") &&
	    add_extension(cert, cert, NID_subject_key_identifier, "hash") &&
	    X509_sign(cert, authority->key, EVP_sha256()))
		return true;
	ERR_clear_error();
	identity_uninit(authority);
	return words_set(why, "OpenSSL cannot make an authority");
}

bool identity_sign(struct identity *id, const struct identity *authority,
		   const char *name, time_t from, time_t to, struct words *why)
{
	char uri[IDENTITY_NAME_MAX + 8];
	const char *last = strrchr(name, '/');
	X509 *cert = new_certificate(id->key, last ? last + 1 : name, from, to);

	snprintf(uri, sizeof(uri), "URI:%s", name);
	if (cert &&
	    X509_set_issuer_name(cert, X509_get_subject_name(authority->cert)) &&
	    add_extension(cert, authority->cert, NID_basic_constraints,
			  "critical,CA:FALSE") &&
	    add_extension(cert, authority->cert, NID_key_usage,
			  "critical,digitalSignature") &&
	    add_extension(cert, cert, NID_subject_key_identifier, "hash") &&
	    add_extension(cert, authority->cert, NID_subject_alt_name, uri) &&
	    add_extension(cert, authority->cert, NID_authority_key_identifier,
			  "keyid") &&
	    X509_sign(cert, authority->key, EVP_sha256())) {
		X509_free(id->cert);
		id->cert = cert;
		return true;
	}
	X509_free(cert);
	ERR_clear_error();
	return words_set(why, "OpenSSL cannot make a certificate for %s", name);
}

bool identity_make(struct identity *id, const struct identity *authority,
		   const char *name, int days, struct words *why)
{
	time_t now = time(NULL);

	memset(id, 0, sizeof(*id));
	id->key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	if (!id->key) {
		ERR_clear_error();
		return words_set(why, "OpenSSL cannot make a key for %s", name);
	}
	if (identity_sign(id, authority, name, now - CLOCKS_DIFFER_S,
			  now + (time_t)days * DAY_S, why))
		return true;
	identity_uninit(id);
	return false;
}

void identity_uninit(struct identity *id)
{
	EVP_PKEY_free(id->key);
	X509_free(id->cert);
	memset(id, 0, sizeof(*id));
}

static FILE *open_new(const char *path, mode_t mode, struct words *why)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;

	if (!f)
		words_set(why, "cannot create %s: %s", path, strerror(errno));
	return f;
}

bool identity_save(const struct identity *id, const char *cert_path,
		   const char *key_path, struct words *why)
{
	FILE *f = open_new(key_path, 0600, why);
	bool ok;

	if (!f)
		return false;
	ok = PEM_write_PKCS8PrivateKey(f, id->key, NULL, NULL, 0, NULL, NULL);
	if (fclose(f) || !ok)
		return words_set(why, "cannot write %s", key_path);
	f = open_new(cert_path, 0644, why);
	if (!f)
		return false;
	ok = PEM_write_X509(f, id->cert);
	if (fclose(f) || !ok)
		return words_set(why, "cannot write %s", cert_path);
	return true;
}

static FILE *open_old(const char *path, struct words *why)
{
	FILE *f = fopen(path, "re");

	if (!f)
		words_set(why, "cannot open %s: %s", path, strerror(errno));
	return f;
}

bool identity_load(struct identity *id, const char *cert_path,
		   const char *key_path, struct words *why)
{
	FILE *f = open_old(cert_path, why);

	memset(id, 0, sizeof(*id));
	if (!f)
		return false;
	id->cert = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	if (!id->cert) {
		ERR_clear_error();
		return words_set(why, "%s is not a certificate", cert_path);
	}
	if (!key_path)
		return true;
	id->key = keyfile_load(key_path, KEYFILE_GROUP, why);
	if (id->key && X509_check_private_key(id->cert, id->key) == 1)
		return true;
	if (id->key)
		words_set(why, "%s is not the key of %s", key_path, cert_path);
	ERR_clear_error();
	identity_uninit(id);
	return false;
}

X509_STORE *authority_load(const char *path, struct words *why)
{
	X509_STORE *store = X509_STORE_new();
	FILE *f = open_old(path, why);
	unsigned int nr = 0;
	X509 *cert;

	while (store && f && (cert = PEM_read_X509(f, NULL, NULL, NULL))) {
		nr += X509_STORE_add_cert(store, cert) == 1;
		X509_free(cert);
	}
	/* The end of the file is an error too. */
	ERR_clear_error();
	if (f)
		fclose(f);
	if (f && !nr)
		words_set(why, "%s has no certificate", path);
	if (nr)
		return store;
	X509_STORE_free(store);
	return NULL;
}

X509_STORE *authority_store(const struct identity *authority)
{
	X509_STORE *store = X509_STORE_new();

	if (store && X509_STORE_add_cert(store, authority->cert) == 1)
		return store;
	X509_STORE_free(store);
	return NULL;
}

bool identity_name_of(char out[IDENTITY_NAME_MAX], X509 *cert,
		      struct words *why)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name,
						NULL, NULL);
	unsigned int found = 0;
	int i, len;

	for (i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		const uint8_t *text;

		if (name->type != GEN_URI)
			continue;
		text = ASN1_STRING_get0_data(name->d.uniformResourceIdentifier);
		len = ASN1_STRING_length(name->d.uniformResourceIdentifier);
		if (len < 9 || memcmp(text, "ashlar://", 9))
			continue;
		found++;
		/* A zero inside would hide what is behind it. */
		if (len >= IDENTITY_NAME_MAX || memchr(text, 0, (size_t)len)) {
			found = 2;
			break;
		}
		memcpy(out, text, (size_t)len);
		out[len] = 0;
	}
	GENERAL_NAMES_free(names);
	ERR_clear_error();
	if (found == 1)
		return true;
	out[0] = 0;
	return words_set(why, found ? "its certificate has no single name" :
			 "its certificate has no name ashlar://...");
}

const char *identity_error(int error)
{
	switch (error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return "its certificate has expired";
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return "its certificate is not yet valid";
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
		return "its certificate is of an unknown authority";
	default:
		return X509_verify_cert_error_string(error);
	}
}

bool identity_check(const struct identity *id, const char *name,
		    X509_STORE *authority, struct words *why)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	char is[IDENTITY_NAME_MAX];
	bool ok = false;

	if (!ctx || !X509_STORE_CTX_init(ctx, authority, id->cert, NULL))
		words_set(why, "no memory for a certificate");
	else if (X509_verify_cert(ctx) != 1)
		words_set(why, "%s",
			  identity_error(X509_STORE_CTX_get_error(ctx)));
	else if (identity_name_of(is, id->cert, why))
		ok = !strcmp(is, name) ||
			words_set(why, "it is the certificate of %s, not of %s",
				  is, name);
	X509_STORE_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}
