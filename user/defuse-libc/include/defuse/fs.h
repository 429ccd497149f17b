/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The interface a file-system library implements.
 *
 * A library is a shared object that exports one symbol,
 *
 *	const struct defuse_fs_operations defuse_fs_operations;
 *
 * and runs inside every process that touches a mount naming it with library=.
 * The functions are those of Listings 4.1 and 4.2 of the dissertation, with
 * three changes: every call carries the context that init() made, so that one
 * process can use several mounts of one library; directories are read through a
 * handle and a cookie, so that large ones need not fit a buffer; and results
 * are 0 or a negative errno (-ENOENT), never a positive one.
 *
 * Conventions, true unless a function says otherwise:
 *
 * - A path begins with "/" (the root of the file system), has no ".", "..", empty
 *   component or trailing slash, and is at most 4095 bytes; bytes other than
 *   '/' and NUL mean nothing.  No symbolic link is ever followed: a link in
 *   the middle is -ELOOP, a link at the end is the object itself; open() answers
 *   -ELOOP for it.
 * - Sizes and offsets are bytes; offsets are never negative.
 * - Pointers are valid for the call only and never NULL, except where it is said.
 * - Functions may be called by any thread, concurrently, also on one handle, and
 *   by the child after fork(); the library does its own locking.  It must not
 *   block for ever: a signal cannot interrupt it.
 * - The caller's credentials, umask, limits and signal mask are those of the
 *   process.  The core checks no permission: the library, or what stands behind
 *   it, must.
 * - The library's own system calls are never redirected into itself, not even
 *   for a path on a defuse mount: they take the kernel's way.
 * - File descriptors a library keeps must be handed to host->private_fd() first,
 *   so that the application does not find its numbers taken.
 * - errno is the library's to spoil.
 *
 * A NULL function is answered with -ENOSYS by the core, which then lets the kernel
 * do it where the mount has fallback=lower and fails with ENOSYS elsewhere.
 * Mandatory: init, open, close, read, getattr, fgetattr.
 */
#ifndef DEFUSE_FS_H
#define DEFUSE_FS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

struct statfs;		/* <sys/vfs.h> */

#ifdef __cplusplus
extern "C" {
#endif

/* Raised when a member changes its meaning; new members only enlarge the table. */
#define DEFUSE_FS_VERSION	1

/*
 * For @capabilities: every file of the library is the file of the same name in the
 * lower tree, and restore() needs @lower_fd alone, neither path nor blob.  Then, where
 * the mount has a lower tree, the kernel answers what is about names, directories too, and
 * opens and creates regular files (one walk of the path instead of three); restore() is
 * called at the first use.
 */
#define DEFUSE_FS_ADOPTS	(1U << 0)

/**
 * struct defuse_host - services of the core for one mount's library; valid for ever
 * @size:       sizeof(struct defuse_host) of the core
 * @private_fd: moves @fd out of the way of the application and marks it
 *              close-on-exec and untouchable; returns the new number (@fd is
 *              closed) or -EMFILE (@fd is closed too)
 * @close_fd:   closes an FD that private_fd() returned
 * @umask:      the process's file mode creation mask, without changing it; a
 *              library that stores modes itself must apply it in open(), mkdir()
 *              and symlink()
 * @log:        one line of text for the person who runs the program, printed to
 *              stderr as "defuse: <text>" when DEFUSE_DEBUG is set
 * @backend_device, @backend_inode: st_dev and st_ino of the directory that backend=
 *              was when it was mounted: in a chroot or another mount namespace its
 *              name may lead elsewhere.  0: the mount has no lower tree
 * @held:       which of @count (1..64) regular files somebody has open: a bit of @mask
 *              for each of @inodes, st_ino of files of @device.  The kernel counts open
 *              file descriptions, those too that wait in a process that was never
 *              here; a file that open() of the library is just making known is not
 *              among them.  0, or an error: it cannot be asked now.  For libraries that
 *              keep a file until its last user is gone
 */
struct defuse_host {
	uint32_t size;
	int (*private_fd)(int fd);
	void (*close_fd)(int fd);
	mode_t (*umask)(void);
	void (*log)(const char *text);
	uint64_t backend_device;
	uint64_t backend_inode;
	int (*held)(const struct defuse_host *host, uint64_t device, const uint64_t *inodes,
		    unsigned int count, uint64_t *mask);
};

/**
 * struct defuse_fs_operations - the exported table, named defuse_fs_operations
 * @version: DEFUSE_FS_VERSION
 * @size:    sizeof(struct defuse_fs_operations) the library was built with; members
 *           beyond it count as NULL
 * @name:    short name for messages and statistics, e.g. "direct"
 *
 * The members below are described one by one.  @fs is what init() returned.
 */
struct defuse_fs_operations {
	uint32_t version;
	uint32_t size;
	const char *name;

	/**
	 * @init: first use of a mount in this process; before any other function
	 * @mount_point: where it is mounted, as this process sees it
	 * @backend: the backend= option, any text
	 * @host: services of the core
	 * @fs: out: the library's context for this mount, passed to all others
	 *
	 * Never called twice at once.  An error makes the process use the kernel's
	 * way for this mount (or EIO with fallback=none).
	 */
	int (*init)(const char *mount_point, const char *backend,
		    const struct defuse_host *host, void **fs);

	/**
	 * @finalize: the process ends by exit() or _exit(); after stdio was flushed
	 *
	 * Other threads may still be inside other functions.  Not called when the
	 * process is killed or calls exec.
	 */
	void (*finalize)(void *fs);

	/**
	 * @open: open, and with O_CREAT create, a regular file or directory
	 * @flags: those of open(2), access mode included; O_CREAT, O_EXCL, O_TRUNC,
	 *         O_DIRECTORY, O_NOATIME, O_SYNC, O_DSYNC and O_DIRECT are the library's
	 *         to honour; O_APPEND is not (see @append); O_CLOEXEC is noise
	 * @mode: as the application gave it, before the umask; only with O_CREAT
	 * @fh: out: handle, any value, for the functions below
	 *
	 * Any other type of file is -EOPNOTSUPP, before it has any effect: the kernel
	 * then opens it.  Errors as open(2).
	 */
	int (*open)(void *fs, const char *path, int flags, mode_t mode, uint64_t *fh);

	/**
	 * @close: the last reference of this process to the handle is gone
	 *
	 * Called exactly once for each handle of open() and restore(), with no other
	 * call on it under way.  The error goes to the close() that caused it.
	 */
	int (*close)(void *fs, uint64_t fh);

	/**
	 * @read: read up to @size bytes at @offset
	 * @bytes_read: out: fewer than @size only at the end of the file; 0 there
	 *
	 * -EBADF if not open for reading, -EISDIR.
	 */
	int (*read)(void *fs, uint64_t fh, char *buf, size_t size, off_t offset,
		    size_t *bytes_read);

	/**
	 * @write: write @size bytes at @offset, enlarging the file, with holes
	 * @bytes_written: out: fewer than @size only when space ran out midway
	 *
	 * After it returned every read, through any way, sees the data.  O_SYNC and
	 * O_DSYNC: it is durable too.  -EBADF, -ENOSPC, -EFBIG, -EDQUOT, -EIO.
	 */
	int (*write)(void *fs, uint64_t fh, const char *buf, size_t size, off_t offset,
		     size_t *bytes_written);

	/**
	 * @fsync: make data and metadata durable
	 * @data_sync: nonzero: only metadata needed to read the data back
	 */
	int (*fsync)(void *fs, uint64_t fh, int data_sync);

	/** @ftruncate: as ftruncate(2); -EINVAL if not open for writing */
	int (*ftruncate)(void *fs, uint64_t fh, off_t length);

	/**
	 * @fgetattr: attributes, also of a file that has no name any more
	 *
	 * st_dev and st_ino must identify the file on the backend; the core shows
	 * the mount's own st_dev to the application.
	 */
	int (*fgetattr)(void *fs, uint64_t fh, struct stat *stbuf);

	/**
	 * @save: what restore() will need to make the handle again elsewhere
	 * @blob: out: at most @size (4096) bytes, no pointers in it
	 * @len: out: bytes used
	 * @lower_fd: out: an FD of this very file on the lower file system, opened
	 *            with the access mode of the handle, which the kernel shall keep
	 *            for whoever inherits the file; -1 for none.  Stays the library's.
	 *
	 * Called once, right after open(): the kernel holds the result, so that fork,
	 * exec, dup and FD passing need nothing more.  NULL: an empty blob, no FD.
	 */
	int (*save)(void *fs, uint64_t fh, void *blob, size_t size, size_t *len,
		    int *lower_fd);

	/**
	 * @restore: make a handle for a file that another image or process opened
	 * @path: where it was when it was opened; NULL if it has no name any more, or
	 *        for a file of a library that adopts
	 * @flags: of the open file description now: access mode, O_APPEND and the like,
	 *         O_DIRECTORY if it is one; without O_CREAT, O_EXCL, O_TRUNC
	 * @blob: as save() wrote it, by a process with the same effective user
	 * @len: bytes of it
	 * @lower_fd: the FD that save() gave, or the kernel's own, or -1; the library's
	 *            from now on, also on error (already private: closed with
	 *            host->close_fd())
	 * @fh: out: handle
	 *
	 * An error makes this process use the kernel's way for the file.
	 */
	int (*restore)(void *fs, const char *path, int flags, const void *blob,
		       size_t len, int lower_fd, uint64_t *fh);

	/**
	 * @getattr: attributes by path
	 * @flags: 0; reserved
	 */
	int (*getattr)(void *fs, const char *path, struct stat *stbuf, int flags);

	/** @trunc: as truncate(2) */
	int (*trunc)(void *fs, const char *path, off_t length);

	/**
	 * @readlink: target of a symbolic link, no closing NUL
	 * @bytes_written: out: min(length of the target, @bufsize); -EINVAL: no link
	 */
	int (*readlink)(void *fs, const char *path, char *buf, size_t bufsize,
			size_t *bytes_written);

	/** @unlink: as unlink(2); open handles go on working */
	int (*unlink)(void *fs, const char *path);

	/** @mkdir: as mkdir(2); @mode before the umask */
	int (*mkdir)(void *fs, const char *path, mode_t mode);

	/** @rmdir: as rmdir(2) */
	int (*rmdir)(void *fs, const char *path);

	/** @getdircnt: number of entries without "." and ".."; for buffer sizing */
	int (*getdircnt)(void *fs, const char *path, int *count);

	/**
	 * @getdirents: entries of an opened directory in the form of getdents64(2)
	 * @cookie: in: 0 to begin, else a d_off seen before; out: where to go on
	 * @buf: out: struct linux_dirent64 records, "." and ".." among them
	 * @written: out: bytes; 0 at the end
	 *
	 * An entry present throughout is returned exactly once; one created or removed
	 * meanwhile at most once.  -EINVAL: @size too small for the next record;
	 * -ENOTDIR.
	 */
	int (*getdirents)(void *fs, uint64_t fh, off_t *cookie, void *buf, size_t size,
			  size_t *written);

	/** @chown: of the object itself, links too; (uid_t)-1, (gid_t)-1: unchanged */
	int (*chown)(void *fs, const char *path, uid_t uid, gid_t gid);

	/** @chmod: 07777 bits */
	int (*chmod)(void *fs, const char *path, mode_t mode);

	/**
	 * @access: may the caller? @mode: R_OK, W_OK, X_OK or F_OK
	 * @flags: 0: real user and group; AT_EACCESS: effective ones
	 */
	int (*access)(void *fs, const char *path, int mode, int flags);

	/**
	 * @rename: as renameat2(2)
	 * @flags: RENAME_NOREPLACE, RENAME_EXCHANGE; -EINVAL for what is not supported
	 */
	int (*rename)(void *fs, const char *oldpath, const char *newpath,
		      unsigned int flags);

	/** @utime: access and modification time; UTIME_NOW, UTIME_OMIT as utimensat(2) */
	int (*utime)(void *fs, const char *path, const struct timespec times[2]);

	/** @symlink: @target is any text */
	int (*symlink)(void *fs, const char *target, const char *linkpath);

	/* Beyond the listings; NULL is always allowed. */

	/** @link: hard link; of a symbolic link itself where @oldpath is one */
	int (*link)(void *fs, const char *oldpath, const char *newpath);

	/**
	 * @append: write at the end of the file, atomically among all writers
	 * @end: out: offset just behind the bytes written
	 *
	 * Called instead of @write when O_APPEND is in force.  NULL: the core takes
	 * the kernel's way for such handles.
	 */
	int (*append)(void *fs, uint64_t fh, const char *buf, size_t size,
		      size_t *bytes_written, off_t *end);

	/**
	 * @atfork_child: first use in a child of fork(), before any other function
	 *
	 * Threads the library had do not exist here; handles stay valid.
	 */
	int (*atfork_child)(void *fs);

	/** @capabilities: DEFUSE_FS_* bits */
	uint32_t capabilities;

	/*
	 * The rest is asked only where the mount has no lower tree (fallback=none), and in the
	 * FUSE server: elsewhere the kernel asks the lower file system.
	 */

	/**
	 * @statfs: as statfs(2), of the file system as a whole
	 *
	 * f_type, f_fsid and f_flags are the core's.
	 */
	int (*statfs)(void *fs, struct statfs *buf);

	/** @fchmod, @fchown, @futime: as @chmod, @chown and @utime, of an open file */
	int (*fchmod)(void *fs, uint64_t fh, mode_t mode);
	int (*fchown)(void *fs, uint64_t fh, uid_t uid, gid_t gid);
	int (*futime)(void *fs, uint64_t fh, const struct timespec times[2]);

	/**
	 * @fallocate: as fallocate(2), of a regular file
	 * @mode: FALLOC_FL_*; -EOPNOTSUPP for those the library does not know
	 *
	 * -EBADF if not open for writing, -EINVAL @offset or @len make no sense, -EFBIG,
	 * -ENOSPC.
	 */
	int (*fallocate)(void *fs, uint64_t fh, int mode, off_t offset, off_t len);

	/**
	 * @seek: the next data or hole at or behind @offset
	 * @whence: SEEK_DATA or SEEK_HOLE
	 * @result: out: where it begins; the end of the file counts as a hole
	 *
	 * -ENXIO: @offset is not below the end of the file, or no data follows.  NULL: the
	 * core says that every file is one piece of data.
	 */
	int (*seek)(void *fs, uint64_t fh, off_t offset, int whence, off_t *result);

	/**
	 * @flush: a file descriptor of the handle was closed; others may be left.  Also on
	 *         mounts with a lower tree
	 *
	 * The error goes to that close().  For libraries that write back on close.
	 */
	int (*flush)(void *fs, uint64_t fh);
};

/* Also where the rest of the library is built with -fvisibility=hidden. */
extern const struct defuse_fs_operations defuse_fs_operations
	__attribute__((visibility("default")));

#ifdef __cplusplus
}
#endif

#endif /* DEFUSE_FS_H */
