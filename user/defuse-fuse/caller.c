// SPDX-License-Identifier: GPL-2.0
/*
 * Acting for the requester: this thread takes over his effective user, group and
 * supplementary groups, so that what the library does by system calls is allowed and
 * owned as if he did it, and geteuid() says who asks.  The real and saved user stay
 * root's: he can neither signal nor trace us.  By bare system calls, since the C library
 * would change all threads.
 */
#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of this thread; @req NULL: nobody's. */
static __thread struct {
	fuse_req_t req;
	uid_t uid;
	gid_t gid;
	bool groups;
} now;

static void must(long ret)
{
	/* Going on with the rights of somebody else would be worse than ending. */
	if (ret)
		abort();
}

/* Cannot be asked once he is gone: then he has none. */
static void take_groups(fuse_req_t req)
{
	gid_t few[32], *list = few;
	int n = fuse_req_getgroups(req, 32, few);

	if (n > 32) {
		list = calloc(n, sizeof(*list));
		n = list ? fuse_req_getgroups(req, n, list) : 0;
	}
	must(syscall(SYS_setgroups, n > 0 ? n : 0, list));
	now.groups = true;
	if (list != few)
		free(list);
}

void caller_enter(fuse_req_t req)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);

	if (ctx->uid)
		take_groups(req);
	if (ctx->gid)
		must(syscall(SYS_setresgid, -1, ctx->gid, -1));
	if (ctx->uid)
		must(syscall(SYS_setresuid, -1, ctx->uid, -1));
	now.req = req;
	now.uid = ctx->uid;
	now.gid = ctx->gid;
}

fuse_req_t caller_now(void)
{
	return now.req;
}

void caller_leave(void)
{
	if (now.uid)
		must(syscall(SYS_setresuid, -1, 0, -1));
	if (now.gid)
		must(syscall(SYS_setresgid, -1, 0, -1));
	if (now.groups)
		must(syscall(SYS_setgroups, 0, NULL));
	now.req = NULL;
	now.uid = now.gid = 0;
	now.groups = false;
}
