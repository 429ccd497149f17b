/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The backend= text of a mount of a FUSE file system, cut into words at spaces; a
 * backslash takes the next character as it is:
 *
 *	instance=shared [socket=/run/defuse/NAME] [user=NAME] [COMMAND [ARGUMENT...]]
 *	instance=process COMMAND [ARGUMENT...]
 *
 * Programs on the mount need the socket alone, and the server the command.
 */
#ifndef COMPAT_WORDS_H
#define COMPAT_WORDS_H

#include <stdbool.h>

#define WORDS_MAX	128

/* mount.defuse adds it; for those who go around that. */
#define WORDS_NO_SOCKET	"instance=shared without socket=: who serves?"

/**
 * struct words - a text taken apart; release with words_free()
 * @shared: instance=shared
 * @socket: of the server, absolute; or NULL
 * @user:   whom the server runs as, or NULL: who started it
 * @argc, @argv: COMMAND and its arguments, closed by NULL; room for one more
 */
struct words {
	bool shared;
	const char *socket;
	const char *user;
	int argc;
	char *argv[WORDS_MAX + 2];
	char *text;
};

/* Return: 0, or -errno and in @why what is wrong with the text. */
int words_cut(struct words *w, const char *text, const char **why);
void words_free(struct words *w);

#endif /* COMPAT_WORDS_H */
