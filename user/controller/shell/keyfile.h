/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files with private keys: what others on the machine can read or write is refused.
 */
#ifndef SHELL_KEYFILE_H
#define SHELL_KEYFILE_H

#include <openssl/evp.h>
#include <stdio.h>

#include "words.h"

/* Who may, as mode bits that must not be there */
enum keyfile_readers {
	KEYFILE_OWNER = 077,
	KEYFILE_GROUP = 07,		/* the daemon's own group, of keys that belong to root */
};

/* NULL: *why has the reason.  For fclose(). */
FILE *keyfile_open(const char *path, enum keyfile_readers readers,
		   struct words *why);

/* PEM, not encrypted: OpenSSL would ask the terminal. */
EVP_PKEY *keyfile_load(const char *path, enum keyfile_readers readers,
		       struct words *why);

#endif
