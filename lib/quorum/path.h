/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/* Inside lib/quorum: from a leaf of a Merkle tree to its root. */
#ifndef QUORUM_PATH_H
#define QUORUM_PATH_H

#include "quorum.h"

/*
 * The root that a sealed update's place and path lead to, from the leaf digest
 * of its body.  QUORUM_EPATH for a place that the tree does not have, or a path
 * of another length than the place's.
 */
enum quorum_err quorum_path_root(uint8_t root[UPDATE_DIGEST_LEN],
				 const uint8_t leaf[UPDATE_DIGEST_LEN],
				 const struct update_sealed *sealed);

#endif
