// SPDX-License-Identifier: LGPL-2.1-or-later
/* Runs the unit tests.  Arguments: directory of the libraries under test, [avfs]. */
#include "unit.h"

#include "check.h"
#include "fakekernel.h"

#include <ftw.h>
#include <stdlib.h>
#include <string.h>

unsigned long check_passed, check_failed;
const char *unit_dir;

char *unit_name(const char *rest)
{
	static __thread char names[8][512];
	static __thread int next;
	char *name = names[next++ % 8];

	snprintf(name, sizeof(names[0]), "%s%s", fk.mount, rest);
	return name;
}

char *unit_back(const char *rest)
{
	static char names[8][512];
	static int next;
	char *name = names[next++ % 8];

	snprintf(name, sizeof(names[0]), "%s%s", fk.backend, rest);
	return name;
}

char *unit_library(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/lib%s.so", unit_dir, name);
	return path;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void test_all(void)
{
	test_path();
	test_open();
	test_io();
	test_dup();
	test_fork();
	test_restore();
	test_threads();
	test_position();
	test_none();
	test_claim();
	test_maps();
	test_adopt();
	test_abi();
	test_avfs();
	test_map();
	test_space();
	test_points();
}

int main(int argc, char **argv)
{
	if (argc != 2 && (argc != 3 || strcmp(argv[2], "avfs"))) {
		fprintf(stderr, "usage: %s DIRECTORY [avfs]\n", argv[0]);
		return 2;
	}
	unit_dir = argv[1];
	setenv("DEFUSE_ADOPT", "0", 1);	/* the long way; the short is test_adopt() */
	fk_start(unit_library("defuse-direct"), NULL);
	CHECK(fk_core);
	if (argc == 2)
		test_all();
	else
		test_avfs();
	if (nftw(fk.backend, remove_one, 16, FTW_DEPTH | FTW_PHYS))
		fprintf(stderr, "cannot remove %s\n", fk.backend);
	printf("%lu passed, %lu failed\n", check_passed, check_failed);
	return check_failed || check_passed < 100;
}
