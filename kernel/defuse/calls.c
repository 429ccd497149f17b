// SPDX-License-Identifier: GPL-2.0
/* The system calls that are redirected, from the lists of <linux/defuse.h>. */
#include "defuse.h"

#include <asm/unistd.h>

#define CALL(name)	case __NR_##name:

/**
 * defuse_redirection() - how a system call is redirected
 * @nr: number of it, any value
 *
 * Return: DEFUSE_REDIRECT_*, or 0 for one that always takes door 2.
 */
unsigned int defuse_redirection(int nr)
{
	switch (nr) {
	DEFUSE_REDIRECTED_OPEN(CALL)
		return DEFUSE_REDIRECT_PATH | DEFUSE_REDIRECT_OPEN;
	DEFUSE_REDIRECTED_PATH(CALL)
		return DEFUSE_REDIRECT_PATH;
	DEFUSE_REDIRECTED_FD(CALL)
		return DEFUSE_REDIRECT_FD;
	DEFUSE_REDIRECTED_NONE(CALL)
		return DEFUSE_REDIRECT_NONE;
	DEFUSE_REDIRECTED_PAGING(CALL)
		return DEFUSE_REDIRECT_MAP;
	default:
		return 0;
	}
}
