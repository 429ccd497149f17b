/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Transfers between a library and memory: io.c for one piece, vector.c for several. */
#ifndef DFL_IO_H
#define DFL_IO_H

#include "serve.h"

#include <sys/uio.h>

/* All: bytes moved, -errno or DFL_DOOR2; the position is the caller's business. */
long dfl_io_read_at(struct dfl_handle *h, int fd, char *buf, size_t n, off_t pos);
long dfl_io_write_at(struct dfl_handle *h, int fd, const char *buf, size_t n, off_t pos);
long dfl_io_append(struct dfl_handle *h, int fd, const char *buf, size_t n, off_t *end);

/* The same where nobody has mapped the file. */
long dfl_io_write_library(struct dfl_handle *h, const char *buf, size_t n, off_t pos);
long dfl_io_append_library(struct dfl_handle *h, const char *buf, size_t n, off_t *end);

struct dfl_vector {
	const struct iovec *iov;
	int count;
	long total;
};

/* Fills @v.  Return: bytes in it, at most @max, or -EINVAL. */
long dfl_vector_check(struct dfl_vector *v, const struct iovec *iov, long count, long max);
long dfl_vector_read(const struct dfl_vector *v, struct dfl_handle *h, int fd, off_t pos);
long dfl_vector_write(const struct dfl_vector *v, struct dfl_handle *h, int fd, off_t pos);
long dfl_vector_append(const struct dfl_vector *v, struct dfl_handle *h, int fd, off_t *end);

#endif /* DFL_IO_H */
