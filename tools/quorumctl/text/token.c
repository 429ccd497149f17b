// SPDX-License-Identifier: GPL-2.0
/* Cuts text into items.  Knows no OpenFlow. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <strings.h>
#include "token.h"

#define SEPARATORS ", \t\r\n"

bool text_fail(struct text_err *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err->what, sizeof(err->what), fmt, ap);
	va_end(ap);
	return false;
}

/* The end of a value that starts at @s: a separator outside parentheses. */
static char *value_end(char *s)
{
	int depth = 0;

	for (; *s; s++) {
		if (*s == '(')
			depth++;
		else if (*s == ')' && --depth < 0)
			return NULL;
		else if (!depth && strchr(SEPARATORS, *s))
			break;
	}
	return depth ? NULL : s;
}

int token_next(char **rest, struct token *t, struct text_err *err)
{
	char *s = *rest + strspn(*rest, SEPARATORS), *end, delimiter;

	if (!*s)
		return 0;
	t->key = s;
	s += strcspn(s, "=:()" SEPARATORS);
	delimiter = *s;
	t->value = s;
	end = s;
	if (delimiter == '=' || delimiter == ':') {
		t->value = s + 1;
		end = value_end(t->value);
	} else if (delimiter == '(' || delimiter == ')') {
		end = value_end(s);
		if (end && end[-1] == ')') {
			t->value = s + 1;
			end[-1] = '\0';
		} else {
			end = NULL;
		}
	}
	if (!end || t->key == s) {
		text_fail(err, "cannot read \"%.64s\"", t->key);
		return -1;
	}
	*rest = *end ? end + 1 : end;
	*end = '\0';
	*s = '\0';
	return 1;
}

bool text_number(const char *text, uint64_t max, uint64_t *n)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = text + (hex ? 2 : 0);
	char *end;

	/* strtoull() would take signs and white space as well. */
	if (!(hex ? isxdigit((unsigned char)*digits) :
	      isdigit((unsigned char)*digits)))
		return false;
	errno = 0;
	*n = strtoull(digits, &end, hex ? 16 : 10);
	return !errno && !*end && *n <= max;
}

unsigned int hex_digit(char c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

bool text_same(const char *a, const char *b)
{
	return !strcasecmp(a, b);
}
