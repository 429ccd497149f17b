/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a daemon gives up when all that needs it is open: its user, capabilities, and the
 * way back to either.
 */
#ifndef SHELL_PRIVILEGE_H
#define SHELL_PRIVILEGE_H

#include "words.h"

enum privilege_keep {
	PRIVILEGE_NOTHING,
	PRIVILEGE_NET_ADMIN,		/* CAP_NET_ADMIN: netlink to ovs_quorum.ko */
};

/* Is there such a user?  "" is the one that we are. */
bool privilege_user(const char *user, struct words *why);

/**
 * privilege_drop() - become @user, with what @keep says and nothing else
 * @user: "": stay who we are; capabilities go all the same
 *
 * Not for processes with threads: the calls concern the one that makes them.
 * Return: false with words, after which the process must end.
 */
bool privilege_drop(const char *user, enum privilege_keep keep,
		    struct words *why);

#endif
