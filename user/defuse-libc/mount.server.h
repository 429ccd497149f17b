/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Servers that belong to a mount: started here, kept by a process of their own, ended with
 * it.  The hidden lower mount is a FUSE server of the mount's own library; instance=shared
 * is the one process that runs a FUSE file system for all programs.
 */
#ifndef MOUNT_SERVER_H
#define MOUNT_SERVER_H

#include <stdbool.h>

/**
 * server_start() - have the library served over FUSE, by a mount attached nowhere
 * @library, @backend: the options
 * @alone: no process uses the library but the server (trust=daemon)
 * @place: where the defuse mount is going to be
 *
 * The server ends when the last user of the mount is gone, by itself.
 * Return: FD of the mount's root, close-on-exec; -1: the reason was printed.
 */
int server_start(const char *library, const char *backend, bool alone, const char *place);

/**
 * struct shared - the server of instance=shared
 * @backend: what programs on the mount are told: where it is
 * @keeper:  socket to the process that keeps it
 * @gone:    its inotify descriptor
 */
struct shared {
	char *backend;
	int keeper, gone;
};

/**
 * shared_wanted() - whether the mount is to have a server of its own
 * @backend: the option: instance=shared without socket=
 * @why: out: what is wrong with such a text, or NULL
 */
bool shared_wanted(const char *backend, const char **why);

/* Return: 0, somebody serves; -1: the reason was printed.  It ends if we do now. */
int shared_start(struct shared *s, const char *backend, const char *place);

/* It ends with the mount whose root's FD is @mount.  Return: 0 or -1, printed. */
int shared_tie(const struct shared *s, int mount);

#endif /* MOUNT_SERVER_H */
