// SPDX-License-Identifier: GPL-2.0
/*
 * The library of a mount: code that every process touching the mount will run.
 *
 * It is opened once, at mount time, and handed out as that open file, so that no
 * chroot, mount or rename later can put another in its place.  Nobody but root may
 * be able to change it or any directory on the way to it (I7).
 */
#include "defuse.h"

#include <linux/fs_context.h>
#include <linux/mount.h>
#include <linux/namei.h>

static bool dentry_trusted(const struct dentry *dentry)
{
	const struct inode *inode = d_inode(dentry);

	return defuse_library_trusted(inode->i_uid, inode->i_mode);
}

/* Checks the file and every directory above it, across mount points. */
static int check_chain(struct fs_context *fc, const struct path *file)
{
	struct path path = *file;
	int err = 0;

	path_get(&path);
	for (;;) {
		if (!dentry_trusted(path.dentry)) {
			errorf(fc, "defuse: library: \"%pd\" is not root's alone to write",
			       path.dentry);
			err = -EPERM;
			break;
		}
		if (path.dentry == path.mnt->mnt_root) {
			if (!follow_up(&path))
				break;
		} else {
			struct dentry *parent = dget_parent(path.dentry);

			dput(path.dentry);
			path.dentry = parent;
		}
	}
	path_put(&path);
	return err;
}

/**
 * defuse_pin_library() - open and check the file of library=
 * @fc:   for messages
 * @name: as the option said
 *
 * Return: the file, or ERR_PTR: -EINVAL not absolute, -ENOENT and the like not there,
 * -ENOEXEC not a regular file, -EPERM others could change it.
 */
struct file *defuse_pin_library(struct fs_context *fc, const char *name)
{
	struct file *file;
	struct path path;
	int err;

	if (name[0] != '/') {
		errorf(fc, "defuse: library: \"%s\" is not an absolute path", name);
		return ERR_PTR(-EINVAL);
	}
	err = kern_path(name, LOOKUP_FOLLOW, &path);
	if (err) {
		errorf(fc, "defuse: library: cannot find \"%s\" (error %d)", name, err);
		return ERR_PTR(err);
	}
	if (!d_is_reg(path.dentry)) {
		errorf(fc, "defuse: library: \"%s\" is not a regular file", name);
		err = -ENOEXEC;
	}
	err = err ?: check_chain(fc, &path);
	if (err)
		file = ERR_PTR(err);
	else
		file = dentry_open(&path, O_RDONLY | O_LARGEFILE, current_cred());
	path_put(&path);
	return file;
}
