/* SPDX-License-Identifier: GPL-2.0 */
/* Files of sealed updates. */
#ifndef SEALED_H
#define SEALED_H

#include "../../lib/wire/update.h"

struct sealed_file {
	const char *path;
	uint8_t *data;			/* everything else points into it */
	size_t len;
	struct update_sealed sealed;
	struct update_body body;
	uint8_t leaf[UPDATE_DIGEST_LEN];
	uint8_t root[UPDATE_DIGEST_LEN];
	uint8_t statement[STATEMENT_LEN];
};

/* Signatures on their way into a file; ascending by signer */
struct sig_set {
	unsigned int nr;
	struct update_sig sig[UPDATE_SIGS_MAX];
};

/*
 * Decode all of it but the payload.  Returns what is wrong, or NULL.  @data is
 * borrowed.
 */
const char *sealed_decode(struct sealed_file *f, uint8_t *data, size_t len);

/* The same from a file; or the end of the program. */
void sealed_load(struct sealed_file *f, const char *path);
void sealed_free(struct sealed_file *f);

/* Write it to @path, with these signatures instead of its own. */
void sealed_store(const struct sealed_file *f, const struct sig_set *sigs,
		  const char *path);

/* Signatures of a file, added to a set; one that is there is replaced. */
void sig_set_add(struct sig_set *set, const struct update_sig *sig);
void sig_set_add_all(struct sig_set *set, const struct sealed_file *f);

#endif
