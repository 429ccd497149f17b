/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef FAKEPOSITION_H
#define FAKEPOSITION_H

#include <linux/defuse.h>
#include <stdint.h>

/* DEFUSE_IOC_POSITION_TURN.  @page: NULL where there is none. */
long fake_position_turn(struct defuse_position *page, uint32_t word);

/* read(), write() and lseek() with the arguments @a. */
long fake_position_call(struct defuse_position *page, long nr, const long a[6]);

#endif /* FAKEPOSITION_H */
