/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * Merkle trees over SHA-256, of 1 .. BLS_MERKLE_LEAVES_MAX leaves: RFC 6962 2.1
 * (and RFC 9162 2.1): a leaf is SHA-256(0 || data), a node
 * SHA-256(1 || left || right), and the left subtree has the largest power of
 * two of leaves that is less than all.  Variable time in nothing but counts and indices.
 *
 * Part of bls.h, whose conventions hold.
 */
#ifndef BLS_MERKLE_H
#define BLS_MERKLE_H

#include "bls.h"

/**
 * bls_merkle_leaf() - the hash of one leaf's data
 */
void bls_merkle_leaf(uint8_t out[BLS_DIGEST_LEN], const uint8_t *data,
		     size_t len);

/**
 * bls_merkle_root() - the root over leaf hashes
 * @root: out
 * @leaf: @n hashes made by bls_merkle_leaf()
 * @n:    1 .. BLS_MERKLE_LEAVES_MAX
 *
 * Return: BLS_OK, BLS_ECOUNT.
 */
enum bls_err bls_merkle_root(uint8_t root[BLS_DIGEST_LEN],
			     const uint8_t (*leaf)[BLS_DIGEST_LEN],
			     uint32_t n);

/**
 * bls_merkle_path() - what proves that a leaf is in the tree
 * @path:  out: room for BLS_MERKLE_DEPTH_MAX hashes, from the leaf upwards
 * @depth: out: how many there are
 * @leaf:  @n hashes
 * @index: 0 .. @n - 1
 *
 * Return: BLS_OK, BLS_ECOUNT, BLS_EINDEX.
 */
enum bls_err bls_merkle_path(uint8_t (*path)[BLS_DIGEST_LEN],
			     unsigned int *depth,
			     const uint8_t (*leaf)[BLS_DIGEST_LEN], uint32_t n,
			     uint32_t index);

/**
 * bls_merkle_check() - is this leaf at this place of the tree?
 * @root:  what was signed
 * @leaf:  the leaf's hash, made from its data by bls_merkle_leaf()
 * @index: its place, 0 .. @n - 1
 * @n:     leaves of the tree
 * @path:  @depth hashes
 *
 * Return: BLS_OK; BLS_EMISMATCH; BLS_ECOUNT or BLS_EINDEX for numbers that no
 *         tree has, BLS_ELENGTH for a path of another length than this tree's.
 * Source: RFC 9162 2.1.3.2.
 */
enum bls_err bls_merkle_check(const uint8_t root[BLS_DIGEST_LEN],
			      const uint8_t leaf[BLS_DIGEST_LEN],
			      uint32_t index, uint32_t n,
			      const uint8_t (*path)[BLS_DIGEST_LEN],
			      unsigned int depth);

#endif
