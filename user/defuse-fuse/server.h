/* SPDX-License-Identifier: GPL-2.0 */
/*
 * defuse-fuse: a file-system library behind FUSE.
 *
 * One process serves, with many threads.  What the kernel holds on to (node ids, open
 * files) lies in memory that is shared with the supervisor and the next server, should
 * this one die; everything else is private and made anew.  Conventions: 0 or -errno.
 */
#ifndef DEFUSE_FUSE_SERVER_H
#define DEFUSE_FUSE_SERVER_H

#define FUSE_USE_VERSION 312

#include <defuse/fs.h>
#include <fuse_lowlevel.h>

#include <pthread.h>

#include <stdbool.h>
#include <stdint.h>

#define SERVER_PATH_MAX	4096

/**
 * struct server - all there is
 * @library, @backend: texts; the file of the library
 * @place:   where the file system is mounted, for the library's init()
 * @shared:  other processes use the library on the same data: believe nothing that was
 *           seen earlier, neither here nor in the kernel
 * @lower:   the kernel module alone uses it, as the lower tree of a defuse mount
 * @writeback, @keep_cache, @direct_io: of the kernel's page cache
 * @default_permissions: the kernel checks modes before it asks
 * @timeout: seconds for which the kernel may keep names and attributes
 * @max_write: bytes of one request, 0: as many as possible
 * @threads: at most
 * @ops:     the library's functions; those it lacks are NULL
 * @fs:      its context
 */
struct server {
	const char *library, *backend, *place;
	bool shared, lower, writeback, keep_cache, direct_io, default_permissions;
	double timeout;
	unsigned int max_write, threads;
	struct defuse_fs_operations ops;
	void *fs;
};

extern struct server server;

/* library.c: NULL, or what is wrong with the file. */
const char *library_untrusted(const char *path);
/* NULL and server.ops, server.fs set; else what is wrong. */
const char *library_load(void);

/* caller.c: the calling thread does what the requester may do, until caller_leave(). */
void caller_enter(fuse_req_t req);
void caller_leave(void);
/* Whom it acts for; NULL: nobody who waits for it. */
fuse_req_t caller_now(void);

/* store.c */

#define STORE_BLOB	4096
#define STORE_NAME	255

/**
 * struct node_slot - a file the kernel knows
 * @lookups: how often it was told; 0: free
 * @dev, @ino, @type: which file
 * @gone:    has lost its last name: @ino may mean another file by now
 * @children: names in it; @files: open files; @names: list of its names; @kept: open file
 *           that the kernel does not know of, see file_keep(); @next: hash.  Private: made
 *           anew by a new server
 */
struct node_slot {
	uint64_t lookups;
	uint64_t dev, ino;
	uint32_t type;
	bool gone;
	uint32_t children, names, files, kept, next;
};

/**
 * struct name_slot - a name of a node, as last seen
 * @used: set last and cleared first
 */
struct name_slot {
	bool used;
	uint8_t len;
	uint32_t node, parent;
	uint32_t next, sibling;		/* private: hash, names of the node */
	char text[STORE_NAME + 1];
};

/**
 * struct file_slot - an open file or directory
 * @flags: of its opening
 * @blob:  what the library saved
 */
struct file_slot {
	bool used;
	uint32_t node;
	int flags;
	uint32_t blob_len;
	uint32_t next;			/* private: files of the node */
	unsigned char blob[STORE_BLOB];
};

/**
 * struct store - what outlives a server
 * @init:     the kernel's first message, which is not repeated
 * @init_len: bytes of it
 * @greeted:  it was answered
 * @nodes, @names, @files: slots ever used; slot 0 is none, node 1 the root
 */
struct store {
	unsigned char init[512];
	uint32_t init_len;
	bool greeted;
	uint32_t nodes, names, files;
	struct node_slot *node;
	struct name_slot *name;
	struct file_slot *file;
};

extern struct store *store;

int store_make(void);
/* 0: full.  Under the table's lock. */
uint32_t store_node(void);
uint32_t store_name(void);
uint32_t store_file(void);
void store_free_node(uint32_t node);
void store_free_name(uint32_t name);
void store_free_file(uint32_t file);

/* node.c: all take the table's lock; the library is never called under it. */
extern pthread_mutex_t table_lock;

int node_start(void);
/* The node of @st, known under this name from now on; told to the kernel once more. */
int node_found(uint32_t parent, const char *name, const struct stat *st, uint32_t *node);
void node_forget(uint32_t node, uint64_t lookups);
/* The name is not there, or leads elsewhere. */
void node_lost(uint32_t parent, const char *name);
/* Its last name was removed by us.  The node, if the kernel knows it and it is gone. */
uint32_t node_removed(uint32_t parent, const char *name, const struct stat *st);
void node_renamed(uint32_t parent, const char *name, uint32_t new_parent,
		  const char *new_name, bool exchange);
/* Number @nth of the paths under which it may be found; -ESTALE: no more. */
int node_path(uint32_t node, unsigned int nth, char path[SERVER_PATH_MAX]);
/* "@parent/@name".  The parent is looked at if others may have moved it. */
int node_child_path(uint32_t parent, const char *name, char path[SERVER_PATH_MAX]);
/* A path that leads to the node now, and its attributes. */
int node_where(uint32_t node, char path[SERVER_PATH_MAX], struct stat *st);
bool node_is(uint32_t node, const struct stat *st);
/*
 * May a file that was not found by name be served by an open file?  A directory only if we
 * removed it: else others have moved it, and the kernel, which asks on its way through it, must
 * not get there under its old name.
 */
bool node_by_file(uint32_t node);

/* file.c: open files */
int file_start(void);
int file_opened(uint32_t node, uint64_t fh, int flags, uint32_t *file);
/* The library's handle, opened again after a crash; file_put() must follow. */
int file_get(uint32_t file, uint64_t *fh);
void file_put(uint32_t file);
/* Where getdirents() goes on: records of one call, kept until the next. */
struct batch {
	char *records;
	size_t size, room;
};

/* The batch of an open directory, with its lock held; batch_put() must follow. */
struct batch *batch_get(uint32_t file);
void batch_put(uint32_t file);
/* A file that has no name, but is open, once more; file_put() must follow. */
int file_open_again(uint32_t node, int flags, uint32_t *file);
/* Any open file of the node; file_put() must follow. */
int file_of_node(uint32_t node, uint32_t *file, uint64_t *fh);
/*
 * Keeps a file open until the kernel forgets the node: one that mknod() opened, for the
 * open() that follows, or a directory that was removed.  There is a limit.
 */
void file_keep(uint32_t node, uint32_t file);
/* What is kept, to be opened now; 0: nothing. */
uint32_t file_take(uint32_t node);
void file_drop(uint32_t node);

/* attr.c */
void attr_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void attr_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		  struct fuse_file_info *fi);
void attr_access(fuse_req_t req, fuse_ino_t ino, int mask);
void attr_statfs(fuse_req_t req, fuse_ino_t ino);
/* Attributes of a node, by name or by an open file. */
int attr_of_node(uint32_t node, struct stat *st);

/* names.c */
void name_lookup(fuse_req_t req, fuse_ino_t parent, const char *name);
void name_forget(fuse_req_t req, fuse_ino_t ino, uint64_t lookups);
void name_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets);
void name_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
		dev_t rdev);
void name_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode);
void name_symlink(fuse_req_t req, const char *target, fuse_ino_t parent,
		  const char *name);
void name_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t new_parent,
	       const char *new_name);
void name_unlink(fuse_req_t req, fuse_ino_t parent, const char *name);
void name_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name);
void name_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
		 fuse_ino_t new_parent, const char *new_name, unsigned int flags);
void name_readlink(fuse_req_t req, fuse_ino_t ino);
/* After something was made at @path: its entry for the kernel. */
int name_entry(uint32_t parent, const char *name, const char *path,
	       struct fuse_entry_param *e);

/* io.c */
void io_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void io_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
	       struct fuse_file_info *fi);
void io_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
	     struct fuse_file_info *fi);
void io_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size, off_t offset,
	      struct fuse_file_info *fi);
void io_fsync(fuse_req_t req, fuse_ino_t ino, int data_sync, struct fuse_file_info *fi);
void io_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void io_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t offset, off_t length,
		  struct fuse_file_info *fi);
void io_lseek(fuse_req_t req, fuse_ino_t ino, off_t offset, int whence,
	      struct fuse_file_info *fi);
void io_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void io_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void io_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
		struct fuse_file_info *fi);

/* session.c */
/* Loads the library and finds or makes the tables; an error was said. */
int session_prepare(void);
/* Serves the connection @fuse_fd until it is unmounted; exit status. */
int session_serve(int fuse_fd);

/* hidden.c: the FUSE mount, attached nowhere.  Its FD, or -1 after a message. */
int hidden_mount(int fuse_fd);

/* supervisor.c: serve in a child, and in another when it dies; @ready is called once, when
 * the first one is.  Exit status. */
int supervise(int fuse_fd, int (*ready)(void));

/* main.c */
/* In a child: what would keep the file system mounted. */
void forget_mount(void);
__attribute__((format(printf, 1, 2)))
void say(const char *format, ...);
#endif /* DEFUSE_FUSE_SERVER_H */
