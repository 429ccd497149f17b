// SPDX-License-Identifier: GPL-2.0
/*
 * agree: do all ways to one file agree, after every operation and in between?
 *
 *	agree PROGRAM FILE STEPS SEED	two processes take turns, one of them PROGRAM, which
 *					is this one linked in another way; after every step
 *					both read the file and look at their mappings
 *	agree race PROGRAM FILE ROUNDS	six processes at once: each owns a cell of one page,
 *					changes it through write(2) or a mapping that it makes
 *					and drops, and must find there what it left
 *
 * Last line: N passed, N failed.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROOM	16384

/* What a process is told to do; it answers with struct seen. */
struct order {
	char what;
	uint8_t value;
	uint32_t at, len;
};

struct seen {
	int32_t error;
	uint32_t size;
	uint8_t read[ROOM], mapped[ROOM];
	uint8_t has_map;
};

static unsigned long passed, failed;
static int file = -1, appender = -1;
static char *map;

static void open_file(const char *name)
{
	file = open(name, O_RDWR | O_CREAT, 0644);
	appender = open(name, O_WRONLY | O_APPEND);
	if (file < 0 || appender < 0)
		err(2, "%s", name);
}

static int carry_out(const struct order *o)
{
	uint8_t bytes[ROOM];
	uint32_t i;

	memset(bytes, o->value, sizeof(bytes));
	switch (o->what) {
	case 'w':
		return pwrite(file, bytes, o->len, o->at) == (ssize_t)o->len ? 0 : errno;
	case 'p':
		return lseek(file, o->at, SEEK_SET) == o->at &&
		       write(file, bytes, o->len) == (ssize_t)o->len ? 0 : errno;
	case 'a':
		return write(appender, bytes, o->len) == (ssize_t)o->len ? 0 : errno;
	case 't':
		return ftruncate(file, o->at) ? errno : 0;
	case 'm':
		map = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
		return map == MAP_FAILED ? errno : 0;
	case 's':
		for (i = 0; i < o->len; i++)
			map[o->at + i] = o->value;
		return 0;
	case 'u':
		return munmap(map, ROOM) ? errno : (map = NULL, 0);
	case 'f':
		return fsync(file) ? errno : 0;
	}
	return 0;
}

static void look(struct seen *s)
{
	struct stat st;
	ssize_t n;

	memset(s, 0, sizeof(*s));
	if (fstat(file, &st))
		err(2, "fstat");
	s->size = st.st_size;
	n = pread(file, s->read, ROOM, 0);
	if (n != st.st_size)
		s->error = n < 0 ? errno : 9999;
	s->has_map = map != NULL;
	if (map)
		memcpy(s->mapped, map, st.st_size);
}

static void all(int fd, void *buf, size_t n, int out)
{
	size_t done = 0;
	ssize_t got;

	while (done < n) {
		got = out ? write(fd, (char *)buf + done, n - done) :
			    read(fd, (char *)buf + done, n - done);
		if (got <= 0)
			errx(2, "the other process is gone");
		done += got;
	}
}

static int servant(const char *name)
{
	static struct seen s;
	struct order o;
	int error;

	open_file(name);
	while (read(0, &o, sizeof(o)) == sizeof(o)) {
		error = carry_out(&o);
		look(&s);
		if (error)
			s.error = error;
		all(1, &s, sizeof(s), 1);
	}
	return 0;
}

static int to_servant, from_servant;

static void start_servant(const char *program, const char *name)
{
	int in[2], out[2];
	pid_t pid;

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		err(2, "pipe");
	pid = fork();
	if (pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		execl(program, program, "servant", name, NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	to_servant = in[1];
	from_servant = out[0];
}

static struct {
	uint8_t bytes[ROOM];
	uint32_t size;
	int mapped[2];
} model;

static void model_order(const struct order *o, int who)
{
	uint32_t at = o->what == 'a' ? model.size : o->at;

	switch (o->what) {
	case 'a': case 'w': case 'p':
		memset(model.bytes + at, o->value, o->len);
		if (at + o->len > model.size)
			model.size = at + o->len;
		break;
	case 's':
		memset(model.bytes + at, o->value, o->len);
		break;
	case 't':
		if (at < model.size)
			memset(model.bytes + at, 0, model.size - at);
		model.size = at;
		break;
	case 'm':
		model.mapped[who] = 1;
		break;
	case 'u':
		model.mapped[who] = 0;
		break;
	}
}

static struct order choose(int who)
{
	static const char whats[] = "wwwpaattmmssssuf";
	struct order o = { 0 };

	do {
		o.what = whats[rand() % (sizeof(whats) - 1)];
		o.value = 1 + rand() % 255;
		o.at = rand() % (ROOM / 2);
		o.len = 1 + rand() % (rand() % 4 ? 100 : 5000);
	} while ((o.what == 'm' && model.mapped[who]) ||
		 ((o.what == 'u' || o.what == 's') && !model.mapped[who]) ||
		 (o.what == 's' && o.at + o.len > model.size) ||
		 (o.what == 'a' && model.size + o.len > ROOM));
	return o;
}

static const char *compare(const struct seen *s)
{
	if (s->error)
		return s->error == 9999 ? "short read" : strerror(s->error);
	if (s->size != model.size)
		return "size";
	if (memcmp(s->read, model.bytes, model.size))
		return "read";
	if (s->has_map && memcmp(s->mapped, model.bytes, model.size))
		return "mapping";
	return NULL;
}

static void judge(int step, const struct order *o, int who, int looker, const struct seen *s)
{
	const char *wrong = compare(s);

	if (!wrong) {
		passed++;
		return;
	}
	failed++;
	printf("step %d: %c at %u len %u by %d: %d sees another %s (size %u, want %u; maps %d %d)\n",
	       step, o->what, o->at, o->len, who, looker, wrong, s->size, model.size,
	       model.mapped[0], model.mapped[1]);
}

static void by_turns(const char *program, const char *name, int steps, unsigned int seed)
{
	static struct seen mine, other;
	struct order o, nothing = { .what = '-' };
	int step, who, error;

	srand(seed);
	unlink(name);
	open_file(name);
	start_servant(program, name);
	for (step = 0; step < steps && failed < 10; step++) {
		who = rand() % 2;
		o = choose(who);
		model_order(&o, who);
		error = who ? 0 : carry_out(&o);
		all(to_servant, who ? &o : &nothing, sizeof(o), 1);
		all(from_servant, &other, sizeof(other), 0);
		look(&mine);
		if (error)
			mine.error = error;
		judge(step, &o, who, 0, &mine);
		judge(step, &o, who, 1, &other);
	}
	close(to_servant);
	wait(NULL);
}

/* Cell @cell of the page, through write(2) or a mapping of its own. */
static int racer(const char *name, int cell, int rounds, int by_map)
{
	uint32_t value, seen;
	int n, bad = 0;

	open_file(name);
	for (n = 1; n <= rounds; n++) {
		value = cell * 1000000 + n;
		if (by_map) {
			uint32_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
					      file, 0);

			if (page == MAP_FAILED)
				err(2, "mmap");
			page[cell] = value;
			munmap(page, 4096);
		} else if (pwrite(file, &value, 4, 4 * cell) != 4) {
			err(2, "pwrite");
		}
		if (pread(file, &seen, 4, 4 * cell) != 4)
			err(2, "pread");
		if (seen != value && bad++ < 3)
			printf("cell %d (%s) round %d: %u, want %u\n", cell,
			       by_map ? "mapping" : "write", n, seen, value);
	}
	fflush(stdout);
	return bad ? 1 : 0;
}

static void race(const char *program, const char *name, const char *rounds)
{
	const char *const programs[] = { "/proc/self/exe", program };
	char page[4096] = { 0 }, cell[12];
	int i, status;

	unlink(name);
	open_file(name);
	if (pwrite(file, page, sizeof(page), 0) != sizeof(page))
		err(2, "%s", name);
	for (i = 0; i < 6; i++) {
		snprintf(cell, sizeof(cell), "%d", i);
		if (fork() == 0) {
			execl(programs[i % 2], "agree", "racer", name, cell, rounds,
			      i < 3 ? "write" : "map", NULL);
			_exit(127);
		}
	}
	for (i = 0; i < 6; i++) {
		wait(&status);
		if (status)
			failed++;
		else
			passed++;
	}
	for (i = 0; i < 6; i++) {
		uint32_t seen = 0, want = i * 1000000 + atoi(rounds);

		if (pread(file, &seen, 4, 4 * i) == 4 && seen == want) {
			passed++;
		} else {
			failed++;
			printf("cell %d in the end: %u, want %u\n", i, seen, want);
		}
	}
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "servant") == 0)
		return servant(argv[2]);
	if (argc == 6 && strcmp(argv[1], "racer") == 0)
		return racer(argv[2], atoi(argv[3]), atoi(argv[4]), argv[5][0] == 'm');
	if (argc == 5 && strcmp(argv[1], "race") == 0)
		race(argv[2], argv[3], argv[4]);
	else if (argc == 5)
		by_turns(argv[1], argv[2], atoi(argv[3]), atoi(argv[4]));
	else
		errx(2, "usage: agree [race] PROGRAM FILE STEPS [SEED]");
	printf("%lu passed, %lu failed\n", passed, failed);
	return failed || !passed;
}
