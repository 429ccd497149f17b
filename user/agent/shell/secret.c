// SPDX-License-Identifier: GPL-2.0
#include "secret.h"

bool tls_identity(struct identity *id, const struct conf_tls *tls,
		  struct words *why)
{
	EVP_PKEY *key = keyfile_load(tls->key, KEYFILE_OWNER, why);

	if (!key)
		return false;
	EVP_PKEY_free(key);
	return identity_load(id, tls->certificate, tls->key, why);
}
