/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arguments of subcommands: options anywhere, then what is left.  Whatever is
 * wrong ends the program with exit status 2.
 */
#ifndef ARGS_H
#define ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One option: sets *flag, or *text to its value, or has each value added to a
 * list.  The first that is not NULL counts.
 */
struct arg_list {
	char **item;
	size_t nr;
};

struct arg {
	const char *name;		/* "--mode", "-o" */
	bool *flag;
	const char **text;
	struct arg_list *list;
};

/**
 * args_parse() - take the options out of argv
 * @args: ended by an entry without name
 * @min, @max: how many arguments must be left; @max -1: any number
 * Return: how many are left, from argv[1] on.  "--" ends the options.
 */
int args_parse(int argc, char **argv, const struct arg *args, int min, int max);

uint64_t arg_number(const char *what, const char *text, uint64_t min,
		    uint64_t max);

/* 16 hex digits (with or without colons between bytes), 0x..., or decimal */
uint64_t arg_dpid(const char *text);
bool dpid_parse(const char *text, uint64_t *dpid);

/* A port number, or LOCAL */
uint32_t arg_port(const char *text);

/* Which of the words, separated by spaces, it is: 0 .. */
unsigned int arg_word(const char *what, const char *text, const char *words);

#endif
