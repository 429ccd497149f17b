// SPDX-License-Identifier: GPL-2.0
/* Which faults a hostile controller has is said in a file, while it runs. */
#include "hostile.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HOSTILE_WORD(name, word) word,
static const char *const words[HOSTILE_NR] = { HOSTILE_FAULTS(HOSTILE_WORD) };
#undef HOSTILE_WORD

void hostile_read(struct hostile *h)
{
	FILE *f = fopen(h->faults_path, "r");
	unsigned int i;
	char word[32];

	memset(h->on, 0, sizeof(h->on));
	if (!f)
		return;
	while (fscanf(f, "%31s", word) == 1)
		for (i = 0; i < HOSTILE_NR; i++)
			if (!strcmp(word, words[i]))
				h->on[i] = true;
	fclose(f);
}

/* Renamed, so that readers find all of it. */
void hostile_write(const struct hostile *h)
{
	char path[sizeof(h->did_path) + 4];
	unsigned int i;
	FILE *f;

	snprintf(path, sizeof(path), "%s.new", h->did_path);
	f = fopen(path, "w");
	if (!f)
		return;
	for (i = 0; i < HOSTILE_NR; i++)
		fprintf(f, "%s %" PRIu64 "\n", words[i], h->did[i]);
	if (!fclose(f))
		rename(path, h->did_path);
}
