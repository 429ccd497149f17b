// SPDX-License-Identifier: GPL-2.0
#include "node_history.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Numbers of a switch ascend within a phase. */
struct given_row {
	uint64_t dpid, sequence;
	uint32_t phase;
};

struct node_history {
	int fd;
	struct given_row *row;
	size_t rows, room;
	uint64_t height;		/* of the last line in the file */
	uint64_t place;			/* its index + 1; UINT64_MAX: the block's end */
};

static struct given_row *row_of(struct node_history *h, uint64_t dpid,
				uint32_t phase)
{
	struct given_row *row;
	size_t i;

	for (i = 0; i < h->rows; i++)
		if (h->row[i].dpid == dpid && h->row[i].phase == phase)
			return &h->row[i];
	if (h->rows == h->room) {
		h->room = h->room ? 2 * h->room : 16;
		row = reallocarray(h->row, h->room, sizeof(*row));
		if (!row)
			abort();
		h->row = row;
	}
	row = &h->row[h->rows++];
	*row = (struct given_row){ .dpid = dpid, .phase = phase };
	return row;
}

static void read_line(struct node_history *h, const char *line)
{
	unsigned long long height, index, dpid, sequence;
	unsigned int phase;

	if (sscanf(line, "X %llu %llu", &height, &index) == 2) {
		h->height = height;
		h->place = index + 1;
	} else if (sscanf(line, "E %llu", &height) == 1) {
		h->height = height;
		h->place = UINT64_MAX;
	} else if (sscanf(line, "U %llu %u %llu", &dpid, &phase,
			  &sequence) == 3) {
		row_of(h, dpid, phase)->sequence = sequence;
	}
}

/* What is written up to the last line that is whole */
static bool read_back(struct node_history *h, const char *path,
		      struct words *why)
{
	FILE *f = fdopen(dup(h->fd), "r");
	char line[HISTORY_LINE_MAX + 2];
	off_t end = 0;
	size_t len;

	if (!f)
		return words_set(why, "cannot read %s: %s", path,
				 strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		len = strlen(line);
		if (line[len - 1] != '\n')
			break;
		end += (off_t)len;
		read_line(h, line);
	}
	fclose(f);
	return (!ftruncate(h->fd, end) && lseek(h->fd, end, SEEK_SET) == end) ||
		words_set(why, "cannot write %s: %s", path, strerror(errno));
}

struct node_history *node_history_open(const char *path, const char *name,
				       unsigned int number, struct words *why)
{
	struct node_history *h = calloc(1, sizeof(*h));
	char line[HISTORY_LINE_MAX];
	int len;

	if (!h) {
		words_set(why, "no memory for a history");
		return NULL;
	}
	h->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (h->fd < 0) {
		words_set(why, "cannot open %s: %s", path, strerror(errno));
		free(h);
		return NULL;
	}
	len = snprintf(line, sizeof(line), "ashlar-history-1 controller %s %u\n",
		       name, number);
	if (read_back(h, path, why) &&
	    (lseek(h->fd, 0, SEEK_CUR) > 0 ||
	     node_history_write(h, (uint8_t *)line, (size_t)len, why)))
		return h;
	node_history_close(h);
	return NULL;
}

void node_history_close(struct node_history *h)
{
	if (!h)
		return;
	close(h->fd);
	free(h->row);
	free(h);
}

/* Is this place behind all that the file has?  Then it is the last one. */
static bool advance(struct node_history *h, uint64_t height, uint64_t place)
{
	if (height < h->height || (height == h->height && place <= h->place))
		return false;
	h->height = height;
	h->place = place;
	return true;
}

static int put_digest(char *out, size_t room, const uint8_t *bytes, size_t len)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	size_t i;
	int n = 0;

	SHA256(bytes, len, digest);
	for (i = 0; i < sizeof(digest); i++)
		n += snprintf(out + n, room - (size_t)n, "%02x", digest[i]);
	return n;
}

size_t node_history_executed(struct node_history *h,
			     char line[HISTORY_LINE_MAX],
			     const struct agree_decided *d)
{
	int n;

	if (!advance(h, d->height, (uint64_t)d->index + 1))
		return 0;
	n = snprintf(line, HISTORY_LINE_MAX, "X %llu %u %llu %u %llu %llu ",
		     (unsigned long long)d->height, d->index,
		     (unsigned long long)d->time_ms, d->id.client,
		     (unsigned long long)d->id.epoch,
		     (unsigned long long)d->id.counter);
	n += put_digest(line + n, HISTORY_LINE_MAX - (size_t)n, d->request,
			d->len);
	n += snprintf(line + n, HISTORY_LINE_MAX - (size_t)n, "\n");
	return (size_t)n;
}

/* Not by the place of its request: a kill may have left that without its updates. */
size_t node_history_given(struct node_history *h, char line[HISTORY_LINE_MAX],
			  const struct update_body *body, const uint8_t *bytes,
			  size_t len, uint64_t height, uint32_t index)
{
	struct given_row *row = row_of(h, body->dpid, body->phase);
	int n;

	if (body->sequence <= row->sequence)
		return 0;
	row->sequence = body->sequence;
	n = snprintf(line, HISTORY_LINE_MAX, "U %llu %u %llu ",
		     (unsigned long long)body->dpid, body->phase,
		     (unsigned long long)body->sequence);
	n += put_digest(line + n, HISTORY_LINE_MAX - (size_t)n, bytes, len);
	n += snprintf(line + n, HISTORY_LINE_MAX - (size_t)n, " %llu %u\n",
		      (unsigned long long)height, index);
	return (size_t)n;
}

size_t node_history_loaded(char line[HISTORY_LINE_MAX], uint64_t height)
{
	return (size_t)snprintf(line, HISTORY_LINE_MAX, "L %llu\n",
				(unsigned long long)height);
}

size_t node_history_ended(struct node_history *h, char line[HISTORY_LINE_MAX],
			  uint64_t height)
{
	if (!advance(h, height, UINT64_MAX))
		return 0;
	return (size_t)snprintf(line, HISTORY_LINE_MAX, "E %llu\n",
				(unsigned long long)height);
}

bool node_history_write(struct node_history *h, const uint8_t *line,
			size_t len, struct words *why)
{
	ssize_t n;

	while (len) {
		n = write(h->fd, line, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return words_set(why, "cannot write the history: %s",
					 strerror(errno));
		line += n;
		len -= (size_t)n;
	}
	return true;
}
