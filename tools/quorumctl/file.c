// SPDX-License-Identifier: GPL-2.0
/* Reads and replaces whole files. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "file.h"
#include "quorumctl.h"

uint8_t *file_read(const char *path, size_t *len)
{
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : 0;
	uint8_t *data = alloc(FILE_LEN_MAX + 1);
	ssize_t got;

	if (fd < 0)
		die(CTL_REFUSED, "%s: %s", path, strerror(errno));
	*len = 0;
	do {
		got = read(fd, data + *len, FILE_LEN_MAX + 1 - *len);
		if (got < 0 && errno != EINTR)
			die(CTL_REFUSED, "%s: %s", path, strerror(errno));
		*len += got > 0 ? (size_t)got : 0;
	} while (got && *len <= FILE_LEN_MAX);
	if (*len > FILE_LEN_MAX)
		die(CTL_REFUSED, "%s: above %d bytes", path, FILE_LEN_MAX);
	data[*len] = 0;
	if (fd)
		close(fd);
	return data;
}

static void write_all(const char *path, int fd, const uint8_t *data, size_t len)
{
	ssize_t put;

	while (len) {
		put = write(fd, data, len);
		if (put < 0) {
			if (errno == EINTR)
				continue;
			die(CTL_REFUSED, "%s: %s", path, strerror(errno));
		}
		data += put;
		len -= (size_t)put;
	}
}

void file_write(const char *path, const void *data, size_t len,
		unsigned int mode)
{
	char *tmp;
	int fd;

	if (!strcmp(path, "-")) {
		fflush(stdout);
		write_all(path, 1, data, len);
		return;
	}
	if (asprintf(&tmp, "%s.XXXXXX", path) < 0)
		die(CTL_REFUSED, "out of memory");
	fd = mkostemp(tmp, O_CLOEXEC);		/* 0600 from the first moment */
	if (fd < 0)
		die(CTL_REFUSED, "%s: %s", tmp, strerror(errno));
	write_all(tmp, fd, data, len);
	if (fchmod(fd, mode) || fsync(fd) || close(fd) || rename(tmp, path)) {
		unlink(tmp);
		die(CTL_REFUSED, "%s: %s", path, strerror(errno));
	}
	free(tmp);
}
