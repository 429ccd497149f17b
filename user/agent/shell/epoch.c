// SPDX-License-Identifier: GPL-2.0
#include "epoch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum { BOOT_LEN = 37, FILE_MAX = 512 };

#define EPOCH_FORMAT "ashlar-agent-epoch-1\n%" PRIu64 "\n"
#define EPOCH_READ "ashlar-agent-epoch-1\n%" SCNu64
#define WINDOW_FORMAT "%s %s %" PRIu32 " %" PRIu64 "\n"
#define WINDOW_READ "%36s %7s %" SCNu32 " %" SCNu64

struct window {
	char boot[BOOT_LEN];
	bool lost;
	uint32_t phase;
	uint64_t next;
};

struct epoch {
	int dir;
	uint64_t number;
	struct window now, written;
};

static bool boot_id(char id[BOOT_LEN], struct words *why)
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
	bool ok = f && fscanf(f, "%36s", id) == 1;

	if (f)
		fclose(f);
	return ok || words_set(why, "this boot has no id: %s", strerror(errno));
}

/* 1: it is in @text; 0: there is none; -1: it cannot be read */
static int read_file(const struct epoch *e, const char *name,
		     char text[FILE_MAX], struct words *why)
{
	int fd = openat(e->dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0 && errno == ENOENT)
		return 0;
	n = fd < 0 ? -1 : read(fd, text, FILE_MAX - 1);
	if (n < 0)
		words_set(why, "cannot read %s in the state directory: %s",
			  name, strerror(errno));
	else
		text[n] = '\0';
	if (fd >= 0)
		close(fd);
	return n < 0 ? -1 : 1;
}

/* What was synced must be whole; if it is not, nobody knows which epochs there were. */
static bool read_epoch(struct epoch *e, struct words *why)
{
	char text[FILE_MAX];
	int found = read_file(e, "epoch", text, why);

	if (found <= 0)
		return !found;
	if (sscanf(text, EPOCH_READ, &e->number) != 1 ||
	    e->number >= UINT64_MAX / 2)
		return words_set(why, "epoch in the state directory is damaged: %s",
				 "see quorum-agent(8), STATE");
	return true;
}

/* What was not synced may be damaged: then the window counts as lost, and is asked for. */
static bool read_window(struct epoch *e, struct words *why)
{
	char text[FILE_MAX], boot[BOOT_LEN], state[8];
	int found = read_file(e, "window", text, why);

	if (found < 0)
		return false;
	if (!found || sscanf(text, WINDOW_READ, boot, state, &e->now.phase,
			     &e->now.next) != 4) {
		e->now.lost = true;
		e->now.phase = 0;
		e->now.next = 0;
		return true;
	}
	e->now.lost = strcmp(state, "kept") || strcmp(boot, e->now.boot);
	return true;
}

/* By way of a new file, so that there is always an old or a new one. */
static bool write_file(struct epoch *e, const char *name, const char *new,
		       const char *text, bool durable, struct words *why)
{
	size_t len = strlen(text);
	bool ok;
	int fd;

	fd = openat(e->dir, new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return words_set(why, "cannot create %s in the state directory: %s",
				 new, strerror(errno));
	ok = write(fd, text, len) == (ssize_t)len && (!durable || !fsync(fd));
	/* close() may be the first to say that the disk is full. */
	ok = !close(fd) && ok;
	ok = ok && !renameat(e->dir, new, e->dir, name) &&
		(!durable || !fsync(e->dir));
	return ok || words_set(why, "cannot write %s in the state directory: %s",
			       name, strerror(errno));
}

static bool write_epoch(struct epoch *e, struct words *why)
{
	char text[FILE_MAX];

	snprintf(text, sizeof(text), EPOCH_FORMAT, e->number);
	return write_file(e, "epoch", "epoch.new", text, true, why);
}

/* By the time of day too, so that a directory that was lost does not bring an old one back. */
static uint64_t number_after(uint64_t former)
{
	struct timespec now;
	uint64_t now_ms;

	clock_gettime(CLOCK_REALTIME, &now);
	now_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	return now_ms > former ? now_ms : former + 1;
}

static bool lock(struct epoch *e, const char *state, struct words *why)
{
	if (e->dir < 0)
		return words_set(why, "%s: %s", state, strerror(errno));
	if (flock(e->dir, LOCK_EX | LOCK_NB))
		return words_set(why, "%s: %s", state, errno == EWOULDBLOCK ?
				 "another agent uses it" : strerror(errno));
	return true;
}

struct epoch *epoch_lock(const char *state, struct words *why)
{
	struct epoch *e = calloc(1, sizeof(*e));

	if (!e) {
		words_set(why, "no memory");
		return NULL;
	}
	e->dir = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock(e, state, why))
		return e;
	epoch_close(e);
	return NULL;
}

bool epoch_begin(struct epoch *e, struct words *why)
{
	if (!boot_id(e->now.boot, why) || !read_epoch(e, why) ||
	    !read_window(e, why))
		return false;
	e->number = number_after(e->number);
	return write_epoch(e, why);
}

void epoch_close(struct epoch *e)
{
	if (!e)
		return;
	if (e->dir >= 0)
		close(e->dir);
	free(e);
}

uint64_t epoch_number(const struct epoch *e)
{
	return e->number;
}

/* Numbers of a new phase begin again. */
bool epoch_window_lost(struct epoch *e, uint32_t phase, uint64_t next_sequence)
{
	if (phase < e->now.phase ||
	    (phase == e->now.phase && next_sequence < e->now.next))
		e->now.lost = true;
	if (!e->now.lost) {
		e->now.phase = phase;
		e->now.next = next_sequence;
	}
	return e->now.lost;
}

bool epoch_window_is_lost(const struct epoch *e)
{
	return e->now.lost;
}

void epoch_window_found(struct epoch *e, uint32_t phase,
			uint64_t next_sequence)
{
	e->now.lost = false;
	e->now.phase = phase;
	e->now.next = next_sequence;
}

bool epoch_remember(struct epoch *e, struct words *why)
{
	const struct window *w = &e->now;
	char text[FILE_MAX];

	if (!memcmp(w, &e->written, sizeof(*w)))
		return true;
	snprintf(text, sizeof(text), WINDOW_FORMAT, w->boot,
		 w->lost ? "lost" : "kept", w->phase, w->next);
	if (!write_file(e, "window", "window.new", text, false, why))
		return false;
	e->written = *w;
	return true;
}
