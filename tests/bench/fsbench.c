// SPDX-License-Identifier: GPL-2.0
/*
 * fsbench: measures phases of a workload in one directory, or a command.
 *
 *	fsbench [-s PID] [-n N] [-d] LABEL DIR WORKLOAD PHASE...
 *	fsbench [-s PID] LABEL exec NAME COMMAND [ARGS...]
 *	fsbench [-s PID] LABEL fds PROGRAM DIR NUMBER...
 *
 * -n: an Nth of the files.  -d: files are used as the dissertation does (protocol.h).  fds: what starting a
 * new image, PROGRAM with the word "nothing", costs with so many files of DIR open,
 * numbers growing; the least of EXECS, and OPS is the number of files.
 *
 * A line for each: LABEL WORKLOAD PHASE NS OPS BYTES WAITS SERVER_WAITS PREEMPTED.
 * WAITS are voluntary context switches of this process (or of the command and its
 * children), SERVER_WAITS those of all threads of PID, PREEMPTED the involuntary ones of
 * both: who wakes another may have to stand back before it would have waited.
 *
 * With a workload the first line is the phase "first": the first call that
 * touches DIR, where a process with the patched C library loads what it needs.
 * The other phases do not pay for it.
 */
#define _GNU_SOURCE
#include "descriptors.h"
#include "protocol.h"
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

#define EXECS 9

struct switches {
	long waits;
	long preempted;
};

struct reading {
	uint64_t ns;
	struct switches client;
	struct switches server;
};

static void thread_switches(const char *pid, const char *tid, struct switches *sum)
{
	char path[300], line[256];
	FILE *f;
	long n;

	snprintf(path, sizeof(path), "/proc/%s/task/%s/status", pid, tid);
	f = fopen(path, "r");
	if (!f)
		return;	/* the thread ended meanwhile */
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "voluntary_ctxt_switches: %ld", &n) == 1)
			sum->waits += n;
		else if (sscanf(line, "nonvoluntary_ctxt_switches: %ld", &n) == 1)
			sum->preempted += n;
	}
	fclose(f);
}

static struct switches server_switches(const char *pid)
{
	struct switches sum = { 0 };
	char path[300];
	struct dirent *e;
	DIR *d;

	if (!pid)
		return sum;
	snprintf(path, sizeof(path), "/proc/%s/task", pid);
	d = opendir(path);
	if (!d)
		err(1, "%s", path);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			thread_switches(pid, e->d_name, &sum);
	closedir(d);
	return sum;
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static struct switches client_switches(int who)
{
	struct rusage u;

	getrusage(who, &u);
	return (struct switches){ u.ru_nvcsw, u.ru_nivcsw };
}

static struct switches since(struct switches then, struct switches now)
{
	return (struct switches){ now.waits - then.waits, now.preempted - then.preempted };
}

/* The clock is read last here and first in stop(), close around the work. */
static void start(struct reading *r, int who, const char *server)
{
	r->server = server_switches(server);
	r->client = client_switches(who);
	r->ns = now();
}

static void stop(struct reading *r, int who, const char *server)
{
	r->ns = now() - r->ns;
	r->client = since(r->client, client_switches(who));
	r->server = since(r->server, server_switches(server));
}

static void print(const char *label, const char *workload, const char *phase,
		  const struct reading *r, const struct tally *t)
{
	printf("%s %s %s %lu %lu %lu %ld %ld %ld\n", label, workload, phase, r->ns, t->ops,
	       t->bytes, r->client.waits, r->server.waits,
	       r->client.preempted + r->server.preempted);
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

static int earlier(const void *a, const void *b)
{
	const struct reading *x = a, *y = b;

	return (x->ns > y->ns) - (x->ns < y->ns);
}

static void measure_descriptors(const char *label, const char *server, char **argv)
{
	const char *program = argv[0], *dir = argv[1];

	for (argv += 2; *argv; argv++) {
		struct tally t = { .ops = atoi(*argv) };
		struct reading r[EXECS];
		int i;

		descriptors_open(dir, t.ops);
		for (i = 0; i < EXECS; i++) {
			start(&r[i], RUSAGE_SELF, server);
			descriptors_exec(program);
			stop(&r[i], RUSAGE_SELF, server);
		}
		qsort(r, EXECS, sizeof(r[0]), earlier);
		print(label, "fds", *argv, &r[0], &t);
	}
}

int main(int argc, char **argv)
{
	const char *server = NULL;
	int opt;

	if (argc == 2 && strcmp(argv[1], "nothing") == 0)
		return 0;
	while ((opt = getopt(argc, argv, "+dn:s:")) != -1) {
		switch (opt) {
		case 'd':
			workload_use(&protocol_dissertation);
			break;
		case 'n':
			workload_share(atol(optarg));
			break;
		case 's':
			server = optarg;
			break;
		default:
			return 2;
		}
	}
	argc -= optind - 1;
	argv += optind - 1;
	if (argc < 5 || (strcmp(argv[2], "fds") == 0 && argc < 6))
		errx(2, "usage: fsbench [-s PID] LABEL DIR WORKLOAD PHASE...");
	if (strcmp(argv[2], "exec") == 0)
		measure_command(argv[1], server, argv + 3);
	else if (strcmp(argv[2], "fds") == 0)
		measure_descriptors(argv[1], server, argv + 3);
	else
		measure_workload(argv[1], server, argv + 2);
	return 0;
}
