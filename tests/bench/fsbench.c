// SPDX-License-Identifier: GPL-2.0
/*
 * fsbench: measures phases of a workload in one directory, or a command.
 *
 *	fsbench [-s PID] LABEL DIR WORKLOAD PHASE...
 *	fsbench [-s PID] LABEL exec NAME COMMAND [ARGS...]
 *
 * A line for each: LABEL WORKLOAD PHASE NS OPS BYTES SWITCHES SERVER_SWITCHES.
 * SWITCHES are voluntary context switches of this process (or of the command
 * and its children), SERVER_SWITCHES those of all threads of PID.
 *
 * With a workload the first line is the phase "first": the first call that
 * touches DIR, where a process with the patched C library loads what it needs.
 * The other phases do not pay for it.
 */
#define _GNU_SOURCE
#include "workload.h"

#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct reading {
	uint64_t ns;
	long switches;
	long server;
};

static long thread_switches(const char *pid, const char *tid)
{
	char path[300], line[256];
	long n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/task/%s/status", pid, tid);
	f = fopen(path, "r");
	if (!f)
		return 0;	/* the thread ended meanwhile */
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "voluntary_ctxt_switches: %ld", &n) == 1)
			break;
	fclose(f);
	return n;
}

static long server_switches(const char *pid)
{
	char path[300];
	struct dirent *e;
	long sum = 0;
	DIR *d;

	if (!pid)
		return 0;
	snprintf(path, sizeof(path), "/proc/%s/task", pid);
	d = opendir(path);
	if (!d)
		err(1, "%s", path);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			sum += thread_switches(pid, e->d_name);
	closedir(d);
	return sum;
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static long switches(int who)
{
	struct rusage u;

	getrusage(who, &u);
	return u.ru_nvcsw;
}

/* The clock is read last here and first in stop(), close around the work. */
static void start(struct reading *r, int who, const char *server)
{
	r->server = server_switches(server);
	r->switches = switches(who);
	r->ns = now();
}

static void stop(struct reading *r, int who, const char *server)
{
	r->ns = now() - r->ns;
	r->switches = switches(who) - r->switches;
	r->server = server_switches(server) - r->server;
}

static void print(const char *label, const char *workload, const char *phase,
		  const struct reading *r, const struct tally *t)
{
	printf("%s %s %s %lu %lu %lu %ld %ld\n", label, workload, phase, r->ns,
	       t->ops, t->bytes, r->switches, r->server);
	fflush(stdout);
}

static void measure_command(const char *label, const char *server, char **argv)
{
	struct tally t = { .ops = 1 };
	struct reading r;
	int status;
	pid_t pid;

	start(&r, RUSAGE_CHILDREN, server);
	pid = vfork();
	if (pid < 0)
		err(1, "vfork");
	if (pid == 0) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid)
		err(1, "waitpid");
	stop(&r, RUSAGE_CHILDREN, server);
	if (status)
		errx(1, "%s: status %#x", argv[1], status);
	print(label, argv[0], "exec", &r, &t);
}

static void measure_workload(const char *label, const char *server, char **argv)
{
	const struct workload *w = workload_find(argv[1]);
	struct tally first = { .ops = 1 };
	const char *dir = argv[0];
	struct reading r;

	if (!w)
		errx(2, "no workload %s", argv[1]);
	workload_init();
	start(&r, RUSAGE_SELF, server);
	workload_prepare(w, dir);
	stop(&r, RUSAGE_SELF, server);
	print(label, w->name, "first", &r, &first);

	for (argv += 2; *argv; argv++) {
		phase_fn phase = workload_phase(*argv);
		struct tally t = { 0 };

		if (!phase)
			errx(2, "no phase %s", *argv);
		start(&r, RUSAGE_SELF, server);
		phase(w, dir, &t);
		stop(&r, RUSAGE_SELF, server);
		print(label, w->name, *argv, &r, &t);
	}
}

int main(int argc, char **argv)
{
	const char *server = NULL;

	if (argc > 2 && strcmp(argv[1], "-s") == 0) {
		server = argv[2];
		argc -= 2;
		argv += 2;
	}
	if (argc < 5)
		errx(2, "usage: fsbench [-s PID] LABEL DIR WORKLOAD PHASE...");
	if (strcmp(argv[2], "exec") == 0)
		measure_command(argv[1], server, argv + 3);
	else
		measure_workload(argv[1], server, argv + 2);
	return 0;
}
