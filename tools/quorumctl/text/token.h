/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside tools/quorumctl/text: items of a list such as "a,b=c,d:e,f(g,h=1)",
 * and numbers.
 */
#ifndef TOKEN_H
#define TOKEN_H

#include "text.h"

struct token {
	char *key;
	char *value;		/* "" if there is none */
};

/* Fail with words: always false. */
__attribute__((format(printf, 2, 3)))
bool text_fail(struct text_err *err, const char *fmt, ...);

/**
 * token_next() - cut the next item off a list
 * @rest: in and out: a writable string, which the token points into
 *
 * Items are separated by commas and white space.  A value is what follows "="
 * or ":", or stands in parentheses, which may nest and must match.
 * Return: 1; 0 at the end; -1 with words.
 */
int token_next(char **rest, struct token *t, struct text_err *err);

/* A whole string as a number, decimal or 0x..., at most @max. */
bool text_number(const char *text, uint64_t max, uint64_t *n);

/* Of a character for which isxdigit() is true */
unsigned int hex_digit(char c);

/* Does a name say the same but for the case of its letters? */
bool text_same(const char *a, const char *b);

#endif
