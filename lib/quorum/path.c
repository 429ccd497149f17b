// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * From a leaf to the root, RFC 9162 2.1.3.2.  bls_merkle_check() compares with
 * a root that is given; a sealed update does not carry its root, since it is
 * what the leaf and the path make.
 */
#include "path.h"

static void node(uint8_t *out, const uint8_t *left, const uint8_t *right)
{
	static const uint8_t tag = 1;
	struct bls_sha256 h;

	bls_sha256_init(&h);
	bls_sha256_update(&h, &tag, 1);
	bls_sha256_update(&h, left, UPDATE_DIGEST_LEN);
	bls_sha256_update(&h, right, UPDATE_DIGEST_LEN);
	bls_sha256_final(&h, out);
}

enum quorum_err quorum_path_root(uint8_t root[UPDATE_DIGEST_LEN],
				 const uint8_t leaf[UPDATE_DIGEST_LEN],
				 const struct update_sealed *sealed)
{
	uint32_t at = sealed->index, last = sealed->leaves - 1;
	const uint8_t *sibling = sealed->path;
	unsigned int used = 0;

	if (!sealed->leaves || sealed->leaves > 1u << UPDATE_PATH_MAX ||
	    at > last)
		return QUORUM_EPATH;
	memcpy(root, leaf, UPDATE_DIGEST_LEN);
	for (; last; at >>= 1, last >>= 1) {
		/* The last of an odd row goes up as it is. */
		if (at == last && !(at & 1))
			continue;
		if (used++ == sealed->depth)
			return QUORUM_EPATH;
		if (at & 1)
			node(root, sibling, root);
		else
			node(root, root, sibling);
		sibling += UPDATE_DIGEST_LEN;
	}
	return used == sealed->depth ? QUORUM_OK : QUORUM_EPATH;
}
