// SPDX-License-Identifier: GPL-2.0
#include "history.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/sha.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../lib/wire/bytes.h"

enum {
	LINE_LEN = 256,
	HEX_LEN = 2 * SHA256_DIGEST_LENGTH + 1,
	/* docs/controller.md section 2: BUNDLE */
	BUNDLE_EPOCH = 24, BUNDLE_COUNTER = 32,
	WRITTEN = 4096,			/* counters remembered; fewer are on their way */
};

struct applied_file {
	int fd;
	uint64_t dpid, epoch;
	unsigned int client;
	uint64_t written[WRITTEN];	/* counters of this epoch, at their place */
};

static bool put_line(struct applied_file *h, struct words *why,
		     const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static bool put_line(struct applied_file *h, struct words *why,
		     const char *format, ...)
{
	char line[LINE_LEN];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	return (len < LINE_LEN && write(h->fd, line, (size_t)len) == len) ||
	       words_set(why, "cannot write the history: %s", strerror(errno));
}

static void digest_of(char out[HEX_LEN], const uint8_t *bytes, size_t len)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	int i;

	SHA256(bytes, len, digest);
	for (i = 0; i < SHA256_DIGEST_LENGTH; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

/* A line that a kill cut short would be glued to the next. */
static bool cut(struct applied_file *h, off_t *size)
{
	struct stat st;
	char last;

	if (fstat(h->fd, &st))
		return false;
	for (*size = st.st_size; *size; --*size) {
		if (pread(h->fd, &last, 1, *size - 1) != 1)
			return false;
		if (last == '\n')
			break;
	}
	return *size == st.st_size || !ftruncate(h->fd, *size);
}

struct applied_file *applied_file_open(const char *path, const char *name,
				       uint64_t dpid, unsigned int client,
				       struct words *why)
{
	struct applied_file *h = calloc(1, sizeof(*h));
	off_t size;

	if (!h) {
		words_set(why, "no memory");
		return NULL;
	}
	h->dpid = dpid;
	h->client = client;
	h->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (h->fd < 0 || !cut(h, &size)) {
		words_set(why, "%s: %s", path, strerror(errno));
		applied_file_close(h);
		return NULL;
	}
	if (!size && !put_line(h, why, "ashlar-history-1 switch %s %" PRIu64 "\n",
			       name, dpid)) {
		applied_file_close(h);
		return NULL;
	}
	return h;
}

void applied_file_close(struct applied_file *h)
{
	if (!h)
		return;
	if (h->fd >= 0)
		close(h->fd);
	free(h);
}

bool applied_file_start(struct applied_file *h, uint64_t epoch, bool lost,
			struct words *why)
{
	h->epoch = epoch;
	return put_line(h, why, "S %" PRIu64 " %" PRIu64 " %s\n", h->dpid, epoch,
			lost ? "lost" : "kept");
}

bool applied_file_bundle(struct applied_file *h, const uint8_t *bytes,
			 size_t len, struct words *why)
{
	uint64_t counter = wire_get64(bytes + BUNDLE_COUNTER);
	char hex[HEX_LEN];

	if (h->written[counter % WRITTEN] == counter)
		return true;
	h->written[counter % WRITTEN] = counter;
	digest_of(hex, bytes, len);
	return put_line(h, why, "I %u %" PRIu64 " %" PRIu64 " %s\n", h->client,
			wire_get64(bytes + BUNDLE_EPOCH), counter, hex);
}

bool applied_file_put(struct applied_file *h, uint32_t phase, uint64_t sequence,
		      const uint8_t *body, size_t len, bool applied,
		      struct words *why)
{
	char hex[HEX_LEN];

	digest_of(hex, body, len);
	return put_line(h, why,
			"A %" PRIu64 " %" PRIu64 " %" PRIu32 " %" PRIu64 " %s %s\n",
			h->dpid, h->epoch, phase, sequence, hex,
			applied ? "applied" : "refused");
}
