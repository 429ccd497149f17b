// SPDX-License-Identifier: GPL-2.0
/*
 * Merkle proofs: the path that bls_merkle_path() makes is accepted, and of
 * those that the input makes of it only that one is.
 */
#include "fuzz.h"

enum { LEAVES = 40 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t leaf[LEAVES][BLS_DIGEST_LEN];
	static uint8_t path[BLS_MERKLE_DEPTH_MAX][BLS_DIGEST_LEN];
	static uint8_t other[BLS_MERKLE_DEPTH_MAX][BLS_DIGEST_LEN];
	struct fuzz_input in = { data, size };
	uint8_t root[BLS_DIGEST_LEN], flip[BLS_DIGEST_LEN];
	uint32_t n, index, at, of;
	unsigned int i, depth, claimed;
	enum bls_err err;

	n = 1 + fuzz_byte(&in) % LEAVES;
	index = fuzz_byte(&in) % n;
	for (i = 0; i < n; i++) {
		uint8_t text[2] = { (uint8_t)i, fuzz_byte(&in) };

		bls_merkle_leaf(leaf[i], text, sizeof(text));
	}
	FUZZ_DEMAND(!bls_merkle_root(root, leaf, n));
	FUZZ_DEMAND(!bls_merkle_path(path, &depth, leaf, n, index));
	FUZZ_DEMAND(depth <= BLS_MERKLE_DEPTH_MAX);
	FUZZ_DEMAND(!bls_merkle_check(root, leaf[index], index, n, path,
				      depth));

	/* Any numbers, and any change of the path */
	fuzz_take(&in, &at, sizeof(at));
	fuzz_take(&in, &of, sizeof(of));
	at ^= index;
	of ^= n;
	claimed = (depth + fuzz_byte(&in)) % (BLS_MERKLE_DEPTH_MAX + 1);
	memcpy(other, path, sizeof(other));
	if (claimed) {
		fuzz_take(&in, flip, sizeof(flip));
		for (i = 0; i < sizeof(flip); i++)
			other[claimed / 2][i] ^= flip[i];
	}
	err = bls_merkle_check(root, leaf[index], at, of, other, claimed);
	if (at == index && of == n && claimed == depth)
		FUZZ_DEMAND(!err == !memcmp(path, other, depth * sizeof(*path)));
	/* With the right path another place is accepted only in a tree of
	 * another size, where the same hashes are met in the same order.
	 */
	if (!err && of == n)
		FUZZ_DEMAND(at == index && claimed == depth);
	err = bls_merkle_check(root, root, at, of, other, claimed);
	FUZZ_DEMAND(err || !claimed);
	return 0;
}
