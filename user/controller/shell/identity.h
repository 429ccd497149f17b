/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who somebody is: a private key and a certificate, which the domain's authority signed for some time.
 * What counts in a certificate is its name, a URI in subjectAltName (RFC 5280 4.2.1.6):
 * ashlar://DOMAIN/controller/NAME or ashlar://DOMAIN/switch/NAME, DOMAIN in decimal.
 */
#ifndef SHELL_IDENTITY_H
#define SHELL_IDENTITY_H

#include <openssl/x509.h>
#include <stdint.h>
#include <time.h>

#include "words.h"

enum { IDENTITY_NAME_MAX = 128 };

enum identity_role { IDENTITY_CONTROLLER, IDENTITY_SWITCH };

struct identity {
	EVP_PKEY *key;		/* NULL: somebody else's */
	X509 *cert;
};

void identity_name(char out[IDENTITY_NAME_MAX], uint64_t domain,
		   enum identity_role role, const char *name);

/* A new key, and a certificate for it that it signed itself and that may sign others */
bool authority_make(struct identity *authority, const char *title, int days,
		    struct words *why);
/* A new key (ECDSA P-256) and a certificate for it, valid from an hour ago: clocks differ */
bool identity_make(struct identity *id, const struct identity *authority,
		   const char *name, int days, struct words *why);
/* A certificate for the key that @id has; one that is there is replaced. */
bool identity_sign(struct identity *id, const struct identity *authority,
		   const char *name, time_t from, time_t to,
		   struct words *why);
void identity_uninit(struct identity *id);

/* PEM, both files new; only its owner can read the key. */
bool identity_save(const struct identity *id, const char *cert_path,
		   const char *key_path, struct words *why);
/* @key_path NULL: only the certificate */
bool identity_load(struct identity *id, const char *cert_path,
		   const char *key_path, struct words *why);

/* Certificates of authorities, PEM, one or more.  NULL: *why has the reason. */
X509_STORE *authority_load(const char *path, struct words *why);
/* One authority */
X509_STORE *authority_store(const struct identity *authority);

/* The name of a certificate.  false: it has none, or several. */
bool identity_name_of(char out[IDENTITY_NAME_MAX], X509 *cert,
		      struct words *why);
/* Why OpenSSL finds nothing good in a certificate (X509_V_ERR_...) */
const char *identity_error(int error);
/* Would others take it for @name today? */
bool identity_check(const struct identity *id, const char *name,
		    X509_STORE *authority, struct words *why);

#endif
