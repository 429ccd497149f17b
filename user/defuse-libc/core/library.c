// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Loading a file-system library: the file that the mount pinned, checked before
 * any of its code but constructors runs.
 *
 * Whatever is wrong with it is said in one line, and the program goes on without
 * it.  That holds for a crash in init() too.  A crash in a constructor is the
 * program's: the dynamic loader cannot be left in its middle.
 */
#include "mount.h"

#include "private_fd.h"
#include "report.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LOAD_FLAGS	(RTLD_NOW | RTLD_LOCAL)		/* it refuses DEEPBIND */
#else
#define LOAD_FLAGS	(RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND)
#endif

static const int crashes[] = { SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE };
#define NCRASHES	((int)(sizeof(crashes) / sizeof(crashes[0])))

/* registry_lock is held around loading: there is one guard at a time. */
static struct guard {
	sigjmp_buf back;
	pthread_t thread;
	struct sigaction old[NCRASHES];
} guard;

static void on_crash(int sig)
{
	int i;

	if (pthread_equal(pthread_self(), guard.thread))
		siglongjmp(guard.back, sig);
	/* Another thread's, which crashes again, as it would have without us. */
	for (i = 0; i < NCRASHES; i++)
		if (crashes[i] == sig)
			sigaction(sig, &guard.old[i], NULL);
	if (sig == SIGABRT)
		raise(sig);
}

/* init() of the library.  Return: its result, or the signal that ended it. */
static int guarded_init(struct dfl_mount *m)
{
	struct sigaction act = { .sa_handler = on_crash };
	sigset_t set, mask;
	int i, ret;

	/* In the island of a static program all signals are blocked, which makes a crash
	 * the end of the process, whatever handler there is. */
	sigemptyset(&set);
	for (i = 0; i < NCRASHES; i++)
		sigaddset(&set, crashes[i]);
	pthread_sigmask(SIG_UNBLOCK, &set, &mask);
	guard.thread = pthread_self();
	ret = sigsetjmp(guard.back, 1);
	if (!ret) {
		for (i = 0; i < NCRASHES; i++)
			sigaction(crashes[i], &act, &guard.old[i]);
		ret = m->ops.init(m->point, m->backend, &m->host, &m->fs);
		if (ret > 0)
			ret = -EPROTO;
	}
	for (i = 0; i < NCRASHES; i++)
		sigaction(crashes[i], &guard.old[i], NULL);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	return ret;
}

/*
 * dlopen() recognizes a library by its name first, and FD numbers are used again:
 * each library gets a name of its own by a growing number of "./".
 */
static void *load_fd(int fd, const struct stat *pinned)
{
	static unsigned int serial;
	char name[256];
	struct stat st;
	size_t n;
	unsigned int i;

	n = snprintf(name, sizeof(name), "/proc/self/fd/");
	for (i = 0; i < serial % 100; i++)
		n += snprintf(name + n, sizeof(name) - n, "./");
	snprintf(name + n, sizeof(name) - n, "%d", fd);
	serial++;
	if (stat(name, &st) || st.st_dev != pinned->st_dev || st.st_ino != pinned->st_ino)
		return NULL;
	return dlopen(name, LOAD_FLAGS);
}

static void *load(struct dfl_mount *m, int fd)
{
	struct stat pinned, named;
	void *handle;

	if (fstat(fd, &pinned))
		return NULL;
	handle = load_fd(fd, &pinned);
	/* Without /proc: by name, where that is the same file. */
	if (!handle && stat(m->library, &named) == 0 &&
	    named.st_dev == pinned.st_dev && named.st_ino == pinned.st_ino)
		handle = dlopen(m->library, LOAD_FLAGS);
	return handle;
}

static bool has_mandatory(const struct defuse_fs_operations *ops)
{
	return ops->init && ops->open && ops->close && ops->read && ops->getattr &&
	       ops->fgetattr;
}

/* NULL, or what is wrong with the table. */
static const char *check(const struct defuse_fs_operations *table, struct dfl_mount *m)
{
	size_t size;

	if (!table)
		return "exports no symbol defuse_fs_operations";
	if (table->version != DEFUSE_FS_VERSION)
		return "was built for another version of the interface";
	size = table->size;
	if (size < offsetof(struct defuse_fs_operations, init) || size > 65536)
		return "has a table of impossible size";
	memcpy(&m->ops, table, size < sizeof(m->ops) ? size : sizeof(m->ops));
	if (!has_mandatory(&m->ops))
		return "lacks a mandatory function "
		       "(init, open, close, read, getattr, fgetattr)";
	return NULL;
}

int dfl_library_load(struct dfl_mount *m, int fd)
{
	void *handle = load(m, fd);
	const char *wrong;
	int ret;

	if (!handle) {
		const char *why = dlerror();

		dfl_private_close(fd);
		dfl_report(m->library, m->lower, why ? why : "cannot be read through /proc");
		return -1;
	}
	dfl_private_close(fd);
	wrong = check(dlsym(handle, "defuse_fs_operations"), m);
	if (wrong) {
		dfl_report(m->library, m->lower, wrong);
		goto err_unload;
	}
	ret = guarded_init(m);
	if (ret > 0) {
		dfl_report_signal(m->library, m->lower, "crashed in init()", ret);
		return -1;	/* it may have left threads behind: stays loaded */
	}
	if (ret < 0) {
		dfl_report_errno(m->library, m->lower, "init() failed", -ret);
		goto err_unload;
	}
	return 0;

err_unload:
	memset(&m->ops, 0, sizeof(m->ops));
	dlclose(handle);
	return -1;
}
