// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctls of a defuse FD: sizes checked, then sent to their rooms.
 */
#include "defuse.h"

#include <linux/compat.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/kdev_t.h>
#include <linux/mount.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

/**
 * defuse_copy_request() - copy a request whose first member is its size
 * @to:   where to
 * @size: what it must be
 * @from: user memory
 *
 * Return: 0, -EFAULT or -EINVAL.
 */
int defuse_copy_request(void *to, size_t size, void __user *from)
{
	u32 claimed;

	if (get_user(claimed, (u32 __user *)from))
		return -EFAULT;
	if (claimed != size)
		return -EINVAL;
	if (copy_from_user(to, from, size))
		return -EFAULT;
	/* It may have changed meanwhile; nothing below trusts it. */
	*(u32 *)to = size;
	return 0;
}

/*
 * Gives @needed bytes of @src to the buffer at @to of *@len bytes, unless there is
 * none, and always tells how many they are.
 */
static int give(u64 to, u32 *len, const void *src, u32 needed)
{
	u32 room = *len;

	*len = needed;
	if (!to)
		return 0;
	if (room < needed)
		return -ERANGE;
	return copy_to_user(u64_to_user_ptr(to), src, needed) ? -EFAULT : 0;
}

static int first_error(int a, int b)
{
	return a ?: b;
}

static long ioctl_open(struct file *file, void __user *user)
{
	struct defuse_open arg;
	int err;

	if (!S_ISDIR(file_inode(file)->i_mode))
		return -ENOTDIR;
	err = defuse_copy_request(&arg, sizeof(arg), user);
	return err ?: defuse_shadow_open(file, &arg);
}

static int give_mount_point(struct file *file, struct defuse_info *info)
{
	struct path root = {
		.mnt = file->f_path.mnt,
		.dentry = file->f_path.mnt->mnt_root,
	};
	char *buf = __getname();
	char *path;
	int err;

	if (!buf)
		return -ENOMEM;
	path = d_path(&root, buf, PATH_MAX);
	if (IS_ERR(path))
		err = PTR_ERR(path);
	else
		err = give(info->mount_point, &info->mount_point_len, path,
			   strlen(path) + 1);
	__putname(buf);
	return err;
}

/* Which directory was mounted, for a library that knows it by name only. */
static int give_root(const struct super_block *sb, struct defuse_info *info)
{
	struct kstat stat;
	int err;

	info->root_device = 0;
	info->root_inode = 0;
	/* A private mount's library has nothing to do with the lower directory. */
	if (!defuse_has_lower(sb) || defuse_private(sb))
		return 0;
	err = vfs_getattr(&DEFUSE_SB(sb)->lower, &stat, STATX_INO, AT_STATX_DONT_SYNC);
	if (err)
		return err;
	info->root_device = new_encode_dev(stat.dev);
	info->root_inode = stat.ino;
	return 0;
}

static long ioctl_info(struct file *file, struct defuse_info __user *user)
{
	struct super_block *sb = file_inode(file)->i_sb;
	const struct defuse_sb *dsb = DEFUSE_SB(sb);
	struct defuse_info info;
	int err;

	err = defuse_copy_request(&info, sizeof(info), user);
	if (err)
		return err;
	if (info.reserved)
		return -EINVAL;
	info.mount_id = dsb->mount_id;
	info.dev_major = MAJOR(sb->s_dev);
	info.dev_minor = MINOR(sb->s_dev);
	info.flags = defuse_mount_flags(sb, __mnt_is_readonly(file->f_path.mnt));
	err = give_root(sb, &info);
	if (err)
		return err;
	err = give(info.library, &info.library_len, dsb->library_path,
		   strlen(dsb->library_path) + 1);
	err = first_error(err, give(info.backend, &info.backend_len, dsb->backend,
				    strlen(dsb->backend) + 1));
	err = first_error(err, give_mount_point(file, &info));
	if ((!err || err == -ERANGE) && copy_to_user(user, &info, sizeof(info)))
		return -EFAULT;
	return err;
}

static int give_path(struct dentry *dentry, struct defuse_fetch *fetch)
{
	struct defuse_path_text text;
	int err;

	if (d_unlinked(dentry)) {
		fetch->path_len = 0;
		return fetch->path ? -ENOENT : 0;
	}
	err = defuse_path_text_get(dentry, &text);
	if (err)
		return err;
	err = give(fetch->path, &fetch->path_len, text.path, strlen(text.path) + 1);
	defuse_path_text_put(&text);
	return err;
}

/* Is the caller's FD the only one?  With several threads this very call counts too. */
static bool is_alone(const struct file *file)
{
	return file_count(file) <= (atomic_read(&current->files->count) > 1 ? 2 : 1);
}

static long ioctl_fetch(struct file *file, struct defuse_fetch __user *user)
{
	const struct defuse_ofd *ofd = defuse_ofd(file);
	struct inode *inode = file_inode(file);
	struct defuse_fetch fetch;
	int err;

	err = defuse_copy_request(&fetch, sizeof(fetch), user);
	if (err)
		return err;
	fetch.mount_id = DEFUSE_SB(inode->i_sb)->mount_id;
	fetch.mode = inode->i_mode;
	fetch.open_flags = file->f_flags;
	fetch.flags = (ofd->shadow ? DEFUSE_FD_SHADOW : 0) |
		      (is_alone(file) ? DEFUSE_FD_ALONE : 0) |
		      (defuse_lower_dentry(file->f_path.dentry) ? 0 :
								  DEFUSE_FD_BLIND) |
		      (ofd->donated ? DEFUSE_FD_LOWER : 0);
	fetch.uid = from_kuid(current_user_ns(), file->f_cred->euid);
	fetch.gid = from_kgid(current_user_ns(), file->f_cred->egid);
	err = give(fetch.stash, &fetch.stash_len, ofd->stash, ofd->stash_len);
	err = first_error(err, give_path(file->f_path.dentry, &fetch));
	if ((!err || err == -ERANGE || err == -ENOENT) &&
	    copy_to_user(user, &fetch, sizeof(fetch)))
		return -EFAULT;
	return err;
}

static long give_fd(struct file *file)
{
	int fd;

	if (!file)
		return -ENOENT;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd >= 0)
		fd_install(fd, get_file(file));
	return fd;
}

static long give_library(const struct super_block *sb)
{
	if (DEFUSE_SB(sb)->trust == DEFUSE_TRUST_DAEMON)
		return -EPERM;
	return give_fd(DEFUSE_SB(sb)->library);
}

static long ioctl_held(struct defuse_held __user *user)
{
	struct defuse_held held;
	long err;

	err = defuse_copy_request(&held, sizeof(held), user);
	if (!err)
		err = defuse_held(&held);
	if (!err && copy_to_user(user, &held, sizeof(held)))
		err = -EFAULT;
	return err;
}

static long ioctl_pages(struct file *file, struct defuse_pages __user *user)
{
	struct defuse_pages arg;
	long err;

	err = defuse_copy_request(&arg, sizeof(arg), user);
	err = err ?: defuse_pages_get(file, &arg);
	if (!err && copy_to_user(user, &arg, sizeof(arg)))
		return -EFAULT;
	return err;
}

static long ioctl_live(const struct super_block *sb)
{
	struct file *live = defuse_pages_live(sb);
	long fd;

	if (IS_ERR(live))
		return PTR_ERR(live);
	fd = give_fd(live);
	fput(live);
	return fd;
}

long defuse_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;

	if (in_compat_syscall())
		return -ENOTTY;
	switch (cmd) {
	case DEFUSE_IOC_OPEN:
		return ioctl_open(file, user);
	case DEFUSE_IOC_INFO:
		return ioctl_info(file, user);
	case DEFUSE_IOC_FETCH:
		return ioctl_fetch(file, user);
	case DEFUSE_IOC_LIBRARY:
		return give_library(file_inode(file)->i_sb);
	case DEFUSE_IOC_LOWER:
		return give_fd(defuse_ofd(file)->donated);
	case DEFUSE_IOC_MAPS:
		return defuse_maps_fd(file_inode(file)->i_sb);
	case DEFUSE_IOC_POSITION:
		return defuse_position_map(file, user);
	case DEFUSE_IOC_POSITION_TURN:
		return defuse_position_turn(file, arg);
	case DEFUSE_IOC_HELD:
		return ioctl_held(user);
	case DEFUSE_IOC_PAGES:
		return ioctl_pages(file, user);
	case DEFUSE_IOC_LIVE:
		return ioctl_live(file_inode(file)->i_sb);
	default:
		return -ENOTTY;
	}
}
