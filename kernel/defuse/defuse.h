/* SPDX-License-Identifier: GPL-2.0 */
/*
 * defuse.ko: internal types and the functions its rooms offer each other
 *
 * A shadow inode stands for a file of the lower tree (bound) or for a name that
 * nobody has verified yet (blind).  A shadow dentry is bound when it holds the
 * lower dentry it was verified against.  Locks and their order: docs/locking.md.
 */
#ifndef DEFUSE_H
#define DEFUSE_H

#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/path.h>

#include <linux/defuse.h>

#include "compat.h"
#include "stats.h"

enum defuse_fallback {
	DEFUSE_FALLBACK_LOWER,
	DEFUSE_FALLBACK_NONE,
};

/**
 * struct defuse_sb - one mounted file system
 * @mount_id: unique until reboot; never 0
 * @fallback: what door 2 answers from
 * @lower:    root of the lower tree; dentry is NULL with fallback=none
 * @library:  the file of library=, opened read-only at mount time
 * @backend:  text of backend=
 * @library_path: text of library=
 * @stats:    per-CPU counters
 *
 * Everything but the counters is constant after the mount.
 */
struct defuse_sb {
	u64 mount_id;
	enum defuse_fallback fallback;
	struct path lower;
	struct file *library;
	char *backend;
	char *library_path;
	struct defuse_stats __percpu *stats;
};

/**
 * struct defuse_inode - shadow inode
 * @vfs:   the VFS inode
 * @lower: the lower inode once verified (a reference), else NULL; set once
 * @dev:   identity: st_dev of the file on the backend
 * @ino:   identity: its st_ino; (0, 0) for an inode that is known by name alone
 *
 * The identity of a bound inode is that of @lower; of a blind one it is a claim.
 */
struct defuse_inode {
	struct inode vfs;
	struct inode *lower;
	u64 dev;
	u64 ino;
};

/**
 * struct defuse_ofd - what the kernel keeps per open file description
 * @lock:      serialises opening of @lower
 * @lower:     lower file for door 2, once opened or donated; set once
 * @donated:   the FD that came with DEFUSE_IOC_OPEN, or @lower where the library is to
 *             adopt it: for DEFUSE_IOC_LOWER
 * @stash:     the library's saved state, @stash_len bytes; constant
 * @stash_len: bytes
 * @shadow:    opened through door 1; constant
 * @exec:      write access to the lower file is denied until release
 *
 * The writer of the stash is the opener, so its credentials are file->f_cred.
 */
struct defuse_ofd {
	struct mutex lock;	/* see above */
	struct file *lower;
	struct file *donated;
	void *stash;
	u32 stash_len;
	bool shadow;
	bool exec;
};

/*
 * Told to ->open() by DEFUSE_IOC_OPEN through dentry_open(); not a bit open(2)
 * lets through, and gone from f_flags before anybody can see it.
 */
#define DEFUSE_O_SHADOW		BIT(30)

static inline struct defuse_sb *DEFUSE_SB(const struct super_block *sb)
{
	return sb->s_fs_info;
}

static inline struct defuse_inode *DEFUSE_I(const struct inode *inode)
{
	return container_of(inode, struct defuse_inode, vfs);
}

/* The lower inode, or NULL while blind. */
static inline struct inode *defuse_lower_inode(const struct inode *inode)
{
	/* Pairs with the cmpxchg of defuse_bind_inode(). */
	return smp_load_acquire(&DEFUSE_I(inode)->lower);
}

/* The lower dentry, or NULL while blind; valid as long as @dentry is held. */
static inline struct dentry *defuse_lower_dentry(const struct dentry *dentry)
{
	/* Pairs with the xchg of defuse_set_lower_dentry(). */
	return smp_load_acquire(&dentry->d_fsdata);
}

static inline struct defuse_ofd *defuse_ofd(const struct file *file)
{
	return file->private_data;
}

/* The lower file, or NULL while not needed. */
static inline struct file *defuse_ofd_lower(const struct defuse_ofd *ofd)
{
	/* Pairs with the release in defuse_lower_file(). */
	return smp_load_acquire(&ofd->lower);
}

static inline bool defuse_has_lower(const struct super_block *sb)
{
	return DEFUSE_SB(sb)->fallback == DEFUSE_FALLBACK_LOWER;
}

/* calls.c */
enum {
	DEFUSE_REDIRECT_PATH = BIT(0),
	DEFUSE_REDIRECT_FD = BIT(1),
	DEFUSE_REDIRECT_NONE = BIT(2),	/* only where there is no lower tree */
	DEFUSE_REDIRECT_OPEN = BIT(3),	/* unless the library adopts lower files */
};

unsigned int defuse_redirection(int nr);

/* redirect.c: who gets the marker, and how */
enum defuse_call {
	DEFUSE_CALL_PATH,
	DEFUSE_CALL_FD,
};

bool defuse_redirected(const struct super_block *sb, enum defuse_call call);
bool defuse_adopted(const struct super_block *sb);
int defuse_mark_path(struct dentry *dentry);
int defuse_mark_fd(struct file *file);
void defuse_mail_adopt(const struct super_block *sb);

/**
 * struct defuse_identity - what the inode hash is searched for
 * @dev:   st_dev on the backend
 * @ino:   st_ino
 * @type:  S_IFMT bits
 * @lower: the lower inode itself where it is known, else NULL
 */
struct defuse_identity {
	u64 dev;
	u64 ino;
	umode_t type;
	struct inode *lower;
};

/* identity.c */
u64 defuse_lower_dev(const struct inode *lower);
bool defuse_same_identity(const struct inode *inode, const struct inode *lower);
bool defuse_identity_matches(const struct inode *inode,
			     const struct defuse_identity *id);

/* inode.c */
int defuse_inode_init(void);
void defuse_inode_exit(void);
struct inode *defuse_alloc_inode(struct super_block *sb);
void defuse_free_inode(struct inode *inode);
void defuse_evict_inode(struct inode *inode);
struct inode *defuse_iget(struct super_block *sb, struct inode *lower);
struct inode *defuse_iget_blind(struct super_block *sb, umode_t mode, u64 dev,
				u64 ino);
void defuse_bind_inode(struct inode *inode, struct inode *lower);
void defuse_refresh(struct inode *inode);

/* attr.c */
int defuse_permission(struct defuse_idmap *idmap, struct inode *inode, int mask);
int defuse_setattr(struct defuse_idmap *idmap, struct dentry *dentry,
		   struct iattr *attr);
int defuse_getattr(struct defuse_idmap *idmap, const struct path *path,
		   struct kstat *stat, u32 mask, unsigned int flags);
int defuse_fileattr_get(struct dentry *dentry, struct fileattr *fa);
int defuse_fileattr_set(struct defuse_idmap *idmap, struct dentry *dentry,
			struct fileattr *fa);
extern const struct inode_operations defuse_file_iops;
extern const struct inode_operations defuse_symlink_iops;
extern const struct inode_operations defuse_special_iops;

/* xattr.c */
ssize_t defuse_listxattr(struct dentry *dentry, char *list, size_t size);
extern const struct xattr_handler *defuse_xattr_handlers[];
#if DEFUSE_ACL_OPS
struct posix_acl *defuse_get_acl(struct defuse_idmap *idmap, struct dentry *dentry,
				 int type);
int defuse_set_acl(struct defuse_idmap *idmap, struct dentry *dentry,
		   struct posix_acl *acl, int type);
#endif

/* dentry.c */
extern const struct dentry_operations defuse_dops;
int defuse_bind_dentry(struct dentry *dentry);
void defuse_set_lower_dentry(struct dentry *dentry, struct dentry *lower);
bool defuse_dentry_current(struct dentry *dentry);
int defuse_lower_path(struct dentry *dentry, struct path *lower);
int defuse_change_begin(struct dentry *dentry, struct path *lower);
void defuse_change_end(struct dentry *dentry, struct path *lower);

/* moved.c */
struct dentry *defuse_move_alias(struct inode *inode, struct dentry *dentry,
				 struct dentry *lower);

/* dir.c */
extern const struct inode_operations defuse_dir_iops;

/* readdir.c, file.c */
extern const struct file_operations defuse_dir_fops;
extern const struct file_operations defuse_file_fops;
int defuse_open(struct inode *inode, struct file *file);
int defuse_flush(struct file *file, fl_owner_t id);
int defuse_release(struct inode *inode, struct file *file);
int defuse_fsync(struct file *file, loff_t start, loff_t end, int datasync);

/* lower.c */
struct file *defuse_lower_file(struct file *file);
struct file *defuse_open_lower(struct file *file, bool adopt);

/* lock.c */
int defuse_lock(struct file *file, int cmd, struct file_lock *fl);
int defuse_flock(struct file *file, int cmd, struct file_lock *fl);
void defuse_unlock_owner(struct file *file, fl_owner_t owner);
void defuse_unlock_all(struct file *file);

/* shadow.c */
long defuse_shadow_open(struct file *base, const struct defuse_open *arg);

/**
 * struct defuse_path_text - a path of the mount, see path.c
 * @path:  the text
 * @page:  where it is if it is long, else NULL
 * @small: where it is otherwise
 */
struct defuse_path_text {
	char *path;
	char *page;
	char small[256];
};

/* path.c */
int defuse_path_text_get(struct dentry *dentry, struct defuse_path_text *text);
void defuse_path_text_put(struct defuse_path_text *text);

/* component.c */
int defuse_next_component(const char **path, struct qstr *name);

/* ioctl.c */
long defuse_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

/* library.c */
struct file *defuse_pin_library(struct fs_context *fc, const char *name);

/* May only root change an object of this owner and mode? */
static inline bool defuse_library_trusted(kuid_t uid, umode_t mode)
{
	return uid_eq(uid, GLOBAL_ROOT_UID) && !(mode & 0022);
}

/* super.c */
extern struct file_system_type defuse_fs_type;

#endif /* DEFUSE_H */
