// SPDX-License-Identifier: GPL-2.0
#include "purger.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../controller/shell/privilege.h"
#include "unixctl.h"

/* One message of a packet socket each way: a byte, then words. */
struct purger {
	struct purger_events events;
	uv_poll_t poll;
	bool begun;			/* the loop looks at it */
	int fd;
	pid_t child;
	bool asked, again;
};

__attribute__((noreturn))
static void child_run(int fd, const char *path, pid_t parent)
{
	struct words why;
	char byte;

	/* It goes with us, and not before: whoever stops us may signal all our processes. */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	if (getppid() != parent ||
	    !privilege_drop("", PRIVILEGE_NOTHING, &why))
		_exit(1);
	while (recv(fd, &byte, 1, 0) == 1) {
		why.text[0] = '\0';
		unixctl_call(path, "revalidator/purge", &why);
		if (send(fd, why.text, strlen(why.text) + 1, MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

static void ask(struct purger *p)
{
	p->asked = send(p->fd, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
	p->again = false;
}

static void on_answer(uv_poll_t *poll, int status, int events)
{
	struct purger *p = poll->data;
	struct words words;
	ssize_t n;

	(void)events;
	n = status < 0 ? 0 : recv(p->fd, words.text, sizeof(words.text) - 1,
				  MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	p->asked = false;
	if (n <= 0) {
		uv_poll_stop(&p->poll);
		p->events.gone(p->events.ctx);
		return;
	}
	words.text[n] = '\0';
	p->events.done(p->events.ctx, words.text);
	if (p->again)
		ask(p);
}

struct purger *purger_create(const char *path, struct words *why)
{
	struct purger *p = calloc(1, sizeof(*p));
	pid_t parent = getpid();
	int fds[2];

	if (!p || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds)) {
		free(p);
		words_set(why, "no memory");
		return NULL;
	}
	p->fd = fds[0];
	p->child = fork();
	if (!p->child) {
		close(fds[0]);
		child_run(fds[1], path, parent);
	}
	close(fds[1]);
	if (p->child > 0)
		return p;
	words_set(why, "cannot start a process: %s", strerror(errno));
	close(p->fd);
	free(p);
	return NULL;
}

bool purger_begin(struct purger *p, uv_loop_t *loop,
		  const struct purger_events *events, struct words *why)
{
	int err = uv_poll_init(loop, &p->poll, p->fd);

	if (err)
		return words_set(why, "%s", uv_strerror(err));
	p->begun = true;
	p->events = *events;
	p->poll.data = p;
	uv_poll_start(&p->poll, UV_READABLE, on_answer);
	return true;
}

void purger_purge(struct purger *p)
{
	if (p->asked)
		p->again = true;
	else
		ask(p);
}

static void on_closed(uv_handle_t *handle)
{
	struct purger *p = handle->data;

	close(p->fd);
	free(p);
}

void purger_close(struct purger *p)
{
	if (!p)
		return;
	/* It may be in the middle of a call, and has nothing to lose. */
	kill(p->child, SIGKILL);
	waitpid(p->child, NULL, 0);
	if (p->begun) {
		uv_close((uv_handle_t *)&p->poll, on_closed);
	} else {
		close(p->fd);
		free(p);
	}
}
