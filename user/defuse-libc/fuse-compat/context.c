// SPDX-License-Identifier: LGPL-2.1-or-later
/* Who asks: fuse_get_context() and what an operation is done between. */
#include "instance.h"

#include <errno.h>
#include <string.h>

__thread struct caller caller;
struct fuse *instance;

void in_enter(struct fuse *f)
{
	if (f->single)
		pthread_mutex_lock(&f->one);
}

void in_leave(struct fuse *f)
{
	if (f->single)
		pthread_mutex_unlock(&f->one);
}

__attribute__((visibility("default")))
struct fuse_context *fuse_get_context(void)
{
	static __thread struct fuse_context context;

	context.fuse = instance;
	context.uid = caller.uid;
	context.gid = caller.gid;
	context.pid = caller.pid;
	context.umask = caller.umask;
	context.private_data = instance ? instance->user_data : NULL;
	return &context;
}

__attribute__((visibility("default")))
int fuse_getgroups(int size, gid_t list[])
{
	int n = caller.ngroups < size ? caller.ngroups : size;

	if (n > 0)
		memcpy(list, caller.groups, n * sizeof(*list));
	return caller.ngroups;
}

__attribute__((visibility("default")))
int fuse_interrupted(void)
{
	return 0;
}
