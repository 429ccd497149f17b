// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * usage: memfs-check NAME
 *
 * Is the segment sound that backend=NAME names?  To be asked while nobody uses it.  What a
 * killed process left half done is undone first.  Exit code 0: yes, 1: no, 2: no segment.
 */
#include "check.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	struct memfs m = { 0 };
	unsigned int bad;
	int err;

	if (argc != 2 || strchr(argv[1], ':')) {
		fprintf(stderr, "usage: memfs-check NAME\n");
		return 2;
	}
	err = mf_attach_only(&m, argv[1]);
	if (err) {
		fprintf(stderr, "memfs-check: %s: %s\n", argv[1], strerror(-err));
		return 2;
	}
	bad = mf_check(&m, true);
	if (bad)
		printf("%u things are wrong\n", bad);
	else
		printf("%llu names, %llu blocks free of %u\n",
		       (unsigned long long)m.head->names,
		       (unsigned long long)m.head->blocks_free, m.nblocks - m.first);
	return bad != 0;
}
