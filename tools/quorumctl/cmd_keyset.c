// SPDX-License-Identifier: GPL-2.0
/* keyset make; and key sets for the other subcommands. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "args.h"
#include "file.h"
#include "keysetfile.h"
#include "output.h"
#include "quorumctl.h"

enum { KEYSET_FILE_MAX = UPDATE_BODY_MAX };

const char *scheme_name(uint8_t scheme)
{
	switch (scheme) {
	case SCHEME_INDIVIDUAL:
		return "individual";
	case SCHEME_THRESHOLD:
		return "threshold";
	default:
		return "?";
	}
}

/* Threshold: n and t are in the group's file, and nothing else may say so. */
static void from_group(struct keyset *set, const struct pubkey *key,
		       unsigned int nr, unsigned int quorum)
{
	if (nr != 1)
		die(CTL_REFUSED, "a threshold key set has one key, the group's");
	if (quorum && quorum != key->group->t)
		die(CTL_REFUSED, "the group signs with %u shares, not %u",
		    key->group->t, quorum);
	set->scheme = SCHEME_THRESHOLD;
	set->n = key->group->n;
	set->quorum = key->group->t;
}

void keyset_make(struct keyset_file *f, uint32_t phase, unsigned int scheme,
		 unsigned int quorum, char **paths, unsigned int nr)
{
	struct keyset set = { .phase = phase, .scheme = SCHEME_INDIVIDUAL };
	struct pubkey *pub = alloc(nr * sizeof(*pub));
	struct keyset_key *key = alloc(nr * sizeof(*key));
	enum wire_err err;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		pubkey_load(&pub[i], paths[i]);
		key[i] = (struct keyset_key){ pub[i].alg, i + 1, pub[i].data,
					      pub[i].len };
		if (pub[i].alg == ALG_BLS) {
			from_group(&set, &pub[i], nr, quorum);
			key[i].signer = 0;
		}
	}
	if (set.scheme == SCHEME_INDIVIDUAL) {
		set.n = nr;
		set.quorum = quorum ? quorum : (nr - 1) / 3 + 1;
	}
	if (scheme && scheme != set.scheme)
		die(CTL_REFUSED, "these are %s keys", scheme_name(set.scheme));
	set.key_nr = nr;
	f->data = alloc(KEYSET_FILE_MAX);
	err = keyset_encode(f->data, KEYSET_FILE_MAX, &f->len, &set, key);
	if (!err)
		err = keyset_decode(&f->set, f->data, f->len);
	if (err)
		die(CTL_REFUSED, "quorum %u of %u: %s", set.quorum, set.n,
		    wire_err_text(err));
	for (i = 0; i < nr; i++)
		free(pub[i].group);
	free(pub);
	free(key);
}

bool keyset_is(const uint8_t *data, size_t len)
{
	struct keyset set;

	return !keyset_decode(&set, data, len);
}

void keyset_load(struct keyset_file *f, const char *path)
{
	enum wire_err err;

	f->data = file_read(path, &f->len);
	err = keyset_decode(&f->set, f->data, f->len);
	if (err)
		die(CTL_REFUSED, "%s: not a key set: %s", path,
		    wire_err_text(err));
}

void keyset_free(struct keyset_file *f)
{
	free(f->data);
	f->data = NULL;
}

bool keyset_find(const struct keyset *set, unsigned int signer,
		 struct keyset_key *key)
{
	size_t at = 0;

	while (keyset_key(set, &at, key))
		if (key->signer == signer)
			return true;
	return false;
}

int cmd_keyset_make(int argc, char **argv)
{
	const char *phase = NULL, *scheme = NULL, *quorum = NULL, *n = NULL;
	const char *out = NULL;
	const struct arg args[] = {
		{ .name = "--phase", .text = &phase },
		{ .name = "--scheme", .text = &scheme },
		{ .name = "--quorum", .text = &quorum },
		{ .name = "-n", .text = &n },
		{ .name = "-o", .text = &out },
		{ 0 },
	};
	int nr = args_parse(argc, argv, args, 1, UPDATE_SIGNERS_MAX);
	unsigned int scheme_nr = 0;
	struct keyset_file f;

	if (!phase || !out)
		die_usage("--phase and -o are needed");
	if (scheme)
		scheme_nr = SCHEME_INDIVIDUAL +
			    arg_word("--scheme", scheme, "individual threshold");
	keyset_make(&f, arg_number("--phase", phase, 1, UINT32_MAX), scheme_nr,
		    quorum ? arg_number("--quorum", quorum, 1,
					UPDATE_SIGNERS_MAX) : 0,
		    argv + 1, nr);
	if (n && arg_number("-n", n, 1, UPDATE_SIGNERS_MAX) != f.set.n)
		die(CTL_REFUSED, "these keys are of %u controllers, not %s",
		    f.set.n, n);
	file_write(out, f.data, f.len, 0644);
	keyset_free(&f);
	return CTL_OK;
}
