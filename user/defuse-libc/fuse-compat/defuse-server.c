// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * defuse-server: runs the one instance of a FUSE file system that a mount shares.
 *
 *	defuse-server [-f] [-p PRELOAD] BACKEND MOUNTPOINT
 *	defuse-server -l FD [-p PRELOAD] BACKEND MOUNTPOINT
 *
 * BACKEND is the backend= text of the mount (words.h).  COMMAND in it is a program that
 * is linked with libfuse 3, which is run with our libfuse before it (-p, default
 * /usr/lib/defuse/libdefuse-fuse3.so; empty: it has ours), or a library made as
 * docs/fuse-compat.md tells, whose main() is called.  MOUNTPOINT is added as its last
 * argument; it need not be mounted yet.  Without -f the file system goes to the
 * background when it is ready to serve.  With -l, for mount.defuse, it is started again
 * when it dies and ends with the mount; FD is the socket of keeper.h.
 *
 * The socket is made here, in a directory that belongs to whoever runs this and in which
 * nobody else may write.
 */
#include "handover.h"
#include "keeper.h"
#include "words.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

__attribute__((format(printf, 1, 2), noreturn))
static void die(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "defuse-server: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

/* Who can replace the socket can be anybody's file system. */
static void check_directory(const char *socket)
{
	char *copy = strdup(socket), *dir;
	struct stat st;

	if (!copy)
		die("no memory");
	dir = dirname(copy);
	if (stat(dir, &st))
		die("%s: %s", dir, strerror(errno));
	if (st.st_uid != geteuid() || (st.st_mode & 022))
		die("%s: must be mine, and writable by nobody else", dir);
	free(copy);
}

/*
 * Made under another name and moved there when it listens: who finds it may connect, and
 * what a dead server left behind is replaced.
 */
static int listen_at(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	size_t n = strlen(path);
	mode_t mask;

	if (fd < 0)
		die("socket: %s", strerror(errno));
	if (n + sizeof("~") > sizeof(addr.sun_path))
		die("%s: too long for a socket", path);
	check_directory(path);
	memcpy(addr.sun_path, path, n + 1);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		die("%s: somebody serves there", path);
	addr.sun_path[n] = '~';
	unlink(addr.sun_path);
	/* Whoever sees the mount may connect; who is let in, its options say. */
	mask = umask(0);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 128) ||
	    rename(addr.sun_path, path))
		die("%s: %s", path, strerror(errno));
	umask(mask);
	return fd;
}

static void become(const char *user)
{
	const struct passwd *p = getpwnam(user);

	if (!p)
		die("no user %s", user);
	if (initgroups(user, p->pw_gid) || setgid(p->pw_gid) || setuid(p->pw_uid))
		die("cannot be %s: %s", user, strerror(errno));
	if (setenv("HOME", p->pw_dir, 1) || setenv("USER", user, 1))
		die("no memory");
}

static bool is_library(const char *name)
{
	size_t n = strlen(name);

	return n > 3 && strcmp(name + n - 3, ".so") == 0;
}

__attribute__((noreturn))
static void call_main(struct words *w)
{
	void *library = dlopen(w->argv[0], RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
	int (*program)(int, char **);

	if (!library)
		die("%s", dlerror());
	*(void **)&program = dlsym(library, "main");
	if (!program)
		die("%s: no main()", w->argv[0]);
	exit(program(w->argc, w->argv));
}

/**
 * struct plan - what the command line says
 * @keeper: the socket of -l, or -1
 */
struct plan {
	struct words words;
	const char *preload;
	bool foreground;
	int keeper;
};

/* Becomes the file system. */
static void serve(const struct handover *h, void *arg)
{
	struct plan *p = arg;
	struct words *w = &p->words;
	struct handover mine;

	if (w->user)
		become(w->user);
	if (handover_give(h))
		die("cannot hand over: %s", strerror(errno));
	if (is_library(w->argv[0])) {
		handover_take(&mine);
		call_main(w);
	}
	if (*p->preload && (access(p->preload, R_OK) || setenv("LD_PRELOAD", p->preload, 1)))
		die("%s: %s", p->preload, strerror(errno));
	execvp(w->argv[0], w->argv);
	die("%s: %s", w->argv[0], strerror(errno));
}

__attribute__((noreturn))
static void usage(void)
{
	die("usage: defuse-server [-f | -l FD] [-p PRELOAD] BACKEND MOUNTPOINT");
}

static void arguments(struct plan *p, int argc, char **argv)
{
	struct words *w = &p->words;
	const char *why;
	int c;

	while ((c = getopt(argc, argv, "fl:p:")) != -1) {
		if (c == 'f')
			p->foreground = true;
		else if (c == 'l')
			p->keeper = atoi(optarg);
		else if (c == 'p')
			p->preload = optarg;
		else
			usage();
	}
	if (argc - optind != 2 || (p->foreground && p->keeper >= 0))
		usage();
	if (words_cut(w, argv[optind], &why))
		die("%s", why);
	if (!w->shared)
		die("instance=process needs no server");
	if (!w->socket)
		die("instance=shared needs socket=PATH");
	if (!w->argc)
		die("the backend names no command");
	if (w->argc + 2 > WORDS_MAX)
		die("too many words");
	w->argv[w->argc++] = argv[optind + 1];
	if (p->foreground)
		w->argv[w->argc++] = "-f";
}

int main(int argc, char **argv)
{
	struct plan p = { .preload = "/usr/lib/defuse/libdefuse-fuse3.so", .keeper = -1 };
	struct handover h = { .ready = -1, .gone = -1 };
	struct keeper k = { .run = serve, .arg = &p };

	arguments(&p, argc, argv);
	h.listener = k.listener = listen_at(p.words.socket);
	k.socket = p.keeper;
	k.path = p.words.socket;
	k.name = p.words.argv[0];
	if (p.keeper >= 0)
		return keep(&k);
	serve(&h, &p);
	return 1;
}
