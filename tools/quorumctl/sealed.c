// SPDX-License-Identifier: GPL-2.0
/* Reads and writes files of sealed updates. */
#include <stdlib.h>
#include <string.h>
#include "../../lib/bls/bls.h"
#include "../../lib/quorum/path.h"
#include "file.h"
#include "quorumctl.h"
#include "sealed.h"

const char *sealed_decode(struct sealed_file *f, uint8_t *data, size_t len)
{
	enum quorum_err path;
	enum wire_err err;

	f->data = data;
	f->len = len;
	err = update_sealed_decode(&f->sealed, data, len);
	if (err)
		return wire_err_text(err);
	err = update_body_decode(&f->body, f->sealed.body, f->sealed.body_len);
	if (err)
		return wire_err_text(err);
	bls_merkle_leaf(f->leaf, f->sealed.body, f->sealed.body_len);
	path = quorum_path_root(f->root, f->leaf, &f->sealed);
	if (path)
		return quorum_err_text(path);
	statement_encode(f->statement, f->body.domain, f->body.phase,
			 f->sealed.leaves, f->root);
	return NULL;
}

void sealed_load(struct sealed_file *f, const char *path)
{
	const char *error;
	uint8_t *data;
	size_t len;

	memset(f, 0, sizeof(*f));
	f->path = path;
	data = file_read(path, &len);
	error = sealed_decode(f, data, len);
	if (error)
		die(CTL_REFUSED, "%s: %s", path, error);
}

void sealed_free(struct sealed_file *f)
{
	free(f->data);
	f->data = NULL;
}

void sealed_store(const struct sealed_file *f, const struct sig_set *sigs,
		  const char *path)
{
	struct update_sealed sealed = f->sealed;
	uint8_t *out = alloc(UPDATE_SEALED_MAX);
	enum wire_err err;
	size_t used;

	sealed.sig_nr = sigs->nr;
	err = update_sealed_encode(out, UPDATE_SEALED_MAX, &used, &sealed,
				   sigs->sig);
	if (err)
		die(CTL_REFUSED, "%s: these signatures do not fit together: %s",
		    path, wire_err_text(err));
	file_write(path, out, used, 0644);
	free(out);
}

void sig_set_add(struct sig_set *set, const struct update_sig *sig)
{
	unsigned int i = 0;

	while (i < set->nr && set->sig[i].signer < sig->signer)
		i++;
	if (i == set->nr || set->sig[i].signer != sig->signer) {
		if (set->nr == UPDATE_SIGS_MAX)
			die(CTL_REFUSED, "more than %d signatures",
			    UPDATE_SIGS_MAX);
		memmove(&set->sig[i + 1], &set->sig[i],
			(set->nr - i) * sizeof(set->sig[0]));
		set->nr++;
	}
	set->sig[i] = *sig;
}

void sig_set_add_all(struct sig_set *set, const struct sealed_file *f)
{
	struct update_sig sig;
	size_t at = 0;

	while (update_sealed_sig(&f->sealed, &at, &sig))
		sig_set_add(set, &sig);
}
