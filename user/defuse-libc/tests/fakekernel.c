// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fakekernel.h"

#include "fakepages.h"
#include "fakeposition.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define FDS	4096

struct fk fk;
const struct defuse_core *fk_core;

/* What the kernel knows of an open file on the mount, shared by duplicates. */
struct ofd {
	int refs;
	bool shadow;
	char path[PATH_MAX];
	int lower;
	unsigned char stash[8192];
	unsigned int stash_len;
	mode_t mode;
	bool foreign;		/* others hold it, too */
	struct shared *shared;	/* known to children as well */
};

/* What the real kernel has once, however many processes hold the file. */
struct shared {
	struct defuse_position page __attribute__((aligned(4096)));
	bool paged __attribute__((aligned(4096)));
};

/*
 * Descriptions whose last number is gone.  Their memory stays for long: a thread may be at
 * work on one that another has just closed, as in the kernel, and without a lock, since a
 * signal handler may be it.
 */
#define DEAD_MAX	256

static struct {
	struct ofd *ofd[DEAD_MAX];
	unsigned int next;
} dead;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct ofd *fds[FDS];
static uint64_t mount_id = FK_MOUNT_ID;
static char backend_text[256];
static __thread struct defuse_thread thread;
static __thread bool thread_known;
static __thread bool forks_here;	/* and holds the lock */

struct defuse_thread *fk_thread(void)
{
	if (!thread_known) {
		thread_known = true;
		thread.magic = DEFUSE_ABLE_MAGIC;
	}
	return &thread;
}

static long sys(long nr, const long a[6])
{
	long ret = syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);

	return ret == -1 ? -errno : ret;
}

static struct ofd *ofd_of(long fd)
{
	return fd >= 0 && fd < FDS ? fds[fd] : NULL;
}

static void ofd_end(struct ofd *o)
{
	struct ofd *oldest = dead.ofd[dead.next];

	if (o->lower >= 0)
		close(o->lower);
	o->lower = -1;
	dead.ofd[dead.next] = o;
	dead.next = (dead.next + 1) % DEAD_MAX;
	if (!oldest)
		return;
	munmap(oldest->shared, sizeof(*oldest->shared));
	free(oldest);
}

static void fd_is(long fd, struct ofd *o)
{
	struct ofd *old;

	assert(fd >= 0 && fd < FDS);
	old = fds[fd];
	if (o)
		o->refs++;
	fds[fd] = o;
	if (old && --old->refs == 0)
		ofd_end(old);
}

/* Path on the mount of a name, resolved textually; false: elsewhere. */
static bool on_mount(long dirfd, const char *name, char out[PATH_MAX])
{
	size_t n = strlen(fk.mount);
	struct ofd *o = ofd_of(dirfd);

	if (!name || !*name)
		return false;
	if (name[0] == '/') {
		if (strncmp(name, fk.mount, n) || (name[n] && name[n] != '/'))
			return false;
		snprintf(out, PATH_MAX, "%s", name + n);
	} else if (o && (int)dirfd != AT_FDCWD) {
		snprintf(out, PATH_MAX, "%s/%s", strcmp(o->path, "/") ? o->path : "", name);
	} else {
		return false;
	}
	n = strlen(out);
	while (n > 1 && out[n - 1] == '/')
		out[--n] = '\0';
	if (!n)
		memcpy(out, "/", 2);
	return true;
}

static int path_args(long nr, int dirs[2], int paths[2])
{
	dirs[0] = dirs[1] = -1;
	switch (nr) {
#define AT1(name, d, p)	case SYS_##name: dirs[0] = d; paths[0] = p; return 1
	AT1(open, -1, 0); AT1(creat, -1, 0); AT1(stat, -1, 0); AT1(lstat, -1, 0);
	AT1(access, -1, 0); AT1(readlink, -1, 0); AT1(truncate, -1, 0);
	AT1(chmod, -1, 0); AT1(chown, -1, 0); AT1(lchown, -1, 0); AT1(utime, -1, 0);
	AT1(utimes, -1, 0); AT1(mkdir, -1, 0); AT1(rmdir, -1, 0); AT1(unlink, -1, 0);
	AT1(symlink, -1, 1); AT1(symlinkat, 1, 2); AT1(openat, 0, 1);
	AT1(newfstatat, 0, 1); AT1(statx, 0, 1); AT1(faccessat, 0, 1);
	AT1(faccessat2, 0, 1); AT1(readlinkat, 0, 1); AT1(fchmodat, 0, 1);
	AT1(fchownat, 0, 1); AT1(futimesat, 0, 1); AT1(utimensat, 0, 1);
	AT1(mkdirat, 0, 1); AT1(unlinkat, 0, 1);
	case SYS_rename: case SYS_link:
		paths[0] = 0;
		paths[1] = 1;
		return 2;
	case SYS_renameat: case SYS_renameat2: case SYS_linkat:
		dirs[0] = 0;
		paths[0] = 1;
		dirs[1] = 2;
		paths[1] = 3;
		return 2;
	}
	return 0;
}

static bool fd_redirected(long nr)
{
	if (fk.flags & DEFUSE_MOUNT_PAGING && nr == SYS_mmap)
		return true;
	switch (nr) {
#define X(name) case SYS_##name:
	DEFUSE_REDIRECTED_FD(X)
#undef X
		return true;
	}
	return false;
}

static void mail(uint32_t kind, const char *path)
{
	struct defuse_mailbox *box = (struct defuse_mailbox *)thread.mailbox;

	if (box) {
		box->flags = fk.flags;
		box->mount_id = mount_id;
		box->dev_major = 0;
		box->dev_minor = FK_DEV;
		box->path_len = strlen(path);
		box->umask = 022;
		memcpy(box->path, path, strlen(path) + 1);
		box->kind = kind;
	}
}

static long marker(uint32_t kind, const char *path)
{
	fk.markers++;
	if (fk.withhold_mail)
		fk.withhold_mail = false;
	else
		mail(kind, path);
	return -DEFUSE_MARKER;
}

static bool is_open(long nr)
{
	return nr == SYS_open || nr == SYS_openat || nr == SYS_creat;
}

static bool is_directory(const char *path)
{
	char real[PATH_MAX * 2];
	struct stat st;

	snprintf(real, sizeof(real), "%s%s", fk.backend, path);
	return stat(real, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Does the thread's library work on the lower files themselves? */
static bool adopting(void)
{
	const struct defuse_mailbox *box = (const struct defuse_mailbox *)thread.mailbox;

	return fk_thread()->magic == DEFUSE_ABLE_MAGIC && box && box->adopts == mount_id &&
	       fk.flags & DEFUSE_MOUNT_LOWER;
}

/* A call about a name that the kernel carries out for it. */
static bool carried_out(long nr, const char *path)
{
	return adopting() && (!(fk.flags & DEFUSE_MOUNT_PAGING) ||
			      (is_open(nr) && !is_directory(path)));
}

static long put_text(uint64_t to, uint32_t *len, const void *from, size_t need)
{
	bool fits = !to || *len >= need;

	if (to && fits)
		memcpy((void *)(uintptr_t)to, from, need);
	if (!to || !fits || *len > need)
		*len = need;
	return fits ? 0 : -ERANGE;
}

static long do_info(struct defuse_info *i)
{
	struct stat root;

	fk.infos++;
	assert(i->size == sizeof(*i));
	i->flags = fk.flags | (fk.bind_rdonly ? DEFUSE_MOUNT_RDONLY : 0);
	i->mount_id = mount_id;
	i->dev_major = 0;
	i->dev_minor = FK_DEV;
	if (fk.flags & DEFUSE_MOUNT_LOWER && !(fk.flags & DEFUSE_MOUNT_PRIVATE) &&
	    stat(fk.backend, &root) == 0) {
		i->root_device = root.st_dev;
		i->root_inode = root.st_ino;
	}
	return put_text(i->library, &i->library_len, fk.library, strlen(fk.library) + 1) ?:
	       put_text(i->backend, &i->backend_len, backend_text,
			strlen(backend_text) + 1) ?:
	       put_text(i->mount_point, &i->mount_point_len, fk.mount,
			strlen(fk.mount) + 1);
}

/* Of the mount point itself, which anybody may ask. */
static long do_statfs(struct statfs *st)
{
	*st = (struct statfs){
		.f_type = DEFUSE_SUPER_MAGIC,
		.f_flags = fk.bind_rdonly || fk.flags & DEFUSE_MOUNT_RDONLY ? ST_RDONLY : 0,
		.f_fsid = { { FK_DEV, 0 } },
	};
	return 0;
}

static struct ofd *ofd_new(void)
{
	struct ofd *o = calloc(1, sizeof(*o));

	o->lower = -1;
	o->shared = mmap(NULL, sizeof(*o->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert(o->shared != MAP_FAILED);
	return o;
}

/* The page of its position, if there is one. */
static struct defuse_position *ofd_page(const struct ofd *o)
{
	return o && o->shared->paged ? &o->shared->page : NULL;
}

static long do_open(const struct ofd *base, const struct defuse_open *req)
{
	const int flags = req->open_flags & ~(O_CREAT | O_EXCL | O_TRUNC);
	char real[PATH_MAX * 2];
	struct ofd *o;
	int fd;

	assert(req->size == sizeof(*req) && !req->reserved);
	if (!S_ISDIR(base->mode))
		return -ENOTDIR;
	if (req->mount_id != mount_id)
		return -EXDEV;
	fk.opens++;
	snprintf(real, sizeof(real), "%s%s", fk.backend, (char *)(uintptr_t)req->path);
	if (access(real, F_OK) == 0)
		fd = open(real, flags);
	else if (S_ISDIR(req->mode))
		fd = open(fk.backend, flags);
	else	/* a library that is not about files: anything with a position */
		fd = open(fk.backend, O_TMPFILE | O_RDWR | (flags & O_CLOEXEC), 0600);
	if (fd < 0)
		return -errno;
	o = ofd_new();
	o->shadow = true;
	o->mode = req->mode;
	snprintf(o->path, sizeof(o->path), "%s", (char *)(uintptr_t)req->path);
	o->lower = req->lower_fd < 0 ? -1 : fcntl(req->lower_fd, F_DUPFD_CLOEXEC, 3000);
	o->stash_len = req->stash_len;
	assert(req->stash_len <= sizeof(o->stash));
	memcpy(o->stash, (void *)(uintptr_t)req->stash, req->stash_len);
	fd_is(fd, o);
	return fd;
}

/* An open that brings a claim along, in one that leads to @path. */
static bool claimed(long nr, const char *path, long *ret)
{
	static const struct ofd directory = { .mode = S_IFDIR };
	struct defuse_mailbox *box = (struct defuse_mailbox *)thread.mailbox;
	const struct defuse_open *req = box ? (void *)(uintptr_t)box->claim : NULL;

	if (!req || !is_open(nr) || fk.refuse_claims || fk.flags & DEFUSE_MOUNT_LOWER ||
	    strcmp((char *)(uintptr_t)req->path, path))
		return false;
	assert(S_ISREG(req->mode) && req->lower_fd < 0);
	if ((fk.bind_rdonly || fk.flags & DEFUSE_MOUNT_RDONLY) &&
	    (req->open_flags & O_ACCMODE) != O_RDONLY)
		*ret = -EROFS;
	else
		*ret = do_open(&directory, req);
	if (*ret >= 0) {
		fk.claims++;
		box->claim = 0;
	}
	return true;
}

static long do_fetch(long fd, struct ofd *o, struct defuse_fetch *f)
{
	f->flags = (o->shadow ? DEFUSE_FD_SHADOW : 0) | (o->lower >= 0 ? DEFUSE_FD_LOWER : 0) |
		   (o->refs == 1 && !o->foreign ? DEFUSE_FD_ALONE : 0);
	f->mount_id = mount_id;
	f->mode = o->mode;
	f->open_flags = fcntl(fd, F_GETFL);
	f->uid = fk.uid;
	return put_text(f->path, &f->path_len, o->path, strlen(o->path) + 1) ?:
	       put_text(f->stash, &f->stash_len, o->stash, o->stash_len);
}

static long do_position(long fd, struct ofd *o, uint64_t *addr)
{
	void *page;

	if (fk.refuse_position)
		return -fk.refuse_position;
	if (!S_ISREG(o->mode) || !o->shadow)
		return -EINVAL;
	if (!o->shared->paged)
		o->shared->page.position = lseek(fd, 0, SEEK_CUR);
	o->shared->paged = true;
	/* Of size 0: a second mapping of the same memory. */
	page = mremap(&o->shared->page, 0, 4096, MREMAP_MAYMOVE);
	assert(page != MAP_FAILED && madvise(page, 4096, MADV_DONTFORK) == 0);
	fk.positions++;
	*addr = (uintptr_t)page;
	return 0;
}

static long do_ioctl(long fd, struct ofd *o, unsigned long cmd, void *arg)
{
	long ret;

	switch (cmd) {
	case DEFUSE_IOC_INFO:
		return do_info(arg);
	case DEFUSE_IOC_OPEN:
		return do_open(o, arg);
	case DEFUSE_IOC_FETCH:
		return do_fetch(fd, o, arg);
	case DEFUSE_IOC_LIBRARY:
		fk.library_asks++;
		ret = open(fk.library, O_RDONLY | O_CLOEXEC);
		return ret < 0 ? -errno : ret;
	case DEFUSE_IOC_MAPS:
		return fk.flags & DEFUSE_MOUNT_PRIVATE ? dup(fk.maps_fd) : -EOPNOTSUPP;
	case DEFUSE_IOC_PAGES:
		return fake_pages(arg);
	case DEFUSE_IOC_LIVE:
		return fake_live();
	case DEFUSE_IOC_LOWER:
		return o->lower < 0 ? -ENOENT : dup(o->lower);
	case DEFUSE_IOC_POSITION:
		return do_position(fd, o, arg);
	}
	return -ENOTTY;
}

/* Door 2: the same call on the backend. */
static long door2(long nr, const long a[6])
{
	static __thread char real[2][PATH_MAX * 2];
	char path[PATH_MAX];
	int dirs[2], paths[2], n = path_args(nr, dirs, paths), i;
	long b[6], ret;
	bool ours = false;

	memcpy(b, a, sizeof(b));
	for (i = 0; i < n; i++) {
		long dirfd = dirs[i] < 0 ? AT_FDCWD : a[dirs[i]];

		if (!on_mount(dirfd, (char *)a[paths[i]], path))
			continue;
		ours = true;
		snprintf(real[i], sizeof(real[i]), "%s%s", fk.backend, path);
		b[paths[i]] = (long)real[i];
		if (dirs[i] >= 0)
			b[dirs[i]] = AT_FDCWD;
	}
	if (ours && !(fk.flags & DEFUSE_MOUNT_LOWER) && !(nr == SYS_openat && a[2] & O_DIRECTORY))
		return -EOPNOTSUPP;
	ret = sys(nr, b);
	if (ours && nr == SYS_faccessat)	/* the core's own question */
		return fk.bind_rdonly && a[2] & W_OK ? -EROFS : ret;
	if (ours && nr == SYS_statx && a[3] == STATX_MNT_ID)
		return ret;		/* likewise */
	if (ours && nr == SYS_newfstatat && a[3] == AT_SYMLINK_NOFOLLOW) {
		fk.looks++;		/* the core's announcement of a changed name */
		return ret;
	}
	if (ours) {
		fk.door2++;
		if (ret >= 0 && is_open(nr)) {
			struct ofd *o = ofd_new();
			struct stat st;

			fstat(ret, &st);
			o->mode = st.st_mode;
			if (adopting() && S_ISREG(st.st_mode)) {
				char self[64];
				int mode = fcntl(ret, F_GETFL) & O_ACCMODE;

				snprintf(self, sizeof(self), "/proc/self/fd/%ld", ret);
				o->shadow = true;
				o->lower = open(self, mode | O_CLOEXEC);
				fk.door2--;
				mail(DEFUSE_MAIL_ADOPT, "");
			}
			if (!on_mount(nr == SYS_openat ? a[0] : AT_FDCWD,
				      (char *)a[nr == SYS_openat], o->path))
				assert(0);
			fd_is(ret, o);
		}
	}
	return ret;
}

static long kernel(long nr, const long a[6])
{
	struct ofd *o = ofd_of(a[nr == SYS_mmap ? 4 : 0]);
	char path[PATH_MAX];
	int dirs[2], paths[2], n, i;
	long ret;

	if (fk_thread()->magic == DEFUSE_ABLE_MAGIC) {
		n = path_args(nr, dirs, paths);
		for (i = 0; i < n; i++) {
			long dirfd = dirs[i] < 0 ? AT_FDCWD : a[dirs[i]];

			if (!on_mount(dirfd, (char *)a[paths[i]], path) || !strcmp(path, "/") ||
			    carried_out(nr, path))
				continue;
			return claimed(nr, path, &ret) ? ret : marker(DEFUSE_MAIL_PATH, path);
		}
		if (o && o->shadow && fd_redirected(nr))
			return marker(DEFUSE_MAIL_FD, "");
	}
	switch (nr) {
	case SYS_fstatfs:
		if (o)
			return do_statfs((struct statfs *)a[1]);
		break;
	case SYS_statfs:
		if (!strcmp((char *)a[0], fk.mount))
			return do_statfs((struct statfs *)a[1]);
		break;
	case SYS_ioctl:
		if (o && _IOC_TYPE(a[1]) == DEFUSE_IOC_MAGIC)
			return do_ioctl(a[0], o, a[1], (void *)a[2]);
		if (a[1] == (long)DEFUSE_IOC_PAGES)
			return fake_pages_again(a[0], (void *)a[2]);
		break;
	case SYS_close:
		if (o)
			fd_is(a[0], NULL);
		break;
	case SYS_close_range:
		for (i = a[0]; i < FDS && i <= a[1] && !a[2]; i++)
			fd_is(i, NULL);
		break;
	case SYS_dup: case SYS_dup2: case SYS_dup3: case SYS_fcntl:
		ret = sys(nr, a);
		if (ret >= 0 && (nr != SYS_fcntl || a[1] == F_DUPFD || a[1] == F_DUPFD_CLOEXEC) &&
		    (o || ofd_of(ret)) && ret != a[0])
			fd_is(ret, o);
		return ret;
	}
	return door2(nr, a);
}

static long raw(long nr, long a1, long a2, long a3, long a4, long a5, long a6)
{
	const long a[6] = { a1, a2, a3, a4, a5, a6 };
	struct ofd *o = ofd_of(a1);
	int error = errno;
	long ret;

	if (nr == SYS_lseek)
		fk.seeks++;
	if (nr == SYS_ioctl && a2 == DEFUSE_IOC_POSITION_TURN)
		return fake_position_turn(ofd_page(o), a3);
	if (nr == SYS_futex)
		return syscall(nr, a1, a2, a3, a4, a5, a6) == -1 ? -errno : 0;
	if (ofd_page(o) &&
	    (nr == SYS_lseek ||
	     (!fk_thread()->magic && (nr == SYS_read || nr == SYS_write)))) {
		ret = fake_position_call(ofd_page(o), nr, a);
		errno = error;
		return ret;
	}
	switch (nr) {	/* may be called by many threads, and have nothing to keep */
	case SYS_read: case SYS_write: case SYS_pread64: case SYS_lseek:
	case SYS_mmap: case SYS_munmap: case SYS_pwrite64: case SYS_mprotect:
	case SYS_madvise: case SYS_flock:
		if (!fk_thread()->magic) {
			ret = sys(nr, a);
			errno = error;
			return ret;
		}
	}
	if (forks_here) {
		ret = kernel(nr, a);
	} else {
		pthread_mutex_lock(&lock);
		ret = kernel(nr, a);
		pthread_mutex_unlock(&lock);
	}
	errno = error;
	return ret;
}

static const struct defuse_libc libc = {
	.version = DEFUSE_HOOK_VERSION,
	.size = sizeof(libc),
	.raw = raw,
	.thread = fk_thread,
};

const struct defuse_libc *fk_libc(void)
{
	return &libc;
}

long fk_sys7(long nr, long a, long b, long c, long d, long e, long f)
{
	bool wanted = fk_core && fk_core->wants(nr, a, b, c, d, e, f);
	long ret = fk_core ? fk_core->hook(nr, a, b, c, d, e, f) : DEFUSE_PASS;

	/* Who asks first must miss nothing. */
	assert(wanted || ret == DEFUSE_PASS ||
	       fk_core->wants(nr, a, b, c, d, e, f));
	if (ret != DEFUSE_PASS)
		return ret;
	ret = raw(nr, a, b, c, d, e, f);
	if (ret != -DEFUSE_MARKER)
		return ret;
	return fk_core->upcall(nr, a, b, c, d, e, f);
}

struct defuse_position *fk_position(int fd)
{
	return ofd_page(ofd_of(fd));
}

long fk_undeclared3(long nr, long a, long b, long c)
{
	uint64_t magic = fk_thread()->magic;
	long ret;

	fk_thread()->magic = 0;
	ret = raw(nr, a, b, c, 0, 0, 0);
	fk_thread()->magic = magic;
	return ret;
}

void fk_forget(int fd)
{
	/* In the process: a new number for the same open file, behind the core's back. */
	struct ofd *o = ofd_of(fd);
	int copy = fcntl(fd, F_DUPFD, 2000);

	o->refs++;
	o->foreign = true;
	fk_sys(SYS_close, fd);
	dup2(copy, fd);
	close(copy);
	fd_is(fd, o);
	o->refs--;
}

void fk_remount(const char *library)
{
	mount_id++;
	snprintf(fk.library, sizeof(fk.library), "%s", library);
}

/* Across a fork no other thread, such as the core's pager, is in the fake kernel. */
static void lock_take(void)
{
	pthread_mutex_lock(&lock);
	forks_here = true;
}

static void lock_give(void)
{
	forks_here = false;
	pthread_mutex_unlock(&lock);
}

static void lock_init(void)
{
	forks_here = false;
	pthread_mutex_init(&lock, NULL);
}

void fk_start(const char *library, const char *text)
{
	const char *tmp = getenv("TMPDIR") ?: "/tmp";

	snprintf(fk.backend, sizeof(fk.backend), "%s/defuse-unit.XXXXXX", tmp);
	if (!mkdtemp(fk.backend))
		abort();
	snprintf(fk.mount, sizeof(fk.mount), "/fake/mount");
	snprintf(fk.library, sizeof(fk.library), "%s", library);
	snprintf(backend_text, sizeof(backend_text), "%s", text ?: fk.backend);
	fk.flags = DEFUSE_MOUNT_LOWER;
	fk.uid = geteuid();
	pthread_atfork(lock_take, lock_give, lock_init);
	fk_thread()->depth = 1;
	fk_thread()->magic = 0;
	fk_core = defuse_core_init(&libc);
	fk_thread()->depth = 0;
	fk_thread()->magic = DEFUSE_ABLE_MAGIC;
}
