// SPDX-License-Identifier: LGPL-2.1-or-later
/* The options that libfuse, fusermount and the kernel take from a command line. */
#include "instance.h"

#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#define CFG(text, member, value)						\
	{ text, offsetof(struct fuse, cfg.member), value }
#define OWN(text, member, value)						\
	{ text, offsetof(struct fuse, member), value }

enum { IGNORED };

static const struct fuse_opt known[] = {
	CFG("hard_remove", hard_remove, 1),
	CFG("use_ino", use_ino, 1),
	CFG("readdir_ino", readdir_ino, 1),
	CFG("umask=", set_mode, 1),
	CFG("umask=%o", umask, 0),
	CFG("uid=", set_uid, 1),
	CFG("uid=%d", uid, 0),
	CFG("gid=", set_gid, 1),
	CFG("gid=%d", gid, 0),
	OWN("allow_other", allow_other, 1),
	OWN("allow_root", allow_root, 1),
	OWN("default_permissions", default_permissions, 1),
	OWN("ro", read_only, 1),
	OWN("-r", read_only, 1),
	OWN("rw", read_only, 0),
	OWN("debug", debug, 1),
	OWN("-d", debug, 1),
	/* About caches of the kernel, or the mount point's own. */
	FUSE_OPT_KEY("direct_io", IGNORED),
	FUSE_OPT_KEY("kernel_cache", IGNORED),
	FUSE_OPT_KEY("auto_cache", IGNORED),
	FUSE_OPT_KEY("noauto_cache", IGNORED),
	FUSE_OPT_KEY("no_rofd_flush", IGNORED),
	FUSE_OPT_KEY("entry_timeout=", IGNORED),
	FUSE_OPT_KEY("attr_timeout=", IGNORED),
	FUSE_OPT_KEY("ac_attr_timeout=", IGNORED),
	FUSE_OPT_KEY("negative_timeout=", IGNORED),
	FUSE_OPT_KEY("noforget", IGNORED),
	FUSE_OPT_KEY("remember=", IGNORED),
	FUSE_OPT_KEY("intr", IGNORED),
	FUSE_OPT_KEY("intr_signal=", IGNORED),
	FUSE_OPT_KEY("clone_fd", IGNORED),
	FUSE_OPT_KEY("max_read=", IGNORED),
	FUSE_OPT_KEY("max_write=", IGNORED),
	FUSE_OPT_KEY("max_readahead=", IGNORED),
	FUSE_OPT_KEY("auto_unmount", IGNORED),
	FUSE_OPT_KEY("blkdev", IGNORED),
	FUSE_OPT_KEY("blksize=", IGNORED),
	FUSE_OPT_KEY("fsname=", IGNORED),
	FUSE_OPT_KEY("subtype=", IGNORED),
	FUSE_OPT_KEY("-n", IGNORED),
	FUSE_OPT_KEY("suid", IGNORED), FUSE_OPT_KEY("nosuid", IGNORED),
	FUSE_OPT_KEY("dev", IGNORED), FUSE_OPT_KEY("nodev", IGNORED),
	FUSE_OPT_KEY("exec", IGNORED), FUSE_OPT_KEY("noexec", IGNORED),
	FUSE_OPT_KEY("async", IGNORED), FUSE_OPT_KEY("sync", IGNORED),
	FUSE_OPT_KEY("dirsync", IGNORED),
	FUSE_OPT_KEY("atime", IGNORED), FUSE_OPT_KEY("noatime", IGNORED),
	FUSE_OPT_END
};

static int other(void *data, const char *arg, int key, struct fuse_args *out)
{
	(void)data;
	(void)out;
	if (key == IGNORED)
		return 0;
	fuse_log(FUSE_LOG_ERR, "fuse: unknown option(s): `%s'\n", arg);
	return -1;
}

int options_take(struct fuse *f, struct fuse_args *args)
{
	/* The first word is the program's name. */
	return args->argc > 0 ? fuse_opt_parse(args, f, known, other) : 0;
}
