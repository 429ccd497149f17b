// SPDX-License-Identifier: GPL-2.0
/* defuse.ko: registration, nothing else. */
#include "defuse.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

#include <linux/module.h>

static int __init defuse_init(void)
{
	int err;

	err = defuse_inode_init();
	if (err)
		return err;
	err = register_filesystem(&defuse_fs_type);
	if (err)
		defuse_inode_exit();
	return err;
}

static void __exit defuse_exit(void)
{
	unregister_filesystem(&defuse_fs_type);
	defuse_inode_exit();
}

module_init(defuse_init);
module_exit(defuse_exit);

MODULE_DESCRIPTION("User-space file systems in the calling process");
MODULE_LICENSE("GPL");
MODULE_ALIAS_FS("defuse");
