// SPDX-License-Identifier: GPL-2.0
/*
 * probe declared: is every kind of thread declared as it should be?
 * probe undeclared: is nothing?  (static programs)
 * probe secure: likewise, as it should be with AT_SECURE
 * probe text: print which part of the C library is declared, start and size
 */
#include "probe.h"
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* What a child or thread saw; volatile as a child of vfork writes it. */
static volatile uint64_t seen_magic, seen_text, seen_size;
static volatile uint32_t seen_vfork;

static void look(void)
{
	seen_magic = MAGIC();
	seen_text = TEXT();
	seen_size = TEXT_SIZE();
	seen_vfork = VFORK();
}

static void *thread(void *dirty)
{
	look();
	/* What a thread that ended inside of the core would leave. */
	if (dirty) {
		TCB_STORE(magic, 0);
		TCB_STORE(text, 7);
		TCB_STORE(text_size, 0);
		TCB_STORE(depth, 7);
		TCB_STORE(vfork, 7);
	}
	return (void *)(uintptr_t)(DEPTH() + VFORK());
}

static int text_seen(void)
{
	return seen_size && seen_text == TEXT() && seen_size == TEXT_SIZE();
}

/* Is what is declared all that is executable of the C library? */
static int text_mapped(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	uint64_t start, end;
	char line[512];
	int right = 0;

	while (maps && fgets(line, sizeof(line), maps)) {
		char mode[5];

		if (sscanf(line, "%lx-%lx %4s", &start, &end, mode) != 3 ||
		    !strchr(mode, 'x') || !strstr(line, "/libc.so.6"))
			continue;
		right += start == TEXT() &&
			end == (start + TEXT_SIZE() + 4095) / 4096 * 4096 ?
			1 : 2;
	}
	if (maps)
		fclose(maps);
	return right == 1;
}

static void threads(void)
{
	pthread_t id;
	void *left;

	pthread_create(&id, NULL, thread, (void *)1);
	pthread_join(id, NULL);
	check(seen_magic == DEFUSE_ABLE_MAGIC && text_seen(),
	      "a new thread is declared, with the same text");
	seen_magic = seen_text = seen_size = 0;
	pthread_create(&id, NULL, thread, NULL);
	pthread_join(id, &left);
	check(seen_magic == DEFUSE_ABLE_MAGIC && text_seen() && !left,
	      "a thread in recycled memory is declared and clean");
}

static int status_of(pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	return status;
}

static void forks(void)
{
	uint64_t text = TEXT(), size = TEXT_SIZE();
	pid_t pid = fork();

	if (!pid) {
		char *head;
		size_t length;

		syscall(SYS_get_robust_list, 0, &head, &length);
		_exit(!(MAGIC() == DEFUSE_ABLE_MAGIC && !VFORK() && head &&
			TEXT() == text && TEXT_SIZE() == size));
	}
	check(!status_of(pid), "a child of fork is declared");

	seen_vfork = 0;
	pid = vfork();
	if (!pid) {
		look();
		_exit(0);
	}
	status_of(pid);
	check(seen_vfork == 1 && !VFORK(),
	      "vfork counts the child while it lives");

	/* A nested one. */
	pid = vfork();
	if (!pid) {
		pid_t inner = vfork();

		if (!inner) {
			look();
			_exit(0);
		}
		status_of(inner);
		_exit(VFORK() != 1);
	}
	check(!status_of(pid) && seen_vfork == 2 && !VFORK(),
	      "vfork in a child of vfork");

	seen_magic = 1;
	pid = vfork();
	if (!pid) {
		pid_t inner = fork();

		if (!inner)
			_exit(MAGIC() != 0 || VFORK() != 0);
		_exit(status_of(inner) != 0 || VFORK() != 1);
	}
	check(!status_of(pid) && !VFORK() && MAGIC() == DEFUSE_ABLE_MAGIC,
	      "fork in a child of vfork gives an undeclared process");
}

static int clone_child(void *arg)
{
	(void)arg;
	look();
	_exit(0);
}

static void clones(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	char *const argv[] = { "true", NULL };
	pid_t pid;

	seen_vfork = 0;
	pid = clone(clone_child, stack + sizeof(stack),
		    CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
	status_of(pid);
	check(seen_vfork == 1 && !VFORK(),
	      "clone with CLONE_VM and CLONE_VFORK counts too");
	seen_vfork = 7;
	pid = clone(clone_child, stack + sizeof(stack), SIGCHLD, NULL);
	check(!status_of(pid) && !VFORK(), "clone without does not");

	check(posix_spawnp(&pid, "true", NULL, NULL, argv, environ) == 0 &&
	      !status_of(pid) && !VFORK(), "posix_spawn leaves no count");
	check(posix_spawnp(&pid, "/nonexistent", NULL, NULL, argv, environ) &&
	      !VFORK(), "posix_spawn that fails leaves no count");
	check(system("exit 3") == 3 << 8 && !VFORK(), "system works");
}

static void loading(const char *plugin)
{
	void *handle = dlopen(plugin, RTLD_NOW);
	uint64_t *magic = handle ? dlsym(handle, "plugin_magic") : NULL;

	check(magic && *magic == 0, "undeclared in a constructor of dlopen");
	check(MAGIC() == DEFUSE_ABLE_MAGIC, "declared again after dlopen");
	handle = dlopen("/nonexistent.so", RTLD_NOW);
	check(!handle && MAGIC() == DEFUSE_ABLE_MAGIC,
	      "declared again after a dlopen that failed");
}

int main(int argc, char **argv)
{
	int declared = argc > 1 && !strcmp(argv[1], "declared");
	char *head = NULL;
	size_t size;

	if (argc > 1 && !strcmp(argv[1], "text")) {
		Dl_info info;

		if (!dladdr(dlsym(RTLD_DEFAULT, "syscall"), &info))
			return 1;
		printf("%#lx %#lx\n", TEXT() - (uintptr_t)info.dli_fbase,
		       TEXT_SIZE());
		return 0;
	}
	syscall(SYS_get_robust_list, 0, &head, &size);
	if (!declared) {
		pthread_t id;

		if (argc > 1 && !strcmp(argv[1], "secure"))
			check(getauxval(AT_SECURE), "this is a setuid program");
		check(!MAGIC(), "the main thread is not declared");
		seen_magic = 1;
		pthread_create(&id, NULL, thread, NULL);
		pthread_join(id, NULL);
		check(!seen_magic, "a new thread is not declared");
		return 0;
	}
	check(MAGIC() == DEFUSE_ABLE_MAGIC, "the main thread is declared");
	check(text_mapped(), "for all executable code of the C library");
	check(!TCB_FIELD(uint64_t, mailbox) && !DEPTH() && !VFORK() &&
	      !TCB_FIELD(uint64_t, core), "and the rest is 0");
	check(head && *(uint64_t *)(head - DEFUSE_ABLE_OFFSET) ==
	      DEFUSE_ABLE_MAGIC, "the kernel finds it by the robust list");
	threads();
	forks();
	clones();
	loading(argv[2]);
	return 0;
}
