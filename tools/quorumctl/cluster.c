// SPDX-License-Identifier: GPL-2.0
/* Asks over control sockets. */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include "cluster.h"
#include "quorumctl.h"

enum { ANSWER_MAX = 4 << 20, TIMEOUT_S = 10 };

#define SOCKETS "/run/ashlar/*.sock"

void cluster_find(struct cluster *c)
{
	glob_t found;
	size_t i;

	if (c->sockets.nr)
		return;
	if (glob(SOCKETS, 0, NULL, &found))
		die(CTL_NOT_FOUND, "no socket " SOCKETS ": quorumd does not run here, or --socket");
	c->sockets.item = alloc(found.gl_pathc * sizeof(*c->sockets.item));
	for (i = 0; i < found.gl_pathc; i++) {
		c->sockets.item[i] = strdup(found.gl_pathv[i]);
		if (!c->sockets.item[i])
			die(CTL_REFUSED, "out of memory");
	}
	c->sockets.nr = found.gl_pathc;
	globfree(&found);
}

void cluster_free(struct cluster *c)
{
	free(c->sockets.item);
}

static int open_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval timeout = { .tv_sec = TIMEOUT_S };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (!setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) &&
	    !setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) &&
	    !connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	close(fd);
	return -1;
}

/* A line.  NULL: errno says why. */
static char *exchange(int fd, const char *request)
{
	size_t len = strlen(request), used = 0;
	char *answer = alloc(ANSWER_MAX + 1), *end = NULL;
	ssize_t n;

	if (send(fd, request, len, MSG_NOSIGNAL) != (ssize_t)len ||
	    send(fd, "\n", 1, MSG_NOSIGNAL) != 1)
		goto err;
	while (!end) {
		n = recv(fd, answer + used, ANSWER_MAX - used, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = used == ANSWER_MAX ? EMSGSIZE : ECONNRESET;
		if (n <= 0)
			goto err;
		end = memchr(answer + used, '\n', (size_t)n);
		used += (size_t)n;
	}
	*end = '\0';
	return answer;
err:
	free(answer);
	return NULL;
}

json_object *cluster_ask(const char *path, json_object *request)
{
	const char *text = json_object_to_json_string_ext(request,
							  JSON_C_TO_STRING_PLAIN);
	int fd = open_socket(path);
	char *line = fd < 0 ? NULL : exchange(fd, text);
	json_object *answer = NULL, *error;

	if (!line) {
		fprintf(stderr, "quorumctl: %s: %s\n", path, strerror(errno));
	} else {
		answer = json_tokener_parse(line);
		if (!json_object_is_type(answer, json_type_object)) {
			fprintf(stderr, "quorumctl: %s: the answer is no JSON object\n",
				path);
			json_object_put(answer);
			answer = NULL;
		} else if (json_object_object_get_ex(answer, "error", &error)) {
			fprintf(stderr, "quorumctl: %s: %s\n", path,
				json_object_get_string(error));
			json_object_put(answer);
			answer = NULL;
		}
	}
	free(line);
	if (fd >= 0)
		close(fd);
	return answer;
}
