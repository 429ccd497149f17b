/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One member's directory: journal segments and the snapshot (agree.h, steps 1
 * to 4 of an update).  It stores bytes and knows nothing of what they mean.
 *
 *	identity	whose directory this is; made once, by storage_format()
 *	lock		held by the process that uses it
 *	used		there since the first segment: a journal that vanished is noticed
 *	journal-N	segments, N in 16 hexadecimal digits
 *	snapshot-H	the newest snapshot, of height H
 *	snapshot.new	one being written
 *
 * When a function that writes returns false, nobody knows what is on the disk: the
 * kernel may have dropped the pages and will report success next time.  So all
 * later calls fail too, and the process must end.  Nothing is tried again.
 */
#ifndef SHELL_STORAGE_H
#define SHELL_STORAGE_H

#include <stddef.h>
#include <stdint.h>

#include "words.h"

enum { STORAGE_IDENTITY_LEN = 32 };

struct storage;

/**
 * storage_format() - make a directory for a member, once in its life
 * @lost: the member had a directory before and it is gone (R12)
 *
 * Refuses a directory that is one already.  @dir may exist, empty.
 */
bool storage_format(const char *dir,
		    const uint8_t identity[STORAGE_IDENTITY_LEN], bool lost,
		    struct words *why);

/**
 * storage_open() - take possession of a directory
 * @segment_max: bytes that are set aside for a new segment
 *
 * Return: NULL if it is not @identity's, or another process has it.
 */
struct storage *storage_open(const char *dir,
			     const uint8_t identity[STORAGE_IDENTITY_LEN],
			     size_t segment_max, struct words *why);
void storage_close(struct storage *s);

/* Is it @identity's directory?  Whoever uses it is not disturbed. */
bool storage_check(const char *dir,
		   const uint8_t identity[STORAGE_IDENTITY_LEN],
		   struct words *why);

/* Is the journal all there ever was?  For AGREE_START. */
bool storage_formatted(const struct storage *s);

/*
 * Reading, before anything is written.  The bytes are valid until the next call with @s.  What
 * the disk does not give back becomes bytes that are no journal and no snapshot,
 * for the core to notice.
 */
unsigned int storage_segments(const struct storage *s);
bool storage_read_segment(struct storage *s, unsigned int i, uint64_t *number,
			  const uint8_t **bytes, size_t *len,
			  struct words *why);
/* *bytes == NULL: there is none. */
bool storage_read_snapshot(struct storage *s, const uint8_t **bytes,
			   size_t *len, struct words *why);

/* Sync the segment before, create and set aside the next, sync it and the directory. */
bool storage_new_segment(struct storage *s, uint64_t number,
			 struct words *why);
/* Into memory: it reaches the disk with the next sync, or before if there is much of it. */
bool storage_append(struct storage *s, const uint8_t *bytes, size_t len,
		    struct words *why);
/* Everything appended is on the disk when this returns true. */
bool storage_sync(struct storage *s, struct words *why);
/* Durable when this returns true; older ones are gone. */
bool storage_snapshot(struct storage *s, uint64_t height,
		      const uint8_t *bytes, size_t len, struct words *why);
bool storage_drop_below(struct storage *s, uint64_t number,
			struct words *why);

#endif
