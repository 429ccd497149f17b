/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which requests were executed (R13): for each client an epoch, a floor and a
 * bitmap of the counters above it.  Part of the replicated state.
 */
#ifndef AGREE_EXECUTED_H
#define AGREE_EXECUTED_H

#include "agree.h"

struct executed;

enum executed_verdict {
	EXECUTED_NEW,
	EXECUTED_DONE,		/* or of an older epoch, or at or below the floor */
	EXECUTED_AHEAD,		/* beyond the window: not now */
};

size_t executed_size(const struct agree_config *config);
struct executed *executed_init(void *mem, const struct agree_config *config);

enum executed_verdict executed_look(const struct executed *x,
				    const struct request_id *id);

/* It is being executed.  Only after EXECUTED_NEW.  The floor moves over what is set without gap;
 * a counter in the upper half of the window pulls the floor up to counter - window / 2:
 * a client that skips numbers loses them, not its place.
 */
void executed_add(struct executed *x, const struct request_id *id);

/* Canonical bytes: equal states, equal bytes.  Clients that never sent are left out. */
size_t executed_save_max(const struct agree_config *config);
size_t executed_save(const struct executed *x, uint8_t *out, size_t room);
/* Bytes used; 0: they are none, and the state is as after executed_init(). */
size_t executed_load(struct executed *x, const uint8_t *in, size_t len);

#endif
