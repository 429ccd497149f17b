// SPDX-License-Identifier: GPL-2.0
/* sign, merge, combine: signatures into files of updates. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "args.h"
#include "output.h"
#include "quorumctl.h"
#include "sealed.h"
#include "seckey.h"

/* Where the result goes: to -o, which is for one file; or back. */
static const char *target(const struct sealed_file *f, const char *out)
{
	return out ? out : f->path;
}

static unsigned int signer_of(const struct seckey *key, const char *text)
{
	unsigned int signer;

	if (!text && key->alg == ALG_BLS)
		return key->share.index;
	if (!text)
		die_usage("which signer? --signer");
	signer = arg_number("--signer", text, 1, UPDATE_SIGNERS_MAX);
	if (key->alg == ALG_BLS && signer != key->share.index)
		die(CTL_REFUSED, "this is the share of signer %u, not %u",
		    key->share.index, signer);
	return signer;
}

int cmd_sign(int argc, char **argv)
{
	const char *key_path = NULL, *signer_text = NULL, *out = NULL;
	const struct arg args[] = {
		{ .name = "--key", .text = &key_path },
		{ .name = "--signer", .text = &signer_text },
		{ .name = "-o", .text = &out },
		{ 0 },
	};
	int nr = args_parse(argc, argv, args, 1, -1), i;
	uint8_t statement[STATEMENT_LEN], bytes[UPDATE_SIG_MAX];
	struct update_sig sig = { .sig = bytes };
	struct sig_set *set = alloc(sizeof(*set));
	struct sealed_file f;
	struct seckey key;

	if (!key_path)
		die_usage("--key is needed");
	if (out && nr != 1)
		die_usage("-o is for one file");
	seckey_load(&key, key_path);
	sig.alg = key.alg;
	sig.signer = signer_of(&key, signer_text);
	for (i = 0; i < nr; i++) {
		sealed_load(&f, argv[1 + i]);
		/* Leaves of one tree have one statement: it is signed once. */
		if (!i || memcmp(statement, f.statement, STATEMENT_LEN)) {
			memcpy(statement, f.statement, STATEMENT_LEN);
			sig.len = seckey_sign(&key, bytes, statement);
		}
		memset(set, 0, sizeof(*set));
		sig_set_add_all(set, &f);
		sig_set_add(set, &sig);
		sealed_store(&f, set, target(&f, out));
		sealed_free(&f);
	}
	seckey_wipe(&key);
	free(set);
	return CTL_OK;
}

/*
 * Load files and pool their signatures.  Those of one statement are good for
 * all its updates; with -o all files must be the same update.
 */
static struct sealed_file *pool(struct sig_set *set, char **paths, int nr,
				bool same)
{
	struct sealed_file *f = alloc(nr * sizeof(*f));
	int i;

	for (i = 0; i < nr; i++) {
		sealed_load(&f[i], paths[i]);
		if (memcmp(f[i].statement, f[0].statement, STATEMENT_LEN) ||
		    (same && memcmp(f[i].leaf, f[0].leaf, UPDATE_DIGEST_LEN)))
			die(CTL_REFUSED, "%s: another update than %s",
			    f[i].path, f[0].path);
		sig_set_add_all(set, &f[i]);
	}
	return f;
}

static void pool_store(struct sealed_file *f, int nr, const struct sig_set *set,
		       const char *out)
{
	int i;

	for (i = 0; i < (out ? 1 : nr); i++)
		sealed_store(&f[i], set, target(&f[i], out));
	for (i = 0; i < nr; i++)
		sealed_free(&f[i]);
	free(f);
}

int cmd_merge(int argc, char **argv)
{
	const char *out = NULL;
	const struct arg args[] = { { .name = "-o", .text = &out }, { 0 } };
	int nr = args_parse(argc, argv, args, 1, -1);
	struct sig_set *set = alloc(sizeof(*set));
	struct sealed_file *f = pool(set, argv + 1, nr, out);

	pool_store(f, nr, set, out);
	free(set);
	return CTL_OK;
}

static void liars_say(const struct bls_share *share, unsigned int nr)
{
	json_object *o;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (!share[i].verdict)
			continue;
		o = json_object_new_object();
		json_number(o, "signer", share[i].index);
		json_text(o, "error", bls_err_text(share[i].verdict));
		output(o, "signer %u: bad share: %s", share[i].index,
		       bls_err_text(share[i].verdict));
	}
}

/* All shares of the set into one signature of the group */
static void combine(const struct bls_group_file *file, struct sig_set *set,
		    const uint8_t *statement, uint8_t out[BLS_SIG_LEN])
{
	struct bls_prepared *prepared = alloc(sizeof(*prepared));
	struct bls_share *share = alloc(UPDATE_SIGS_MAX * sizeof(*share));
	struct bls_group group = {
		prepared, file->commit, file->t, file->n, BLS_SUITE_NUL,
	};
	struct bls_g1 sig;
	enum bls_err err;
	unsigned int i;

	for (i = 0; i < set->nr; i++) {
		if (set->sig[i].alg != ALG_BLS || !set->sig[i].signer)
			die(CTL_REFUSED, "signer %u: not a share",
			    set->sig[i].signer);
		share[i].index = set->sig[i].signer;
		memcpy(share[i].sig, set->sig[i].sig, BLS_SIG_LEN);
	}
	bls_pk_prepare(prepared, &file->commit[0], bls_scratch());
	err = bls_combine_verify_vartime(&sig, &group, statement, STATEMENT_LEN,
					 share, set->nr, bls_scratch());
	liars_say(share, set->nr);
	if (err == BLS_ECOUNT)
		die(CTL_REFUSED, "fewer than %u good shares", file->t);
	if (err)
		die(CTL_REFUSED, "cannot combine: %s", bls_err_text(err));
	bls_sig_encode(out, &sig, bls_scratch());
	free(share);
	free(prepared);
}

int cmd_combine(int argc, char **argv)
{
	const char *out = NULL, *group_path = NULL;
	const struct arg args[] = {
		{ .name = "--group", .text = &group_path },
		{ .name = "-o", .text = &out },
		{ 0 },
	};
	int nr = args_parse(argc, argv, args, 1, -1);
	struct bls_group_file *group = alloc(sizeof(*group));
	struct sig_set *set = alloc(sizeof(*set));
	uint8_t bytes[BLS_SIG_LEN];
	struct sealed_file *f;

	if (!group_path)
		die_usage("--group is needed");
	bls_group_load(group, group_path);
	f = pool(set, argv + 1, nr, out);
	combine(group, set, f[0].statement, bytes);
	set->nr = 1;
	set->sig[0] = (struct update_sig){ ALG_BLS, 0, bytes, BLS_SIG_LEN };
	pool_store(f, nr, set, out);
	free(group);
	free(set);
	return CTL_OK;
}
