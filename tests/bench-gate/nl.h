/* SPDX-License-Identifier: GPL-2.0 */
/* Generic netlink requests, one buffer each, and how many instructions they take. */
#ifndef BENCH_GATE_NL_H
#define BENCH_GATE_NL_H

#include <stddef.h>
#include <stdint.h>

struct request {
	size_t len;
	unsigned char data[1 << 18];
};

/* Ends the program with the words and errno. */
__attribute__((noreturn)) void die(const char *what);

/* Nanoseconds; under -icount, instructions. */
uint64_t now(void);

void nl_open(void);
uint16_t nl_family(const char *name);

void nl_begin(struct request *r, uint16_t family, uint8_t command, uint16_t flags);
void nl_raw(struct request *r, const void *data, size_t len);
void nl_attr(struct request *r, uint16_t type, const void *data, size_t len);
size_t nl_nest(struct request *r, uint16_t type);
void nl_nest_end(struct request *r, size_t nest);

/* Sends it and waits for the acknowledgment.  Return: 0 or -errno. */
int nl_ask(struct request *r);

/* The same; ends the program if it is refused, naming @what. */
void nl_must(struct request *r, const char *what);

#endif
