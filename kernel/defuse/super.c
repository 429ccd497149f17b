// SPDX-License-Identifier: GPL-2.0
/*
 * Mounting: options, the superblock, and what findmnt and df show of it.
 *
 * A refusal has an errno and a sentence; mount(8) shows the sentence when it uses
 * the new mount interface, the kernel log has it otherwise.
 */
#include "defuse.h"

#include <linux/file.h>
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
	OPT_LOWER,
	OPT_LOWER_FD,
	OPT_TRUST,
	OPT_PAGING,
};

static const struct constant_table fallback_names[] = {
	{ "lower", DEFUSE_FALLBACK_LOWER },
	{ "none", DEFUSE_FALLBACK_NONE },
	{}
};

static const struct constant_table trust_names[] = {
	{ "process", DEFUSE_TRUST_PROCESS },
	{ "daemon", DEFUSE_TRUST_DAEMON },
	{}
};

static const struct constant_table paging_names[] = {
	{ "lower", DEFUSE_PAGING_LOWER },
	{ "userfaultfd", DEFUSE_PAGING_USERFAULTFD },
	{}
};

static const struct fs_parameter_spec defuse_parameters[] = {
	fsparam_string("backend", OPT_BACKEND),
	fsparam_string("library", OPT_LIBRARY),
	fsparam_enum("fallback", OPT_FALLBACK, fallback_names),
	fsparam_string("lower", OPT_LOWER),
	fsparam_s32("lower_fd", OPT_LOWER_FD),
	fsparam_enum("trust", OPT_TRUST, trust_names),
	fsparam_enum("paging", OPT_PAGING, paging_names),
	{}
};

static atomic64_t last_mount_id;

static void free_sb(struct defuse_sb *dsb)
{
	if (!dsb)
		return;
	path_put(&dsb->lower);
	defuse_pages_exit(dsb);
	if (dsb->library)
		fput(dsb->library);
	kfree(dsb->backend);
	kfree(dsb->library_path);
	kfree(dsb->lower_text);
	defuse_maps_put(dsb->maps);
	free_percpu(dsb->stats);
	kfree(dsb);
}

/* A remount repeats the options; they cannot be changed. */
static int same_option(struct fs_context *fc, const char *name, const char *now,
		       const char *asked)
{
	if (now && !strcmp(now, asked))
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
	case OPT_LOWER:
		return same_option(fc, "lower", dsb->lower_text, param->string);
	case OPT_FALLBACK:
		if (dsb->fallback == result->uint_32)
			return 0;
		break;
	case OPT_TRUST:
		if (dsb->trust == result->uint_32)
			return 0;
		break;
	case OPT_PAGING:
		if (dsb->paging == result->uint_32)
			return 0;
		break;
	}
	errorf(fc, "defuse: %s cannot be changed by a remount", param->key);
	return -EBUSY;
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
	case OPT_LOWER:
		kfree(dsb->lower_text);
		dsb->lower_text = param->string;
		param->string = NULL;
		break;
	case OPT_LOWER_FD:
		dsb->lower_fd = result.int_32;
		break;
	case OPT_TRUST:
		dsb->trust = result.uint_32;
		break;
	case OPT_PAGING:
		dsb->paging = result.uint_32;
		break;
	}
	return 0;
}

/* Comparing names is ours to do byte by byte; a lower tree must agree. */
static bool odd_names(const struct dentry *root)
{
	return root->d_flags & (DCACHE_OP_HASH | DCACHE_OP_COMPARE);
}

/* The root that lower_fd= refers to: a mount that is attached nowhere, perhaps. */
static int lower_by_fd(struct fs_context *fc, struct defuse_sb *dsb)
{
	struct file *file;

	if (dsb->lower_fd < 0) {
		errorf(fc, "defuse: lower=fuse: mount.defuse has to start the server");
		return -EINVAL;
	}
	file = fget_raw(dsb->lower_fd);
	if (!file)
		return -EBADF;
	dsb->lower = file->f_path;
	path_get(&dsb->lower);
	fput(file);
	return d_can_lookup(dsb->lower.dentry) ? 0 : -ENOTDIR;
}

static int lower_by_path(struct fs_context *fc, struct defuse_sb *dsb)
{
	const char *option = dsb->lower_text ? "lower" : "backend";
	const char *path = dsb->lower_text ?: dsb->backend;
	int err;

	if (path[0] != '/') {
		errorf(fc, "defuse: %s: \"%s\" is not an absolute path", option, path);
		return -EINVAL;
	}
	err = kern_path(path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &dsb->lower);
	if (err)
		errorf(fc, "defuse: %s: no directory \"%s\" (error %d)", option, path, err);
	return err;
}

static int find_lower(struct fs_context *fc, struct defuse_sb *dsb)
{
	int err;

	if (dsb->fallback == DEFUSE_FALLBACK_NONE)
		return 0;
	if (dsb->lower_text && !strcmp(dsb->lower_text, "fuse"))
		err = lower_by_fd(fc, dsb);
	else
		err = lower_by_path(fc, dsb);
	if (err)
		return err;
	if (dsb->lower.dentry->d_sb->s_type == &defuse_fs_type ||
	    odd_names(dsb->lower.dentry) || is_idmapped_mnt(dsb->lower.mnt)) {
		errorf(fc, "defuse: %s: \"%s\" is defuse, case-folding or idmapped",
		       dsb->lower_text ? "lower" : "backend",
		       dsb->lower_text ?: dsb->backend);
		return -EOPNOTSUPP;
	}
	if (dsb->lower.dentry->d_sb->s_stack_depth >= FILESYSTEM_MAX_STACK_DEPTH) {
		errorf(fc, "defuse: backend: too many file systems on top of each other");
		return -ELOOP;
	}
	return 0;
}

/* Combinations that mean nothing. */
static int check_options(struct fs_context *fc, const struct defuse_sb *dsb)
{
	if (dsb->fallback == DEFUSE_FALLBACK_NONE && dsb->lower_text)
		return invalf(fc, "defuse: lower= and fallback=none exclude each other");
	if (dsb->fallback == DEFUSE_FALLBACK_NONE && dsb->trust == DEFUSE_TRUST_DAEMON)
		return invalf(fc, "defuse: trust=daemon and fallback=none exclude each other");
	return 0;
}

/*
 * Does the library work on data of its own?  A tree that is not FUSE is one of files that
 * the library works on too, by another name.  A server that nobody competes with may be
 * cached as usual.
 */
static int find_private(struct defuse_sb *dsb)
{
	dsb->private = dsb->lower_text && dsb->trust == DEFUSE_TRUST_PROCESS &&
		       dsb->lower.dentry->d_sb->s_magic == FUSE_SUPER_MAGIC;
	if (dsb->private)
		dsb->maps = defuse_maps_alloc();
	return dsb->private && !dsb->maps ? -ENOMEM : 0;
}

static int defuse_statfs(struct dentry *dentry, struct kstatfs *buf)
{
	struct super_block *sb = dentry->d_sb;
	int err = 0;

	if (!defuse_has_lower(sb) && defuse_redirected(sb, DEFUSE_CALL_PATH))
		return defuse_mark_path(dentry);
	if (defuse_has_lower(sb))
		err = vfs_statfs(&DEFUSE_SB(sb)->lower, buf);
	else
		err = simple_statfs(dentry, buf);
	buf->f_type = DEFUSE_SUPER_MAGIC;
	/* For the core, which asks whether a mount point of this mount is read-only. */
	if (!defuse_has_lower(sb))
		buf->f_fsid = u64_to_fsid(huge_encode_dev(sb->s_dev));
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
	else if (dsb->paging == DEFUSE_PAGING_USERFAULTFD)
		seq_puts(m, ",paging=userfaultfd");
	if (dsb->lower_text)
		seq_show_option(m, "lower", dsb->lower_text);
	if (dsb->trust == DEFUSE_TRUST_DAEMON)
		seq_puts(m, ",trust=daemon");
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
	int err;

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
	if (dsb->paging == DEFUSE_PAGING_USERFAULTFD) {
		err = defuse_pages_init(sb);
		if (err)
			return err;
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

/* Without a lower tree there is no other way to map a file. */
static int choose_paging(struct fs_context *fc, struct defuse_sb *dsb)
{
	if (dsb->private && dsb->paging == DEFUSE_PAGING_USERFAULTFD)
		return invalf(fc, "defuse: paging=userfaultfd is not for lower=fuse");
	if (dsb->fallback == DEFUSE_FALLBACK_LOWER) {
		if (dsb->paging == DEFUSE_PAGING_DEFAULT)
			dsb->paging = DEFUSE_PAGING_LOWER;
		return 0;
	}
	if (dsb->paging == DEFUSE_PAGING_LOWER)
		return invalf(fc, "defuse: paging=lower needs a lower tree");
	dsb->paging = DEFUSE_PAGING_USERFAULTFD;
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
	err = check_options(fc, dsb);
	if (err)
		return err;
	dsb->library = defuse_pin_library(fc, dsb->library_path);
	if (IS_ERR(dsb->library)) {
		err = PTR_ERR(dsb->library);
		dsb->library = NULL;
		return err;
	}
	err = find_lower(fc, dsb) ?: find_private(dsb) ?: choose_paging(fc, dsb);
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
	dsb->lower_fd = -1;
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
