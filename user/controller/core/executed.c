// SPDX-License-Identifier: GPL-2.0
/*
 * Which requests were executed (docs/agreement.md R13).
 *
 * A client's bitmap is a ring: counter c has bit c mod window.  The floor is
 * such that the counter behind it is not set, and no counter more than half a
 * window above it is: so half of the ring is always clear, and saved states
 * have the other half, from the floor on.
 */
#include <assert.h>
#include <string.h>
#include "bytes.h"
#include "executed.h"

enum {
	WORD_BITS = 64,
	SAVE_HEADER_LEN = 8,		/* window 4, clients 4 */
	/* client 4, epoch 8, floor 8, words 4; then as many words of 8 */
	SAVE_CLIENT_LEN = 24,
};

struct executed_client {
	uint64_t epoch, floor;
};

struct executed {
	uint32_t clients, window;
	struct executed_client *client;
	uint64_t *bits;			/* window / 64 words of each client */
};

static size_t words_of(uint32_t window)
{
	return window / WORD_BITS;
}

size_t executed_size(const struct agree_config *config)
{
	return sizeof(struct executed) +
	       config->clients * (sizeof(struct executed_client) +
				  words_of(config->window) * sizeof(uint64_t));
}

static void reset(struct executed *x)
{
	memset(x->client, 0, x->clients * sizeof(*x->client));
	memset(x->bits, 0,
	       x->clients * words_of(x->window) * sizeof(*x->bits));
}

struct executed *executed_init(void *mem, const struct agree_config *config)
{
	struct executed *x = mem;

	assert(config->window && config->window % WORD_BITS == 0);
	x->clients = config->clients;
	x->window = config->window;
	x->client = (struct executed_client *)(x + 1);
	x->bits = (uint64_t *)(x->client + x->clients);
	reset(x);
	return x;
}

static uint64_t *word(const struct executed *x, uint32_t client,
		      uint64_t counter)
{
	return x->bits + client * words_of(x->window) +
	       counter % x->window / WORD_BITS;
}

static uint64_t mask(uint64_t counter)
{
	/* The window is a multiple of a word. */
	return UINT64_C(1) << counter % WORD_BITS;
}

static bool is_set(const struct executed *x, uint32_t client, uint64_t counter)
{
	return *word(x, client, counter) & mask(counter);
}

enum executed_verdict executed_look(const struct executed *x,
				    const struct request_id *id)
{
	const struct executed_client *c;
	uint64_t floor;

	assert(id->client < x->clients);
	c = &x->client[id->client];
	floor = c->floor;
	if (id->epoch < c->epoch)
		return EXECUTED_DONE;
	if (id->epoch > c->epoch)
		floor = 0;
	if (id->counter <= floor)
		return EXECUTED_DONE;
	if (id->counter - floor > x->window)
		return EXECUTED_AHEAD;
	if (id->epoch == c->epoch && is_set(x, id->client, id->counter))
		return EXECUTED_DONE;
	return EXECUTED_NEW;
}

void executed_add(struct executed *x, const struct request_id *id)
{
	uint64_t half = x->window / 2;
	struct executed_client *c;

	assert(executed_look(x, id) == EXECUTED_NEW);
	c = &x->client[id->client];
	if (id->epoch > c->epoch) {
		c->epoch = id->epoch;
		c->floor = 0;
		memset(x->bits + id->client * words_of(x->window), 0,
		       words_of(x->window) * sizeof(*x->bits));
	}
	*word(x, id->client, id->counter) |= mask(id->counter);
	while (id->counter - c->floor > half) {
		c->floor++;
		*word(x, id->client, c->floor) &= ~mask(c->floor);
	}
	while (is_set(x, id->client, c->floor + 1)) {
		c->floor++;
		*word(x, id->client, c->floor) &= ~mask(c->floor);
	}
}

/* The 64 counters from @from on, the lowest in the lowest bit */
static uint64_t gather(const struct executed *x, uint32_t client,
		       uint64_t from)
{
	unsigned int shift = from % WORD_BITS;
	uint64_t out = *word(x, client, from) >> shift;

	if (shift)
		out |= *word(x, client, from + WORD_BITS)
		       << (WORD_BITS - shift);
	return out;
}

static void scatter(struct executed *x, uint32_t client, uint64_t from,
		    uint64_t bits)
{
	unsigned int shift = from % WORD_BITS;

	*word(x, client, from) |= bits << shift;
	if (shift)
		*word(x, client, from + WORD_BITS) |=
			bits >> (WORD_BITS - shift);
}

static uint32_t half_words(uint32_t window)
{
	return (window / 2 + WORD_BITS - 1) / WORD_BITS;
}

/* Words that say something: none behind the last bit */
static uint32_t words_used(const struct executed *x, uint32_t client)
{
	uint64_t floor = x->client[client].floor;
	uint32_t i, used = 0;

	for (i = 0; i < half_words(x->window); i++)
		if (gather(x, client, floor + 1 + (uint64_t)i * WORD_BITS))
			used = i + 1;
	return used;
}

size_t executed_save_max(const struct agree_config *config)
{
	return SAVE_HEADER_LEN +
	       config->clients *
		       (SAVE_CLIENT_LEN +
			half_words(config->window) * sizeof(uint64_t));
}

size_t executed_save(const struct executed *x, uint8_t *out, size_t room)
{
	struct wire_writer w = { .out = out, .room = room };
	uint32_t i, j, words, nr = 0;
	uint64_t from;
	size_t used;

	wire_write_be(&w, x->window, 4);
	wire_write_zero(&w, 4);
	for (i = 0; i < x->clients; i++) {
		from = x->client[i].floor + 1;
		words = words_used(x, i);
		if (from == 1 && !words)
			continue;
		nr++;
		wire_write_be(&w, i, 4);
		wire_write_be(&w, x->client[i].epoch, 8);
		wire_write_be(&w, from - 1, 8);
		wire_write_be(&w, words, 4);
		for (j = 0; j < words; j++, from += WORD_BITS)
			wire_write_be(&w, gather(x, i, from), 8);
	}
	used = w.used;
	assert(used <= room);
	w.used = 4;
	wire_write_be(&w, nr, 4);
	return used;
}

/* One client of a saved state.  Bytes used; 0: there is none. */
static size_t load_client(struct executed *x, const uint8_t *in, size_t len,
			  uint32_t *next)
{
	uint32_t client, words, i;
	uint64_t floor, bits = 0;

	if (len < SAVE_CLIENT_LEN)
		return 0;
	client = wire_get32(in);
	floor = wire_get64(in + 12);
	words = wire_get32(in + 20);
	in += SAVE_CLIENT_LEN;
	if (client < *next || client >= x->clients ||
	    floor > UINT64_MAX - 2 * (uint64_t)x->window ||
	    words > half_words(x->window) || (!floor && !words) ||
	    len - SAVE_CLIENT_LEN < words * sizeof(bits))
		return 0;
	for (i = 0; i < words; i++) {
		bits = wire_get64(in + i * sizeof(bits));
		/* The floor would have moved over it. */
		if (!i && bits & 1)
			return 0;
		scatter(x, client, floor + 1 + (uint64_t)i * WORD_BITS, bits);
	}
	/* The last word says something, and nothing is set above half a window. */
	if (words && !bits)
		return 0;
	if (words == half_words(x->window) && x->window / 2 % WORD_BITS &&
	    bits >> x->window / 2 % WORD_BITS)
		return 0;
	x->client[client].epoch = wire_get64(in - SAVE_CLIENT_LEN + 4);
	x->client[client].floor = floor;
	*next = client + 1;
	return SAVE_CLIENT_LEN + words * sizeof(bits);
}

size_t executed_load(struct executed *x, const uint8_t *in, size_t len)
{
	size_t at = SAVE_HEADER_LEN, used;
	uint32_t nr, next = 0;

	reset(x);
	if (len < SAVE_HEADER_LEN || wire_get32(in) != x->window)
		return 0;
	for (nr = wire_get32(in + 4); nr; nr--) {
		used = load_client(x, in + at, len - at, &next);
		if (!used) {
			reset(x);
			return 0;
		}
		at += used;
	}
	return at;
}
