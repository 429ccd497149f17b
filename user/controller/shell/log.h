/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lines for the operator: level, area, words, then key=value pairs.  To standard error, where
 * systemd takes the level from "<N>" when the journal is there; or as JSON, one object a line.
 */
#ifndef SHELL_LOG_H
#define SHELL_LOG_H

#include <stdbool.h>

enum log_level { LOG_L_ERROR = 3, LOG_L_WARNING = 4, LOG_L_INFO = 6, LOG_L_DEBUG = 7 };

/* The process's log.  @program: of all lines; levels above @most are left out. */
void log_open(const char *program, enum log_level most, bool json);
void log_set_level(enum log_level most);
enum log_level log_get_level(void);
const char *log_level_name(enum log_level level);
bool log_level_parse(const char *word, enum log_level *level);

/*
 * @format ends with the pairs, if any: "link is up", or "link is up peer=%s port=%u".  A value with
 * spaces is quoted by the writer ("why=\"%s\""); control bytes in the line become '?'.
 */
void log_say(enum log_level level, const char *area, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Lines so far by level, for metrics; those left out because there were too many count too */
unsigned long log_count(enum log_level level);

#endif
