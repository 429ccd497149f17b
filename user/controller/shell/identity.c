// SPDX-License-Identifier: GPL-2.0
#include "identity.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool sign_itself(X509 *cert, EVP_PKEY *key, const char *name)
{
	const EVP_MD *md = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ?
		NULL : EVP_sha256();
	X509_NAME *subject = X509_get_subject_name(cert);
	uint64_t serial;

	return RAND_bytes((uint8_t *)&serial, sizeof(serial)) == 1 &&
		X509_set_version(cert, X509_VERSION_3) &&
		ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial) &&
		ASN1_TIME_set_string_X509(X509_getm_notBefore(cert),
					  "19700101000000Z") &&
		ASN1_TIME_set_string_X509(X509_getm_notAfter(cert),
					  "99991231235959Z") &&
		X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
					   (const uint8_t *)name, -1, -1, 0) &&
		X509_set_issuer_name(cert, subject) &&
		X509_set_pubkey(cert, key) && X509_sign(cert, key, md);
}

bool identity_make(struct identity *id, const char *type, const char *name,
		   struct words *why)
{
	id->key = strcmp(type, "P-256") ? EVP_PKEY_Q_keygen(NULL, NULL, type) :
		EVP_PKEY_Q_keygen(NULL, NULL, "EC", type);
	id->cert = X509_new();
	if (id->key && id->cert && sign_itself(id->cert, id->key, name))
		return true;
	ERR_clear_error();
	identity_uninit(id);
	return words_set(why, "cannot make a key of type %s for %s", type, name);
}

static FILE *open_new(const char *path, const char *suffix, mode_t mode,
		      struct words *why)
{
	char name[512];
	FILE *f = NULL;
	int fd;

	snprintf(name, sizeof(name), "%s.%s", path, suffix);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd >= 0)
		f = fdopen(fd, "w");
	if (!f)
		words_set(why, "cannot create %s: %s", name, strerror(errno));
	return f;
}

bool identity_save(const struct identity *id, const char *path,
		   struct words *why)
{
	FILE *f = open_new(path, "key", 0600, why);
	bool ok;

	if (!f)
		return false;
	ok = PEM_write_PrivateKey(f, id->key, NULL, NULL, 0, NULL, NULL);
	if (fclose(f) || !ok)
		return words_set(why, "cannot write %s.key", path);
	f = open_new(path, "crt", 0644, why);
	if (!f)
		return false;
	ok = PEM_write_X509(f, id->cert);
	if (fclose(f) || !ok)
		return words_set(why, "cannot write %s.crt", path);
	return true;
}

static FILE *open_old(const char *path, const char *suffix, struct words *why)
{
	char name[512];
	FILE *f;

	snprintf(name, sizeof(name), "%s.%s", path, suffix);
	f = fopen(name, "re");
	if (!f)
		words_set(why, "cannot open %s: %s", name, strerror(errno));
	return f;
}

bool identity_load(struct identity *id, const char *path, bool private,
		   struct words *why)
{
	FILE *f = open_old(path, "crt", why);

	memset(id, 0, sizeof(*id));
	if (!f)
		return false;
	id->cert = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	if (!id->cert) {
		ERR_clear_error();
		return words_set(why, "%s.crt is not a certificate", path);
	}
	if (!private)
		return true;
	f = open_old(path, "key", why);
	if (f) {
		id->key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
		fclose(f);
		if (id->key && X509_check_private_key(id->cert, id->key) == 1)
			return true;
		words_set(why, "%s.key is not the key of %s.crt", path, path);
	}
	ERR_clear_error();
	identity_uninit(id);
	return false;
}

void identity_uninit(struct identity *id)
{
	EVP_PKEY_free(id->key);
	X509_free(id->cert);
	memset(id, 0, sizeof(*id));
}

void identity_pin(uint8_t pin[IDENTITY_PIN_LEN], X509 *cert)
{
	unsigned int len = 0;
	int ok = X509_digest(cert, EVP_sha256(), pin, &len);

	assert(ok == 1 && len == IDENTITY_PIN_LEN);
}
