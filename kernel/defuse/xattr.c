// SPDX-License-Identifier: GPL-2.0
/*
 * Extended attributes, access control lists among them: the lower file's.
 *
 * Since 6.2 the VFS no longer sends ACLs through the attribute handlers.
 */
#include "defuse.h"

#include <linux/mount.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <linux/xattr.h>

static int defuse_xattr_get(const struct xattr_handler *handler,
			    struct dentry *dentry, struct inode *inode,
			    const char *name, void *value, size_t size)
{
	struct path lower;
	ssize_t ret;

	ret = defuse_lower_path(dentry, &lower);
	if (ret)
		return ret;
	ret = vfs_getxattr(DEFUSE_IDMAP, lower.dentry, name, value, size);
	path_put(&lower);
	return ret;
}

static int defuse_xattr_set(const struct xattr_handler *handler,
			    struct defuse_idmap *idmap, struct dentry *dentry,
			    struct inode *inode, const char *name,
			    const void *value, size_t size, int flags)
{
	struct path lower;
	int err;

	err = defuse_change_begin(dentry, &lower);
	if (err)
		return err;
	if (value)
		err = vfs_setxattr(DEFUSE_IDMAP, lower.dentry, name, (void *)value, size,
				   flags);
	else
		err = vfs_removexattr(DEFUSE_IDMAP, lower.dentry, name);
	defuse_change_end(dentry, &lower);
	return err;
}

ssize_t defuse_listxattr(struct dentry *dentry, char *list, size_t size)
{
	struct path lower;
	ssize_t ret;

	ret = defuse_lower_path(dentry, &lower);
	if (ret)
		return ret;
	ret = vfs_listxattr(lower.dentry, list, size);
	path_put(&lower);
	return ret;
}

#if DEFUSE_ACL_OPS
struct posix_acl *defuse_get_acl(struct defuse_idmap *idmap, struct dentry *dentry,
				 int type)
{
	struct posix_acl *acl;
	struct path lower;
	int err;

	err = defuse_lower_path(dentry, &lower);
	if (err)
		return ERR_PTR(err);
	acl = vfs_get_acl(DEFUSE_IDMAP, lower.dentry, posix_acl_xattr_name(type));
	path_put(&lower);
	return acl;
}

int defuse_set_acl(struct defuse_idmap *idmap, struct dentry *dentry,
		   struct posix_acl *acl, int type)
{
	const char *name = posix_acl_xattr_name(type);
	struct path lower;
	int err;

	err = defuse_change_begin(dentry, &lower);
	if (err)
		return err;
	err = acl ? vfs_set_acl(DEFUSE_IDMAP, lower.dentry, name, acl) :
		    vfs_remove_acl(DEFUSE_IDMAP, lower.dentry, name);
	defuse_change_end(dentry, &lower);
	return err;
}
#endif

static const struct xattr_handler defuse_xattr_handler = {
	.prefix = "",
	.get = defuse_xattr_get,
	.set = defuse_xattr_set,
};

const struct xattr_handler *defuse_xattr_handlers[] = {
	&defuse_xattr_handler,
	NULL
};
