// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

void roll_path(char out[ROLL_PATH_MAX], const struct options *o,
	       unsigned int who, const char *suffix)
{
	if (who < o->n)
		snprintf(out, ROLL_PATH_MAX, "%s/member-%u.%s", o->dir, who,
			 suffix);
	else if (who < o->n + o->clients)
		snprintf(out, ROLL_PATH_MAX, "%s/client-%u.%s", o->dir,
			 who - o->n, suffix);
	else
		snprintf(out, ROLL_PATH_MAX, "%s/authority.%s", o->dir, suffix);
}

void roll_name(char out[IDENTITY_NAME_MAX], const struct options *o,
	       unsigned int who)
{
	char name[32];

	snprintf(name, sizeof(name), "%u", who);
	identity_name(out, 1, who < o->n ? IDENTITY_CONTROLLER : IDENTITY_SWITCH,
		      name);
}

void roll_identity(struct identity *id, const struct options *o,
		   unsigned int who, bool private)
{
	char cert[ROLL_PATH_MAX], key[ROLL_PATH_MAX];
	struct words why;

	roll_path(cert, o, who, "crt");
	roll_path(key, o, who, "key");
	if (!identity_load(id, cert, private ? key : NULL, &why))
		die("%s", why.text);
}

void roll_read(struct roll *roll, const struct options *o)
{
	struct agree_config config;
	struct words why;
	unsigned int i;
	char path[ROLL_PATH_MAX];

	options_agree(o, &config);
	roll->nr = o->n + o->clients;
	roll->peer = calloc(roll->nr, sizeof(*roll->peer));
	roll->key = calloc(roll->nr, sizeof(*roll->key));
	roll->name = calloc(roll->nr, sizeof(*roll->name));
	if (!roll->peer || !roll->key || !roll->name)
		die("no memory");
	roll_path(path, o, roll->nr, "crt");
	roll->authority = authority_load(path, &why);
	if (!roll->authority)
		die("%s", why.text);
	for (i = 0; i < roll->nr; i++) {
		struct identity id;
		EVP_PKEY *pkey;

		roll_identity(&id, o, i, false);
		roll_name(roll->name[i], o, i);
		roll->peer[i].name = roll->name[i];
		roll->peer[i].frame_max = i < o->n ?
			config.block_max + (1 << 18) : config.request_max;
		roll->peer[i].queue_max = i < o->n ? 16 << 20 : 4 << 20;
		roll->peer[i].patient = i >= o->n;
		pkey = X509_get_pubkey(id.cert);
		roll->key[i] = key_create(pkey, &why);
		if (!roll->key[i])
			die("%s: %s", roll->name[i], why.text);
		identity_uninit(&id);
	}
}
