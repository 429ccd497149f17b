// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

void roll_path(char *out, size_t room, const struct options *o,
	       unsigned int who)
{
	if (who < o->n)
		snprintf(out, room, "%s/member-%u", o->dir, who);
	else
		snprintf(out, room, "%s/client-%u", o->dir, who - o->n);
}

void roll_read(struct roll *roll, const struct options *o)
{
	struct agree_config config;
	struct words why;
	unsigned int i;
	char path[512];

	options_agree(o, &config);
	roll->nr = o->n + o->clients;
	roll->peer = calloc(roll->nr, sizeof(*roll->peer));
	roll->key = calloc(roll->nr, sizeof(*roll->key));
	if (!roll->peer || !roll->key)
		die("no memory");
	for (i = 0; i < roll->nr; i++) {
		struct identity id;
		EVP_PKEY *pkey;

		roll_path(path, sizeof(path), o, i);
		if (!identity_load(&id, path, false, &why))
			die("%s", why.text);
		identity_pin(roll->peer[i].pin, id.cert);
		roll->peer[i].frame_max = i < o->n ?
			config.block_max + (1 << 18) : config.request_max;
		roll->peer[i].queue_max = i < o->n ? 16 << 20 : 4 << 20;
		roll->peer[i].patient = i >= o->n;
		pkey = X509_get_pubkey(id.cert);
		roll->key[i] = key_create(pkey, &why);
		if (!roll->key[i])
			die("%s: %s", path, why.text);
		identity_uninit(&id);
	}
}
