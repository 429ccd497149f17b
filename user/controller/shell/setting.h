/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading files of settings (libconfig) so that every error is said with its line: wrong types, values
 * out of range, settings that are missing or that nobody knows.
 */
#ifndef SHELL_SETTING_H
#define SHELL_SETTING_H

#include <libconfig.h>
#include <stddef.h>
#include <stdint.h>

#include "domain.h"

/* A group of settings in a file */
struct group {
	const char *file;
	struct complaints *c;
	const config_setting_t *s;
};

/* A file: its outermost group, to be closed in any case.  false: it cannot be read, or is no such file. */
bool group_open(struct group *root, config_t *config, const char *path,
		struct complaints *c);

/* Names end with NULL; any others in the group are errors. */
void group_only(const struct group *g, const char *const *names);

int setting_line(const config_setting_t *s);
/* The line of a setting, or that of its group if it is not there */
int group_line(const struct group *g, const char *name);

/*
 * Each leaves *@out as it was, which is the default, if the setting is absent.  Return: was it there, and good?
 * @required: to be absent is an error.
 */
bool group_string(const struct group *g, const char *name, char *out,
		  size_t room, bool required);
bool group_number(const struct group *g, const char *name, uint64_t *out,
		  uint64_t min, uint64_t max, bool required);
bool group_bool(const struct group *g, const char *name, bool *out);

/* The value that a word stands for */
struct choice {
	const char *word;
	unsigned int value;
};

/* @choice ends with a NULL word. */
bool group_choice(const struct group *g, const char *name,
		  const struct choice *choice, unsigned int *out,
		  bool required);

/* A group in the group, or a list of groups.  false: absent, or wrong */
bool group_group(const struct group *g, const char *name, struct group *out,
		 bool required);
unsigned int group_list(const struct group *g, const char *name,
			const config_setting_t **list, bool required);
bool group_of_list(const struct group *g, const config_setting_t *list,
		   unsigned int i, struct group *out);

/* A path, which is relative to the directory of the file */
bool group_path(const struct group *g, const char *name, char *out,
		size_t room, bool required);

#endif
