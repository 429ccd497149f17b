// SPDX-License-Identifier: GPL-2.0
/*
 * The transcript: how results, attributes, bytes and lists are written so that
 * two correct file systems give the same text.
 */
#include "conform.h"

#include <dirent.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <time.h>

#define MAX_LABELS	4096

/* Shared by both actors: one name for one inode, whoever meets it first. */
static struct labels {
	unsigned int n;
	dev_t home;
	struct label {
		dev_t dev;
		ino_t ino;
		struct timespec times[3];
	} label[MAX_LABELS];
} *labels;

const char *scenario_name;

void transcript_share(const char *file)
{
	int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, sizeof(*labels))) {
		perror(file);
		exit(2);
	}
	labels = mmap(NULL, sizeof(*labels), PROT_READ | PROT_WRITE, MAP_SHARED,
		      fd, 0);
	close(fd);
}

/* The current directory is that of the scenario. */
void transcript_begin(const char *out, const char *name)
{
	char path[4096];
	struct stat st;
	int fd;

	scenario_name = name;
	snprintf(path, sizeof(path), "%s/%s", out, name);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd < 0 || dup3(fd, TRANSCRIPT_FD, O_CLOEXEC) < 0) {
		perror(path);
		exit(2);
	}
	close(fd);
	if (me == 'A') {
		labels->n = 0;
		labels->home = stat(".", &st) ? 0 : st.st_dev;
	}
}

static void line(int fd, const char *mark, const char *fmt, va_list ap)
{
	char buf[9000];
	int n = 0;

	n += sprintf(buf, "%s ", mark);
	n += vsnprintf(buf + n, sizeof(buf) - n - 1, fmt, ap);
	if (n > (int)sizeof(buf) - 1)
		n = sizeof(buf) - 1;
	buf[n++] = '\n';
	if (write(fd, buf, n) != n)
		_exit(3);
}

void say(const char *fmt, ...)
{
	const char mark[] = { me, 0 };
	va_list ap;

	va_start(ap, fmt);
	line(TRANSCRIPT_FD, mark, fmt, ap);
	va_end(ap);
}

void note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(2, scenario_name, fmt, ap);
	va_end(ap);
}

const char *errno_name(int e)
{
	const char *name = e ? strerrorname_np(e) : "no errno";

	return name ? name : "unknown errno";
}

long said(const char *call, long result)
{
	int e = errno;

	if (result < 0)
		say("%s = %ld %s", call, result, errno_name(e));
	else
		say("%s = %ld", call, result);
	errno = e;
	return result;
}

int said_ok(const char *call, int ok)
{
	int e = errno;

	say("%s: %s", call, ok ? "yes" : errno_name(e));
	errno = e;
	return ok;
}

unsigned long hash(const void *bytes, size_t n, unsigned long h)
{
	const unsigned char *b = bytes;

	while (n--)
		h = (h ^ *b++) * 1099511628211ul;
	return h;
}

/* Printable ASCII as it is, the rest escaped, so that every byte shows. */
static const char *text(const void *bytes, size_t n)
{
	static char bufs[2][4 * 300 + 1];
	static unsigned int i;
	char *buf = bufs[i++ % 2], *p = buf;
	const unsigned char *b = bytes;
	size_t k;

	for (k = 0; k < n && k < 300; k++)
		if (b[k] > 32 && b[k] < 127 && b[k] != '\\')
			*p++ = b[k];
		else
			p += sprintf(p, "\\%03o", b[k]);
	*p = 0;
	return buf;
}

void X(const void *bytes, long n)
{
	if (n < 0)
		say("  no bytes");
	else if (n <= 64)
		say("  %ld bytes: %s", n, text(bytes, n));
	else
		say("  %ld bytes, hash %016lx", n, hash(bytes, n, 7));
}

static struct label *label(const struct stat *st)
{
	struct label *l;
	unsigned int i;

	for (i = 0; i < labels->n; i++) {
		l = &labels->label[i];
		if (l->dev == st->st_dev && l->ino == st->st_ino)
			return l;
	}
	if (i == MAX_LABELS)
		return &labels->label[0];
	l = &labels->label[labels->n++];
	memset(l, 0, sizeof(*l));
	l->dev = st->st_dev;
	l->ino = st->st_ino;
	return l;
}

static void say_stat(const char *what, const struct stat *st)
{
	say("  %s: %o links %lu uid %u gid %u size %ld blocks %ld of %ld rdev %lx inode i%d dev %s",
	    what, st->st_mode, st->st_nlink, st->st_uid, st->st_gid, st->st_size,
	    st->st_blocks, st->st_blksize, st->st_rdev,
	    (int)(label(st) - labels->label),
	    st->st_dev == labels->home ? "home" : "other");
}

void S(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		say("  lstat %s: %s", text(path, strlen(path)), errno_name(errno));
	else
		say_stat(text(path, strlen(path)), &st);
}

void FS(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		say("  fstat %d: %s", fd, errno_name(errno));
	else
		say_stat("fstat", &st);
}

void tick(void)
{
	struct timespec t = { 0, 20000000 };

	nanosleep(&t, NULL);
}

void T(const char *path)
{
	static const char *const names[] = { "atime", "mtime", "ctime" };
	struct timespec now[3];
	char buf[100], *p = buf;
	struct label *l;
	struct stat st;
	int i;

	if (lstat(path, &st)) {
		say("  times of %s: %s", path, errno_name(errno));
		return;
	}
	l = label(&st);
	now[0] = st.st_atim;
	now[1] = st.st_mtim;
	now[2] = st.st_ctim;
	for (i = 0; i < 3; i++) {
		long d = now[i].tv_sec - l->times[i].tv_sec;

		d = d ? d : now[i].tv_nsec - l->times[i].tv_nsec;
		p += sprintf(p, " %s%c", names[i], d ? d > 0 ? '+' : '-' : '=');
		l->times[i] = now[i];
	}
	say("  times of %s:%s", path, buf);
}

struct entry {
	char name[256];
	unsigned char type;
	int same_ino;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name,
		      ((const struct entry *)b)->name);
}

void L(const char *path)
{
	struct entry *list = NULL;
	unsigned int n = 0, room = 0, i;
	DIR *d = opendir(path);
	struct dirent *e;
	struct stat st;

	if (!d) {
		say("  opendir %s: %s", path, errno_name(errno));
		return;
	}
	errno = 0;
	while ((e = readdir(d))) {
		if (n == room) {
			room = room ? room * 2 : 64;
			list = realloc(list, room * sizeof(*list));
		}
		strcpy(list[n].name, e->d_name);
		list[n].type = e->d_type;
		list[n].same_ino = !strcmp(e->d_name, "..") ||
			(!fstatat(dirfd(d), e->d_name, &st,
				  AT_SYMLINK_NOFOLLOW) &&
			 st.st_ino == e->d_ino);
		n++;
		errno = 0;
	}
	if (errno)
		say("  readdir %s: %s", path, errno_name(errno));
	closedir(d);
	if (n)
		qsort(list, n, sizeof(*list), by_name);
	/* Where the backend is differs. */
	if (dir_back && !strncmp(path, dir_back, strlen(dir_back)))
		path = "the backend's";
	say("  %s has %u entries", path, n);
	for (i = 0; i < n; i++)
		say("    %s type %u%s", text(list[i].name, strlen(list[i].name)),
		    list[i].type, list[i].same_ino ? "" : " other inode");
	free(list);
}

static void contents(const char *name)
{
	static char buf[65536];
	unsigned long h = 7;
	long total = 0, n;
	int fd = open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0) {
		say("  open %s: %s", text(name, strlen(name)), errno_name(errno));
		return;
	}
	while ((n = read(fd, buf, sizeof(buf))) > 0 && total < 8 << 20) {
		total += n;
		h = hash(buf, n, h);
	}
	if (n < 0)
		say("  read: %s", errno_name(errno));
	else if (total <= 64 && lseek(fd, 0, SEEK_SET) == 0)
		X(buf, read(fd, buf, sizeof(buf)));
	else
		say("  %ld bytes, hash %016lx", total, h);
	close(fd);
}

void see_here(const char *name)
{
	char target[4096];
	struct stat st;

	S(name);
	if (lstat(name, &st))
		return;
	if (S_ISLNK(st.st_mode))
		X(target, readlink(name, target, sizeof(target)));
	else if (S_ISDIR(st.st_mode))
		L(name);
	else if (S_ISREG(st.st_mode))
		contents(name);
}

const char *on_back(const char *name)
{
	static char buf[4][8192];
	static unsigned int i;
	char *b = buf[i++ % 4];

	snprintf(b, sizeof(buf[0]), "%s/%s/%s", dir_back, scenario_name, name);
	return b;
}

/* Without inode and device: they are the backend's own. */
void SEE_BACK(const char *name)
{
	const char *path = on_back(name);
	struct stat st;

	if (lstat(path, &st)) {
		say("  backend %s: %s", name, errno_name(errno));
		return;
	}
	say("  backend %s: %o links %lu uid %u gid %u size %ld blocks %ld", name,
	    st.st_mode, st.st_nlink, st.st_uid, st.st_gid, st.st_size,
	    st.st_blocks);
	if (S_ISREG(st.st_mode))
		contents(path);
}

void put(const char *name, const char *what, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, what, strlen(what)) != (ssize_t)strlen(what) ||
	    fchmod(fd, mode))
		say("put %s: %s", name, errno_name(errno));
	if (fd >= 0)
		close(fd);
}

unsigned int rnd(void)
{
	static unsigned long state = 88172645463325252ul;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state >> 11;
}
