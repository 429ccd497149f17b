// SPDX-License-Identifier: GPL-2.0
/*
 * Executed ids (R13): named cases, then random operations against a model that
 * remembers every id, with a save and a load in between.
 */
#include "executed.h"
#include "golden.h"
#include "sample.h"
#include "test.h"

static struct agree_config config;
static struct executed *x;

static void make(uint32_t window)
{
	sample_config(&config);
	config.window = window;
	free(x);
	x = test_alloc(executed_size(&config));
	memset(x, 0xee, executed_size(&config));
	executed_init(x, &config);
}

static enum executed_verdict look(uint32_t client, uint64_t epoch,
				  uint64_t counter)
{
	struct request_id id = { client, epoch, counter };

	return executed_look(x, &id);
}

static void add(uint32_t client, uint64_t epoch, uint64_t counter)
{
	struct request_id id = { client, epoch, counter };

	executed_add(x, &id);
}

static bool window(void)
{
	make(64);
	ASK(look(1, 0, 0) == EXECUTED_DONE);
	ASK(look(1, 0, 1) == EXECUTED_NEW && look(1, 0, 64) == EXECUTED_NEW);
	ASK(look(1, 0, 65) == EXECUTED_AHEAD);
	ASK(look(1, 0, UINT64_MAX) == EXECUTED_AHEAD);
	add(1, 0, 2);
	ASK(look(1, 0, 2) == EXECUTED_DONE && look(1, 0, 1) == EXECUTED_NEW);
	ASK(look(1, 0, 64) == EXECUTED_NEW && look(1, 0, 65) == EXECUTED_AHEAD);
	/* The gap closes: the floor moves over both. */
	add(1, 0, 1);
	ASK(look(1, 0, 1) == EXECUTED_DONE && look(1, 0, 2) == EXECUTED_DONE);
	ASK(look(1, 0, 66) == EXECUTED_NEW && look(1, 0, 67) == EXECUTED_AHEAD);
	/* 64 + 2 is in the upper half: the floor goes to 34, and 3 .. 34 are lost. */
	add(1, 0, 66);
	ASK(look(1, 0, 34) == EXECUTED_DONE && look(1, 0, 35) == EXECUTED_NEW);
	ASK(look(1, 0, 98) == EXECUTED_NEW && look(1, 0, 99) == EXECUTED_AHEAD);
	ASK(look(2, 0, 1) == EXECUTED_NEW);
	return true;
}

static bool epochs(void)
{
	make(64);
	add(3, 5, 7);
	ASK(look(3, 4, 1) == EXECUTED_DONE && look(3, 0, 9) == EXECUTED_DONE);
	ASK(look(3, 5, 7) == EXECUTED_DONE && look(3, 6, 7) == EXECUTED_NEW);
	ASK(look(3, 6, 65) == EXECUTED_AHEAD);
	add(3, 6, 8);
	ASK(look(3, 5, 9) == EXECUTED_DONE && look(3, 6, 7) == EXECUTED_NEW);
	return true;
}

static bool bytes(void)
{
	uint8_t want[128];
	uint8_t out[4096];
	size_t len;

	make(64);
	add(1, 0, 2);
	add(1, 0, 1);
	add(7, 9, 1);
	add(7, 9, 4);
	add(7, 9, 3);
	len = executed_save(x, out, sizeof(out));
	ASK(golden_read(want, sizeof(want), 0, "executed") == len);
	return !memcmp(out, want, len);
}

/* Loads, and saves the same bytes again; or is refused. */
static bool load_is_exact(const uint8_t *in, size_t len)
{
	static uint8_t again[1 << 16];
	uint8_t *copy = test_copy(in, len);
	size_t used = executed_load(x, copy, len);

	free(copy);
	return !used || (executed_save(x, again, sizeof(again)) == used &&
			 !memcmp(again, in, used));
}

static bool damaged(void)
{
	static uint8_t out[1 << 16];
	unsigned int i, bit;
	size_t len, k;

	make(192);
	for (i = 0; i < 8; i += 2) {
		add(i, i, 3 + i * 7);
		add(i, i, 70 + i);
		add(i, i, 1);
	}
	len = executed_save(x, out, sizeof(out));
	ASK(len && len <= executed_save_max(&config));
	ASK(load_is_exact(out, len));
	for (k = 0; k < len; k++) {
		ASK(!executed_load(x, out, k));
		ASK(look(0, 0, 1) == EXECUTED_NEW);
		for (bit = 0; bit < 8; bit++) {
			out[k] ^= 1 << bit;
			ASK(load_is_exact(out, len));
			out[k] ^= 1 << bit;
		}
	}
	/* Of another window */
	make(64);
	ASK(!executed_load(x, out, len));
	return true;
}

/* States that no executed_save() makes */
static bool other_forms(void)
{
	uint8_t in[128];
	size_t len = golden_read(in, sizeof(in), 0, "executed");

	make(64);
	ASK(len == 64 && executed_load(x, in, len) == len);
	/* What follows is somebody else's. */
	ASK(executed_load(x, in, len + 1) == len);
	ASK(look(7, 9, 3) == EXECUTED_DONE && look(7, 9, 2) == EXECUTED_NEW);
	/* The floor would have moved; nothing in the last word; upper half */
	in[63] = 7;
	ASK(!executed_load(x, in, len));
	ASK(look(7, 9, 3) == EXECUTED_NEW && look(1, 0, 1) == EXECUTED_NEW);
	in[63] = 0;
	ASK(!executed_load(x, in, len));
	in[63] = 6;
	in[60] = 0x80;
	ASK(executed_load(x, in, len) == len);
	in[59] = 1;
	ASK(!executed_load(x, in, len));
	in[59] = 0;
	in[60] = 0;
	/* Nobody, twice, a stranger */
	in[27] = 0;
	ASK(!executed_load(x, in, len));
	in[27] = 2;
	in[35] = 1;
	ASK(!executed_load(x, in, len));
	in[35] = 8;
	ASK(!executed_load(x, in, len));
	in[35] = 7;
	return executed_load(x, in, len) == len;
}

/* The model: every counter of the epoch, and the floor by its definition */
enum { MODEL_CLIENTS = 8, MODEL_COUNTERS = 4096 };

static struct model {
	uint64_t epoch, floor;
	bool done[MODEL_COUNTERS];
} model[MODEL_CLIENTS];

static enum executed_verdict model_look(const struct model *m, uint64_t epoch,
					uint64_t counter)
{
	uint64_t floor = epoch > m->epoch ? 0 : m->floor;

	if (epoch < m->epoch || counter <= floor)
		return EXECUTED_DONE;
	if (counter > floor + config.window)
		return EXECUTED_AHEAD;
	return epoch == m->epoch && m->done[counter] ? EXECUTED_DONE :
						       EXECUTED_NEW;
}

static void model_add(struct model *m, uint64_t epoch, uint64_t counter)
{
	if (epoch > m->epoch) {
		memset(m, 0, sizeof(*m));
		m->epoch = epoch;
	}
	m->done[counter] = true;
	if (counter > m->floor + config.window / 2)
		m->floor = counter - config.window / 2;
	while (m->done[m->floor + 1])
		m->floor++;
}

static bool random_steps(uint32_t window)
{
	static uint8_t out[1 << 16];
	unsigned int n;

	make(window);
	memset(model, 0, sizeof(model));
	for (n = 0; n < 60000; n++) {
		uint32_t c = test_below(MODEL_CLIENTS);
		struct model *m = &model[c];
		uint64_t epoch = m->epoch, counter;
		size_t len;

		if (test_below(3))
			counter = m->floor + 1 + test_below(4);
		else
			counter = m->floor + 3 + test_below(window);
		if (counter + 2 * window >= MODEL_COUNTERS || !test_below(500))
			epoch += 1 + test_below(3);
		else if (!test_below(50) && epoch)
			epoch--;
		if (epoch > m->epoch)
			counter = 1 + test_below(window + 1);
		ASK(look(c, epoch, counter) == model_look(m, epoch, counter));
		if (look(c, epoch, counter) == EXECUTED_NEW) {
			add(c, epoch, counter);
			model_add(m, epoch, counter);
			ASK(look(c, epoch, counter) == EXECUTED_DONE);
		}
		if (n % 64)
			continue;
		len = executed_save(x, out, sizeof(out));
		ASK(len <= executed_save_max(&config));
		memset(x, 0xee, executed_size(&config));
		executed_init(x, &config);
		ASK(executed_load(x, out, len) == len);
	}
	return true;
}

/* Other ways to the same state save the same bytes. */
static bool canonical(void)
{
	static uint8_t one[4096], two[4096];
	uint64_t i;
	size_t len;

	make(64);
	for (i = 1; i <= 100; i++)
		add(2, 1, i);
	add(5, 0, 1);
	len = executed_save(x, one, sizeof(one));
	make(64);
	add(5, 0, 1);
	add(2, 0, 3);
	for (i = 1; i <= 100; i += 2) {
		add(2, 1, i + 1);
		add(2, 1, i);
	}
	ASK(executed_save(x, two, sizeof(two)) == len);
	return !memcmp(one, two, len);
}

int main(void)
{
	TEST("window, floor, upper half", window());
	TEST("epochs", epochs());
	TEST("saved bytes", bytes());
	TEST("saved bytes cut and flipped", damaged());
	TEST("states that nobody saved", other_forms());
	TEST("equal states, equal bytes", canonical());
	TEST("random steps, window 64", random_steps(64));
	TEST("random steps, window 192", random_steps(192));
	TEST("random steps, window 256", random_steps(256));
	free(x);
	return test_end();
}
