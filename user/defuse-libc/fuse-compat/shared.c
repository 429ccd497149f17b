// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libdefuse-shared.so: for mounts whose file system runs in a server.  It has nothing of
 * the file system in it, so a process that uses the mount loads no library of its.
 */
#include "client.h"
#include "words.h"

#include <errno.h>

static int shared_init(const char *mount_point, const char *backend,
		       const struct defuse_host *host, void **fs)
{
	struct words words;
	const char *why;
	int err = words_cut(&words, backend, &why);

	(void)mount_point;
	if (err) {
		host->log(why);
		return err;
	}
	if (words.shared && !words.socket) {
		host->log(WORDS_NO_SOCKET);
		err = -EINVAL;
	} else if (words.shared) {
		err = client_init(words.socket, host, fs);
	} else {
		host->log("shared: instance=process is for the file system's own library");
		err = -EINVAL;
	}
	words_free(&words);
	return err;
}

const struct defuse_fs_operations defuse_fs_operations = {
	.version = DEFUSE_FS_VERSION,
	.size = sizeof(struct defuse_fs_operations),
	.name = "shared",
	.init = shared_init,
	.finalize = client_finalize,
	.open = client_open,
	.close = client_close,
	.read = client_read,
	.write = client_write,
	.fsync = client_fsync,
	.ftruncate = client_ftruncate,
	.fgetattr = client_fgetattr,
	.save = client_save,
	.restore = client_restore,
	.getattr = client_getattr,
	.trunc = client_trunc,
	.readlink = client_readlink,
	.unlink = client_unlink,
	.mkdir = client_mkdir,
	.rmdir = client_rmdir,
	.getdirents = client_getdirents,
	.chown = client_chown,
	.chmod = client_chmod,
	.access = client_access,
	.rename = client_rename,
	.utime = client_utime,
	.symlink = client_symlink,
	.link = client_link,
	.append = client_append,
	.atfork_child = client_atfork_child,
	.statfs = client_statfs,
	.fchmod = client_fchmod,
	.fchown = client_fchown,
	.futime = client_futime,
	.fallocate = client_fallocate,
	.seek = client_seek,
	.flush = client_flush,
};
