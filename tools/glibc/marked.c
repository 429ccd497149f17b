// SPDX-License-Identifier: GPL-2.0
/*
 * marked served|missing DIRECTORY PLUGIN: touches files in DIRECTORY under
 * kernel.c and says whether the core library (core.c) was asked when it should
 * be.  DIRECTORY holds f ("hello\n"), link (to f) and the plugin.
 *
 * missing: there is no core library, or it refused.
 */
#include "asked.h"
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static char file[256], path[256];

/* The first bytes of a file, read with stdio. */
static const char *content(const char *name)
{
	static __thread char line[64];
	FILE *stream = fopen(name, "r");

	line[0] = 0;
	if (stream) {
		if (!fgets(line, sizeof(line), stream))
			line[0] = 0;
		fclose(stream);
	}
	return line;
}

static int counters(void)
{
	const char *core = getenv("DEFUSE_CORE");

	if (!core || core[0] != '/')
		core = "/usr/lib/defuse/libdefuse-core.so";
	return counters_of(core);
}

static pthread_barrier_t barrier;

static void *racer(void *result)
{
	pthread_barrier_wait(&barrier);
	*(int *)result = !strcmp(content(file), "HELLO\n");
	return NULL;
}

/* Eight threads meet the first file at once. */
static void race(void)
{
	pthread_t id[8];
	int result[8], i, sum = 0;

	pthread_barrier_init(&barrier, NULL, 8);
	for (i = 0; i < 8; i++)
		pthread_create(&id[i], NULL, racer, &result[i]);
	for (i = 0; i < 8; i++) {
		pthread_join(id[i], NULL);
		sum += result[i];
	}
	check(sum == 8, "threads that meet the first file at once are served");
	check(counters() && *inits == 1, "the core is loaded once");
}

static void wrappers(void)
{
	char buf[64] = "";
	struct stat st;
	int fd, before;

	fd = open(file, O_RDONLY);
	check(read(fd, buf, 5) == 5 && !memcmp(buf, "HELLO", 5),
	      "open (cancellation point)");
	before = *hooks;
	check(lseek(fd, 0, SEEK_SET) == 0 && *hooks == before + 1,
	      "lseek (C wrapper)");
	before = *hooks;
	close(dup(fd));
	check(*hooks == before + 2, "dup (assembler stub), close");
	close(fd);

	before = *upcalls;
	check(!stat(file, &st) && *upcalls == before + 1,
	      "stat (INTERNAL_SYSCALL)");
	check(readlink(path, buf, sizeof(buf)) == 4 && !memcmp(buf, "core", 4),
	      "readlink (assembler stub)");
	errno = 0;
	check(mkdir(path, 0700) == -1 && errno == EDQUOT,
	      "an error of the core arrives as errno");

	fd = syscall(SYS_openat, AT_FDCWD, file, O_RDONLY);
	check(syscall(SYS_read, fd, buf, 5) == 5 && !memcmp(buf, "HELLO", 5),
	      "syscall, guarded numbers");
	before = *hooks;
	check(syscall(SYS_getpid) == getpid() && syscall(100000) == -1 &&
	      errno == ENOSYS && *hooks == before, "syscall, other numbers");
	syscall(SYS_close, fd);
	check(!strcmp(content(file), "HELLO\n"), "stdio");
	before = *upcalls;
	closedir(opendir(path));
	check(*upcalls > before || errno == ENOTDIR, "opendir");
}

static long raw_open(void)
{
	return raw(SYS_openat, AT_FDCWD, (long)file, O_RDONLY);
}

static void foreign(void)
{
	int before = *upcalls, hooks_before = *hooks;
	uint64_t size = TEXT_SIZE();
	char buf[8] = "";
	long fd = raw_open();

	check(fd >= 0 && raw(SYS_read, fd, (long)buf, 5) == 5 &&
	      !strcmp(buf, "hello") && *upcalls == before &&
	      *hooks == hooks_before && MAGIC() == DEFUSE_ABLE_MAGIC,
	      "the kernel answers code that is not the C library's");
	raw(SYS_close, fd, 0, 0);
	close(open(file, O_RDONLY));
	check(*upcalls == before + 1, "and marks the same call of ours");
	TCB_STORE(text_size, 0);
	fd = raw_open();
	TCB_STORE(text_size, size);
	check(fd == -DEFUSE_MARKER, "and both where no text is declared");
}

static int clone_child(void *arg)
{
	(void)arg;
	close(open(file, O_RDONLY));
	_exit(0);
}

/* Children in our memory do not reach the core; the kernel answers them. */
static void children(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	volatile int before = *hooks + *upcalls, good = 0;
	int status = -1;
	pid_t pid;

	pid = vfork();
	if (!pid) {
		int fd = open(file, O_RDONLY);
		char byte = 0;

		good = read(fd, &byte, 1) == 1 && byte == 'h';
		close(fd);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	check(good && !status && *hooks + *upcalls == before,
	      "a child of vfork goes to the kernel");

	before = *hooks + *upcalls;
	pid = clone(clone_child, stack + sizeof(stack),
		    CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
	waitpid(pid, &status, 0);
	check(!status && *hooks + *upcalls == before,
	      "a child of clone in our memory, too");

	check_spawn(file);
	pid = fork();
	if (!pid)
		_exit(strcmp(content(file), "HELLO\n") != 0);
	waitpid(pid, &status, 0);
	check(!status, "a child of fork is served");
}

/* dlopen of a file of DIRECTORY, and a C library in a second namespace. */
static void loading(const char *directory, const char *plugin)
{
	int (*plugin_open)(const char *);
	int before, *opened, fd;
	void *handle;

	snprintf(path, sizeof(path), "%s/plugin.so", directory);
	before = upcalls ? *upcalls : 0;
	setenv("PROBE_FILE", file, 1);
	handle = dlopen(path, RTLD_NOW);
	opened = handle ? dlsym(handle, "plugin_opened") : NULL;
	check(opened && *opened >= 0 && (!upcalls || *upcalls == before),
	      "dlopen from there, and opens in constructors, need no core");
	unsetenv("PROBE_FILE");

	handle = dlmopen(LM_ID_NEWLM, plugin, RTLD_NOW);
	plugin_open = handle ? dlsym(handle, "plugin_open") : NULL;
	fd = plugin_open ? plugin_open(file) : -1;
	check(fd >= 0 && MAGIC() == (upcalls ? DEFUSE_ABLE_MAGIC : 0) &&
	      (!upcalls || *upcalls == before),
	      "a second namespace goes to the kernel and leaves us declared");
	syscall(SYS_close, fd);
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	snprintf(file, sizeof(file), "%s/f", argv[2]);
	snprintf(path, sizeof(path), "%s/link", argv[2]);

	if (strcmp(argv[1], "served")) {
		errno = 0;
		check(!strcmp(content(file), "hello\n") && !errno,
		      "without a core the kernel answers");
		check(!strcmp(content(file), "hello\n") && !MAGIC(),
		      "and the thread is no longer declared");
		loading(argv[2], argv[3]);
		return 0;
	}
	if (argc > 4) {	/* first, one thread alone */
		errno = 0;
		check(open(file, O_RDONLY) >= 0 && !errno && counters(),
		      "the first open loads the core and leaves errno alone");
	} else {
		race();
	}
	if (!counters())
		return 1;
	wrappers();
	foreign();
	children();
	check_cancel();
	loading(argv[2], argv[3]);
	check(!*wrong, "the core was called by the rules");
	printf("buffered\n");	/* the core's last word comes after this */
	return 0;
}
