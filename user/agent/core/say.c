// SPDX-License-Identifier: GPL-2.0
/* Words for an operator, put together without a printf. */
#include "agent_state.h"

enum { SAY_MS = 1000 };

void words_put(struct words *w, const char *text)
{
	while (*text && w->used < WORDS_MAX - 1)
		w->text[w->used++] = *text++;
	w->text[w->used] = 0;
}

void words_number(struct words *w, uint64_t number)
{
	char digits[21], *p = digits + sizeof(digits) - 1;

	*p = 0;
	do {
		*--p = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	words_put(w, p);
}

bool say_due(struct agent *a, uint64_t *next_ms)
{
	if (a->now_ms < *next_ms)
		return false;
	*next_ms = a->now_ms + SAY_MS;
	return true;
}

void agent_say(struct agent *a, int level, const char *text)
{
	a->ops->say(a->ctx, level, text);
}

void agent_say_number(struct agent *a, int level, const char *before,
		      uint64_t number, const char *after)
{
	struct words w = { .used = 0 };

	words_put(&w, before);
	words_number(&w, number);
	words_put(&w, after);
	agent_say(a, level, w.text);
}
