// SPDX-License-Identifier: LGPL-2.1-or-later
#include "words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The next word of @from, put together at @to.  NULL: no more. */
static char *next_word(char **from, char **to)
{
	char *begin = *to, *f = *from, *t = *to;

	while (*f == ' ' || *f == '\t' || *f == '\n')
		f++;
	if (!*f)
		return NULL;
	while (*f && *f != ' ' && *f != '\t' && *f != '\n') {
		if (*f == '\\' && f[1])
			f++;
		*t++ = *f++;
	}
	*from = *f ? f + 1 : f;
	*t = '\0';
	*to = t + 1;
	return begin;
}

static const char *value(const char *word, const char *name)
{
	size_t n = strlen(name);

	return strncmp(word, name, n) == 0 ? word + n : NULL;
}

/* A word in front of the command.  False: it is none. */
static bool setting(struct words *w, const char *word, bool *said, const char **why)
{
	const char *v;

	if ((v = value(word, "instance="))) {
		w->shared = strcmp(v, "shared") == 0;
		*said = w->shared || strcmp(v, "process") == 0;
		if (!*said)
			*why = "instance= is neither shared nor process";
	} else if ((v = value(word, "socket="))) {
		w->socket = v;
		if (v[0] != '/')
			*why = "socket= is no absolute path";
	} else if ((v = value(word, "user="))) {
		w->user = v;
	} else {
		return false;
	}
	return true;
}

int words_cut(struct words *w, const char *text, const char **why)
{
	char *from, *to, *word;
	bool said = false;

	memset(w, 0, sizeof(*w));
	*why = NULL;
	/* What is put together may lie a NUL behind what it came from. */
	w->text = malloc(2 * strlen(text) + 2);
	if (!w->text) {
		*why = "no memory";
		return -ENOMEM;
	}
	to = w->text;
	from = w->text + strlen(text) + 1;
	memcpy(from, text, strlen(text) + 1);
	while (!*why && (word = next_word(&from, &to))) {
		if (!w->argc && setting(w, word, &said, why))
			continue;
		if (w->argc == WORDS_MAX)
			*why = "too many words";
		else
			w->argv[w->argc++] = word;
	}
	if (!*why && !said)
		*why = "the backend does not say instance=shared or instance=process";
	if (!*why && !w->shared && !w->argc)
		*why = "the backend names no command";
	if (!*why)
		return 0;
	words_free(w);
	return -EINVAL;
}

void words_free(struct words *w)
{
	free(w->text);
	w->text = NULL;
}
