/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * Indices of share holders: what a set of them may be.  Private to lib/bls.
 */
#ifndef BLS_INDICES_H
#define BLS_INDICES_H

#include "bls.h"

/* One index of 1 .. n, and a threshold of 1 .. BLS_PARTIES_MAX */
static inline enum bls_err bls_check_index(unsigned int index, unsigned int t,
					   unsigned int n)
{
	if (!t || t > BLS_PARTIES_MAX || n > BLS_PARTIES_MAX)
		return BLS_ECOUNT;
	if (!index || index > n)
		return BLS_EINDEX;
	return BLS_OK;
}

/* t different indices of 1 .. n.  Zero would be the secret itself, and two
 * that are the same have no interpolation.
 */
static inline enum bls_err bls_check_indices(const unsigned int index[],
					     unsigned int t, unsigned int n)
{
	unsigned int i, j;
	enum bls_err err;

	if (!t || t > n || n > BLS_PARTIES_MAX)
		return BLS_ECOUNT;
	for (i = 0; i < t; i++) {
		err = bls_check_index(index[i], t, n);
		if (err)
			return err;
		for (j = 0; j < i; j++)
			if (index[j] == index[i])
				return BLS_EDUPLICATE;
	}
	return BLS_OK;
}

#endif
