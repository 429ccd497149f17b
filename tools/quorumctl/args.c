// SPDX-License-Identifier: GPL-2.0
/* Reads command lines. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "args.h"
#include "quorumctl.h"
#include "text/token.h"

static const struct arg *find(const struct arg *args, const char *name,
			      size_t len)
{
	for (; args->name; args++)
		if (strlen(args->name) == len && !memcmp(args->name, name, len))
			return args;
	return NULL;
}

static void add(struct arg_list *list, char *value)
{
	char **item = realloc(list->item, (list->nr + 1) * sizeof(*item));

	if (!item)
		die(CTL_REFUSED, "out of memory");
	item[list->nr++] = value;
	list->item = item;
}

/* The option in argv[*at], which may be "--name=value" */
static void option(int argc, char **argv, int *at, const struct arg *args)
{
	char *s = argv[*at], *value = NULL;
	size_t len = strcspn(s, "=");
	const struct arg *arg = find(args, s, len);

	if (!arg)
		die_usage("unknown option %s", s);
	if (s[len] == '=')
		value = s + len + 1;
	if (arg->flag) {
		if (value)
			die_usage("%s takes no value", arg->name);
		*arg->flag = true;
		return;
	}
	if (!value) {
		if (++*at == argc)
			die_usage("%s wants a value", arg->name);
		value = argv[*at];
	}
	if (arg->list)
		add(arg->list, value);
	else if (*arg->text)
		die_usage("%s given twice", arg->name);
	else
		*arg->text = value;
}

int args_parse(int argc, char **argv, const struct arg *args, int min, int max)
{
	int at, left = 0;
	bool options = true;

	for (at = 1; at < argc; at++) {
		if (options && !strcmp(argv[at], "--"))
			options = false;
		else if (options && argv[at][0] == '-' && argv[at][1])
			option(argc, argv, &at, args);
		else
			argv[1 + left++] = argv[at];
	}
	if (left < min)
		die_usage("too few arguments");
	if (max >= 0 && left > max)
		die_usage("unexpected argument \"%s\"", argv[1 + max]);
	return left;
}

uint64_t arg_number(const char *what, const char *text, uint64_t min,
		    uint64_t max)
{
	uint64_t n;

	if (!text_number(text, max, &n) || n < min)
		die_usage("%s: \"%s\" is not a number from %" PRIu64
			  " to %" PRIu64, what, text, min, max);
	return n;
}

bool dpid_parse(const char *text, uint64_t *dpid)
{
	unsigned int digits = 0;
	const char *s;
	uint64_t n = 0;

	for (s = text; *s; s++) {
		if (*s == ':' && digits && digits % 2 == 0)
			continue;
		if (!isxdigit((unsigned char)*s) || ++digits > 16)
			break;
		n = n << 4 | hex_digit(*s);
	}
	if (!*s && digits == 16 && s[-1] != ':') {
		*dpid = n;
		return true;
	}
	return text_number(text, UINT64_MAX, dpid);
}

uint64_t arg_dpid(const char *text)
{
	uint64_t dpid;

	if (!dpid_parse(text, &dpid))
		die_usage("\"%s\" is not a datapath id: 16 hex digits, 0x..., or decimal",
			  text);
	return dpid;
}

uint32_t arg_port(const char *text)
{
	uint32_t port;

	if (!port_text_parse(text, &port) || !port ||
	    (port > OF_PORT_MAX && port != OF_PORT_LOCAL))
		die_usage("\"%s\" is not a port: a number, or LOCAL", text);
	return port;
}

unsigned int arg_word(const char *what, const char *text, const char *words)
{
	size_t len = strlen(text), word;
	const char *s = words;
	unsigned int i;

	for (i = 0; *s; i++) {
		word = strcspn(s, " ");
		if (word == len && !memcmp(s, text, len))
			return i;
		s += word + strspn(s + word, " ");
	}
	die_usage("%s: \"%s\" is none of: %s", what, text, words);
}
