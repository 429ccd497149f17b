/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A FUSE file system at work: libfuse's struct fuse, and what a kernel and libfuse
 * would do between a system call and struct fuse_operations.
 *
 * The functions in_*() are those of <defuse/fs.h>, for the caller in @caller.  Results
 * are 0 or a negative errno.  Any thread may call any of them at once.
 *
 * Locks, in this order: fuse.one (single-threaded file systems, around each function),
 * fuse.tree (names do not move while an operation with a path runs), file.lock and
 * fuse.appending, fuse.files, fuse.inodes.
 */
#ifndef COMPAT_INSTANCE_H
#define COMPAT_INSTANCE_H

#define FUSE_USE_VERSION 34
#include <fuse.h>
#include <fuse_lowlevel.h>

#include "handover.h"
#include "wire.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct caller - for whom an operation is done
 * @groups: @ngroups supplementary ones
 */
struct caller {
	uid_t uid;
	gid_t gid;
	pid_t pid;
	mode_t umask;
	const gid_t *groups;
	int ngroups;
};

/* Of the operation that this thread carries out. */
extern __thread struct caller caller;

/* The one file system of this process, once it is made; for fuse_get_context(). */
extern struct fuse *instance;

struct listing;
struct statfs;

/**
 * struct file - an open file or directory
 * @next:   in the list of open files
 * @refs:   owners: connections, or the one process
 * @path:   its name now; under fuse.tree
 * @hidden: it was removed; @path is a .fuse_hidden name and goes with the last owner
 * @gone:   it was removed and has no name at all
 * @flags:  as it was opened
 * @flushed: in a process by itself: no data were changed since process_flush()
 * @until:  when its last owner vanished: how long it waits for another one, in ms
 * @inode:  a number for its name; @identity: st_ino when it was opened
 * @lock:   around @listing
 */
struct file {
	struct file *next;
	unsigned int refs;
	char *path;
	bool hidden, gone, dir;
	atomic_bool flushed;
	int flags;
	int64_t until;
	uint64_t inode, identity;
	unsigned char token[WIRE_TOKEN];
	struct fuse_file_info fi;
	pthread_mutex_t lock;
	struct listing *listing;
};

#define INODE_BUCKETS	4096
#define APPENDERS	16

/* A name that was seen, and its inode number; @same: in the bucket of the number. */
struct name {
	struct name *next, *same;
	uint64_t inode;
	char path[];
};

/**
 * struct fuse - see above
 * @shared: in a server: all opens of the mount are known here
 * @allow_other, @default_permissions, @read_only: mount options
 * @owner:  user of the server
 * @single: one operation at a time
 * @appending: by file, around one append
 * @names:  the inode numbers given out, where the file system gives none (see use_ino),
 *           by name; @numbers: by number
 * @exited: the loop shall end; @wake is an eventfd to tell it
 * @handover: of defuse-server
 */
struct fuse {
	struct fuse_operations op;
	struct fuse_config cfg;
	struct fuse_conn_info conn;
	void *user_data;
	char *mount_point;
	bool shared, initialized;
	int allow_other, allow_root, default_permissions, read_only, debug;
	uid_t owner;
	bool single;
	pthread_mutex_t one;
	pthread_rwlock_t tree;
	pthread_mutex_t files;
	struct file *open;
	pthread_mutex_t appending[APPENDERS];
	pthread_mutex_t inodes;
	struct name *names[INODE_BUCKETS], *numbers[INODE_BUCKETS];
	atomic_int exited;
	int wake;
	struct handover handover;
};

/* context.c: around every operation. */
void in_enter(struct fuse *f);
void in_leave(struct fuse *f);

/* options.c: takes from @args what is libfuse's or a mount's; the rest is an error. */
int options_take(struct fuse *f, struct fuse_args *args);

/* permission.c: @mask of R_OK, W_OK, X_OK by the mode bits of @st. */
int may_access(const struct stat *st, int mask);
bool is_owner(const struct stat *st);
bool in_group(gid_t gid);
/* Whether the entry @st may leave the directory @dir. */
int may_remove(const struct stat *dir, const struct stat *st);

/* names.c */
/* Attributes of @path, or of @file where it is given. */
int name_stat(struct fuse *f, const char *path, struct file *file, struct stat *st);
/*
 * Every directory on the way to @path is one, and with default_permissions may be
 * searched.  @parent: out: attributes of the last one.
 */
int name_walk(struct fuse *f, const char *path, struct stat *parent);
uint64_t name_inode(struct fuse *f, const char *path);
/* @to is what @from was, a @tree with all below; without @to: @from is no more. */
void name_moved(struct fuse *f, const char *from, const char *to, bool tree);
void names_free(struct fuse *f);

/* files.c */
struct file *file_new(struct fuse *f, const char *path, int flags, bool dir);
/* Open and with a name at @path, as far as this process knows. */
bool file_is_open(struct fuse *f, const char *path);
/* With a reference, by token; NULL. */
struct file *file_by_token(struct fuse *f, const unsigned char *token);
void file_hold(struct fuse *f, struct file *file);
/* An owner closed it; the last one ends it.  @linger: ms to wait for another one. */
void file_put(struct fuse *f, struct file *file, int linger);
/* Ends those that nobody came for.  Return: ms until the next, -1: none. */
int files_expire(struct fuse *f, bool all);
/* Open files follow a rename, or lose their name (@to NULL). */
void files_moved(struct fuse *f, const char *from, const char *to);
/*
 * Each operation has a copy of its own of what open() made: some file systems write into
 * it, and libfuse forgets that.
 */
#define FI(file)	(&(struct fuse_file_info[1]){ (file)->fi }[0])
/* The file system must be told its name to find it: a directory always. */
bool file_by_name(const struct fuse *f, const struct file *file);
/* What the file system is given as the path of an open file. */
const char *file_path(struct fuse *f, const struct file *file);

/* open.c */
int in_open(struct fuse *f, const char *path, int flags, mode_t mode, struct file **file,
	    struct stat *st);
/* A descriptor of the file was closed: the file system writes what it keeps. */
int in_flush(struct fuse *f, struct file *file);
/* The same for all files; for a process by itself, that ends. */
void files_flush(struct fuse *f);
/* For the last owner of @file, or nobody. */
void file_release(struct fuse *f, struct file *file);

/* io.c */
int in_read(struct fuse *f, struct file *file, char *buf, size_t size, off_t offset,
	    size_t *done);
int in_write(struct fuse *f, struct file *file, const char *buf, size_t size, off_t offset,
	     size_t *done);
int in_append(struct fuse *f, struct file *file, const char *buf, size_t size, size_t *done,
	      off_t *end);
int in_fsync(struct fuse *f, struct file *file, int data_only);
int in_ftruncate(struct fuse *f, struct file *file, off_t length);
/* FALLOC_FL_KEEP_SIZE, PUNCH_HOLE, ZERO_RANGE. */
int in_fallocate(struct fuse *f, struct file *file, int mode, off_t offset, off_t len);
/* SEEK_DATA, SEEK_HOLE. */
int in_seek(struct fuse *f, struct file *file, off_t offset, int whence, off_t *result);
int in_fgetattr(struct fuse *f, struct file *file, struct stat *st);
/* The same, between in_enter() and in_leave() and with fuse.tree held. */
int file_stat(struct fuse *f, struct file *file, struct stat *st);

/* attr.c */
int in_chown(struct fuse *f, const char *path, uid_t uid, gid_t gid);
int in_fchown(struct fuse *f, struct file *file, uid_t uid, gid_t gid);
int in_chmod(struct fuse *f, const char *path, mode_t mode);
int in_fchmod(struct fuse *f, struct file *file, mode_t mode);
int in_utime(struct fuse *f, const char *path, const struct timespec times[2]);
int in_futime(struct fuse *f, struct file *file, const struct timespec times[2]);

/* directory.c */
int in_getdents(struct fuse *f, struct file *file, off_t *cookie, void *buf, size_t size,
		size_t *written);
void listing_free(struct listing *l);

/* tree.c */
int in_getattr(struct fuse *f, const char *path, struct stat *st);
int in_trunc(struct fuse *f, const char *path, off_t length);
int in_readlink(struct fuse *f, const char *path, char *buf, size_t size, size_t *len);
int in_unlink(struct fuse *f, const char *path);
int in_mkdir(struct fuse *f, const char *path, mode_t mode);
int in_rmdir(struct fuse *f, const char *path);
int in_access(struct fuse *f, const char *path, int mask);
int in_rename(struct fuse *f, const char *from, const char *to, unsigned int flags);
int in_symlink(struct fuse *f, const char *target, const char *path);
int in_link(struct fuse *f, const char *from, const char *to);
int in_statfs(struct fuse *f, struct statfs *buf);

/* server.c: serves until f->exited, or the mount is gone. */
int server_listen(struct fuse *f);
int server_loop(struct fuse *f);

/* process.c: hands the file system to init() and never comes back. */
void process_captured(struct fuse *f) __attribute__((noreturn));
/* Whether this is the program's start inside init(). */
bool process_starting(void);

#endif /* COMPAT_INSTANCE_H */
