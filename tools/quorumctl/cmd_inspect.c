// SPDX-License-Identifier: GPL-2.0
/* inspect: everything that is in a file, and whether its signatures are valid. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "args.h"
#include "describe.h"
#include "file.h"
#include "keysetfile.h"
#include "output.h"
#include "quorumctl.h"
#include "sealed.h"
#include "seckey.h"

/* Keys to verify with, from wherever they came */
struct keys {
	struct pubkey *by_signer[UPDATE_SIGNERS_MAX + 1];
	struct keyset_file set;
	struct bls_group_file *group;
};

static void keys_load(struct keys *keys, const struct arg_list *list,
		      const char *keyset, const char *group)
{
	unsigned int signer;
	char *colon;
	size_t i;

	for (i = 0; i < list->nr; i++) {
		colon = strchr(list->item[i], ':');
		if (!colon)
			die_usage("--key: \"%s\" is not SIGNER:FILE",
				  list->item[i]);
		*colon = '\0';
		signer = arg_number("--key", list->item[i], 1,
				    UPDATE_SIGNERS_MAX);
		if (keys->by_signer[signer])
			die_usage("--key: signer %u twice", signer);
		keys->by_signer[signer] = alloc(sizeof(struct pubkey));
		pubkey_load(keys->by_signer[signer], colon + 1);
	}
	free(list->item);
	if (keyset)
		keyset_load(&keys->set, keyset);
	if (group) {
		keys->group = alloc(sizeof(*keys->group));
		bls_group_load(keys->group, group);
	}
}

static void keys_free(struct keys *keys)
{
	unsigned int i;

	for (i = 0; i <= UPDATE_SIGNERS_MAX; i++)
		free(keys->by_signer[i]);
	keyset_free(&keys->set);
	free(keys->group);
}

/* The key for a signature.  @share: room for that of a share, made here. */
static bool key_for(const struct keys *keys, const struct update_sig *sig,
		    uint8_t share[BLS_PK_LEN], struct keyset_key *key)
{
	const struct pubkey *pub = keys->by_signer[sig->signer];
	struct bls_g2 pk;

	if (pub) {
		*key = (struct keyset_key){ pub->alg, sig->signer, pub->data,
					    pub->len };
		return true;
	}
	if (sig->alg == ALG_BLS && keys->group) {
		if (!sig->signer)
			memcpy(share, keys->group->key, BLS_PK_LEN);
		else if (!bls_share_pk_vartime(&pk, keys->group->commit,
					       keys->group->t, sig->signer,
					       bls_scratch()))
			bls_pk_encode(share, &pk, bls_scratch());
		else
			return false;
		*key = (struct keyset_key){ ALG_BLS, sig->signer, share,
					    BLS_PK_LEN };
		return true;
	}
	return keys->set.data && keyset_find(&keys->set.set, sig->signer, key);
}

/* Returns how many signatures are not valid. */
static unsigned int signatures(const struct sealed_file *f,
			       const struct keys *keys, json_object *array,
			       FILE *text)
{
	uint8_t share[BLS_PK_LEN];
	struct keyset_key key;
	struct update_sig sig;
	unsigned int bad = 0;
	const char *error;
	json_object *o;
	size_t at = 0;

	while (update_sealed_sig(&f->sealed, &at, &sig)) {
		o = json_object_new_object();
		json_number(o, "signer", sig.signer);
		json_text(o, "algorithm", alg_name(sig.alg));
		json_bytes(o, "signature", sig.sig, sig.len);
		if (sig.signer)
			fprintf(text, "\n  signer %u %s%s: ", sig.signer,
				alg_name(sig.alg),
				sig.alg == ALG_BLS ? " share" : "");
		else
			fprintf(text, "\n  group %s: ", alg_name(sig.alg));
		if (key_for(keys, &sig, share, &key)) {
			error = pubkey_verify(&key, f->statement, &sig);
			bad += !!error;
			json_flag(o, "valid", !error);
			if (error)
				json_text(o, "error", error);
			fputs(error ? error : "valid", text);
		} else {
			fputs("not checked, no key", text);
		}
		json_object_array_add(array, o);
	}
	return bad;
}

/* What a payload says, or what is wrong with it; returns whether it is good. */
static bool payload(const struct sealed_file *f, json_object *o, FILE *text)
{
	struct of_message *msg;
	enum wire_err err;
	struct keyset set;
	json_object *array;

	if (f->body.kind == UPDATE_KEYSET) {
		err = keyset_decode(&set, f->body.payload, f->body.payload_len);
		if (!err)
			json_object_object_add(o, "keyset",
					       describe_keyset(&set, text, "  "));
	} else {
		msg = alloc(sizeof(*msg));
		array = json_object_new_array();
		err = describe_openflow(msg, f->body.payload,
					f->body.payload_len, array, text, "  ");
		json_object_object_add(o, "messages", array);
		free(msg);
	}
	if (err) {
		json_text(o, "error", wire_err_text(err));
		fprintf(text, "\n  payload: %s", wire_err_text(err));
	}
	return !err;
}

static bool inspect_sealed(const struct sealed_file *f, const struct keys *keys,
			   json_object *o, FILE *text)
{
	const struct update_body *b = &f->body;
	json_object *deps = json_object_new_array();
	json_object *sigs = json_object_new_array();
	struct update_dep dep;
	unsigned int i, bad;
	json_object *d;
	bool good;

	json_text(o, "type", b->kind == UPDATE_KEYSET ? "keyset update" :
							"openflow update");
	json_number(o, "domain", b->domain);
	json_text(o, "dpid", dpid_text(b->dpid));
	json_number(o, "phase", b->phase);
	json_number(o, "sequence", b->sequence);
	json_bytes(o, "digest", f->leaf, sizeof(f->leaf));
	json_number(o, "leaves", f->sealed.leaves);
	json_number(o, "index", f->sealed.index);
	json_bytes(o, "root", f->root, sizeof(f->root));
	json_bytes(o, "statement", f->statement, sizeof(f->statement));
	fprintf(text, "%s update: domain %" PRIu64 " dpid %s phase %" PRIu32
		" sequence %" PRIu64,
		b->kind == UPDATE_KEYSET ? "keyset" : "openflow", b->domain,
		dpid_text(b->dpid), b->phase, b->sequence);
	fprintf(text, "\n  digest %s", hex_text(f->leaf, sizeof(f->leaf)));
	fprintf(text, "\n  leaf %" PRIu32 " of %" PRIu32 ", root %s",
		f->sealed.index, f->sealed.leaves,
		hex_text(f->root, sizeof(f->root)));
	for (i = 0; i < b->dep_nr; i++) {
		dep = update_body_dep(b, i);
		d = json_object_new_object();
		json_text(d, "dpid", dpid_text(dep.dpid));
		json_number(d, "sequence", dep.sequence);
		json_object_array_add(deps, d);
		fprintf(text, "\n  after dpid %s sequence %" PRIu64,
			dpid_text(dep.dpid), dep.sequence);
	}
	json_object_object_add(o, "dependencies", deps);
	good = payload(f, o, text);
	bad = signatures(f, keys, sigs, text);
	json_object_object_add(o, "signatures", sigs);
	return good && !bad;
}

/* Whatever is in PEM or a key set of its own; false: it is not that. */
static bool inspect_key(const char *path, const uint8_t *data, size_t len,
			json_object *o, FILE *text)
{
	struct keyset_key key = { 0 };
	struct seckey secret;
	struct pubkey pub;
	struct keyset set;

	if (!keyset_decode(&set, data, len)) {
		json_text(o, "type", "keyset");
		fputs("keyset", text);
		json_object_object_add(o, "keyset",
				       describe_keyset(&set, text, "  "));
		return true;
	}
	if (strstr((const char *)data, "-----BEGIN " BLSFILE_SHARE)) {
		seckey_load(&secret, path);
		json_text(o, "type", "share");
		json_number(o, "signer", secret.share.index);
		json_number(o, "threshold", secret.share.t);
		json_number(o, "n", secret.share.n);
		fprintf(text, "share of signer %u, %u of %u sign",
			secret.share.index, secret.share.t, secret.share.n);
		seckey_wipe(&secret);
		return true;
	}
	if (len && data[0] != '-' && data[0] != 0x30)	/* PEM, DER */
		return false;
	pubkey_load(&pub, path);
	key.alg = pub.alg;
	key.key = pub.data;
	key.len = pub.len;
	json_text(o, "type", pub.alg == ALG_BLS ? "group" : "public key");
	json_text(o, "key", pubkey_text(&key));
	fputs(pubkey_text(&key), text);
	if (pub.group) {
		json_number(o, "threshold", pub.group->t);
		json_number(o, "n", pub.group->n);
		fprintf(text, ", %u of %u sign", pub.group->t, pub.group->n);
	}
	free(pub.group);
	return true;
}

static bool inspect(const char *path, const struct keys *keys)
{
	struct sealed_file f = { .path = path };
	json_object *o = json_object_new_object();
	const char *error = NULL;
	bool good = true;
	char *buffer;
	uint8_t *data;
	size_t room, len;
	FILE *text = open_memstream(&buffer, &room);

	if (!text)
		die(CTL_REFUSED, "out of memory");
	json_text(o, "file", path);
	data = file_read(path, &len);
	if (len >= 4 && !memcmp(data, "ASHQ", 4)) {
		error = sealed_decode(&f, data, len);
		if (!error)
			good = inspect_sealed(&f, keys, o, text);
	} else if (!inspect_key(path, data, len, o, text)) {
		error = "neither an update, a key set nor a key";
	}
	if (error) {
		json_text(o, "error", error);
		fputs(error, text);
	}
	fclose(text);
	output(o, "%s: %s", path, buffer);
	free(buffer);
	free(data);
	return good && !error;
}

int cmd_inspect(int argc, char **argv)
{
	const char *keyset = NULL, *group = NULL;
	struct arg_list list = { 0 };
	const struct arg args[] = {
		{ .name = "--key", .list = &list },
		{ .name = "--keyset", .text = &keyset },
		{ .name = "--group", .text = &group },
		{ 0 },
	};
	int nr = args_parse(argc, argv, args, 1, -1), i;
	struct keys *keys = alloc(sizeof(*keys));
	int status = CTL_OK;

	keys_load(keys, &list, keyset, group);
	for (i = 0; i < nr; i++)
		if (!inspect(argv[1 + i], keys))
			status = CTL_REFUSED;
	keys_free(keys);
	free(keys);
	return status;
}
