// SPDX-License-Identifier: GPL-2.0
/*
 * throwaway [options]: keys and certificates for all members and clients of a run;
 * and it says what signatures cost on this machine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

enum { SPEED_ROUNDS = 2000, DAYS = 1 };

static void measure(const char *type, bool prepared)
{
	static const uint8_t statement[72] = "ashlar-vote-1";
	uint64_t began_ns, signed_ns, verified_ns;
	uint8_t sig[KEY_SIG_LEN];
	struct words why;
	struct key *key;
	int i;

	key = key_create(strcmp(type, "P-256") ?
			 EVP_PKEY_Q_keygen(NULL, NULL, type) :
			 EVP_PKEY_Q_keygen(NULL, NULL, "EC", type), &why);
	if (!key)
		die("%s", why.text);
	if (prepared)
		key_prepare(key);
	began_ns = uv_hrtime();
	for (i = 0; i < SPEED_ROUNDS; i++)
		key_sign(key, sig, statement, sizeof(statement));
	signed_ns = uv_hrtime();
	for (i = 0; i < SPEED_ROUNDS; i++)
		if (!key_verify(key, statement, sizeof(statement), sig))
			die("%s: a signature that we made is not valid", type);
	verified_ns = uv_hrtime();
	printf("keys type=%s%s sign_us=%.1f verify_us=%.1f\n", type,
	       prepared ? "-prepared" : "", (double)(signed_ns - began_ns) / SPEED_ROUNDS / 1e3,
	       (double)(verified_ns - signed_ns) / SPEED_ROUNDS / 1e3);
	key_free(key);
}

static void save(const struct identity *id, const struct options *o,
		 unsigned int who)
{
	char cert[ROLL_PATH_MAX], key[ROLL_PATH_MAX];
	struct words why;

	roll_path(cert, o, who, "crt");
	roll_path(key, o, who, "key");
	if (!identity_save(id, cert, key, &why))
		die("%s", why.text);
}

int main(int argc, char **argv)
{
	struct identity id, authority;
	char name[IDENTITY_NAME_MAX];
	struct options o;
	struct words why;
	unsigned int i;

	if (options_parse(&o, argc, argv) != argc)
		die("usage: throwaway [options]");
	if (!authority_make(&authority, "throwaway", DAYS, &why))
		die("%s", why.text);
	save(&authority, &o, o.n + o.clients);
	for (i = 0; i < o.n + o.clients; i++) {
		roll_name(name, &o, i);
		if (!identity_make(&id, &authority, name, DAYS, &why))
			die("%s", why.text);
		save(&id, &o, i);
		identity_uninit(&id);
	}
	measure("P-256", false);
	measure("P-256", true);
	measure("ED25519", false);
	return 0;
}
