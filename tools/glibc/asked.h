/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What marked.c and tests/preload/preloaded.c both ask of the stand-in for the core
 * (core.c): its counters, and that a caller is sent to the right place.
 */
#ifndef GLIBC_ASKED_H
#define GLIBC_ASKED_H

#include "probe.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int *hooks, *upcalls, *inits, *wrong;

/* Finds the counters of the core at @path.  False: it is not loaded. */
static inline int counters_of(const char *path)
{
	void *core = dlopen(path, RTLD_NOW | RTLD_NOLOAD);

	if (!core)
		return 0;
	hooks = dlsym(core, "core_hooks");
	upcalls = dlsym(core, "core_upcalls");
	inits = dlsym(core, "core_inits");
	wrong = dlsym(core, "core_wrong");
	return hooks && upcalls && inits && wrong;
}

/* `cat` of @file, which posix_spawn opens. */
static inline void check_spawn(const char *file)
{
	char *const argv[] = { "cat", NULL };
	posix_spawn_file_actions_t actions;
	int before = *hooks + *upcalls, status = -1, out[2];
	char buf[16] = "";
	pid_t pid;

	if (pipe(out))
		abort();
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, file, O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out[1], 1);
	posix_spawnp(&pid, "cat", &actions, NULL, argv, environ);
	check(*hooks + *upcalls == before, "file actions of posix_spawn go to the kernel");
	waitpid(pid, &status, 0);
	check(!status && read(out[0], buf, 6) == 6 && !strcmp(buf, "hello\n"),
	      "and open the file");
}

static inline void *pipe_reader(void *fd)
{
	char byte;

	return (void *)(read(*(int *)fd, &byte, 1));
}

static inline void check_cancel(void)
{
	pthread_t id;
	void *result = NULL;
	int fd[2], before = *hooks;

	if (pipe(fd))
		abort();
	pthread_create(&id, NULL, pipe_reader, &fd[0]);
	while (__atomic_load_n(hooks, __ATOMIC_RELAXED) == before)
		sched_yield();
	usleep(1000);	/* likelier that it sleeps; it can be cancelled before, too */
	pthread_cancel(id);
	pthread_join(id, &result);
	check(result == PTHREAD_CANCELED, "a read that blocks can be cancelled");
}

#endif
