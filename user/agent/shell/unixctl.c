// SPDX-License-Identifier: GPL-2.0
#include "unixctl.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	ANSWER_S = 5,
	ANSWER_MAX = 1 << 16,		/* bytes */
	SUFFIX_LEN = 4,			/* ".pid" */
};

static bool socket_path(const char *path, char *out, size_t room,
			struct words *why)
{
	size_t len = strlen(path);
	int pid = 0, n;
	FILE *f;

	if (len < SUFFIX_LEN || strcmp(path + len - SUFFIX_LEN, ".pid")) {
		n = snprintf(out, room, "%s", path);
	} else {
		f = fopen(path, "re");
		if (!f)
			return words_set(why, "%s: %s", path, strerror(errno));
		n = fscanf(f, "%d", &pid);
		fclose(f);
		if (n != 1 || pid <= 0)
			return words_set(why, "%s has no process id", path);
		n = snprintf(out, room, "%.*s.%d.ctl", (int)(len - SUFFIX_LEN),
			     path, pid);
	}
	return (size_t)n < room ||
	       words_set(why, "%s is longer than a socket's path may be", path);
}

static int dial(const char *path, struct words *why)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_sec = ANSWER_S };
	int fd;

	if (!socket_path(path, address.sun_path, sizeof(address.sun_path), why))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 &&
	    !setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) &&
	    !setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) &&
	    !connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	words_set(why, "%s: %s", address.sun_path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* One JSON object, and not more bytes than that may take */
static json_object *answer(int fd, struct words *why)
{
	struct json_tokener *t = json_tokener_new();
	json_object *o = NULL;
	size_t total = 0;
	char bytes[4096];
	ssize_t n = 1;

	while (t && !o && n > 0 && total < ANSWER_MAX) {
		n = read(fd, bytes, sizeof(bytes));
		if (n <= 0)
			break;
		total += (size_t)n;
		o = json_tokener_parse_ex(t, bytes, (int)n);
		if (!o && json_tokener_get_error(t) != json_tokener_continue)
			break;
	}
	if (!o)
		words_set(why, "%s", n < 0 && errno == EAGAIN ?
			  "no answer in time" : "no answer that can be read");
	json_tokener_free(t);
	return o;
}

bool unixctl_call(const char *path, const char *method, struct words *why)
{
	json_object *o, *error;
	char request[256];
	int fd, len;
	bool ok;

	fd = dial(path, why);
	if (fd < 0)
		return false;
	len = snprintf(request, sizeof(request),
		       "{\"id\":0,\"method\":\"%s\",\"params\":[]}", method);
	if (send(fd, request, (size_t)len, MSG_NOSIGNAL) != len) {
		words_set(why, "%s: %s", path, strerror(errno));
		close(fd);
		return false;
	}
	o = answer(fd, why);
	close(fd);
	if (!o)
		return false;
	ok = !json_object_object_get_ex(o, "error", &error) || !error;
	if (!ok)
		words_set(why, "%.200s", json_object_get_string(error));
	json_object_put(o);
	return ok;
}
