// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A process that maps a file is killed at every labelled point of paging, while another has
 * the file mapped.  tests/conform/points_paged.c does the same with a kernel,
 * which forgets the pages that only the killed one had.
 */
#include "check.h"
#include "fakekernel.h"
#include "mapped.h"
#include "point.h"
#include "points/paged.h"
#include "unit.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TIMES = 3 };

static const char *const names[] = {
#define X(name)	#name,
	DFL_PAGE_POINTS(X)
#undef X
};

static volatile int *done;

/* Waits for @go, so that the survivor has come by then, on his own. */
static pid_t start(const char *path, const char *point, int go[2])
{
	pid_t pid = fork();
	char byte;

	if (pid)
		return pid;
	close(go[1]);
	while (read(go[0], &byte, 1) > 0)
		;
	dfl_point_choose(point);
	paged_victim(path, done);
}

static void look(void *arg)
{
	const char *name = arg;
	const char *wrong = paged_look(unit_name(name), unit_back(name));

	if (wrong)
		fprintf(stderr, "\t%s\n", wrong);
	CHECK(!wrong);
}

/* Return: whether it died. */
static bool kill_at(const char *point, enum paged_kind kind)
{
	struct paged_survivor s;
	int go[2], status = -1;
	const char *wrong, *name = mapped_make();
	pid_t pid;

	paged_fill(unit_back(name));
	*done = 0;
	/* The fake kernel of a child keeps what it makes to itself. */
	CHECK(paged_survive(&s, unit_name(name), PAGED_VIEWS));
	fk_sys(SYS_munmap, s.map, 64 * PAGE);
	fk_sys(SYS_close, s.fd);
	CHECK(pipe(go) == 0);
	pid = start(unit_name(name), point, go);
	close(go[0]);
	CHECK(paged_survive(&s, unit_name(name), kind));
	close(go[1]);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_IS(WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status),
		 WIFSIGNALED(status) ? SIGKILL : 0);
	wrong = paged_check(&s, unit_back(name), *done);
	CHECK_IS(mapped_child(look, (void *)name), 0);
	wrong = wrong ?: paged_leave(&s, unit_back(name));
	if (wrong)
		fprintf(stderr, "\t%s %s: %s, after %d steps\n", point,
			kind == PAGED_MAPS ? "mapped" : "viewed", wrong, *done);
	CHECK(!wrong);
	return WIFSIGNALED(status);
}

void test_points(void)
{
	unsigned int i, times, deaths;
	char point[64];

	done = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	paged_sys = fk_sys7;
	mapped_begin();
	CHECK(!kill_at("nothing:1", PAGED_MAPS));
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (deaths = 0, times = 1; times <= TIMES; times++) {
			snprintf(point, sizeof(point), "%s:%u", names[i], times);
			if (!kill_at(point, times % 2 ? PAGED_VIEWS : PAGED_MAPS))
				break;
			deaths++;
		}
		CHECK(deaths);
		if (!deaths)
			fprintf(stderr, "\tnobody comes to %s\n", names[i]);
	}
	mapped_end();
}
