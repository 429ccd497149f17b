// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/* What is signed: the root of a tree of bodies, and whose it is. */
#include "update.h"
#include "bytes.h"

enum { STATEMENT_TAG_LEN = 20 };

void statement_encode(uint8_t out[STATEMENT_LEN], uint64_t domain,
		      uint32_t phase, uint32_t leaves,
		      const uint8_t root[UPDATE_DIGEST_LEN])
{
	static const char tag[STATEMENT_TAG_LEN] = "ashlar-statement-1";
	struct wire_writer w = { out, STATEMENT_LEN, 0 };

	wire_write(&w, tag, sizeof(tag));
	wire_write_be(&w, domain, 8);
	wire_write_be(&w, phase, 4);
	wire_write_be(&w, leaves, 4);
	wire_write(&w, root, UPDATE_DIGEST_LEN);
}
