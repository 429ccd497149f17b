// SPDX-License-Identifier: GPL-2.0
/*
 * What goes from one program to another: files over exec, spawn and sockets,
 * to a program of the same door and to one of the other; programs on the mount.
 */
#include "conform.h"

#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>

/* conform --child HOW FD: the far side of an exec; its standard output is read. */
int exec_child(int argc, char **argv)
{
	const char *how = argc > 0 ? argv[0] : "";
	int fd = argc > 1 ? atoi(argv[1]) : -1;
	struct stat st = { 0 };
	char buf[64];
	ssize_t n;

	if (!strcmp(how, "read")) {
		n = read(fd, buf, 4);
		printf("read %zd %.*s at %ld\n", n, n > 0 ? (int)n : 0, buf,
		       (long)lseek(fd, 0, SEEK_CUR));
		n = pread(fd, buf, 3, 0);
		printf("pread %zd %.*s\n", n, n > 0 ? (int)n : 0, buf);
		printf("flags %#x\n", fcntl(fd, F_GETFL));
		n = fstat(fd, &st);
		printf("fstat %zd size %ld mode %o\n", n, st.st_size, st.st_mode);
	} else if (!strcmp(how, "write")) {
		n = write(fd, "exec", 4);
		printf("write %zd %s\n", n, n < 0 ? errno_name(errno) : "");
		n = ftruncate(fd, 12);
		printf("ftruncate %zd\n", n);
	} else if (!strcmp(how, "map")) {
		char *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

		printf("map %s\n", p == MAP_FAILED ? errno_name(errno) :
		       (sprintf(buf, "%.4s", p), buf));
	} else if (!strcmp(how, "dir")) {
		n = openat(fd, "f", O_RDONLY);
		printf("openat %s\n", n < 0 ? errno_name(errno) : "yes");
		n = fchdir(fd);
		printf("fchdir %zd access %d\n", n, access("f", F_OK));
	} else if (!strcmp(how, "open")) {
		printf("fstat %s\n", fstat(fd, &st) ? errno_name(errno) : "0");
	} else if (!strcmp(how, "who")) {
		reach_child(fd);
	} else if (!strcmp(how, "hello")) {
		printf("hello from a file of the mount\n");
	}
	fflush(stdout);
	return 0;
}

/* The output of a program started by start(), line by line. */
static void finish(pid_t pid, int out)
{
	char buf[1000], *line, *rest = buf;
	int status = -1;
	size_t n = 0;
	ssize_t got;

	while ((got = read(out, buf + n, sizeof(buf) - 1 - n)) > 0)
		n += got;
	buf[n] = 0;
	close(out);
	waitpid(pid, &status, 0);
	while ((line = strsep(&rest, "\n")) && *line)
		say("    %s", line);
	say("    status %#x", status);
}

static void start(const char *program, const char *how, int fd)
{
	char number[20];
	int p[2];
	pid_t pid;

	say("  exec: %s", how);
	snprintf(number, sizeof(number), "%d", fd);
	if (pipe2(p, O_CLOEXEC))
		return;
	pid = fork();
	if (!pid) {
		dup2(p[1], 1);
		execl(program, program, "--child", how, number, (char *)NULL);
		_exit(127);
	}
	close(p[1]);
	finish(pid, p[0]);
}

static void over_exec(void)
{
	const char *const programs[] = { self_bin, other_bin };
	int fd, d, w, c, i;

	put("f", "0123456789", 0644);
	for (i = 0; i < 2; i++) {
		say("program %d", i);
		fd = R(open("f", O_RDWR));
		d = R(open(".", O_RDONLY));
		w = R(open("w", O_CREAT | O_RDWR | O_APPEND, 0644));
		c = R(open("f", O_RDONLY | O_CLOEXEC));
		R(lseek(fd, 2, SEEK_SET));
		start(programs[i], "read", fd);
		R(lseek(fd, 0, SEEK_CUR));
		start(programs[i], "write", w);
		start(programs[i], "write", c);
		start(programs[i], "open", c);
		start(programs[i], "map", fd);
		start(programs[i], "dir", d);
		R(unlink("f"));
		start(programs[i], "read", fd);
		R(write(w, "back", 4));
		SEE("w");
		put("f", "once again", 0644);
		close(fd), close(d), close(w), close(c);
	}
	/* An exec that fails changes nothing. */
	fd = R(open("f", O_RDWR));
	R(execl("none", "none", (char *)NULL));
	R(execl("f", "f", (char *)NULL));
	R(write(fd, "ONCE", 4));
	SEE("f");
}

/* The privileges go at the exec; the files stay. */
static void as_nobody(void)
{
	const char *const programs[] = { self_bin, other_bin };
	char number[20];
	int fd, i;

	put("f", "0123456789", 0600);
	for (i = 0; i < 2; i++) {
		fd = R(open("f", O_RDWR));
		snprintf(number, sizeof(number), "%d", fd);
		R(access("out", F_OK));
		CHILD_NOBODY {
			int out = dup(fd);

			/* Standard output: the file itself. */
			dup2(out, 1);
			lseek(1, 6, SEEK_SET);
			execl(programs[i], programs[i], "--child", "open",
			      number, (char *)NULL);
			say("exec: %s", errno_name(errno));
		}
		SEE("f");
		close(fd);
	}
}

static void spawned(void)
{
	const char *const programs[] = { self_bin, other_bin };
	posix_spawn_file_actions_t actions;
	char *argv[] = { "x", "--child", "read", "0", NULL };
	char *env[] = { NULL };
	int i, status;
	pid_t pid;

	put("f", "0123456789", 0644);
	for (i = 0; i < 2; i++) {
		posix_spawn_file_actions_init(&actions);
		posix_spawn_file_actions_addopen(&actions, 0, "f", O_RDONLY, 0);
		posix_spawn_file_actions_addopen(&actions, 1, "out",
						 O_WRONLY | O_CREAT | O_TRUNC,
						 0644);
		posix_spawn_file_actions_adddup2(&actions, 1, 2);
		R(posix_spawn(&pid, programs[i], &actions, NULL, argv, env));
		waitpid(pid, &status, 0);
		say("status %#x", status);
		SEE("out");
		posix_spawn_file_actions_destroy(&actions);
		posix_spawn_file_actions_init(&actions);
		posix_spawn_file_actions_addopen(&actions, 0, "none", O_RDONLY,
						 0);
		R(posix_spawn(&pid, programs[i], &actions, NULL, argv, env));
		posix_spawn_file_actions_destroy(&actions);
		pid = vfork();
		if (!pid) {
			execl(programs[i], "x", "--child", "none", (char *)NULL);
			_exit(99);
		}
		waitpid(pid, &status, 0);
		say("vfork: status %#x", status);
	}
	/* What a vforked child closes is still open here. */
	i = R(open("f", O_RDONLY));
	pid = vfork();
	if (!pid) {
		close(i);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	R(read(i, env, 4));
}

static void shell(void)
{
	char line[100];
	FILE *p;

	put("f", "line one\nline two\n", 0644);
	R(system("cat f f > out; echo status $?"
		 " >> out; test -e none || echo no >> out; mv out out2"));
	SEE("out2");
	p = popen("sort -r f; mkdir d && echo x > d/y && ls d", "r");
	while (p && fgets(line, sizeof(line), p))
		X(line, strlen(line));
	R(pclose(p));
	p = popen("cat > piped", "w");
	fputs("through a pipe", p);
	R(pclose(p));
	SEE("piped");
	SEE("d/y");
	R(system("exec > o; exec 5< f; read a <&5; read b <&5; echo $b; rm -r d"));
	SEE("o");
	L(".");
}

/* A program that lies in the directory: started, and busy meanwhile. */
static void program(void)
{
	static char buf[65536];
	int in = open(self_bin, O_RDONLY), out, p[2];
	ssize_t n;
	pid_t pid;

	out = open("program", O_CREAT | O_WRONLY, 0755);
	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (write(out, buf, n) != n)
			say("write: %s", errno_name(errno));
	close(out);
	start("./program", "hello", 0);
	R(chmod("program", 0644));
	start("./program", "hello", 0);
	R(chmod("program", 0711));
	out = open("program", O_WRONLY);
	start("./program", "hello", 0);
	close(out);
	R(pipe(p));
	put("script", "#!/bin/sh\necho script $0\n", 0755);
	pid = fork();
	if (!pid) {
		dup2(p[1], 1);
		close(p[1]);
		execl("./script", "./script", (char *)NULL);
		_exit(127);
	}
	close(p[1]);
	finish(pid, p[0]);
	/* Running: no one may write to it. */
	R(pipe(p));
	pid = fork();
	if (!pid) {
		dup2(p[0], 0);
		execl("./program", "program", "--child", "read", "0",
		      (char *)NULL);
		_exit(127);
	}
	tick();
	for (n = 0; n < 200; n++) {
		out = open("program", O_WRONLY);
		if (out < 0)
			break;
		close(out);
		tick();
	}
	say("while it runs: %s", out < 0 ? errno_name(errno) : "opened");
	R(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
	R(close(R(open("program", O_WRONLY))));
}

static void both_pass(void)
{
	char buf[16];
	int fd = -1;

	ON(A) {
		put("f", "0123456789", 0600);
		fd = R(open("f", O_RDWR));
		R(read(fd, buf, 2));
		R(send_fd(fd));
	}
	ON(B) {
		fd = R(received_fd);
		X(buf, R(read(fd, buf, 3)));
		FS(fd);
		R(write(fd, "from B", 6));
	}
	ON(A) {
		R(lseek(fd, 0, SEEK_CUR));
		R(lseek(fd, 1, SEEK_SET));
		R(unlink("f"));
		put("f", "another", 0644);
	}
	ON(B) {
		X(buf, R(read(fd, buf, 16)));
		FS(fd);
		R(send_fd(R(open("made", O_CREAT | O_RDWR, 0644))));
	}
	ON(A) {
		close(fd);
		fd = R(received_fd);
		R(write(fd, "by A", 4));
		R(fchmod(fd, 0640));
		SEE("made");
	}
	ON(B) {
		R(close(fd));
		SEE("f");
	}
}

const struct scenario c_exec[] = {
	{ "exec-inherit", over_exec, 0 },
	{ "exec-nobody", as_nobody, 0 },
	{ "exec-spawn", spawned, 0 },
	{ "exec-shell", shell, 0 },
	{ "exec-program", program, 0 },
	{ "exec-pass", both_pass, 1 },
	{ 0 },
};
