/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A core for tests: loads a library and gives it a host. */
#ifndef TEST_HOST_H
#define TEST_HOST_H

#include <defuse/fs.h>

/* Private descriptors that are open now. */
extern int host_private;

extern const struct defuse_host test_host;

/* The table of @library, or exits. */
const struct defuse_fs_operations *host_load(const char *library);

#endif /* TEST_HOST_H */
