// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * SIGKILL at every point of every change, one process for each.  The survivor must find a
 * sound segment, and of every change that is promised to be whole, all or nothing.
 *
 * The control: where the undo log is thrown away, the check does find something wrong.
 */
#include "suite.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define T	defuse_fs_operations

static struct memfs *m;
static char bytes[300000];

static void prepare(void)
{
	uint64_t fh;
	size_t n;

	T.mkdir(m, "/d", 0755);
	T.mkdir(m, "/d/e", 0755);
	T.mkdir(m, "/empty", 0755);
	T.open(m, "/f", O_RDWR | O_CREAT, 0644, &fh);
	T.write(m, fh, bytes, 60000, 0, &n);
	T.close(m, fh);
	T.open(m, "/g", O_RDWR | O_CREAT, 0644, &fh);
	T.write(m, fh, bytes, 10, 0, &n);
	T.close(m, fh);
	T.link(m, "/f", "/d/f2");
}

static void on_file(const char *name, int flags, size_t size, off_t at)
{
	uint64_t fh;
	size_t n;

	if (T.open(m, name, flags, 0644, &fh))
		return;
	if (size)
		T.write(m, fh, bytes, size, at, &n);
	T.close(m, fh);
}

static void cut(const char *name, off_t at, off_t len)
{
	uint64_t fh;

	if (T.open(m, name, O_RDWR, 0, &fh))
		return;
	T.fallocate(m, fh, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, len);
	T.fallocate(m, fh, 0, 200000, 9000);
	T.close(m, fh);
}

#define LONG_NAME "/d/a-name-that-is-longer-than-a-narrow-record-has-room-for"

static void create(void) { on_file("/new", O_RDWR | O_CREAT, 0, 0); }
static void create_long(void) { on_file(LONG_NAME, O_RDWR | O_CREAT, 0, 0); }
static void make_dir(void) { T.mkdir(m, "/d/new", 0755); }
static void make_link(void) { T.symlink(m, "target", "/link"); }
static void hard_link(void) { T.link(m, "/g", "/d/e/g2"); }
static void unlink_last(void) { T.unlink(m, "/g"); }
static void unlink_one(void) { T.unlink(m, "/f"); }
static void remove_dir(void) { T.rmdir(m, "/empty"); }
static void rename_plain(void) { T.rename(m, "/g", "/d/e/moved", 0); }
static void rename_over(void) { T.rename(m, "/g", "/f", 0); }
static void rename_dir(void) { T.rename(m, "/d", "/empty", 0); }
static void exchange(void) { T.rename(m, "/g", "/d/e", 2); }
static void chmod_it(void) { T.chmod(m, "/g", 04755); }
static void chown_it(void) { T.chown(m, "/g", 7, 8); }
static void reap(void) { T.unlink(m, "/g"); mf_reap(m, true); }
static void append_small(void) { on_file("/g", O_WRONLY, 100, 10); }
static void write_hole(void) { on_file("/g", O_WRONLY, 3000, 5000000); }
static void write_large(void) { on_file("/f", O_WRONLY, sizeof(bytes), 1000); }
static void truncate_it(void) { T.trunc(m, "/f", 5000); }
static void punch(void) { cut("/f", 3000, 30000); }
static void remove_large(void) { T.unlink(m, "/f"); T.unlink(m, "/d/f2"); mf_reap(m, true); }

/* @whole: it happens, or it does not. */
static const struct { const char *name; void (*run)(void); bool whole; } changes[] = {
	{ "create", create, true }, { "create, long name", create_long, true },
	{ "mkdir", make_dir, true }, { "symlink", make_link, true },
	{ "link", hard_link, true }, { "unlink of the last name", unlink_last, true },
	{ "unlink of another", unlink_one, true }, { "rmdir", remove_dir, true },
	{ "rename", rename_plain, true }, { "rename over a file", rename_over, true },
	{ "rename of a directory", rename_dir, true }, { "exchange", exchange, true },
	{ "chmod", chmod_it, true }, { "chown", chown_it, true },
	{ "write at the end", append_small, true }, { "write behind a hole", write_hole, true },
	{ "unlink and reap", reap, true }, { "write in pieces", write_large, false },
	{ "truncate", truncate_it, false }, { "punch and reserve", punch, false },
	{ "remove a large file", remove_large, false },
};

#define NCHANGES	(sizeof(changes) / sizeof(changes[0]))

/* A number for all that can be seen from the root on. */
static uint64_t view(uint32_t index, uint64_t h)
{
	const struct mf_inode *i = &m->inodes[index];
	static char buf[400000];
	uint32_t at;
	size_t n = 0, k;

	h = h * 31 + i->mode;
	h = h * 31 + i->uid * 3 + i->gid * 5;
	h = h * 31 + i->nlink * 7 + (S_ISREG(i->mode) ? i->size : 0);
	if (!S_ISDIR(i->mode)) {
		mf_copy_out(m, i, buf, sizeof(buf), 0, &n);
		for (k = 0; k < n; k++)
			h = (h ^ (unsigned char)buf[k]) * 0x100000001b3ULL;
		return h;
	}
	for (at = i->first; at;) {
		const struct mf_dent *d = mf_dent(m, at);
		uint64_t one = 0;

		for (k = 0; k < d->len; k++)
			one = one * 131 + d->name[k];
		h += view(d->child, one);	/* in whatever order */
		at = d->next;
	}
	return h;
}

static void begin(void)
{
	suite_remove("points");
	m = suite_attach("points", "size=2M");
	prepare();
}

/* The change in a child that dies at point @n.  True: it came so far. */
static bool died(unsigned int change, unsigned long n)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		point_count = 0;
		point_kill = n;
		changes[change].run();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	CHECK(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : !WEXITSTATUS(status));
	return WIFSIGNALED(status);
}

static void kill_in(unsigned int change, unsigned long *points, unsigned long *found)
{
	uint64_t before, after = 0, now;
	unsigned long n, step = 1;
	bool more = true;

	for (n = 0; more; n += step) {
		unsigned long failed = check_failed;

		begin();
		before = view(MF_ROOT, 1);
		more = died(change, n) || !n;
		if (!n) {	/* not killed: what it comes to, and how long it takes */
			after = view(MF_ROOT, 1);
			CHECK(before != after || !changes[change].whole);
		} else if (n % 7 == 3) {
			/* The control.  Not all of what is half done can be seen. */
			m->head->undone = 0;
			*found += mf_check(m, false) != 0;
		} else {
			CHECK_IS(mf_check(m, true), 0);
			now = view(MF_ROOT, 1);
			CHECK(now == before || now == after || !changes[change].whole);
			/* Life goes on. */
			CHECK_IS(T.mkdir(m, "/life", 0755), 0);
		}
		if (check_failed != failed)
			fprintf(stderr, "\t%s, point %lu\n", changes[change].name, n);
		suite_detach(m);
		/* The long ones repeat themselves. */
		if (n > 48)
			step = n / 8;
	}
	*points += n;
}

void test_points(void)
{
	unsigned long points = 0, found = 0;
	unsigned int i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = i * 7 + i / 251;
	for (i = 0; i < NCHANGES; i++)
		kill_in(i, &points, &found);
	suite_remove("points");
	CHECK(points > 1000);
	CHECK(found > 20);
	printf("points: killed at %lu, %lu of the spoilt ones noticed\n", points, found);
}
