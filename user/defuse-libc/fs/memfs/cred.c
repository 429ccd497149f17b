// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Who asks.  The kernel is asked only where the mode does not allow everybody, and only
 * for as much as is needed; nothing is kept from call to call, for a program may change
 * its user at any time.
 */
#include "memfs.h"

#include <grp.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

static void know(struct mf_cred *c)
{
	if (c->known)
		return;
	c->uid = setfsuid(-1);
	c->gid = setfsgid(-1);
	c->known = true;
}

void mf_cred_real(struct mf_cred *c)
{
	c->uid = getuid();
	c->gid = getgid();
	c->known = c->real = true;
}

uid_t mf_uid(struct mf_cred *c)
{
	know(c);
	return c->uid;
}

gid_t mf_gid(struct mf_cred *c)
{
	know(c);
	return c->gid;
}

bool mf_in_group(struct mf_cred *c, gid_t gid)
{
	gid_t groups[1024], *g = groups;
	int n, i;

	if (mf_gid(c) == gid)
		return true;
	n = getgroups(0, NULL);
	if (n > (int)(sizeof(groups) / sizeof(groups[0]))) {
		g = malloc(n * sizeof(*g));
		if (!g)
			return false;
	}
	n = n > 0 ? getgroups(n, g) : 0;
	for (i = 0; i < n && g[i] != gid;)
		i++;
	if (g != groups)
		free(g);
	return i < n;
}

/* access() asks for the real user: a root that is not real has no capabilities. */
bool mf_capable(struct mf_cred *c, int cap)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 }, { 0 } };

	if (!c->caps_known) {
		c->caps_known = true;
		if (!syscall(SYS_capget, &head, data))
			c->caps = data[0].effective | (uint64_t)data[1].effective << 32;
		if (c->real)
			c->caps = c->uid ? 0 : data[0].permitted |
					       (uint64_t)data[1].permitted << 32;
	}
	return c->caps >> cap & 1;
}

bool mf_owner(struct mf_cred *c, const struct mf_inode *i)
{
	return mf_uid(c) == mf_load(&i->uid) || mf_capable(c, CAP_FOWNER);
}

int mf_may(struct mf_cred *c, uint32_t mode, uid_t uid, gid_t gid, int mask)
{
	uint32_t all = (uint32_t)mask * 0111, bits;

	if ((mode & all) == all)
		return 0;
	if (mf_uid(c) == uid)
		bits = mode >> 6;
	else if (((mode >> 3 ^ mode) & mask) && mf_in_group(c, gid))
		bits = mode >> 3;
	else
		bits = mode;
	if ((bits & mask) == (uint32_t)mask)
		return 0;
	if (S_ISDIR(mode)) {
		if (!(mask & W_OK) && mf_capable(c, CAP_DAC_READ_SEARCH))
			return 0;
		return mf_capable(c, CAP_DAC_OVERRIDE) ? 0 : -EACCES;
	}
	if (mask == R_OK && mf_capable(c, CAP_DAC_READ_SEARCH))
		return 0;
	if ((!(mask & X_OK) || mode & 0111) && mf_capable(c, CAP_DAC_OVERRIDE))
		return 0;
	return -EACCES;
}

int mf_may_inode(struct mf_cred *c, const struct mf_inode *i, int mask)
{
	return mf_may(c, mf_load(&i->mode), mf_load(&i->uid), mf_load(&i->gid), mask);
}
