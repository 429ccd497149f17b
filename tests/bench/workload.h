/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Workloads: what is done to which files.  Nothing here measures.
 */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include <stdint.h>

struct protocol;

/**
 * struct workload - a set of files below <dir>/<name>
 * @name:  as on the command line
 * @files: how many
 * @first: size of the first file in bytes
 * @last:  size of the last; those between grow evenly
 */
struct workload {
	const char *name;
	long files;
	long first;
	long last;
};

/**
 * struct tally - what a phase did
 * @ops:   files
 * @bytes: content moved
 */
struct tally {
	uint64_t ops;
	uint64_t bytes;
};

/* One phase over all files of a workload; dies with a message on any error. */
typedef void (*phase_fn)(const struct workload *w, const char *dir,
			 struct tally *t);

/* How files are opened, read and written (protocol.h); plainly if nothing is said. */
void workload_use(const struct protocol *p);

/* Of many files, use one of @share, over the same range of sizes. */
void workload_share(long share);

/* Before anything is measured: fills the buffer, so that it is there. */
void workload_init(void);

const struct workload *workload_find(const char *name);
phase_fn workload_phase(const char *name);

/* Make <dir>/<name> if it is not there; with the first touch of the mount. */
void workload_prepare(const struct workload *w, const char *dir);

#endif
