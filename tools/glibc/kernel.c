// SPDX-License-Identifier: GPL-2.0
/*
 * kernel DIRECTORY COMMAND...: runs a command as if DIRECTORY were a mounted
 * defuse file system, without defuse.ko.
 *
 * System calls that name a file come here through seccomp.  If the path begins
 * with DIRECTORY and the thread declared itself able, found by the same rule as
 * in <linux/defuse.h>, and the call was made by the code that it declared, they
 * are answered with the marker; all others go on.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/defuse.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define WATCH(nr) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF)

static struct sock_filter filter[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	WATCH(SYS_openat),
	WATCH(SYS_newfstatat),
	WATCH(SYS_mkdir),
	WATCH(SYS_readlink),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static void die(const char *what)
{
	fprintf(stderr, "kernel: %s: %s\n", what, strerror(errno));
	exit(125);
}

static int peek(pid_t tid, unsigned long long from, void *to, size_t size)
{
	struct iovec local = { to, size }, remote = { (void *)from, size };

	return process_vm_readv(tid, &local, 1, &remote, 1, 0) > 0;
}

static int declared(pid_t tid, unsigned long long ip)
{
	struct defuse_able able = { 0 };
	char *head = NULL;
	size_t size;

	return !syscall(SYS_get_robust_list, tid, &head, &size) && head &&
		peek(tid, (unsigned long)head - DEFUSE_ABLE_OFFSET, &able,
		     sizeof(able)) && able.magic == DEFUSE_ABLE_MAGIC &&
		(!able.text_size || ip - able.text < able.text_size);
}

static int inside(const struct seccomp_notif *n, const char *directory)
{
	int arg = n->data.nr == SYS_openat || n->data.nr == SYS_newfstatat;
	size_t length = strlen(directory);
	char path[256] = "";

	/* Strings near the end of a page are short reads, not errors. */
	peek(n->pid, n->data.args[arg], path, sizeof(path) - 1);
	return !strncmp(path, directory, length) && path[length] == '/';
}

static _Noreturn void serve(int fd, const char *directory, pid_t child)
{
	struct pollfd poll_fd = { fd, POLLIN, 0 };
	struct seccomp_notif n;
	struct seccomp_notif_resp r;

	for (;;) {
		/* The filter outlives the command in its children. */
		if (poll(&poll_fd, 1, 20) == 0 || poll_fd.revents != POLLIN) {
			int status;

			if (waitpid(child, &status, WNOHANG) == child)
				exit(WIFEXITED(status) ? WEXITSTATUS(status) :
				     128 + WTERMSIG(status));
			continue;
		}
		memset(&n, 0, sizeof(n));
		memset(&r, 0, sizeof(r));
		if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &n)) {
			usleep(1000);	/* its process was killed */
			continue;
		}
		r.id = n.id;
		if (inside(&n, directory) &&
		    declared(n.pid, n.data.instruction_pointer))
			r.error = -DEFUSE_MARKER;
		else
			r.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &r);
	}
}

/* Installs the filter, tells the parent the number of the listener, waits. */
static void child_main(int tell, int wait, char **command)
{
	struct sock_fprog program = {
		sizeof(filter) / sizeof(filter[0]), filter
	};
	int listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			       SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);

	if (listener < 0)
		die("seccomp");
	if (write(tell, &listener, sizeof(listener)) != sizeof(listener) ||
	    read(wait, &listener, 1) != 1)
		die("pipe");
	execvp(command[0], command);
	die(command[0]);
}

int main(int argc, char **argv)
{
	int up[2], down[2], number, listener;
	pid_t child;

	if (argc < 3)
		return 125;
	if (pipe2(up, O_CLOEXEC) || pipe2(down, O_CLOEXEC))
		die("pipe");
	child = fork();
	if (child < 0)
		die("fork");
	if (!child)
		child_main(up[1], down[0], argv + 2);

	close(up[1]);
	if (read(up[0], &number, sizeof(number)) != sizeof(number))
		return 125;
	listener = syscall(SYS_pidfd_getfd,
			   syscall(SYS_pidfd_open, child, 0), number, 0);
	if (listener < 0)
		die("pidfd_getfd");
	if (write(down[1], "", 1) != 1)
		die("pipe");
	serve(listener, argv[1], child);
}
