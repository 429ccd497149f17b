/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What defuse-server leaves to the program that it becomes: descriptors, whose numbers
 * are in an environment variable, separated by spaces.
 */
#ifndef COMPAT_HANDOVER_H
#define COMPAT_HANDOVER_H

#define HANDOVER_VARIABLE	"DEFUSE_SERVER_FD"

/**
 * struct handover
 * @listener: a socket that listens
 * @ready:    a pipe: takes the number of the process that begins to serve, and is closed
 *            if none ever will; -1: nobody wants to know
 * @gone:     readable when the mount is no more; -1: nobody tells
 */
struct handover {
	int listener, ready, gone;
};

/* Sets the variable, and that exec leaves the descriptors open.  Return: 0 or -errno. */
int handover_give(const struct handover *h);

/*
 * The descriptors, which other programs do not get.  May be repeated.
 * Return: 0; -ENOENT: there is no variable; -EBADF: there are no such descriptors.
 */
int handover_take(struct handover *h);

#endif /* COMPAT_HANDOVER_H */
