// SPDX-License-Identifier: GPL-2.0
#include "setting.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void complain(struct complaints *c, const char *file, int line,
	      const char *format, ...)
{
	char text[768];
	va_list args;
	int n;

	n = line > 0 ? snprintf(text, sizeof(text), "%.400s:%d: ", file, line) :
		snprintf(text, sizeof(text), "%.400s: ", file);
	va_start(args, format);
	vsnprintf(text + n, sizeof(text) - (size_t)n, format, args);
	va_end(args);
	c->nr++;
	if (c->say)
		c->say(c->ctx, text);
}

bool group_open(struct group *root, config_t *config, const char *path,
		struct complaints *c)
{
	*root = (struct group){ .file = path, .c = c };
	config_init(config);
	errno = 0;
	if (!config_read_file(config, path)) {
		if (config_error_type(config) == CONFIG_ERR_FILE_IO)
			complain(c, path, 0, "cannot read it: %s",
				 strerror(errno ? errno : EISDIR));
		else
			complain(c, path, config_error_line(config), "%s",
				 config_error_text(config));
		return false;
	}
	root->s = config_root_setting(config);
	return true;
}

int setting_line(const config_setting_t *s)
{
	int line = (int)config_setting_source_line(s);

	return line ? line : 1;
}

static config_setting_t *member(const struct group *g, const char *name)
{
	return config_setting_get_member(g->s, name);
}

int group_line(const struct group *g, const char *name)
{
	const config_setting_t *s = member(g, name);

	return setting_line(s ? s : g->s);
}

void group_only(const struct group *g, const char *const *names)
{
	int i, nr = config_setting_length(g->s);
	const char *const *name;

	for (i = 0; i < nr; i++) {
		const config_setting_t *s =
			config_setting_get_elem(g->s, (unsigned int)i);
		const char *is = config_setting_name(s);

		for (name = names; *name && strcmp(*name, is); name++)
			;
		if (!*name)
			complain(g->c, g->file, setting_line(s),
				 "%s: nobody knows this setting", is);
	}
}

/* The setting if it has the right type */
static config_setting_t *find(const struct group *g, const char *name,
			      bool right(const config_setting_t *s),
			      const char *type, bool required)
{
	config_setting_t *s = member(g, name);

	if (!s) {
		if (required)
			complain(g->c, g->file, setting_line(g->s),
				 "%s is missing", name);
		return NULL;
	}
	if (!right(s)) {
		complain(g->c, g->file, setting_line(s), "%s: %s is expected",
			 name, type);
		return NULL;
	}
	return s;
}

static bool is_string(const config_setting_t *s)
{
	return config_setting_type(s) == CONFIG_TYPE_STRING;
}

static bool is_number(const config_setting_t *s)
{
	return config_setting_type(s) == CONFIG_TYPE_INT ||
		config_setting_type(s) == CONFIG_TYPE_INT64;
}

static bool is_bool(const config_setting_t *s)
{
	return config_setting_type(s) == CONFIG_TYPE_BOOL;
}

static bool is_group(const config_setting_t *s)
{
	return config_setting_type(s) == CONFIG_TYPE_GROUP;
}

static bool is_list(const config_setting_t *s)
{
	return config_setting_type(s) == CONFIG_TYPE_LIST;
}

bool group_string(const struct group *g, const char *name, char *out,
		  size_t room, bool required)
{
	config_setting_t *s = find(g, name, is_string, "a text in quotes",
				   required);
	const char *text;

	if (!s)
		return false;
	text = config_setting_get_string(s);
	if (strlen(text) >= room || (required && !*text)) {
		complain(g->c, g->file, setting_line(s), *text ?
			 "%s is too long: %zu characters at most" :
			 "%s is empty", name, room - 1);
		return false;
	}
	memcpy(out, text, strlen(text) + 1);
	return true;
}

bool group_number(const struct group *g, const char *name, uint64_t *out,
		  uint64_t min, uint64_t max, bool required)
{
	config_setting_t *s = find(g, name, is_number, "a whole number",
				   required);
	long long value;

	if (!s)
		return false;
	value = config_setting_get_int64(s);
	if (value < 0 || (uint64_t)value < min || (uint64_t)value > max) {
		complain(g->c, g->file, setting_line(s),
			 "%s is %lld: %llu to %llu are possible", name, value,
			 (unsigned long long)min, (unsigned long long)max);
		return false;
	}
	*out = (uint64_t)value;
	return true;
}

bool group_bool(const struct group *g, const char *name, bool *out)
{
	config_setting_t *s = find(g, name, is_bool, "true or false", false);

	if (!s)
		return false;
	*out = config_setting_get_bool(s);
	return true;
}

bool group_choice(const struct group *g, const char *name,
		  const struct choice *choice, unsigned int *out,
		  bool required)
{
	config_setting_t *s = find(g, name, is_string, "a text in quotes",
				   required);
	const struct choice *at;
	char words[256] = "";
	size_t used = 0;

	if (!s)
		return false;
	for (at = choice; at->word; at++) {
		if (!strcmp(at->word, config_setting_get_string(s))) {
			*out = at->value;
			return true;
		}
		used += (size_t)snprintf(words + used, sizeof(words) - used,
					 "%s%s", used ? ", " : "", at->word);
	}
	complain(g->c, g->file, setting_line(s), "%s is \"%.40s\": one of %s is possible",
		 name, config_setting_get_string(s), words);
	return false;
}

bool group_group(const struct group *g, const char *name, struct group *out,
		 bool required)
{
	config_setting_t *s = find(g, name, is_group, "a group { }", required);

	*out = *g;
	out->s = s;
	return s;
}

unsigned int group_list(const struct group *g, const char *name,
			const config_setting_t **list, bool required)
{
	*list = find(g, name, is_list, "a list of groups ( { }, { } )",
		     required);
	return *list ? (unsigned int)config_setting_length(*list) : 0;
}

bool group_of_list(const struct group *g, const config_setting_t *list,
		   unsigned int i, struct group *out)
{
	*out = *g;
	out->s = config_setting_get_elem(list, i);
	if (is_group(out->s))
		return true;
	complain(g->c, g->file, setting_line(out->s), "%s: a group { } is expected",
		 config_setting_name(list));
	return false;
}

bool group_path(const struct group *g, const char *name, char *out,
		size_t room, bool required)
{
	const char *slash = strrchr(g->file, '/');
	int dir = slash ? (int)(slash + 1 - g->file) : 0;
	char text[512];

	if (!group_string(g, name, text, sizeof(text), required))
		return false;
	if ((size_t)snprintf(out, room, "%.*s%s",
			     text[0] == '/' || !text[0] ? 0 : dir, g->file,
			     text) < room)
		return true;
	out[0] = 0;
	complain(g->c, g->file, group_line(g, name), "%s is too long", name);
	return false;
}
