/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is said to the person who runs the program, on stderr, one line each. */
#ifndef DFL_REPORT_H
#define DFL_REPORT_H

#include <stdbool.h>

/* "defuse: <library>: <reason>; using the kernel's way".  @lower: there is such a way. */
void dfl_report(const char *library, bool lower, const char *reason);
void dfl_report_signal(const char *library, bool lower, const char *reason, int sig);
void dfl_report_errno(const char *library, bool lower, const char *reason, int error);

/* "defuse: <text>" */
void dfl_report_text(const char *text);

#endif /* DFL_REPORT_H */
