// SPDX-License-Identifier: LGPL-2.1-or-later
#include "direct.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static void locks_init(struct direct *d)
{
	int i;

	for (i = 0; i < DIRECT_LOCKS; i++)
		pthread_mutex_init(&d->dir_locks[i], NULL);
}

/* The backend is found by name; is it what was mounted? */
static int same_tree(const struct defuse_host *host, int root)
{
	struct stat st;

	if (fstat(root, &st))
		return -errno;
	if (!host->backend_inode)
		return 0;
	return st.st_dev == host->backend_device && st.st_ino == host->backend_inode ?
	       0 : -EXDEV;
}

static int direct_init(const char *mount_point, const char *backend,
		       const struct defuse_host *host, void **fs)
{
	struct direct *d;
	int err;

	(void)mount_point;
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->host = host;
	locks_init(d);
	err = open(backend, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (err < 0) {
		err = -errno;
		goto err_free;
	}
	d->root = host->private_fd(err);
	if (d->root < 0) {
		err = d->root;
		goto err_free;
	}
	err = same_tree(host, d->root);
	if (err)
		goto err_close;
	*fs = d;
	return 0;

err_close:
	host->close_fd(d->root);
err_free:
	free(d);
	return err;
}

/* A thread of the parent may have been reading a directory. */
static int direct_atfork_child(void *fs)
{
	locks_init(fs);
	return 0;
}

const struct defuse_fs_operations defuse_fs_operations = {
	.version = DEFUSE_FS_VERSION,
	.size = sizeof(struct defuse_fs_operations),
	.name = "direct",
	.init = direct_init,
	.open = direct_open,
	.close = direct_close,
	.read = direct_read,
	.write = direct_write,
	.fsync = direct_fsync,
	.ftruncate = direct_ftruncate,
	.fgetattr = direct_fgetattr,
	.save = direct_save,
	.restore = direct_restore,
	.getattr = direct_getattr,
	.trunc = direct_trunc,
	.readlink = direct_readlink,
	.unlink = direct_unlink,
	.mkdir = direct_mkdir,
	.rmdir = direct_rmdir,
	.getdircnt = direct_getdircnt,
	.getdirents = direct_getdirents,
	.chown = direct_chown,
	.chmod = direct_chmod,
	.access = direct_access,
	.rename = direct_rename,
	.utime = direct_utime,
	.symlink = direct_symlink,
	.link = direct_link,
	.append = direct_append,
	.atfork_child = direct_atfork_child,
	.fallocate = direct_fallocate,
	.capabilities = DEFUSE_FS_ADOPTS,
	.statfs = direct_statfs,
	.fchmod = direct_fchmod,
	.fchown = direct_fchown,
	.futime = direct_futime,
	.seek = direct_seek,
};
