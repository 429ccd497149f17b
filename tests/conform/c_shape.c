// SPDX-License-Identifier: GPL-2.0
/*
 * Shapes of processes: children of vfork, spawn and clone in every order, an exec that
 * fails, fork among threads, programs that close everything.
 */
#include "conform.h"

#include <linux/close_range.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static int a, b;		/* of f and g */

static void see_fd(const char *name, int fd)
{
	char buf[4] = "";
	off_t at = lseek(fd, 0, SEEK_CUR);
	ssize_t n = read(fd, buf, 3);

	say("  %s at %ld: %zd %.3s, flags %#x, closes %d", name, (long)at, n, buf,
	    fcntl(fd, F_GETFL), fcntl(fd, F_GETFD));
}

static void open_both(void)
{
	put("f", "ffff0123456789ffff0123456789", 0644);
	put("g", "gggg0123456789gggg0123456789", 0644);
	a = R(open("f", O_RDWR));
	b = R(open("g", O_RDWR | O_CLOEXEC));
	see_fd("a", a);
	see_fd("b", b);
}

static void close_both(void)
{
	see_fd("a", a);
	see_fd("b", b);
	R(close(a));
	R(close(b));
	SEE("f");
	SEE("g");
}

/* Replaces its own FDs; the parent's stay what they were. */
static void v_replace(void)
{
	R(close(a));
	R(open("h", O_CREAT | O_RDWR | O_TRUNC, 0644));
	R(write(a, "child", 5));
	R(dup2(b, a));
	see_fd("a, now b", a);
	R(dup2(a, 30));
	R(close(b));
	R(open("f", O_RDONLY));
	see_fd("b, now f", b);
}

static void v_no_exec(void)
{
	R(dup2(a, 0));
	R(dup2(b, 1));
	R(fcntl(a, F_SETFD, FD_CLOEXEC));
	execl("none", "none", (char *)NULL);
	say("  %s", errno_name(errno));
	R(close(0));
	R(close(a));
}

static void v_exec(void)
{
	R(dup2(a, 0));
	R(dup2(open("out", O_CREAT | O_WRONLY | O_APPEND, 0644), 1));
	R(close(a));
	execl(other_bin, other_bin, "--child", "read", "0", (char *)NULL);
	say("  %s", errno_name(errno));
}

static void v_names(void)
{
	struct stat st;

	R(mkdir("made", 0755));
	R(chdir("made"));
	R(open("in", O_CREAT | O_WRONLY, 0600));
	R(stat("in", &st));
	R(rename("in", "../moved"));
	R(fsync(a));
	R(ftruncate(b, 20));
}

static void v_nested(void)
{
	pid_t pid = vfork();

	if (!pid) {
		R(dup2(b, a));
		R(pwrite(a, "nested", 6, 0));
		_exit(3);
	}
	waitpid(pid, NULL, 0);
	see_fd("a after the grandchild", a);
}

static __attribute__((noinline)) void in_vfork(const char *what, void (*step)(void))
{
	int status = -1;
	pid_t pid;

	say("vfork: %s", what);
	pid = vfork();
	if (!pid) {
		step();
		_exit(42);
	}
	waitpid(pid, &status, 0);
	say("  status %#x", status);
	see_fd("a", a);
	see_fd("b", b);
}

static void vforked(void)
{
	open_both();
	in_vfork("replace", v_replace);
	in_vfork("no exec", v_no_exec);
	in_vfork("exec", v_exec);
	in_vfork("names", v_names);
	in_vfork("nested", v_nested);
	/* Numbers that were used in the children are free here. */
	R(open("h", O_RDWR));
	R(dup2(b, 30));
	see_fd("30", 30);
	R(close(30));
	SEE("h");
	SEE("moved");
	SEE("out");
	close_both();
}

/* File actions in an order that only works if each sees the one before. */
static void spawned(void)
{
	const char *const programs[] = { self_bin, other_bin };
	char *argv[] = { "x", "--child", "read", "0", NULL };
	posix_spawn_file_actions_t act;
	char *env[] = { NULL };
	int i, status;
	pid_t pid;

	for (i = 0; i < 2; i++) {
		open_both();
		posix_spawn_file_actions_init(&act);
		posix_spawn_file_actions_addopen(&act, 40, "out",
						 O_RDWR | O_CREAT | O_APPEND, 0644);
		posix_spawn_file_actions_adddup2(&act, 40, 1);
		posix_spawn_file_actions_adddup2(&act, 1, 2);
		posix_spawn_file_actions_adddup2(&act, a, 40);
		posix_spawn_file_actions_addclose(&act, a);
		posix_spawn_file_actions_addopen(&act, a, "g", O_RDONLY, 0);
		posix_spawn_file_actions_adddup2(&act, 40, 0);
		posix_spawn_file_actions_addclosefrom_np(&act, 3);
		R(posix_spawn(&pid, programs[i], &act, NULL, argv, env));
		waitpid(pid, &status, 0);
		say("status %#x", status);
		SEE("out");
		posix_spawn_file_actions_adddup2(&act, 500, 0);
		R(posix_spawn(&pid, programs[i], &act, NULL, argv, env));
		R(posix_spawn(&pid, "none", NULL, NULL, argv, env));
		posix_spawn_file_actions_destroy(&act);
		close_both();
	}
}

/* In the middle of everything, exec says no. */
static void not_executed(void)
{
	static char huge[200000];
	char *argv[] = { "x", huge, NULL };
	char *none[] = { NULL };
	char *p;
	int w;

	open_both();
	R(flock(a, LOCK_EX));
	R(fcntl(b, F_SETLK, &(struct flock){ .l_type = F_WRLCK }));
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, a, 0);
	memset(huge, 'x', sizeof(huge) - 1);
	put("garbage", "\177ELF, but not really", 0755);
	put("text", "#!/nowhere/at/all\n", 0755);
	put("data", "no mode for it", 0644);
	R(symlink("loop", "loop"));
	w = R(open("busy", O_CREAT | O_RDWR, 0755));
	R(write(w, "not a program", 13));
	R(execv("none", argv));
	R(execv(self_bin, argv));
	R(execve("garbage", none, none));
	R(execve("text", none, none));
	R(execve("data", none, none));
	R(execve("loop", none, none));
	R(execve(".", none, none));
	R(execve("busy", none, none));
	R(execve("f/x", none, none));
	see_fd("a", a);
	see_fd("b", b);
	X(p, 8);
	memcpy(p, "MAPPED", 6);
	CHILD {
		R(flock(open("f", O_RDWR), LOCK_EX | LOCK_NB));
		R(fcntl(b, F_SETLK, &(struct flock){ .l_type = F_WRLCK }));
	}
	R(munmap(p, 4096));
	R(close(w));
	R(execve("busy", none, none) < 0 && errno == ENOEXEC);
	close_both();
}

static char stack[65536] __attribute__((aligned(16)));

static int cloned(void *unused)
{
	(void)unused;
	v_replace();
	return 5;
}

/* The child of a copy that the C library did or did not see. */
static void copied_child(void)
{
	see_fd("a", a);
	R(write(b, "copy", 4));
	v_replace();
	v_names();
	R(chdir(".."));
	R(rename("moved", "moved2"));
	R(rmdir("made"));
	_exit(6);
}

static void cloning(void)
{
	int status = -1;
	pid_t pid;

	open_both();
	say("clone, as vfork");
	pid = clone(cloned, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD,
		    NULL);
	waitpid(pid, &status, 0);
	say("  status %#x", status);
	see_fd("a", a);
	say("clone, as fork, by a raw system call");
	pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (!pid)
		copied_child();
	waitpid(pid, &status, 0);
	say("  status %#x", status);
	see_fd("a", a);
	say("_Fork");
	pid = _Fork();
	if (!pid)
		copied_child();
	waitpid(pid, &status, 0);
	say("  status %#x", status);
	/* Its children too, and what they execute. */
	pid = _Fork();
	if (!pid) {
		CHILD {
			R(pread(a, stack, 4, 0));
			R(open("h", O_RDWR));
		}
		v_exec();
		_exit(7);
	}
	waitpid(pid, &status, 0);
	say("  status %#x", status);
	SEE("out");
	SEE("h");
	close_both();
}

static volatile int stop;
static int busy_fd;

static void *busy(void *arg)
{
	char name[20], text[20];
	long rounds = 0;
	int fd, two;

	snprintf(name, sizeof(name), "busy%ld", (long)arg);
	while (!stop) {
		fd = open(name, O_CREAT | O_RDWR | O_TRUNC, 0644);
		two = dup(fd);
		if (write(fd, name, 5) != 5 || pread(two, text, 5, 0) != 5 ||
		    memcmp(name, text, 5) || pread(busy_fd, text, 4, 4) != 4 ||
		    close(fd) || close(two))
			return (void *)1;
		rounds++;
	}
	return rounds ? NULL : (void *)2;
}

static int fork_among(int i)
{
	char text[8] = "";
	int status = -1, fd;
	pid_t pid = i % 4 == 3 ? _Fork() : fork();

	if (!pid) {
		alarm(60);
		fd = open("child", O_CREAT | O_RDWR | O_TRUNC, 0644);
		_exit(!(fd >= 0 && write(fd, "child", 5) == 5 &&
			pread(a, text, 4, 0) == 4 && !memcmp(text, "ffff", 4) &&
			dup2(b, fd) == fd && pread(fd, text, 4, 0) == 4 &&
			!memcmp(text, "gggg", 4) && close(fd) == 0 &&
			pread(fd, text, 1, 0) < 0));
	}
	waitpid(pid, &status, 0);
	return status;
}

static void among_threads(void)
{
	pthread_t t[3];
	int i, wrong = 0;
	void *result;

	open_both();
	busy_fd = a;
	for (i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, busy, (void *)(long)i);
	for (i = 0; i < 40; i++)
		wrong += fork_among(i) != 0;
	stop = 1;
	for (i = 0; i < 3; i++) {
		pthread_join(t[i], &result);
		say("thread %d: %ld", i, (long)result);
	}
	say("%d children were wrong", wrong);
	SEE("child");
	SEE("busy1");
	close_both();
}

/* All numbers but those of the transcript. */
static int close_all(int flags)
{
	return close_range(3, TRANSCRIPT_FD - 1, flags) |
	       close_range(CONTROL_FD, ~0U, flags);
}

static void *unsharing(void *unused)
{
	close_all(CLOSE_RANGE_UNSHARE);
	R(open("g", O_RDONLY));
	R(pread(a, stack, 4, 0));
	X(stack, 4);
	return unused;
}

/* Daemons close what they do not know, and go on with what they open then. */
static void closing(void)
{
	pthread_t t;
	int i, n = 0;

	open_both();
	CHILD {
		for (i = 3; i < 1024; i++)
			if (i < TRANSCRIPT_FD || i > CONTROL_FD)
				n += close(i) == 0;
		say("%d closed", n);
		R(read(a, stack, 1));
		open_both();
		R(close_all(0));
		R(open("g", O_RDWR));
		see_fd("a, now g", a);
		R(close_all(CLOSE_RANGE_UNSHARE));
		open_both();
		R(close_all(CLOSE_RANGE_CLOEXEC));
		see_fd("a", a);
		for (i = n = 0; i < TRANSCRIPT_FD; i++)
			n += fcntl(i, F_GETFD) >= 0;
		for (i = CONTROL_FD; i < 1024; i++)
			n += fcntl(i, F_GETFD) >= 0 || dup2(i, 60) >= 0;
		say("%d seem open", n);
		closefrom(CONTROL_FD);
		see_fd("a", a);
	}
	pthread_create(&t, NULL, unsharing, NULL);
	pthread_join(t, NULL);
	see_fd("a", a);
	R(open("h", O_CREAT | O_RDWR, 0644));
	close_both();
}

const struct scenario c_shape[] = {
	{ "shape-vfork", vforked, 0 },
	{ "shape-spawn", spawned, 0 },
	{ "shape-exec-fails", not_executed, 0 },
	{ "shape-clone", cloning, 0 },
	{ "shape-fork-threads", among_threads, 0 },
	{ "shape-close-all", closing, 0 },
	{ 0 },
};
