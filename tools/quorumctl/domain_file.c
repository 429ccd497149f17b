// SPDX-License-Identifier: GPL-2.0
/* Reads domain.conf, and fills its spare places. */
#include <ctype.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "domain_file.h"
#include "file.h"
#include "quorumctl.h"
#include "tree.h"

static const char *text_of(const config_setting_t *s, const char *name,
			   const char *path)
{
	const char *text;

	if (!config_setting_lookup_string(s, name, &text))
		die(CTL_REFUSED, "%s:%u: no %s", path,
		    config_setting_source_line(s), name);
	return text;
}

static uint64_t number_of(const config_setting_t *s, const char *name,
			  const char *path)
{
	const config_setting_t *m = config_setting_get_member(s, name);

	if (!m || !config_setting_is_number(m))
		die(CTL_REFUSED, "%s:%u: no number %s", path,
		    config_setting_source_line(s), name);
	return (uint64_t)config_setting_get_int64(m);
}

static config_setting_t *list_of(const struct domain_file *f, const char *name,
				 unsigned int max, unsigned int *nr)
{
	config_setting_t *list = config_lookup(&f->config, name);
	int len = list && config_setting_is_list(list) ?
		  config_setting_length(list) : 0;
	int i;

	if (len < 1 || (unsigned int)len > max)
		die(CTL_REFUSED, "%s: %s is not a list of 1 to %u", f->path,
		    name, max);
	for (i = 0; i < len; i++)
		if (!config_setting_is_group(config_setting_get_elem(list, i)))
			die(CTL_REFUSED, "%s: %s is not a list of groups",
			    f->path, name);
	*nr = (unsigned int)len;
	return list;
}

static void read_controllers(struct domain_file *f)
{
	config_setting_t *s, *list = list_of(f, "controllers",
					     DOMAIN_CONTROLLERS_MAX, &f->n);
	unsigned int i;

	f->controller = alloc(f->n * sizeof(*f->controller));
	for (i = 0; i < f->n; i++) {
		s = config_setting_get_elem(list, i);
		f->controller[i] = (struct domain_peer){
			.name = text_of(s, "name", f->path),
			.host = text_of(s, "host", f->path),
			.port = (unsigned int)number_of(s, "port", f->path),
			.switch_port = (unsigned int)number_of(s, "switch_port",
							       f->path),
		};
	}
}

static void read_switches(struct domain_file *f)
{
	config_setting_t *s, *list = list_of(f, "switches", DOMAIN_PLACES_MAX,
					     &f->places);
	unsigned int i;

	f->sw = alloc(f->places * sizeof(*f->sw));
	for (i = 0; i < f->places; i++) {
		s = config_setting_get_elem(list, i);
		if (!config_setting_length(s))
			continue;
		f->sw[i].name = text_of(s, "name", f->path);
		f->sw[i].dpid = number_of(s, "dpid", f->path);
	}
}

void domain_file_load(struct domain_file *f, const char *dir)
{
	size_t len;

	memset(f, 0, sizeof(*f));
	f->dir = dir;
	f->path = path_join(dir, "domain.conf");
	f->text = (char *)file_read(f->path, &len);
	if (strlen(f->text) != len)
		die(CTL_REFUSED, "%s: not a text", f->path);
	config_init(&f->config);
	if (!config_read_string(&f->config, f->text))
		die(CTL_REFUSED, "%s:%d: %s", f->path,
		    config_error_line(&f->config),
		    config_error_text(&f->config));
	f->id = number_of(config_root_setting(&f->config), "id", f->path);
	read_controllers(f);
	read_switches(f);
}

void domain_file_free(struct domain_file *f)
{
	config_destroy(&f->config);
	free(f->controller);
	free(f->sw);
	free(f->path);
	free(f->text);
}

bool domain_name_ok(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return len && !name[len] && len <= DOMAIN_NAME_LEN &&
	       isalnum((unsigned char)name[0]);
}

const char *domain_user(const char *given)
{
	if (given && !domain_name_ok(given))
		die_usage("--user: \"%s\" is no user's name", given);
	return given;
}

char *domain_file_place(const struct domain_file *f, bool controller,
			unsigned int i)
{
	char *path;

	if (asprintf(&path, "%s/%s-%u", f->dir,
		     controller ? "controller" : "switch", i + 1) < 0)
		die(CTL_REFUSED, "out of memory");
	return path;
}

/* Behind a comment or a string that begins at @s; @s itself if none does */
static const char *skip(const char *s)
{
	const char *end;

	if (*s == '#' || (s[0] == '/' && s[1] == '/'))
		return s + strcspn(s, "\n");
	if (s[0] == '/' && s[1] == '*') {
		end = strstr(s + 2, "*/");
		return end ? end + 2 : s + strlen(s);
	}
	if (*s != '"')
		return s;
	for (s++; *s && *s != '"'; s++)
		if (*s == '\\' && s[1])
			s++;
	return *s ? s + 1 : s;
}

static bool in_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '*';
}

static bool at_switches(const char *s)
{
	static const char word[] = "switches";
	const size_t len = sizeof(word) - 1;

	return !strncmp(s, word, len) && !in_name(s[len]);
}

/*
 * The first group with nothing in it in the list `switches`, which libconfig has read: from brace to
 * brace.  libconfig's own writing would lose the comments.
 */
static bool find_spare(const char *text, size_t *from, size_t *to)
{
	unsigned int depth = 0;
	const char *s, *next, *open = NULL;
	bool inside = false;

	for (s = text; *s; s = next) {
		next = skip(s);
		if (next != s) {
			if (*s == '"')
				open = NULL;
			continue;
		}
		next = s + 1;
		if (!depth && at_switches(s) &&
		    (s == text || !in_name(s[-1])))
			inside = true;
		if (inside && *s == '}' && open) {
			*from = (size_t)(open - text);
			*to = (size_t)(next - text);
			return true;
		}
		if (!isspace((unsigned char)*s))
			open = inside && depth == 1 && *s == '{' ? s : NULL;
		depth += !!strchr("({[", *s);
		depth -= depth && strchr(")}]", *s);
		if (inside && !depth && *s == ')')
			return false;
	}
	return false;
}

static void find_copies(const struct domain_file *f, glob_t *copies)
{
	static const char *const where[] = { "controller-*", "switch-*" };
	char *pattern;
	unsigned int i;

	memset(copies, 0, sizeof(*copies));
	for (i = 0; i < 2; i++) {
		if (asprintf(&pattern, "%s/%s/domain.conf", f->dir, where[i]) < 0)
			die(CTL_REFUSED, "out of memory");
		glob(pattern, i ? GLOB_APPEND : 0, NULL, copies);
		free(pattern);
	}
}

static void check_copies(const struct domain_file *f)
{
	glob_t copies;
	size_t i, len;
	char *copy;

	find_copies(f, &copies);
	for (i = 0; i < copies.gl_pathc; i++) {
		copy = (char *)file_read(copies.gl_pathv[i], &len);
		if (strcmp(copy, f->text))
			die(CTL_REFUSED, "%s differs from %s: make them equal first",
			    copies.gl_pathv[i], f->path);
		free(copy);
	}
	globfree(&copies);
}

char *domain_file_filled(const struct domain_file *f, const char *text)
{
	size_t from, to;
	config_t check;
	char *filled;

	check_copies(f);
	if (!find_spare(f->text, &from, &to))
		die(CTL_REFUSED, "%s: no spare place { } for a switch", f->path);
	if (asprintf(&filled, "%.*s%s%s", (int)from, f->text, text,
		     f->text + to) < 0)
		die(CTL_REFUSED, "out of memory");
	config_init(&check);
	if (!config_read_string(&check, filled))
		die(CTL_REFUSED, "%s: a switch cannot be written into it: line %d: %s",
		    f->path, config_error_line(&check),
		    config_error_text(&check));
	config_destroy(&check);
	return filled;
}

void domain_file_replace(const struct domain_file *f, const char *text)
{
	glob_t copies;
	size_t i;

	find_copies(f, &copies);
	file_write(f->path, text, strlen(text), 0644);
	for (i = 0; i < copies.gl_pathc; i++)
		file_write(copies.gl_pathv[i], text, strlen(text), 0644);
	globfree(&copies);
}
