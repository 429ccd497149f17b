// SPDX-License-Identifier: GPL-2.0
/*
 * throwaway [options]: keys and certificates for all members and clients of a run;
 * and it says what signatures cost on this machine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

enum { SPEED_ROUNDS = 2000 };

static void measure(const char *type)
{
	static const uint8_t statement[72] = "ashlar-vote-1";
	uint64_t began_ns, signed_ns, verified_ns;
	uint8_t sig[KEY_SIG_LEN];
	struct identity id;
	struct words why;
	struct key *key;
	int i;

	if (!identity_make(&id, type, "speed", &why))
		die("%s", why.text);
	key = key_create(id.key, &why);
	if (!key)
		die("%s", why.text);
	began_ns = uv_hrtime();
	for (i = 0; i < SPEED_ROUNDS; i++)
		key_sign(key, sig, statement, sizeof(statement));
	signed_ns = uv_hrtime();
	for (i = 0; i < SPEED_ROUNDS; i++)
		if (!key_verify(key, statement, sizeof(statement), sig))
			die("%s: a signature that we made is not valid", type);
	verified_ns = uv_hrtime();
	printf("keys type=%s sign_us=%.1f verify_us=%.1f\n", type,
	       (double)(signed_ns - began_ns) / SPEED_ROUNDS / 1e3,
	       (double)(verified_ns - signed_ns) / SPEED_ROUNDS / 1e3);
	key_free(key);
	id.key = NULL;
	identity_uninit(&id);
}

int main(int argc, char **argv)
{
	struct identity id;
	struct options o;
	struct words why;
	unsigned int i;
	char path[512];

	if (options_parse(&o, argc, argv) != argc)
		die("usage: throwaway [options]");
	for (i = 0; i < o.n + o.clients; i++) {
		roll_path(path, sizeof(path), &o, i);
		if (!identity_make(&id, "P-256", strrchr(path, '/') + 1, &why) ||
		    !identity_save(&id, path, &why))
			die("%s", why.text);
		identity_uninit(&id);
	}
	measure("P-256");
	measure("ED25519");
	return 0;
}
