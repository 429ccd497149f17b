/* SPDX-License-Identifier: GPL-2.0 */
/* Key sets: made from keys, read from files.  A file has keyset_encode()'s bytes. */
#ifndef KEYSETFILE_H
#define KEYSETFILE_H

#include "pubkey.h"

struct keyset_file {
	uint8_t *data;			/* what set points into */
	size_t len;
	struct keyset set;
};

/**
 * keyset_make() - a key set of signers 1 .. @nr, or of a group
 * @scheme: 0: what the keys say
 * @quorum: 0: the default: more than a third, or the group's threshold
 */
void keyset_make(struct keyset_file *f, uint32_t phase, unsigned int scheme,
		 unsigned int quorum, char **paths, unsigned int nr);

bool keyset_is(const uint8_t *data, size_t len);
void keyset_load(struct keyset_file *f, const char *path);
void keyset_free(struct keyset_file *f);

/* The key of a signer; false if there is none */
bool keyset_find(const struct keyset *set, unsigned int signer,
		 struct keyset_key *key);

const char *scheme_name(uint8_t scheme);

#endif
