// SPDX-License-Identifier: GPL-2.0
/*
 * Mounting: options, the superblock, and what findmnt and df show of it.
 *
 * A refusal has an errno and a sentence; mount(8) shows the sentence when it uses
 * the new mount interface, the kernel log has it otherwise.
 */
#include "defuse.h"

#include <linux/fs_context.h>
#include <linux/fs_parser.h>
#include <linux/magic.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/statfs.h>

enum {
	OPT_BACKEND,
	OPT_LIBRARY,
	OPT_FALLBACK,
};

static const struct constant_table fallback_names[] = {
	{ "lower", DEFUSE_FALLBACK_LOWER },
	{ "none", DEFUSE_FALLBACK_NONE },
	{}
};

static const struct fs_parameter_spec defuse_parameters[] = {
	fsparam_string("backend", OPT_BACKEND),
	fsparam_string("library", OPT_LIBRARY),
	fsparam_enum("fallback", OPT_FALLBACK, fallback_names),
	{}
};

static atomic64_t last_mount_id;

static void free_sb(struct defuse_sb *dsb)
{
	if (!dsb)
		return;
	path_put(&dsb->lower);
	if (dsb->library)
		fput(dsb->library);
	kfree(dsb->backend);
	kfree(dsb->library_path);
	free_percpu(dsb->stats);
	kfree(dsb);
}

/* A remount repeats the options; they cannot be changed. */
static int same_option(struct fs_context *fc, const char *name, const char *now,
		       const char *asked)
{
	if (!strcmp(now, asked))
		return 0;
	errorf(fc, "defuse: %s cannot be changed by a remount", name);
	return -EBUSY;
}

static int reparse_param(struct fs_context *fc, int opt, struct fs_parameter *param,
			 const struct fs_parse_result *result)
{
	const struct defuse_sb *dsb = DEFUSE_SB(fc->root->d_sb);

	switch (opt) {
	case OPT_BACKEND:
		return same_option(fc, "backend", dsb->backend, param->string);
	case OPT_LIBRARY:
		return same_option(fc, "library", dsb->library_path, param->string);
	default:
		if (dsb->fallback == result->uint_32)
			return 0;
		errorf(fc, "defuse: fallback cannot be changed by a remount");
		return -EBUSY;
	}
}

static int defuse_parse_param(struct fs_context *fc, struct fs_parameter *param)
{
	struct defuse_sb *dsb = fc->s_fs_info;
	struct fs_parse_result result;
	int opt = fs_parse(fc, defuse_parameters, param, &result);

	if (opt < 0)
		return opt;
	if (fc->purpose == FS_CONTEXT_FOR_RECONFIGURE)
		return reparse_param(fc, opt, param, &result);
	switch (opt) {
	case OPT_BACKEND:
		kfree(dsb->backend);
		dsb->backend = param->string;
		param->string = NULL;
		break;
	case OPT_LIBRARY:
		kfree(dsb->library_path);
		dsb->library_path = param->string;
		param->string = NULL;
		break;
	case OPT_FALLBACK:
		dsb->fallback = result.uint_32;
		break;
	}
	return 0;
}

/* Comparing names is ours to do byte by byte; a lower tree must agree. */
static bool odd_names(const struct dentry *root)
{
	return root->d_flags & (DCACHE_OP_HASH | DCACHE_OP_COMPARE);
}

static int find_lower(struct fs_context *fc, struct defuse_sb *dsb)
{
	int err;

	if (dsb->fallback == DEFUSE_FALLBACK_NONE)
		return 0;
	if (dsb->backend[0] != '/') {
		errorf(fc, "defuse: backend: \"%s\" is not an absolute path",
		       dsb->backend);
		return -EINVAL;
	}
	err = kern_path(dsb->backend, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &dsb->lower);
	if (err) {
		errorf(fc, "defuse: backend: no directory \"%s\" (error %d)",
		       dsb->backend, err);
		return err;
	}
	if (dsb->lower.dentry->d_sb->s_type == &defuse_fs_type ||
	    odd_names(dsb->lower.dentry) || is_idmapped_mnt(dsb->lower.mnt)) {
		errorf(fc, "defuse: backend: \"%s\" is defuse, case-folding or idmapped",
		       dsb->backend);
		return -EOPNOTSUPP;
	}
	if (dsb->lower.dentry->d_sb->s_stack_depth >= FILESYSTEM_MAX_STACK_DEPTH) {
		errorf(fc, "defuse: backend: too many file systems on top of each other");
		return -ELOOP;
	}
	return 0;
}

static int defuse_statfs(struct dentry *dentry, struct kstatfs *buf)
{
	struct super_block *sb = dentry->d_sb;
	int err = 0;

	if (defuse_has_lower(sb))
		err = vfs_statfs(&DEFUSE_SB(sb)->lower, buf);
	else
		err = simple_statfs(dentry, buf);
	buf->f_type = DEFUSE_SUPER_MAGIC;
	return err;
}

static int defuse_sync_fs(struct super_block *sb, int wait)
{
	struct super_block *lower;
	int err;

	/* The lower file system hears of a sync(2) of its own. */
	if (!wait || !defuse_has_lower(sb))
		return 0;
	lower = DEFUSE_SB(sb)->lower.dentry->d_sb;
	down_read(&lower->s_umount);
	err = sync_filesystem(lower);
	up_read(&lower->s_umount);
	return err;
}

static int defuse_show_options(struct seq_file *m, struct dentry *root)
{
	const struct defuse_sb *dsb = DEFUSE_SB(root->d_sb);

	seq_show_option(m, "backend", dsb->backend);
	seq_show_option(m, "library", dsb->library_path);
	if (dsb->fallback == DEFUSE_FALLBACK_NONE)
		seq_puts(m, ",fallback=none");
	return 0;
}

static int defuse_show_stats(struct seq_file *m, struct dentry *root)
{
	defuse_stats_show(m, root->d_sb);
	return 0;
}

static const struct super_operations defuse_super_ops = {
	.alloc_inode = defuse_alloc_inode,
	.free_inode = defuse_free_inode,
	.evict_inode = defuse_evict_inode,
	.drop_inode = generic_delete_inode,
	.statfs = defuse_statfs,
	.sync_fs = defuse_sync_fs,
	.show_options = defuse_show_options,
	.show_stats = defuse_show_stats,
};

static struct inode *root_inode(struct super_block *sb)
{
	const struct defuse_sb *dsb = DEFUSE_SB(sb);

	if (defuse_has_lower(sb))
		return defuse_iget(sb, d_inode(dsb->lower.dentry));
	return defuse_iget_blind(sb, S_IFDIR | 0755, 0, 0);
}

static int defuse_fill_super(struct super_block *sb, struct fs_context *fc)
{
	struct defuse_sb *dsb = DEFUSE_SB(sb);
	struct inode *inode;

	sb->s_magic = DEFUSE_SUPER_MAGIC;
	sb->s_op = &defuse_super_ops;
	sb->s_d_op = &defuse_dops;
	sb->s_xattr = (void *)defuse_xattr_handlers;
	sb->s_maxbytes = MAX_LFS_FILESIZE;
	sb->s_time_gran = 1;
	if (defuse_has_lower(sb)) {
		struct super_block *lower = dsb->lower.dentry->d_sb;

		sb->s_stack_depth = lower->s_stack_depth + 1;
		sb->s_maxbytes = lower->s_maxbytes;
		sb->s_time_gran = lower->s_time_gran;
		sb->s_blocksize = lower->s_blocksize;
		sb->s_blocksize_bits = lower->s_blocksize_bits;
		/* Then the umask is applied below, where default ACLs are known. */
		sb->s_flags |= lower->s_flags & SB_POSIXACL;
	}
	inode = root_inode(sb);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	sb->s_root = d_make_root(inode);
	if (!sb->s_root)
		return -ENOMEM;
	if (defuse_has_lower(sb))
		defuse_set_lower_dentry(sb->s_root, dget(dsb->lower.dentry));
	return 0;
}

static int defuse_get_tree(struct fs_context *fc)
{
	struct defuse_sb *dsb = fc->s_fs_info;
	int err;

	if (!dsb->backend)
		return invalf(fc, "defuse: backend= is missing");
	if (!dsb->library_path)
		return invalf(fc, "defuse: library= is missing");
	dsb->library = defuse_pin_library(fc, dsb->library_path);
	if (IS_ERR(dsb->library)) {
		err = PTR_ERR(dsb->library);
		dsb->library = NULL;
		return err;
	}
	err = find_lower(fc, dsb);
	if (err)
		return err;
	dsb->mount_id = atomic64_inc_return(&last_mount_id);
	return get_tree_nodev(fc, defuse_fill_super);
}

static int defuse_reconfigure(struct fs_context *fc)
{
	return 0;
}

static void defuse_free_fc(struct fs_context *fc)
{
	free_sb(fc->s_fs_info);
}

static const struct fs_context_operations defuse_context_ops = {
	.parse_param = defuse_parse_param,
	.get_tree = defuse_get_tree,
	.reconfigure = defuse_reconfigure,
	.free = defuse_free_fc,
};

static int defuse_init_fs_context(struct fs_context *fc)
{
	struct defuse_sb *dsb;

	fc->ops = &defuse_context_ops;
	if (fc->purpose == FS_CONTEXT_FOR_RECONFIGURE)
		return 0;
	dsb = kzalloc(sizeof(*dsb), GFP_KERNEL_ACCOUNT);
	if (!dsb)
		return -ENOMEM;
	dsb->stats = alloc_percpu(struct defuse_stats);
	if (!dsb->stats) {
		kfree(dsb);
		return -ENOMEM;
	}
	fc->s_fs_info = dsb;
	return 0;
}

static void defuse_kill_sb(struct super_block *sb)
{
	struct defuse_sb *dsb = DEFUSE_SB(sb);

	kill_anon_super(sb);
	free_sb(dsb);
}

struct file_system_type defuse_fs_type = {
	.owner = THIS_MODULE,
	.name = "defuse",
	.init_fs_context = defuse_init_fs_context,
	.parameters = defuse_parameters,
	.kill_sb = defuse_kill_sb,
};
