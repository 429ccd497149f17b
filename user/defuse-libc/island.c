// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * defuse-island: a C library, the core and file-system libraries for a static program;
 * <defuse/island.h> says how they come together.
 *
 * In the island main() runs on a thread that the static program made for it, and that
 * thread ends before the program goes on.  So do the threads that make contexts: what
 * is left of them is their thread control block, in which threads of the program run.
 */
#include <defuse/hook.h>
#include <defuse/island.h>
#include <linux/defuse.h>

#include <dlfcn.h>
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CORE_PATH "/usr/lib/defuse/libdefuse-core.so"

/* A context's thread does nothing but to begin and to end. */
#define STACK_SIZE (64 << 10)

/* The kernel's way in.  The only code here whose system calls are redirected, when the
 * core asks for it: the C library's are not, they do not know the marker. */
long island_raw(long nr, long a1, long a2, long a3, long a4, long a5, long a6);
extern const char island_raw_end[];
__asm__(".text\n"
	".type island_raw, @function\n"
	"island_raw:\n"
	"	movq %rdi, %rax\n"
	"	movq %rsi, %rdi\n"
	"	movq %rdx, %rsi\n"
	"	movq %rcx, %rdx\n"
	"	movq %r8, %r10\n"
	"	movq %r9, %r8\n"
	"	movq 8(%rsp), %r9\n"
	"	syscall\n"
	"	ret\n"
	"island_raw_end:\n"
	".size island_raw, . - island_raw\n");

/* In the program's threads too: glibc 2.36 and later have one layout there. */
static struct defuse_thread *island_thread(void)
{
	return (struct defuse_thread *)((char *)__builtin_thread_pointer() + 0x80);
}

static const struct defuse_libc libc = {
	.version = DEFUSE_HOOK_VERSION,
	.size = sizeof(libc),
	.raw = island_raw,
	.thread = island_thread,
};

static const struct defuse_core *core;

/* The thread that is to end for good: nobody may take it for one that can be joined. */
static _Noreturn void end(int *word)
{
	syscall(SYS_set_robust_list, NULL, 3 * sizeof(long));
	island_raw(SYS_set_tid_address, (long)word, 0, 0, 0, 0, 0);
	for (;;)
		island_raw(SYS_exit, 0, 0, 0, 0, 0, 0);
}

static void wait_for(int *word)
{
	while (__atomic_load_n(word, __ATOMIC_ACQUIRE))
		syscall(SYS_futex, word, FUTEX_WAIT, 1, NULL, NULL, 0);
}

struct birth {
	struct defuse_context *context;
	int busy;
	int wrong;
};

static void *be_context(void *arg)
{
	struct birth *birth = arg;
	struct defuse_context *context = birth->context;
	struct defuse_thread *thread = island_thread();
	char *head = NULL;
	size_t size;

	/* Where this C library keeps what we need is an agreement with nobody: look. */
	if (syscall(SYS_get_robust_list, 0, &head, &size) ||
	    head - DEFUSE_ABLE_OFFSET != (char *)thread ||
	    *(int *)(head - 16) != gettid()) {
		birth->wrong = 1;
	} else {
		context->thread_pointer = (uintptr_t)__builtin_thread_pointer();
		context->robust_head = (uintptr_t)head;
		context->tid = (uintptr_t)(head - 16);
		*(int *)(head - 16) = 0;
		memset(thread, 0, sizeof(*thread));
		thread->text = (uintptr_t)island_raw;
		thread->text_size = (uintptr_t)island_raw_end - (uintptr_t)island_raw;
		thread->magic = DEFUSE_ABLE_MAGIC;
	}
	end(&birth->busy);
}

static long make(long nr, long a1, long a2, long a3, long a4, long a5, long a6)
{
	struct birth birth = { calloc(1, sizeof(*birth.context)), 1, 0 };
	pthread_attr_t attr;
	pthread_t id;
	int err;

	(void)nr, (void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)a6;
	if (!birth.context)
		return -ENOMEM;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	err = pthread_create(&id, &attr, be_context, &birth);
	pthread_attr_destroy(&attr);
	if (!err)
		wait_for(&birth.busy);
	if (err || birth.wrong) {
		free(birth.context);
		return err ? -err : -ENOSYS;
	}
	return (long)birth.context;
}

static long island_fork(long nr, long a1, long a2, long a3, long a4, long a5, long a6)
{
	pid_t pid = fork();

	(void)nr, (void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)a6;
	return pid < 0 ? -errno : pid;
}

static long flush(long nr, long a1, long a2, long a3, long a4, long a5, long a6)
{
	(void)nr, (void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)a6;
	/* Whoever is in the middle of printing may be so for ever. */
	if (!ftrylockfile(stdout)) {
		fflush_unlocked(stdout);
		funlockfile(stdout);
	}
	return 0;
}

static long wants_all(long nr, long a1, long a2, long a3, long a4, long a5, long a6)
{
	(void)nr, (void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)a6;
	return 1;
}

/* libc.a has looked at the directory, which is the helper's own. */
static int root_only(const char *file)
{
	struct stat st;

	return stat(file, &st) || (!st.st_uid && !(st.st_mode & (S_IWGRP | S_IWOTH)));
}

static int load(void)
{
	const char *override = getenv("DEFUSE_CORE");
	const char *path = override && override[0] == '/' ? override : CORE_PATH;
	struct defuse_thread *thread = island_thread();
	defuse_core_init_t init;
	void *handle;

	if (path != override && !root_only(path)) {
		fprintf(stderr, "defuse: cannot load %s: others than root can write it\n", path);
		return -1;
	}
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	init = handle ? (defuse_core_init_t)dlsym(handle, "defuse_core_init") : NULL;
	if (!init) {
		fprintf(stderr, "defuse: cannot load %s: %s\n", path, dlerror());
		return -1;
	}
	/* The rule of <defuse/hook.h> for the call. */
	thread->depth++;
	core = init(&libc);
	thread->depth--;
	if (core && (core->version != DEFUSE_HOOK_VERSION ||
		     core->size < offsetof(struct defuse_core, wants))) {
		fprintf(stderr, "defuse: cannot load %s: not for this C library\n", path);
		return -1;
	}
	return core ? 0 : -1;
}

static int offers_wants(void)
{
	return core->size >= offsetof(struct defuse_core, wants) + sizeof(core->wants) &&
	       core->wants;
}

int main(int argc, char **argv)
{
	struct defuse_island rehearsed = {
		.version = DEFUSE_ISLAND_VERSION, .size = sizeof(rehearsed), .busy = 1,
	};
	struct defuse_island *island = argc > 1 ?
		(struct defuse_island *)strtoul(argv[1], NULL, 16) : &rehearsed;
	long maker;

	/* That was for this C library, not for programs that a library may run. */
	unsetenv("GLIBC_TUNABLES");
	if (island->version != DEFUSE_ISLAND_VERSION || island->size < sizeof(*island)) {
		fputs("defuse-island: the program was linked with another libc.a\n", stderr);
	} else if (!load()) {
		maker = make(0, 0, 0, 0, 0, 0, 0);
		if (maker > 0) {
			island->maker = (struct defuse_context *)maker;
			island->wants = offers_wants() ? core->wants : wants_all;
			island->make = make;
			island->fork = island_fork;
			island->flush = flush;
			island->core = core;
		} else {
			fprintf(stderr, "defuse-island: no context: %s\n", strerror(-maker));
		}
	}
	if (island != &rehearsed)
		end(&island->busy);
	return island->core ? 0 : 1;
}
