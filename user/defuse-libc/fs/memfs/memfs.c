// SPDX-License-Identifier: LGPL-2.1-or-later
#include "memfs.h"

#include <stdlib.h>

static int memfs_init(const char *mount_point, const char *backend,
		      const struct defuse_host *host, void **fs)
{
	struct memfs *m = calloc(1, sizeof(*m));
	int err;

	(void)mount_point;
	if (!m)
		return -ENOMEM;
	m->host = host;
	err = mf_attach(m, backend);
	if (err) {
		free(m);
		return err;
	}
	*fs = m;
	return 0;
}

const struct defuse_fs_operations defuse_fs_operations = {
	.version = DEFUSE_FS_VERSION,
	.size = sizeof(struct defuse_fs_operations),
	.name = "memfs",
	.init = memfs_init,
	.open = memfs_open,
	.close = memfs_close,
	.read = memfs_read,
	.write = memfs_write,
	.fsync = memfs_fsync,
	.ftruncate = memfs_ftruncate,
	.fgetattr = memfs_fgetattr,
	.save = memfs_save,
	.restore = memfs_restore,
	.getattr = memfs_getattr,
	.trunc = memfs_trunc,
	.readlink = memfs_readlink,
	.unlink = memfs_unlink,
	.mkdir = memfs_mkdir,
	.rmdir = memfs_rmdir,
	.getdircnt = memfs_getdircnt,
	.getdirents = memfs_getdirents,
	.chown = memfs_chown,
	.chmod = memfs_chmod,
	.access = memfs_access,
	.rename = memfs_rename,
	.utime = memfs_utime,
	.symlink = memfs_symlink,
	.link = memfs_link,
	.append = memfs_append,
	.statfs = memfs_statfs,
	.fchmod = memfs_fchmod,
	.fchown = memfs_fchown,
	.futime = memfs_futime,
	.fallocate = memfs_fallocate,
	.seek = memfs_seek,
};
