/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A member whose core is right and whose mouth is not: what it sends to other
 * members is lost, late, or drowned in rubbish.
 */
#ifndef BENCH_HOSTILE_H
#define BENCH_HOSTILE_H

#include "bench.h"

struct hostile;

struct hostile *hostile_create(uv_loop_t *loop, const struct options *o,
			       unsigned int self, struct links *links);
/* Something was executed: o->hostile_ms after the first time it begins. */
void hostile_executed(struct hostile *h);
/* true: taken care of; false: to be sent as if nothing were */
bool hostile_send(struct hostile *h, uint16_t to, const uint8_t *bytes,
		  size_t len);
/* May it answer clients? */
bool hostile_answers(const struct hostile *h);

#endif
