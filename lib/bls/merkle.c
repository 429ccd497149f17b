// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Merkle trees of RFC 6962 2.1: leaves and nodes are hashed with different
 * first bytes, so that no node can be shown as a leaf.
 */
#include "bls.h"

void bls_merkle_leaf(uint8_t out[BLS_DIGEST_LEN], const uint8_t *data,
		     size_t len)
{
	static const uint8_t tag;	/* 0 */
	struct bls_sha256 h;

	bls_sha256_init(&h);
	bls_sha256_update(&h, &tag, 1);
	if (len)
		bls_sha256_update(&h, data, len);
	bls_sha256_final(&h, out);
}

static bls_noinline void node(uint8_t *out, const uint8_t *left, const uint8_t *right)
{
	static const uint8_t tag = 1;
	struct bls_sha256 h;

	bls_sha256_init(&h);
	bls_sha256_update(&h, &tag, 1);
	bls_sha256_update(&h, left, BLS_DIGEST_LEN);
	bls_sha256_update(&h, right, BLS_DIGEST_LEN);
	bls_sha256_final(&h, out);
}

/* The root over n > 0 leaves without recursion: the binary digits of the
 * number of leaves so far are the complete subtrees on the stack, largest
 * first.  At the end they are joined from the right, which is where RFC 6962
 * splits: at the largest power of two below n.
 */
static void root_of(uint8_t *root, const uint8_t (*leaf)[BLS_DIGEST_LEN],
		    uint32_t n)
{
	uint8_t stack[BLS_MERKLE_DEPTH_MAX + 1][BLS_DIGEST_LEN];
	unsigned int top = 0;
	uint32_t i, bit;

	for (i = 0; i < n; i++) {
		memcpy(stack[top++], leaf[i], BLS_DIGEST_LEN);
		for (bit = i; bit & 1; bit >>= 1, top--)
			node(stack[top - 2], stack[top - 2], stack[top - 1]);
	}
	for (; top > 1; top--)
		node(stack[top - 2], stack[top - 2], stack[top - 1]);
	memcpy(root, stack[0], BLS_DIGEST_LEN);
}

enum bls_err bls_merkle_root(uint8_t root[BLS_DIGEST_LEN],
			     const uint8_t (*leaf)[BLS_DIGEST_LEN], uint32_t n)
{
	if (!n || n > BLS_MERKLE_LEAVES_MAX)
		return BLS_ECOUNT;
	root_of(root, leaf, n);
	return BLS_OK;
}

/* The largest power of two below n, n > 1 */
static uint32_t split(uint32_t n)
{
	uint32_t k = 1;

	while (k < n - k)
		k <<= 1;
	return k;
}

enum bls_err bls_merkle_path(uint8_t (*path)[BLS_DIGEST_LEN],
			     unsigned int *depth,
			     const uint8_t (*leaf)[BLS_DIGEST_LEN], uint32_t n,
			     uint32_t index)
{
	unsigned int i, d = 0;
	uint8_t t[BLS_DIGEST_LEN];
	uint32_t k;

	if (!n || n > BLS_MERKLE_LEAVES_MAX)
		return BLS_ECOUNT;
	if (index >= n)
		return BLS_EINDEX;
	while (n > 1) {		/* from the root down */
		k = split(n);
		if (index < k) {
			root_of(path[d++], leaf + k, n - k);
			n = k;
		} else {
			root_of(path[d++], leaf, k);
			leaf += k;
			index -= k;
			n -= k;
		}
	}
	for (i = 0; i < d / 2; i++) {
		memcpy(t, path[i], sizeof(t));
		memcpy(path[i], path[d - 1 - i], sizeof(t));
		memcpy(path[d - 1 - i], t, sizeof(t));
	}
	*depth = d;
	return BLS_OK;
}

enum bls_err bls_merkle_check(const uint8_t root[BLS_DIGEST_LEN],
			      const uint8_t leaf[BLS_DIGEST_LEN],
			      uint32_t index, uint32_t n,
			      const uint8_t (*path)[BLS_DIGEST_LEN],
			      unsigned int depth)
{
	uint8_t r[BLS_DIGEST_LEN];
	uint32_t at = index, last = n - 1;
	unsigned int i;

	if (!n || n > BLS_MERKLE_LEAVES_MAX)
		return BLS_ECOUNT;
	if (index >= n)
		return BLS_EINDEX;
	memcpy(r, leaf, sizeof(r));
	for (i = 0; i < depth; i++) {
		if (!last)
			return BLS_ELENGTH;
		if ((at & 1) || at == last) {
			node(r, path[i], r);
			/* the last one of an odd row has no sibling there */
			while (at && !(at & 1)) {
				at >>= 1;
				last >>= 1;
			}
		} else {
			node(r, r, path[i]);
		}
		at >>= 1;
		last >>= 1;
	}
	if (last)
		return BLS_ELENGTH;
	return memcmp(r, root, sizeof(r)) ? BLS_EMISMATCH : BLS_OK;
}
