/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The services of the core for libraries: struct defuse_host of <defuse/fs.h>, without what
 * differs between mounts.
 */
#ifndef DFL_HOST_H
#define DFL_HOST_H

#include <defuse/fs.h>

extern const struct defuse_host dfl_host;

#endif /* DFL_HOST_H */
