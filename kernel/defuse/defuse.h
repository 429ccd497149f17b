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

enum defuse_trust {
	DEFUSE_TRUST_PROCESS,	/* the library may run in every process */
	DEFUSE_TRUST_DAEMON,	/* nobody is redirected: the lower tree's server alone */
};

struct defuse_maps;

enum defuse_paging {
	DEFUSE_PAGING_DEFAULT,
	DEFUSE_PAGING_LOWER,
	DEFUSE_PAGING_USERFAULTFD,
};

#define DEFUSE_PAGES_BITS	8

/**
 * struct defuse_page_table - the page objects of a mount, see pages.c
 * @lock:    protects the others
 * @objects: by file
 * @live:    struct defuse_live, for user space to map
 * @counts:  its content
 */
struct defuse_page_table {
	struct mutex lock;	/* see above */
	struct hlist_head objects[1 << DEFUSE_PAGES_BITS];
	struct file *live;
	struct page *counts;
};

/**
 * struct defuse_sb - one mounted file system
 * @mount_id: unique until reboot; never 0
 * @fallback: what door 2 answers from
 * @paging:   who maps files
 * @pages:    page objects; NULL unless @paging is DEFUSE_PAGING_USERFAULTFD
 * @lower:    root of the lower tree; dentry is NULL with fallback=none
 * @library:  the file of library=, opened read-only at mount time
 * @backend:  text of backend=
 * @library_path: text of library=
 * @lower_text: text of lower=, or NULL: the lower tree is the directory of backend=
 * @lower_fd: of lower_fd= while mounting, else -1
 * @trust:    see above
 * @private:  libraries keep data of their own: the lower files are another way to them,
 *            whose pages nobody may cache
 * @maps:     counters of mappings, where @private, else NULL
 * @stats:    per-CPU counters
 *
 * Everything but the counters and what @pages points to is constant after the mount.
 */
struct defuse_sb {
	u64 mount_id;
	enum defuse_fallback fallback;
	enum defuse_paging paging;
	struct defuse_page_table *pages;
	struct path lower;
	struct file *library;
	char *backend;
	char *library_path;
	char *lower_text;
	int lower_fd;
	enum defuse_trust trust;
	bool private;
	struct defuse_maps *maps;
	struct defuse_stats __percpu *stats;
};

/**
 * struct defuse_inode - shadow inode
 * @vfs:   the VFS inode
 * @lower: the lower inode once verified (a reference), else NULL; set once
 * @dev:   identity: st_dev of the file on the backend
 * @ino:   identity: its st_ino; (0, 0) for an inode that is known by name alone
 * @maps:  mappings, see maps.c; 0 unless the mount is private
 * @opens: open file descriptions
 *
 * The identity of a bound inode is that of @lower; of a blind one it is a claim.
 */
struct defuse_inode {
	struct inode vfs;
	struct inode *lower;
	u64 dev;
	u64 ino;
	atomic64_t maps;
	atomic_t opens;
};

/**
 * struct defuse_ofd - what the kernel keeps per open file description
 * @lock:      serialises opening of @lower
 * @lower:     lower file for door 2, once opened or donated; set once
 * @donated:   the FD that came with DEFUSE_IOC_OPEN, or @lower where the library is to
 *             adopt it: for DEFUSE_IOC_LOWER
 * @cached:    on a private mount, the lower file as mappings need it: through the page
 *             cache, which @lower goes past; set once
 * @stash:     the library's saved state, @stash_len bytes; constant
 * @stash_len: bytes
 * @shadow:    opened through door 1; constant
 * @position:  what is mapped where the position is shared, see position.c; set once
 * @exec:      write access to the lower file is denied until release
 *
 * The writer of the stash is the opener, so its credentials are file->f_cred.
 */
struct defuse_ofd {
	struct mutex lock;	/* see above */
	struct file *lower;
	struct file *donated;
	struct file *cached;
	struct file *position;
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

static inline bool defuse_private(const struct super_block *sb)
{
	return DEFUSE_SB(sb)->private;
}

/* The lower file, or NULL while not needed. */
static inline struct file *defuse_ofd_lower(const struct defuse_ofd *ofd)
{
	/* Pairs with the release in defuse_lower_file(). */
	return smp_load_acquire(&ofd->lower);
}

/* What is mapped for a shared position, or NULL while there is none. */
static inline struct file *defuse_ofd_position(const struct defuse_ofd *ofd)
{
	/* Pairs with the release in map_page(). */
	return smp_load_acquire(&ofd->position);
}

/* Are files mapped by the library? */
static inline bool defuse_is_paged(const struct super_block *sb)
{
	return DEFUSE_SB(sb)->pages;
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
	DEFUSE_REDIRECT_MAP = BIT(4),	/* only where the library maps */
};

unsigned int defuse_redirection(int nr);

/* redirect.c: who gets the marker, and how */
enum defuse_call {
	DEFUSE_CALL_PATH,
	DEFUSE_CALL_FD,
	DEFUSE_CALL_MAP,
};

bool defuse_redirected(const struct super_block *sb, enum defuse_call call);
bool defuse_adopted(const struct super_block *sb);
struct defuse_mailbox __user *defuse_open_mailbox(const struct super_block *sb);
int defuse_mark_path(struct dentry *dentry);
int defuse_mark_fd(struct file *file);
int defuse_mark_map(struct file *file);
void defuse_mail_adopt(const struct super_block *sb);
u32 defuse_mount_flags(const struct super_block *sb, bool readonly);

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
u64 defuse_claimed_dev(const struct super_block *sb, u64 dev, u64 ino);
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
bool defuse_inode_held(struct super_block *sb, u64 dev, u64 ino);

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

/* pages.c */
int defuse_pages_init(struct super_block *sb);
void defuse_pages_exit(struct defuse_sb *dsb);
long defuse_pages_get(struct file *file, struct defuse_pages *arg);
struct file *defuse_pages_live(const struct super_block *sb);

/* lower.c */
struct file *defuse_lower_file(struct file *file);
struct file *defuse_cached_file(struct file *file);
struct file *defuse_open_lower(struct file *file, bool adopt);
int defuse_update_lower(struct file *lower);

/* maps.c */
struct defuse_maps *defuse_maps_alloc(void);
void defuse_maps_put(struct defuse_maps *maps);
long defuse_maps_fd(struct super_block *sb);
bool defuse_maps_hold(struct file *file);
void defuse_maps_drop(struct file *file);
int defuse_map_counted(struct file *file, struct file *lower, struct vm_area_struct *vma);

/* private.c */
ssize_t defuse_private_io(struct kiocb *iocb, struct file *lower, struct kiocb *request,
			  struct iov_iter *iter, bool write);
struct file *defuse_private_file(struct file *file);
void defuse_private_settle(struct file *file, struct file *lower);
void defuse_private_changed(struct file *file, struct file *lower, loff_t pos, loff_t len);

/* lock.c */
int defuse_lock(struct file *file, int cmd, struct file_lock *fl);
int defuse_flock(struct file *file, int cmd, struct file_lock *fl);
void defuse_unlock_owner(struct file *file, fl_owner_t owner);
void defuse_unlock_all(struct file *file);

/* shadow.c */
long defuse_shadow_open(struct file *base, const struct defuse_open *arg);
int defuse_shadow_check(const struct super_block *sb, const struct defuse_open *arg);
int defuse_shadow_compare(struct dentry *dentry, const struct defuse_open *arg);
int defuse_shadow_fill(struct file *file, const struct defuse_open *arg,
		       struct file *donated);

/* claim.c */
int defuse_claim_revalidate(struct dentry *dentry);
struct inode *defuse_claim_lookup(struct dentry *dentry);
int defuse_claim_open(struct file *file);

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

/* position.c */
struct defuse_cursor;

/**
 * struct defuse_turn - an operation that uses the position of an open file
 * @cursor:   where it is shared, NULL: the VFS has it
 * @nested:   the caller's own library operation was interrupted and has the lock
 * @position: the position at the beginning
 */
struct defuse_turn {
	struct defuse_cursor *cursor;
	bool nested;
	loff_t position;
};

int defuse_position_take(struct file *file, bool nowait, struct defuse_turn *turn);
loff_t defuse_position_give(struct defuse_turn *turn, loff_t position);
int defuse_position_begin(const struct kiocb *iocb, struct kiocb *request,
			  struct defuse_turn *turn);
void defuse_position_end(struct kiocb *iocb, const struct kiocb *request,
			 struct defuse_turn *turn, ssize_t done);
loff_t defuse_position_seek(struct file *file, loff_t offset, int whence, loff_t limit);
loff_t defuse_position_now(const struct file *file);
bool defuse_position_parked(loff_t offset);
long defuse_position_map(struct file *file, u64 __user *user);
long defuse_position_turn(struct file *file, unsigned long word);

/* component.c */
int defuse_next_component(const char **path, struct qstr *name);

/* held.c */
long defuse_held(struct defuse_held *arg);

/* ioctl.c */
int defuse_copy_request(void *to, size_t size, void __user *from);
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
