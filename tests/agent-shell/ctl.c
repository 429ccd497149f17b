// SPDX-License-Identifier: GPL-2.0
/* The control socket of an ovs-vswitchd with the pid 42, which knows one method. */
#include "world.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct fake_ctl {
	uv_poll_t *poll;
	int fd;
	unsigned int purges;
};

/* The request is small and there when the connection is: one read has it. */
static void on_listen(uv_poll_t *poll, int status, int events)
{
	static const char good[] = "{\"id\":0,\"result\":\"\",\"error\":null}";
	struct fake_ctl *c = poll->data;
	char request[256];
	ssize_t n;
	int fd;

	(void)events;
	fd = status < 0 ? -1 : accept(c->fd, NULL, NULL);
	if (fd < 0)
		return;
	n = read(fd, request, sizeof(request) - 1);
	request[n > 0 ? n : 0] = '\0';
	if (!strcmp(request,
		    "{\"id\":0,\"method\":\"revalidator/purge\",\"params\":[]}")) {
		c->purges++;
		if (write(fd, good, sizeof(good) - 1) < 0)
			c->purges = 0;
	}
	close(fd);
}

struct fake_ctl *ctl_new(struct world *w)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct fake_ctl *c = calloc(1, sizeof(*c));

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/ovs.42.ctl",
		 w->dir);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	c->poll = malloc(sizeof(*c->poll));
	if (bind(c->fd, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(c->fd, 4) || !write_text(w, "ovs.pid", "42\n"))
		return NULL;
	uv_poll_init(&w->loop, c->poll, c->fd);
	c->poll->data = c;
	uv_poll_start(c->poll, UV_READABLE, on_listen);
	return c;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle);
}

void ctl_free(struct fake_ctl *c)
{
	if (!c)
		return;
	uv_close((uv_handle_t *)c->poll, on_closed);
	close(c->fd);
	free(c);
}

unsigned int ctl_purges(const struct fake_ctl *c)
{
	return c->purges;
}
