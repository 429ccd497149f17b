/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * defuse: the interface between defuse.ko and the C library of a process
 *
 * Two ways lead into a defuse mount.  Door 2 is the ordinary system calls,
 * answered truthfully from the lower tree.  Door 1 is for a thread that
 * declared itself able (struct defuse_able): a system call of DEFUSE_REDIRECTED
 * that would touch a name or a shadow FD of the mount is not carried out but
 * answered with the marker errno, and the resolved path is left in the thread's
 * mailbox; the C library then asks the file-system library inside the process
 * and comes back with DEFUSE_IOC_OPEN for a file descriptor.  A path that ends
 * in ".", ".." or the mount point touches no name of the mount: door 2, but where
 * there is no lower tree the library is asked for the attributes of "/" too.
 *
 * Every structure begins with its size in bytes, filled in by the caller.  A
 * size the kernel does not know is refused (EINVAL), so is a reserved field
 * that is not zero.  Pointers travel as __u64.  x86-64 only; 32-bit callers
 * are never redirected and get ENOTTY from the ioctls.
 */
#ifndef _UAPI_LINUX_DEFUSE_H
#define _UAPI_LINUX_DEFUSE_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define DEFUSE_VERSION		1

/* f_type of statfs(2): no other file system can answer it on a defuse FD. */
#define DEFUSE_SUPER_MAGIC	0x44465553

/* Marker errno: "ask the library".  ELIBACC, never returned by a VFS path. */
#define DEFUSE_MARKER		79

/**
 * struct defuse_able - a thread's declaration that it understands the marker
 * @magic:   DEFUSE_ABLE_MAGIC while the thread may be redirected, else 0
 * @mailbox: user address of a struct defuse_mailbox, or 0 for none
 * @text:    where the code lies that understands the marker: a system call made
 *           by an instruction outside (a dynamic linker, assembler, the runtime of
 *           another language in the same thread) is never redirected
 * @text_size: bytes of it; 0: the whole address space
 *
 * Lies in the thread control block DEFUSE_ABLE_OFFSET bytes below the address
 * that the thread gave to set_robust_list(2) (glibc 2.36, x86-64: offset 0x80 of
 * the TCB, in space kept unused for ABI reasons).  Declaring costs no system
 * call; a child of vfork(2) or clone(2) has no robust list and so is undeclared
 * until its C library registers one.  If the memory is not present the thread
 * counts as undeclared.
 */
struct defuse_able {
	__u64 magic;
	__u64 mailbox;
	__u64 text;
	__u64 text_size;
};

#define DEFUSE_ABLE_MAGIC	0xdef05eab1e5ca11dULL
#define DEFUSE_ABLE_OFFSET	0x260

/* defuse_mailbox.kind */
#define DEFUSE_MAIL_NONE	0	/* set by the reader before a call */
#define DEFUSE_MAIL_PATH	1	/* the marker was for a path */
#define DEFUSE_MAIL_FD		2	/* the marker was for a shadow FD */
#define DEFUSE_MAIL_ADOPT	3	/* no marker: an open succeeded, see @adopts */

/* flags of defuse_mailbox and defuse_info */
#define DEFUSE_MOUNT_RDONLY	(1U << 0)	/* the file system is read-only */
#define DEFUSE_MOUNT_LOWER	(1U << 1)	/* fallback=lower: door 2 answers */
#define DEFUSE_MOUNT_PAGING	(1U << 3)	/* paging=userfaultfd: the library maps */
#define DEFUSE_MOUNT_PRIVATE	(1U << 4)	/* see DEFUSE_IOC_MAPS */
#define DEFUSE_MOUNT_DAEMON	(1U << 5)	/* trust=daemon: door 2 alone */

#define DEFUSE_PATH_MAX		4096	/* bytes, with the closing NUL */
#define DEFUSE_CLAIM_MAX	256	/* likewise */

/**
 * struct defuse_mailbox - what the kernel leaves with a marker
 * @kind:      DEFUSE_MAIL_*
 * @flags:     DEFUSE_MOUNT_*
 * @mount_id:  which mounted file system; never reused until reboot
 * @dev_major: st_dev of every file of the mount
 * @dev_minor: likewise
 * @path_len:  bytes of @path without the NUL (0 unless @kind is MAIL_PATH)
 * @umask:     of the caller
 * @adopts:    in: mount_id of a mount with a lower tree whose library works on the
 *             lower files themselves, or 0.  There the system calls about names are
 *             carried out, on a mount with paging=userfaultfd only those that open and
 *             no directory.  DEFUSE_REDIRECTED_OPEN on a regular file gives a shadow FD
 *             that DEFUSE_IOC_LOWER gives the lower file of, as if the library had
 *             opened and donated it.  Under a mount point that is read-only, nosuid or
 *             noexec while the backend's is not, and for a directory, the FD is one of
 *             door 2
 * @claim:     in: address of a struct defuse_open for a regular file of a mount without a
 *             lower tree, or 0.  A system call of DEFUSE_REDIRECTED_OPEN that leads to the
 *             path of that request, which must be shorter than DEFUSE_CLAIM_MAX, is
 *             carried out as DEFUSE_IOC_OPEN would be, but with the access mode and
 *             flags that it has itself, and @claim is then 0.  What leads elsewhere, or has
 *             a request that the ioctl would refuse, is redirected as ever
 * @path:      path below the root of the file system, beginning with "/", without
 *             ".", "..", empty or (fallback=lower) symbolic link components; the
 *             last component is the one the system call was about
 *
 * For a call with two paths it tells of the first that lies on the mount.
 */
struct defuse_mailbox {
	__u32 kind;
	__u32 flags;
	__u64 mount_id;
	__u32 dev_major;
	__u32 dev_minor;
	__u32 path_len;
	__u32 umask;
	__u64 adopts;
	__u64 claim;
	char path[DEFUSE_PATH_MAX];
};

/**
 * struct defuse_open - DEFUSE_IOC_OPEN on a directory FD of the mount
 * @size:       sizeof(struct defuse_open)
 * @open_flags: as given to open(2); O_CREAT, O_EXCL and O_TRUNC were carried out
 *              by the library and are ignored; O_PATH and O_TMPFILE are EINVAL
 * @mount_id:   of the mailbox; another mount's FD is refused with EXDEV
 * @path:       address of a NUL-terminated path in the form of the mailbox; ".."
 *              and "." are EINVAL
 * @mode:       type (S_IFREG or S_IFDIR) and permission bits
 * @lower_fd:   FD of the very file on the lower file system, opened with the same
 *              access mode, which the open file description shall hold; it then
 *              decides what the file is, not @device and @inode; -1: none
 * @device:     st_dev of the file as the library knows it (on the backend)
 * @inode:      st_ino, likewise; together the identity that hard links share;
 *              (0, 0): the name is the identity
 * @uid:        owner shown for a file that is not verified, caller's user namespace
 * @gid:        group, likewise
 * @stash:      address of @stash_len bytes kept with the open file description
 * @stash_len:  0..DEFUSE_STASH_MAX
 * @reserved:   0
 *
 * Makes the shadow inode and dentry without asking anybody and returns a real
 * FD, the lowest free one.  Return: FD, or -1 with errno: EINVAL a field is bad,
 * EXDEV another mount or outside of what this one shows, ENAMETOOLONG, ENOTDIR a
 * component is known not to be a directory, ESTALE the name is known to be another
 * file by now, EBUSY something is mounted there, EISDIR, ENOENT the directory was
 * removed, EBADF/EMEDIUMTYPE @lower_fd will not do, EROFS, ETXTBSY, EMFILE, ENFILE,
 * E2BIG stash, ENOMEM, EFAULT.
 */
struct defuse_open {
	__u32 size;
	__u32 open_flags;
	__u64 mount_id;
	__u64 path;
	__u32 mode;
	__s32 lower_fd;
	__u64 device;
	__u64 inode;
	__u32 uid;
	__u32 gid;
	__u64 stash;
	__u32 stash_len;
	__u32 reserved;
};

#define DEFUSE_STASH_MAX	65536

/**
 * struct defuse_info - DEFUSE_IOC_INFO on any FD of the mount
 * @size:          sizeof(struct defuse_info)
 * @flags:         out: DEFUSE_MOUNT_* (read-only also when only this mount point is)
 * @mount_id:      out
 * @dev_major:     out: st_dev
 * @dev_minor:     out
 * @library:       in: address of a buffer for the library= path, or 0
 * @backend:       in: likewise for backend=
 * @mount_point:   in: likewise for the place of this mount as the caller sees it
 * @library_len:   in: bytes of the buffer; out: bytes needed with the NUL
 * @backend_len:   likewise
 * @mount_point_len: likewise
 * @reserved:      0
 * @root_device:   out: st_dev of the root of the lower tree; 0 without one
 * @root_inode:    out: st_ino, likewise
 *
 * Return: 0; -1 with errno ERANGE (a buffer is too small; the lengths are filled
 * in), EINVAL, EFAULT, ENOMEM.
 */
struct defuse_info {
	__u32 size;
	__u32 flags;
	__u64 mount_id;
	__u32 dev_major;
	__u32 dev_minor;
	__u64 library;
	__u64 backend;
	__u64 mount_point;
	__u32 library_len;
	__u32 backend_len;
	__u32 mount_point_len;
	__u32 reserved;
	__u64 root_device;
	__u64 root_inode;
};

/* flags of defuse_fetch */
#define DEFUSE_FD_SHADOW	(1U << 0)	/* opened through door 1 */
#define DEFUSE_FD_BLIND		(1U << 1)	/* its name was never verified */
#define DEFUSE_FD_LOWER		(1U << 2)	/* DEFUSE_IOC_LOWER will give an FD */
#define DEFUSE_FD_ALONE		(1U << 3)	/* no other FD is of this open file */

/**
 * struct defuse_fetch - DEFUSE_IOC_FETCH on any FD of the mount
 * @size:       sizeof(struct defuse_fetch)
 * @flags:      out: DEFUSE_FD_*
 * @mount_id:   out
 * @mode:       out: type and permission bits
 * @open_flags: out: the file status flags and access mode now in force
 * @uid:        out: effective user of the writer of the stash, in the caller's user
 *              namespace ((__u32)-1: has no name there)
 * @gid:        out: likewise the group
 * @path:       in: address of a buffer for the path in the form of the mailbox, or 0
 * @stash:      in: likewise for the stash
 * @path_len:   in: bytes of the buffer; out: bytes needed with the NUL
 * @stash_len:  in: bytes of the buffer; out: bytes of the stash
 *
 * A stash is only as trustworthy as its writer: restore state from it only where
 * @uid is the caller's own effective user.
 * Return: as DEFUSE_IOC_INFO; ENOENT: the file has no name any more and @path was
 * asked for.
 */
struct defuse_fetch {
	__u32 size;
	__u32 flags;
	__u64 mount_id;
	__u32 mode;
	__u32 open_flags;
	__u32 uid;
	__u32 gid;
	__u64 path;
	__u64 stash;
	__u32 path_len;
	__u32 stash_len;
};

/**
 * struct defuse_position - the position of an open file description, shared
 * @lock:     0: free; DEFUSE_POSITION_KERNEL; else the number (gettid) of the thread
 *            that is in an operation with the position
 * @waiters:  written by the kernel: how many wait for @lock
 * @changes:  counts operations made by signal handlers inside of one of their thread
 * @reserved: 0
 * @position: the position; whoever has @lock changes it by one store when all is done,
 *            so it is true even if that thread dies before
 * @next:     while @lock is held for a write: where the write will end; else 0
 *
 * DEFUSE_IOC_POSITION maps it, one for each open file description, by whichever FD it
 * is asked for, readable and writable; fork(2) does not pass the mapping on.  The
 * kernel keeps to it for every holder that does not map it: read(2), write(2) and
 * lseek(2) wait for @lock.
 *
 * Taking: change @lock from 0 to the thread's number; if it is another value @w,
 * ask DEFUSE_IOC_POSITION_TURN with @w and try again: it sleeps while @lock is @w, and
 * frees it if no living thread of that number maps the page.  Set @next to 0, or where a
 * write will end if it is complete.  Letting go: set @next to 0, exchange @lock with 0;
 * then, if @waiters is not 0, DEFUSE_IOC_POSITION_TURN with 0.
 *
 * A signal handler of the holding thread finds its own number in @lock.  It works
 * without taking: at @next if that is not 0, else at @position; then it sets
 * @position, sets @next to 0 and adds 1 to @changes.  (The kernel does so for one that
 * makes system calls.)  The interrupted operation, if @changes is not what it was,
 * leaves @position as it is after a write, and repeats a read.
 *
 * Where a page is mapped, sendfile(2) and splice(2) without offsets answer EINVAL,
 * copy_file_range(2) EXDEV, and record locks relative to the position EOVERFLOW.
 */
struct defuse_position {
	__u32 lock;
	__u32 waiters;
	__u32 changes;
	__u32 reserved;
	__s64 position;
	__s64 next;
};

#define DEFUSE_POSITION_KERNEL	0x3fffffffU	/* no thread has this number */

/* flags of defuse_pages */
#define DEFUSE_PAGES_CREATE	(1U << 0)	/* in: make the object if there is none */
#define DEFUSE_PAGES_CREATED	(1U << 1)	/* out: it was made just now */

/**
 * struct defuse_pages - DEFUSE_IOC_PAGES on an FD of the mount; to create, of the file
 * @size:      sizeof(struct defuse_pages)
 * @flags:     in and out: DEFUSE_PAGES_*
 * @mount_id:  of the mailbox; another mount's FD is refused with EXDEV
 * @device:    st_dev of the file as the library knows it
 * @inode:     st_ino, likewise; (0, 0) is EINVAL
 * @pages_fd:  out: memory for the file's pages
 * @ledger_fd: out: memory of the same life for whoever shares the pages
 *
 * The object: two pieces of shared memory, first empty, that all processes of one
 * user (the caller's file system user) share which ask for the same file, as long as
 * one has @pages_fd open or mapped.  Users do not share: what one could be made to
 * read there the other could have put there.  Both FDs are close-on-exec, @pages_fd
 * has an open file description of its own, so that flock(2) tells processes apart;
 * the same ioctl on it gives another one.  @pages_fd obeys noexec of the mount and
 * holds the open file description it was asked through.  It supports read, write,
 * ftruncate, mmap, SEEK_DATA and SEEK_HOLE, and userfaultfd; no hole can be made in
 * it, not by MADV_REMOVE either.
 *
 * Return: 0; -1 with errno ENOENT (there is none and DEFUSE_PAGES_CREATE is not
 * set), EOPNOTSUPP (not a mount with paging=userfaultfd), EXDEV, EISDIR, EINVAL,
 * EMFILE, ENFILE, ENOMEM, EFAULT.
 */
struct defuse_pages {
	__u32 size;
	__u32 flags;
	__u64 mount_id;
	__u64 device;
	__u64 inode;
	__s32 pages_fd;
	__s32 ledger_fd;
};

/*
 * What DEFUSE_IOC_LIVE gives to map: how many objects of DEFUSE_IOC_PAGES there are for
 * the files of each class (any user's).  0: no page of such a file is in memory.
 */
#define DEFUSE_LIVE_CLASSES	1024
#define DEFUSE_LIVE_CLASS(device, inode)	\
	(((device) + (inode)) % DEFUSE_LIVE_CLASSES)

struct defuse_live {
	__u32 count[DEFUSE_LIVE_CLASSES];
};

#define DEFUSE_IOC_MAGIC	0xdf
#define DEFUSE_IOC_OPEN		_IOW(DEFUSE_IOC_MAGIC, 1, struct defuse_open)
#define DEFUSE_IOC_INFO		_IOWR(DEFUSE_IOC_MAGIC, 2, struct defuse_info)
#define DEFUSE_IOC_FETCH	_IOWR(DEFUSE_IOC_MAGIC, 3, struct defuse_fetch)
/* The library file that the mount pinned, as a new read-only close-on-exec FD. */
#define DEFUSE_IOC_LIBRARY	_IO(DEFUSE_IOC_MAGIC, 4)
/* The lower file, donated or adopted, as a new close-on-exec FD; ENOENT: none. */
#define DEFUSE_IOC_LOWER	_IO(DEFUSE_IOC_MAGIC, 5)
#define DEFUSE_IOC_PAGES	_IOWR(DEFUSE_IOC_MAGIC, 8, struct defuse_pages)
/* A struct defuse_live, as a new read-only close-on-exec FD; EOPNOTSUPP: no paging. */
#define DEFUSE_IOC_LIVE		_IO(DEFUSE_IOC_MAGIC, 9)
/*
 * Maps the struct defuse_position of a regular file opened through door 1 and gives its
 * address.  -1 with errno EINVAL (another FD), EXDEV (it is mapped in another pid
 * namespace: use lseek), EBUSY (the caller has its lock), ENOMEM, EINTR, EFAULT.
 */
#define DEFUSE_IOC_POSITION	_IOR(DEFUSE_IOC_MAGIC, 6, __u64)
/* Waits for the lock of a struct defuse_position, which see.  0; EINTR, EINVAL. */
#define DEFUSE_IOC_POSITION_TURN _IO(DEFUSE_IOC_MAGIC, 7)

/*
 * A mount is private (DEFUSE_MOUNT_PRIVATE) if the library's data are its own and the
 * lower tree is another way to them: a FUSE mount served by the same library.  No lower
 * file can be donated or adopted there, and the device of every identity is the lower
 * tree's.  As long as a file is mapped (mmap), its page cache is the truth; a library
 * must not be asked for its data then.
 *
 * DEFUSE_IOC_MAPS gives a close-on-exec FD of DEFUSE_MAPS_SIZE bytes to be mapped
 * read-only: counters by defuse_maps_slot() of the st_ino, number 0 for all files.  The
 * low half of a counter is the number of mappings alive (of this file, or of another with
 * the same slot), the high half that of all ever made.  Before I/O in the process: if the
 * low half is not 0, system calls on the shadow FD do it.  After a write in the process:
 * if the counter has changed, repeat it by system call.  EOPNOTSUPP: not private.
 */
#define DEFUSE_IOC_MAPS		_IO(DEFUSE_IOC_MAGIC, 10)

#define DEFUSE_MAPS_SLOTS	512
#define DEFUSE_MAPS_SIZE	4096

static inline __u32 defuse_maps_slot(__u64 inode)
{
	return 1 + (__u32)((inode * 0x9e3779b97f4a7c15ULL) >> 32) %
		   (DEFUSE_MAPS_SLOTS - 1);
}

/**
 * struct defuse_held - DEFUSE_IOC_HELD on any FD of a defuse mount
 * @size:   sizeof(struct defuse_held)
 * @count:  in: how many files are asked about, 1..64
 * @device: in: st_dev of the files as the library gave it to DEFUSE_IOC_OPEN
 * @inodes: in: address of @count st_ino, __u64 each
 * @held:   out: bit n is set if an open file description of file n exists, on any
 *          defuse mount of the machine
 *
 * For regular files opened by DEFUSE_IOC_OPEN.  A library whose files live as long as
 * somebody has them open cannot know of all who do: descriptors are inherited, passed
 * on, and lost with their process.
 * Return: 0; -1 with errno EINVAL, EFAULT.
 */
struct defuse_held {
	__u32 size;
	__u32 count;
	__u64 device;
	__u64 inodes;
	__u64 held;
};

#define DEFUSE_IOC_HELD		_IOWR(DEFUSE_IOC_MAGIC, 12, struct defuse_held)

/*
 * The system calls that are redirected; all others always take door 2.  X is
 * called with the name after __NR_.  The first two lists are about paths, the third
 * about shadow FDs.  DEFUSE_REDIRECTED_NONE: only where fallback=none.
 * DEFUSE_REDIRECTED_PAGING: only where paging=userfaultfd, before anything is unmapped;
 * and only MAP_PRIVATE where there is a lower tree, whose file is mapped else.
 */
#define DEFUSE_REDIRECTED_OPEN(X)					\
	X(open) X(openat) X(creat)

#define DEFUSE_REDIRECTED_PATH(X)					\
	X(stat) X(lstat) X(newfstatat) X(statx)				\
	X(access) X(faccessat) X(faccessat2) X(readlink) X(readlinkat)	\
	X(truncate) X(chmod) X(fchmodat) X(chown) X(lchown) X(fchownat)	\
	X(utime) X(utimes) X(futimesat) X(utimensat)			\
	X(mkdir) X(mkdirat) X(rmdir) X(unlink) X(unlinkat)		\
	X(rename) X(renameat) X(renameat2)				\
	X(link) X(linkat) X(symlink) X(symlinkat)

#define DEFUSE_REDIRECTED_FD(X)						\
	X(read) X(pread64) X(readv) X(preadv) X(preadv2)		\
	X(write) X(pwrite64) X(writev) X(pwritev) X(pwritev2)		\
	X(getdents64) X(ftruncate) X(fsync) X(fdatasync)

#define DEFUSE_REDIRECTED_NONE(X)					\
	X(chdir) X(lseek) X(fstat) X(statfs) X(fstatfs)			\
	X(fchmod) X(fchown) X(fallocate)

#define DEFUSE_REDIRECTED_PAGING(X)					\
	X(mmap)

#endif /* _UAPI_LINUX_DEFUSE_H */
