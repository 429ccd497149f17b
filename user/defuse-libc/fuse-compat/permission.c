// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * default_permissions: what the kernel would decide by owner, group and mode.  Root
 * may do everything but execute what nobody may.
 */
#include "instance.h"

#include <errno.h>
#include <unistd.h>

bool in_group(gid_t gid)
{
	int i;

	if (gid == caller.gid)
		return true;
	for (i = 0; i < caller.ngroups; i++)
		if (caller.groups[i] == gid)
			return true;
	return false;
}

bool is_owner(const struct stat *st)
{
	return caller.uid == 0 || caller.uid == st->st_uid;
}

int may_access(const struct stat *st, int mask)
{
	mode_t bits = st->st_mode;

	if (caller.uid == 0)
		return !(mask & X_OK) || S_ISDIR(bits) || (bits & 0111) ? 0 : -EACCES;
	if (caller.uid == st->st_uid)
		bits >>= 6;
	else if (in_group(st->st_gid))
		bits >>= 3;
	return (mask & ~bits & 7) ? -EACCES : 0;
}

int may_remove(const struct stat *dir, const struct stat *st)
{
	int err = may_access(dir, W_OK | X_OK);

	if (err)
		return err;
	if ((dir->st_mode & S_ISVTX) && !is_owner(dir) && !is_owner(st))
		return -EPERM;
	return 0;
}
