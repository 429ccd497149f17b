// SPDX-License-Identifier: GPL-2.0
/*
 * conform [-b PROGRAM] [-c] DIR OUT [SCENARIO...]
 *
 * Runs the scenarios, each in a new directory below DIR, and leaves a transcript
 * of each in OUT.  -b: the program that actor B runs; -c: do not touch DIR
 * before the scenarios do.  Exit status: 0 whatever the transcripts say, 1 a
 * scenario did not come to its end, 2 could not begin.
 */
#include "conform.h"

#include <sys/socket.h>

static const struct scenario *const tables[] = {
	c_open, c_io, c_copy, c_dir, c_attr, c_link, c_rename, c_lock, c_map,
	c_page, c_fd, c_exec, c_errors, c_big, c_shape, c_reach,
};

enum { SECONDS = 120 };

const char *dir_back, *dir_ro, *dir_small, *dir_else, *self_bin, *other_bin;
char me = 'A';
static const char *dir, *out;

static const struct scenario *find(const char *name)
{
	const struct scenario *s;
	unsigned int i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (s = tables[i]; s->name; s++)
			if (!strcmp(s->name, name))
				return s;
	return NULL;
}

/* One actor of one scenario, in a process of its own. */
static void play(const struct scenario *s, int peer)
{
	char path[4096];

	alarm(SECONDS);
	if (dup3(peer, PEER_FD, O_CLOEXEC) < 0)
		_exit(2);
	close(peer);
	close(CONTROL_FD);
	umask(022);
	snprintf(path, sizeof(path), "%s/%s", dir, s->name);
	if (me == 'A') {
		if (mkdir(path, 0755) || chdir(path)) {
			perror(path);
			_exit(2);
		}
		transcript_begin(out, s->name);
	}
	/* Only now there is something for B to come to. */
	if (s->pair)
		ON(A)
			;
	if (me == 'B') {
		char byte;

		if (!s->pair && recv(PEER_FD, &byte, 1, MSG_PEEK) <= 0)
			_exit(5);
		if (chdir(path)) {
			perror(path);
			_exit(2);
		}
		transcript_begin(out, s->name);
	}
	if (me == 'A' || s->pair)
		s->run();
	if (me == 'A')
		actor_end();
	else
		serve();
	if (chdir("/"))
		_exit(2);
	exit(0);
}

static pid_t start(const struct scenario *s, int peer)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid)
		play(s, peer);
	close(peer);
	return pid;
}

static int finish(pid_t pid, const char *name)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	if (status)
		fprintf(stderr, "conform: %c of %s ended with status %#x\n", me,
			name, status);
	return status;
}

static int send_peer(const char *name, int fd)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .head = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec vec = { (void *)name, strlen(name) + 1 };
	struct msghdr msg = { .msg_iov = &vec, .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };

	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	return sendmsg(CONTROL_FD, &msg, 0) < 0 ? -1 : 0;
}

static int receive_peer(char *name, size_t size)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec vec = { name, size };
	struct msghdr msg = { .msg_iov = &vec, .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	int fd;

	if (recvmsg(CONTROL_FD, &msg, MSG_CMSG_CLOEXEC) <= 0)
		return -1;
	memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	return fd;
}

/* The life of actor B: scenarios by name until the control socket is closed. */
static int follow(void)
{
	char name[100];
	int peer, status;

	me = 'B';
	while ((peer = receive_peer(name, sizeof(name))) >= 0) {
		status = finish(start(find(name), peer), name);
		if (write(CONTROL_FD, &status, sizeof(status)) < 0)
			return 2;
	}
	return 0;
}

static int run(const struct scenario *s)
{
	int pair[2], status = 0, theirs = 0;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) ||
	    send_peer(s->name, pair[1])) {
		perror("conform");
		exit(2);
	}
	close(pair[1]);
	pid = start(s, pair[0]);
	status = finish(pid, s->name);
	if (read(CONTROL_FD, &theirs, sizeof(theirs)) != sizeof(theirs))
		theirs = -1;
	if (!status && !theirs)
		return 0;
	transcript_begin(out, s->name);
	say("ended with status %#x, B with %#x", status, theirs);
	close(TRANSCRIPT_FD);
	return 1;
}

static void begin(int warm)
{
	char share[4096];
	struct stat st;

	dir_back = getenv("CONFORM_BACK");
	dir_ro = getenv("CONFORM_RO");
	dir_small = getenv("CONFORM_SMALL");
	dir_else = getenv("CONFORM_ELSE");
	if (!dir_back)
		dir_back = dir;
	snprintf(share, sizeof(share), "%s/.labels", out);
	transcript_share(share);
	if (warm && stat(dir, &st))
		perror(dir);
}

static void start_b(int warm)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair))
		exit(2);
	fflush(NULL);
	if (!fork()) {
		if (dup2(pair[1], CONTROL_FD) < 0)
			_exit(2);
		close(pair[0]);
		close(pair[1]);
		execl(other_bin, other_bin, warm ? "--follow" : "--follow-cold",
		      self_bin, dir, out, (char *)NULL);
		perror(other_bin);
		_exit(2);
	}
	if (dup3(pair[0], CONTROL_FD, O_CLOEXEC) < 0)
		exit(2);
	close(pair[0]);
	close(pair[1]);
}

int main(int argc, char **argv)
{
	static char self[4096];
	const struct scenario *s;
	int c, warm = 1, failed = 0;
	unsigned int i;

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 2;
	self_bin = other_bin = self;
	if (argc > 1 && !strcmp(argv[1], "--child"))
		return exec_child(argc - 2, argv + 2);
	if (argc == 5 && !strncmp(argv[1], "--follow", 8)) {
		other_bin = argv[2];
		dir = argv[3];
		out = argv[4];
		begin(!strcmp(argv[1], "--follow"));
		return follow();
	}
	while ((c = getopt(argc, argv, "b:c")) != -1) {
		if (c == 'b')
			other_bin = optarg;
		else if (c == 'c')
			warm = 0;
		else
			return 2;
	}
	if (argc - optind < 2) {
		fprintf(stderr, "usage: conform [-b PROGRAM] [-c] DIR OUT [SCENARIO...]\n");
		return 2;
	}
	dir = argv[optind++];
	out = argv[optind++];
	begin(warm);
	start_b(warm);
	for (; argv[optind]; optind++) {
		s = find(argv[optind]);
		if (!s) {
			fprintf(stderr, "conform: no scenario %s\n", argv[optind]);
			return 2;
		}
		failed |= run(s);
		if (!argv[optind + 1])
			return failed;
	}
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (s = tables[i]; s->name; s++)
			failed |= run(s);
	return failed;
}
