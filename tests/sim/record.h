/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What real daemons wrote down (docs/simulation.md, "Histories"), read for the checkers:
 * record.c reads, record_order.c has controllers judged by history.c, record_given.c
 * and record_applied.c compare what switches applied with what they were given.
 */
#ifndef SIM_RECORD_H
#define SIM_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RECORD_DIGEST_LEN = 32, RECORD_NAME_MAX = 64 };

enum record_kind {
	RECORD_EXECUTED = 'X', RECORD_ENDED = 'E', RECORD_LOADED = 'L',
	RECORD_GIVEN = 'U',	/* of controllers */
	RECORD_STARTED = 'S', RECORD_ISSUED = 'I',
	RECORD_APPLIED = 'A',	/* of switches */
};

struct record {
	enum record_kind kind;
	unsigned int line;
	bool flag;			/* APPLIED: refused; STARTED: the window was lost */
	uint64_t height, index, time_ms;
	uint64_t client, epoch, counter;
	uint64_t dpid, phase, sequence;
	uint8_t digest[RECORD_DIGEST_LEN];
};

struct record_file {
	const char *path;
	bool controller, torn;
	char name[RECORD_NAME_MAX];
	uint64_t number;		/* of a controller; of a switch its dpid */
	struct record *record;
	size_t nr, room;
	bool has_started, has_loaded;
};

struct records {
	struct record_file *file;
	size_t files;
	bool unordered;			/* no-ack: switches may apply in any order */
	unsigned long long wrong, executed, places, blocks, given, applied,
		 refused, repeated, lost, unknown, unjudged, issued;
	struct given *give;		/* by dpid, phase, sequence; given places */
	size_t give_room;
};

/* An update that controllers gave out, and the first who said so */
struct given {
	const struct record_file *file;
	const struct record *record;
};

/* false: it cannot be read at all, which is said */
bool record_read(struct records *r, struct record_file *f, const char *path);
void record_order(struct records *r);
void record_given(struct records *r);
const struct given *record_given_find(const struct records *r,
				      const struct record *applied);
void record_applied(struct records *r);

__attribute__((format(printf, 4, 5)))
void record_wrong(struct records *r, const struct record_file *f,
		  unsigned int line, const char *format, ...);

#endif
