// SPDX-License-Identifier: GPL-2.0
/*
 * Taking a path of DEFUSE_IOC_OPEN apart.  Pure: no locks, no allocation.
 *
 * The form is that of the mailbox and no other: "/", or "/name" one or more times.
 */
#include "defuse.h"

/**
 * defuse_next_component() - the next name of a path
 * @path: in: where to read, at a slash or at the end; out: behind the name
 * @name: out: points into the path; length set, hash not
 *
 * Return: 1, 0 at the end of the path, -EINVAL for "." and ".." and what is not in the
 * form, -ENAMETOOLONG.
 */
int defuse_next_component(const char **path, struct qstr *name)
{
	const char *p = *path;
	size_t len;

	if (!*p)
		return 0;
	if (*p++ != '/')
		return -EINVAL;
	len = strchrnul(p, '/') - p;
	if (!len)
		return -EINVAL;
	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	if (p[0] == '.' && (len == 1 || (len == 2 && p[1] == '.')))
		return -EINVAL;
	name->name = p;
	name->len = len;
	*path = p + len;
	return 1;
}
