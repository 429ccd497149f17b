// SPDX-License-Identifier: GPL-2.0
#include "cases.h"

#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SCRATCH_MAX = 2048 };

unsigned int test_passed, test_failed;
bool test_first;
static char root[512];
static unsigned int scratch_nr;

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int test_end(void)
{
	if (root[0])
		nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	printf("%u passed, %u failed\n", test_passed, test_failed);
	return test_failed || !test_passed;
}

const char *scratch(void)
{
	static char path[SCRATCH_MAX][600];
	const char *base = getenv("TMPDIR");

	if (!root[0]) {
		snprintf(root, sizeof(root), "%s/shell-XXXXXX",
			 base ? base : "/tmp");
		if (!mkdtemp(root)) {
			perror(root);
			exit(1);
		}
	}
	if (scratch_nr == SCRATCH_MAX)
		abort();
	snprintf(path[scratch_nr], sizeof(path[0]), "%s/%u", root, scratch_nr);
	return path[scratch_nr++];
}

/* cases [--first] */
int main(int argc, char **argv)
{
	test_first = argc == 2 && !strcmp(argv[1], "--first");
	cases_keys();
	cases_storage();
	cases_storage_faults();
	cases_links();
	cases_links_hostile();
	cases_driver();
	return test_end();
}
