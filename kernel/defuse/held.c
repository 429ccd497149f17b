// SPDX-License-Identifier: GPL-2.0
/*
 * Which files of a library are open, for libraries that keep a file without a name until
 * its last user is gone.  One backend may be mounted several times: all mounts are asked.
 */
#include "defuse.h"

#include <linux/uaccess.h>

#define HELD_MAX	64

struct question {
	u64 device;
	u64 inodes[HELD_MAX];
	unsigned int count;
	u64 held;
};

/*
 * On a private mount the number alone counts, as everywhere there.  If a file of another
 * library has it, one is called open that is not: it is kept longer than need be.
 */
static void ask_mount(struct super_block *sb, void *opaque)
{
	struct question *q = opaque;
	unsigned int n;

	for (n = 0; n < q->count; n++) {
		u64 dev = defuse_claimed_dev(sb, q->device, q->inodes[n]);

		if (!(q->held & BIT_ULL(n)) && defuse_inode_held(sb, dev, q->inodes[n]))
			q->held |= BIT_ULL(n);
	}
}

/**
 * defuse_held() - DEFUSE_IOC_HELD
 * @arg: of the right size, otherwise hostile; @held is filled in
 *
 * Context: process; takes s_umount of every mount, one after the other.
 * Return: 0, -EINVAL, -EFAULT.
 */
long defuse_held(struct defuse_held *arg)
{
	struct question q = { .device = arg->device, .count = arg->count };

	if (!q.count || q.count > HELD_MAX)
		return -EINVAL;
	if (copy_from_user(q.inodes, u64_to_user_ptr(arg->inodes),
			   q.count * sizeof(q.inodes[0])))
		return -EFAULT;
	iterate_supers_type(&defuse_fs_type, ask_mount, &q);
	arg->held = q.held;
	return 0;
}
