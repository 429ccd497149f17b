/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A server for the life of a mount, and another one when it dies.
 *
 * Who mounts holds the other end of a stream socket.  When somebody serves he gets one
 * byte and an inotify descriptor, has that watch the root of his mount (IN_UNMOUNT), and
 * answers with one byte.  If the socket ends before, so does all this.
 */
#ifndef COMPAT_KEEPER_H
#define COMPAT_KEEPER_H

#include "handover.h"

/**
 * struct keeper
 * @socket:   to who mounts
 * @listener: the server's socket, and @path where it is: removed at the end.  It is held
 *            here, so that who connects while nobody serves waits for the next server
 * @name:     of the file system, for messages
 * @run:      becomes the server, in a child
 */
struct keeper {
	int socket;
	int listener;
	const char *path;
	const char *name;
	void (*run)(const struct handover *h, void *arg);
	void *arg;
};

/* Return: exit status: 0 the mount is gone; 1 it never came to be, and a message said why. */
int keep(const struct keeper *k);

#endif /* COMPAT_KEEPER_H */
