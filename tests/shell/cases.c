// SPDX-License-Identifier: GPL-2.0
#include "cases.h"

#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SCRATCH_MAX = 2048 };

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

static void remove_all(void)
{
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
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
		atexit(remove_all);
	}
	if (scratch_nr == SCRATCH_MAX)
		abort();
	snprintf(path[scratch_nr], sizeof(path[0]), "%s/%u", root, scratch_nr);
	return path[scratch_nr++];
}

static const struct {
	const char *name;
	void (*run)(void);
} group[] = {
	{ "keys", cases_keys },
	{ "identity", cases_identity },
	{ "storage", cases_storage },
	{ "storage_faults", cases_storage_faults },
	{ "links", cases_links },
	{ "links_hostile", cases_links_hostile },
	{ "strangers", cases_strangers },
	{ "driver", cases_driver },
};

/* cases [GROUP]: all of them, or one */
int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < sizeof(group) / sizeof(group[0]); i++)
		if (argc < 2 || !strcmp(argv[1], group[i].name))
			group[i].run();
	return test_end();
}
