// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A file without a name lives as long as somebody has it open: a handle here, or an open
 * file description of the kernel, which the test plays.
 */
#include "suite.h"

#include <fcntl.h>
#include <unistd.h>

#define T	defuse_fs_operations

static uint64_t inodes_free(struct memfs *m)
{
	struct statfs st;

	T.statfs(m, &st);	/* reaps */
	return st.f_ffree;
}

void test_orphans(void)
{
	struct memfs *m = suite_attach("orphans", "size=1M");
	uint64_t fh, again, all = inodes_free(m);
	char blob[64], buf[8];
	struct stat st;
	size_t len, n;
	int fd;

	CHECK_IS(T.open(m, "/f", O_RDWR | O_CREAT, 0600, &fh), 0);
	CHECK_IS(T.write(m, fh, "data", 4, 0, &n), 0);
	CHECK_IS(T.fgetattr(m, fh, &st), 0);
	CHECK(st.st_ino < 64);
	CHECK_IS(T.save(m, fh, blob, sizeof(blob), &len, &fd), 0);

	/* Our handle keeps it. */
	CHECK_IS(T.unlink(m, "/f"), 0);
	CHECK_IS(inodes_free(m), all - 1);
	CHECK_IS(T.read(m, fh, buf, sizeof(buf), 0, &n), 0);
	CHECK_IS(n, 4);

	/* We close, but a child that was never here has the descriptor. */
	suite_held = 1ULL << st.st_ino;
	T.close(m, fh);
	CHECK_IS(inodes_free(m), all - 1);
	CHECK_IS(T.restore(m, NULL, O_RDONLY, blob, len, -1, &again), 0);
	CHECK_IS(T.read(m, again, buf, sizeof(buf), 0, &n), 0);
	CHECK_IS(n, 4);
	T.close(m, again);

	/* The kernel cannot be asked: kept. */
	suite_held = 0;
	suite_held_error = -EPERM;
	CHECK_IS(inodes_free(m), all - 1);
	suite_held_error = 0;
	CHECK_IS(inodes_free(m), all);
	CHECK_IS(T.restore(m, NULL, O_RDONLY, blob, len, -1, &again), -ESTALE);
	CHECK_IS(T.read(m, fh, buf, sizeof(buf), 0, &n), -ESTALE);

	/* A user that was killed: its handle counts until space is short. */
	CHECK_IS(T.open(m, "/g", O_RDWR | O_CREAT, 0600, &fh), 0);
	CHECK_IS(T.unlink(m, "/g"), 0);
	CHECK_IS(inodes_free(m), all - 1);
	CHECK(!mf_reap(m, true));	/* opened just now: perhaps it has no number yet */
	m->inodes[fh >> 32].opened -= 10000000000LL;
	CHECK(mf_reap(m, true));
	CHECK_IS(inodes_free(m), all);
	CHECK_IS(T.fgetattr(m, fh, &st), -ESTALE);

	/* A place that is used again is not the old file. */
	CHECK_IS(T.open(m, "/h", O_RDWR | O_CREAT, 0600, &again), 0);
	CHECK_IS(again >> 32, fh >> 32);
	CHECK_IS(T.write(m, fh, "x", 1, 0, &n), -ESTALE);
	T.close(m, again);
	CHECK_IS(mf_check(m, true), 0);
	suite_detach(m);
	suite_remove("orphans");
}
