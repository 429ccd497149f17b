// SPDX-License-Identifier: GPL-2.0
/*
 * preloaded served|missing DIRECTORY PLUGIN: touches files in DIRECTORY under
 * tools/glibc/kernel.c, with libdefuse-preload.so, and says who answered: the core
 * library (tools/glibc/core.c) in capitals, or the kernel.
 *
 * DIRECTORY holds f ("hello\n") and link (to f); PLUGIN is tools/glibc/plugin.c.
 * missing: nothing may be declared.
 */
#include "../../tools/glibc/asked.h"
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static const char *directory;
static char file[256], path[256];

/* Who answers open() and read() here: 'c'ore, 'k'ernel or nobody. */
static int who(void)
{
	char byte = 0;
	int fd = open(file, O_RDONLY);

	if (fd < 0 || read(fd, &byte, 1) != 1)
		byte = 0;
	close(fd);
	return byte == 'H' ? 'c' : byte == 'h' ? 'k' : 0;
}

static void first(void)
{
	int fd;

	check(counters_of(getenv("DEFUSE_CORE")) && *inits == 1 && !*hooks, "the core is loaded and not asked");
	errno = 0;
	fd = open(file, O_RDONLY);
	check(fd >= 0 && !errno && *upcalls == 1, "the first marker reaches it");
	close(fd);
	check(who() == 'c', "open and read are served");
}

static void wrappers(void)
{
	char buf[64] = "";
	struct stat st;
	int fd, before;

	fd = openat(AT_FDCWD, file, O_RDONLY);
	check(pread(fd, buf, 5, 0) == 5 && !strcmp(buf, "hello"), "pread is offered");
	before = *hooks;
	check(lseek(fd, 0, SEEK_SET) == 0 && *hooks == before + 1, "lseek");
	before = *hooks;
	close(dup(fd));
	check(*hooks == before + 2, "dup, close");
	close(fd);
	before = *upcalls;
	check(!fstatat(AT_FDCWD, file, &st, 0) && *upcalls == before + 1, "fstatat");
	check(readlink(path, buf, sizeof(buf)) == 4 && !memcmp(buf, "core", 4),
	      "readlink");
	errno = 0;
	check(mkdir(path, 0700) == -1 && errno == EDQUOT,
	      "an error of the core arrives as errno");

	fd = syscall(SYS_openat, AT_FDCWD, file, O_RDONLY);
	check(syscall(SYS_read, fd, buf, 5) == 5 && !memcmp(buf, "HELLO", 5),
	      "syscall, offered numbers");
	before = *hooks;
	check(syscall(SYS_getpid) == getpid() && syscall(100000) == -1 &&
	      errno == ENOSYS && syscall(-1) == -1 && *hooks == before,
	      "syscall, other numbers");
	syscall(SYS_close, fd);
}

/* What libc does inside is answered by the kernel, and right. */
static void missed(void)
{
	FILE *stream = fopen(file, "r");
	char line[16] = "";
	int fd, again;

	check(stream && fgets(line, sizeof(line), stream) && !strcmp(line, "hello\n"),
	      "stdio goes to the kernel");
	fclose(stream);

	/* An FD that the core knows, closed inside of libc and used for another file. */
	fd = open(file, O_RDONLY);
	stream = fdopen(fd, "r");
	fclose(stream);
	snprintf(line, sizeof(line), "/tmp/XXXXXX");
	again = mkstemp(line);
	unlink(line);
	check(again == fd && write(again, "small", 5) == 5 &&
	      !lseek(again, 0, SEEK_SET) && read(again, line, 5) == 5 &&
	      !memcmp(line, "small", 5), "what fclose closes is forgotten");
	close(again);

	fd = open(file, O_RDONLY);
	stream = fdopen(fd, "r");
	stream = freopen("/dev/zero", "r", stream);
	check(stream && fileno(stream) == fd && read(fd, line, 5) == 5 && !line[0],
	      "and what freopen replaces");
	fclose(stream);
}

static int ordered(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int listed(DIR *dir, const char *name)
{
	struct dirent *entry;
	int n = 0;

	while ((entry = readdir(dir)))
		n += !strcmp(entry->d_name, name);
	return n;
}

static void directories(void)
{
	struct dirent **names = NULL, *entry;
	char second[256] = "";
	int before = *upcalls, n, i, good = 0;
	long place = 0;
	DIR *dir, *volatile nothing = NULL;

	dir = opendir(directory);
	n = scandir(directory, &names, NULL, ordered);
	for (i = 0; dir && i < n; i++) {
		rewinddir(dir);
		good += listed(dir, names[i]->d_name) == 1;
	}
	check(n >= 4 && good == n, "readdir lists what libc's scandir lists");
	rewinddir(dir);
	errno = 0;
	for (i = 0; (entry = readdir(dir)); i++) {
		if (i == 0)
			place = telldir(dir);
		if (i == 1)
			snprintf(second, sizeof(second), "%s", entry->d_name);
	}
	check(i == n && !errno, "the end is no error");
	seekdir(dir, place);
	entry = readdir(dir);
	check(entry && !strcmp(entry->d_name, second), "seekdir, telldir");
	check(dirfd(dir) >= 0 && closedir(dir) == 0, "closedir");
	check(*upcalls == before, "a name outside is not the core's");

	snprintf(second, sizeof(second), "%s/sub", directory);
	dir = opendir(second);
	check(dir && *upcalls == before + 1 && listed(dir, "in") == 1,
	      "opendir of a marked name is");
	closedir(dir);
	dir = fdopendir(open("/dev/null", O_RDONLY));
	check(!dir && errno == ENOTDIR, "fdopendir of another type");
	errno = 0;
	dir = opendir(file);
	check(!dir && errno == ENOTDIR && closedir(nothing) && errno == EINVAL,
	      "opendir of a file, closedir of nothing");
}

static void foreign(void)
{
	int before = *upcalls;
	uint64_t size = TEXT_SIZE();
	long fd = raw(SYS_openat, AT_FDCWD, (long)file, O_RDONLY);

	check(fd >= 0 && *upcalls == before && MAGIC() == DEFUSE_ABLE_MAGIC && size &&
	      size < 4096, "the kernel answers code that is not ours");
	raw(SYS_close, fd, 0, 0);
	TCB_STORE(text_size, 0);
	fd = raw(SYS_openat, AT_FDCWD, (long)file, O_RDONLY);
	TCB_STORE(text_size, size);
	check(fd == -DEFUSE_MARKER, "and marks it where no text is declared");
}

/* Bits: declared before the first call, served, declared after it. */
static void *thread(void *unused)
{
	uintptr_t before = MAGIC() != 0;

	(void)unused;
	return (void *)(before | (who() == 'c') << 1 |
			(MAGIC() == DEFUSE_ABLE_MAGIC) << 2);
}

static void threads(void)
{
	pthread_t id[8];
	void *seen = NULL;
	int i, good = 0;

	for (i = 0; i < 3; i++) {	/* in the same memory */
		pthread_create(&id[0], NULL, thread, NULL);
		pthread_join(id[0], &seen);
		good += seen == (void *)6;
	}
	check(good == 3, "a thread is declared from its first call on, and served");
	for (i = 0; i < 8; i++)
		pthread_create(&id[i], NULL, thread, NULL);
	for (good = 0, i = 0; i < 8; i++) {
		pthread_join(id[i], &seen);
		good += seen == (void *)6;
	}
	check(good == 8, "so are many at once");
}

static int status_of(pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	return status;
}

static volatile int answer;

static int clone_child(void *unused)
{
	(void)unused;
	answer = who();
	_exit(0);
}

static void *vforks(void *unused)
{
	pid_t pid;

	(void)unused;
	answer = 0;
	pid = vfork();		/* its first call of ours */
	if (!pid) {
		answer = who();
		_exit(0);
	}
	return (void *)(uintptr_t)(!status_of(pid) && answer == 'k' && !VFORK());
}

/* Children in our memory do not reach the core; the kernel answers them. */
static void children(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	volatile int before = *hooks + *upcalls;
	pthread_t id;
	void *good;
	pid_t pid;

	check(vforks(NULL) && *hooks + *upcalls == before,
	      "a child of vfork goes to the kernel");
	pthread_create(&id, NULL, vforks, NULL);
	pthread_join(id, &good);
	check(good && *hooks + *upcalls == before, "one of a new thread, too");
	pid = vfork();
	if (!pid) {
		pid_t inner = fork();

		if (!inner)
			_exit(who() != 'k' || MAGIC() || VFORK());
		_exit(status_of(inner) || VFORK() != 1);
	}
	check(!status_of(pid) && !VFORK() && MAGIC() == DEFUSE_ABLE_MAGIC,
	      "fork in a child of vfork gives an undeclared process");

	before = *hooks + *upcalls;
	pid = clone(clone_child, stack + sizeof(stack),
		    CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
	check(!status_of(pid) && answer == 'k' && *hooks + *upcalls == before && !VFORK(),
	      "a child of clone in our memory");
	pid = clone(clone_child, stack + sizeof(stack), SIGCHLD, NULL);
	check(!status_of(pid) && !VFORK(), "clone without is not counted");

	check_spawn(file);
	pid = fork();
	if (!pid)
		_exit(who() != 'c');
	check(!status_of(pid), "a child of fork is served");
	unsetenv("LD_PRELOAD");
	check(system("exit 3") == 3 << 8, "a child without the environment works");
}

/* The program's RUNPATH names the directory of the plugin. */
static void loading(const char *plugin)
{
	int before = *upcalls, *opened;
	void *handle;

	setenv("PROBE_FILE", file, 1);
	handle = dlopen(plugin, RTLD_NOW);
	opened = handle ? dlsym(handle, "plugin_opened") : NULL;
	check(opened && *opened >= 0 && *upcalls == before &&
	      MAGIC() == DEFUSE_ABLE_MAGIC, "constructors go to the kernel");
	check(handle && !dlclose(handle), "dlclose");
	unsetenv("PROBE_FILE");
	check(dlopen("plugin.so", RTLD_NOW) != NULL,
	      "a bare name is found where the caller says");
	check(!dlopen("/nonexistent.so", RTLD_NOW) && MAGIC() == DEFUSE_ABLE_MAGIC,
	      "a dlopen that fails leaves us declared");
}

static void handler(void)
{
	check(MAGIC() == DEFUSE_ABLE_MAGIC && who() == 'c', "served in atexit handlers");
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	directory = argv[2];
	snprintf(file, sizeof(file), "%s/f", directory);
	snprintf(path, sizeof(path), "%s/link", directory);
	if (strcmp(argv[1], "served")) {
		pid_t pid = vfork();

		if (!pid)
			_exit(who() != 'k');
		check(!status_of(pid) && who() == 'k' && !MAGIC(),
		      "nothing is declared, the kernel answers");
		return 0;
	}
	atexit(handler);
	first();
	if (!counters_of(getenv("DEFUSE_CORE")))
		return 1;
	wrappers();
	missed();
	directories();
	foreign();
	threads();
	check_cancel();
	children();
	loading(argv[3]);
	check(!*wrong, "the core was called by the rules");
	return 0;
}
