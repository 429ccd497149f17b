/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* FDs that belong to the core and to libraries, out of the application's way. */
#ifndef DFL_PRIVATE_FD_H
#define DFL_PRIVATE_FD_H

#include <stdbool.h>

/* Moves @fd up, close-on-exec.  Return: the new number or -EMFILE; @fd is closed. */
int dfl_private_fd(int fd);
void dfl_private_close(int fd);

/*
 * Whether private numbers are nearly used up.  An open() that creates must not run
 * out of them midway, so it then takes door 2 from the start.
 */
bool dfl_private_tight(void);

#endif /* DFL_PRIVATE_FD_H */
