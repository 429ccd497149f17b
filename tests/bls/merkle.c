// SPDX-License-Identifier: GPL-2.0
/*
 * Merkle trees: the eight leaves that the tests of Certificate Transparency
 * use, with their published roots; and all paths of all small trees.
 */
#include "api.h"

enum { LEAVES = 40 };

bool test_merkle_known(void)
{
	static const char *const data[8] = {
		"", "00", "10", "2021", "3031", "40414243", "5051525354555657",
		"606162636465666768696a6b6c6d6e6f",
	};
	static const struct {
		uint32_t n;
		const char *root;
	} known[] = {
		{ 1, "6e340b9cffb37a989ca544e6bb780a2c"
		     "78901d3fb33738768511a30617afa01d" },
		{ 2, "fac54203e7cc696cf0dfcb42c92a1d9d"
		     "baf70ad9e621f4bd8d98662f00e3c125" },
		{ 3, "aeb6bcfe274b70a14fb067a5e5578264"
		     "db0fa9b51af5e0ba159158f329e06e77" },
		{ 7, "ddb89be403809e325750d3d263cd7892"
		     "9c2942b7942a34b77e122c9594a74c8c" },
		{ 8, "5dc9da79a70659a9ad559cb701ded9a2"
		     "ab9d823aad2f4960cfe370eff4604328" },
	};
	uint8_t leaf[8][32], root[32], bytes[16];
	unsigned int i;

	for (i = 0; i < 8; i++)
		bls_merkle_leaf(leaf[i], bytes, test_hex(bytes, data[i]));
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		ASK(!bls_merkle_root(root, (const uint8_t (*)[32])leaf,
				     known[i].n));
		ASK(test_is_hex(root, known[i].root));
	}
	return true;
}

bool test_merkle_paths(void)
{
	static uint8_t leaf[LEAVES][32], path[BLS_MERKLE_DEPTH_MAX + 1][32];
	const uint8_t (*l)[32] = (const uint8_t (*)[32])leaf;
	const uint8_t (*p)[32] = (const uint8_t (*)[32])path;
	uint8_t root[32], byte;
	unsigned int depth, bit;
	uint32_t n, i, j;

	for (i = 0; i < LEAVES; i++) {
		byte = (uint8_t)i;
		bls_merkle_leaf(leaf[i], &byte, 1);
	}
	for (n = 1; n <= LEAVES; n++) {
		ASK(!bls_merkle_root(root, l, n));
		for (i = 0; i < n; i++) {
			ASK(!bls_merkle_path(path, &depth, l, n, i));
			ASK(!bls_merkle_check(root, leaf[i], i, n, p, depth));
			/* any other place, size, leaf, length is wrong */
			for (j = 0; j < n; j++)
				ASK(j == i || bls_merkle_check(root, leaf[i], j,
							       n, p, depth));
			for (j = 0; j < n; j++)
				ASK(j == i || bls_merkle_check(root, leaf[j], i,
							       n, p, depth));
			if (depth)
				ASK(bls_merkle_check(root, leaf[i], i, n, p,
						     depth - 1) == BLS_ELENGTH);
			ASK(bls_merkle_check(root, leaf[i], i, n, p,
					     depth + 1) == BLS_ELENGTH);
			for (bit = 0; bit < depth * 256; bit += 37) {
				path[bit / 256][bit / 8 % 32] ^= 1 << bit % 8;
				ASK(bls_merkle_check(root, leaf[i], i, n, p,
						     depth) == BLS_EMISMATCH);
				path[bit / 256][bit / 8 % 32] ^= 1 << bit % 8;
			}
		}
		ASK(bls_merkle_check(root, leaf[0], n, n, p, 0) == BLS_EINDEX);
		ASK(bls_merkle_path(path, &depth, l, n, n) == BLS_EINDEX);
	}
	ASK(bls_merkle_root(root, l, 0) == BLS_ECOUNT);
	ASK(bls_merkle_check(root, leaf[0], 0, 0, p, 0) == BLS_ECOUNT);
	ASK(bls_merkle_path(path, &depth, l, 0, 0) == BLS_ECOUNT);
	ASK(bls_merkle_root(root, l, BLS_MERKLE_LEAVES_MAX + 1) == BLS_ECOUNT);
	ASK(bls_merkle_check(root, leaf[0], 0, BLS_MERKLE_LEAVES_MAX + 1, p,
			     0) == BLS_ECOUNT);
	/* a node is not a leaf */
	bls_merkle_root(root, l, 2);
	memcpy(path[0], leaf[0], 32);
	memcpy(path[1], leaf[1], 32);
	bls_merkle_leaf(path[2], path[0], 64);
	ASK(memcmp(path[2], root, 32));
	return true;
}
