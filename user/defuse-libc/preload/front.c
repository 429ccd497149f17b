// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libdefuse-preload.so: the core behind Debian's unpatched C library.
 *
 * Best effort: what libc does inside itself (stdio, posix_spawn, ftw, ...) is not seen.
 * It is not lost either.  A thread declares only the text of pre_raw(), so the kernel
 * answers every other system call through door 2.
 *
 * A thread becomes known at its first call here, whoever made the thread, and is
 * undeclared again when it ends, because libc uses the memory for the next one.  The core
 * is loaded at the start of the process, while it has one thread and no lock is held:
 * later, a thread in a constructor of dlopen() would hold the loader's lock
 * and wait for whoever loads the core.  It is asked from the first marker on.
 */
#include "front.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/single_threaded.h>
#include <sys/stat.h>

#define CORE_PATH	"/usr/lib/defuse/libdefuse-core.so"
#define LIBC_VERSION	"2.36"

_Static_assert(PRE_THREAD_OFFSET + offsetof(struct defuse_thread, vfork) == 0xa4,
	       "VFORK_OFFSET of entry.S");

enum state {
	UNKNOWN,	/* before the first call of this process */
	STARTING,
	OURS,		/* threads are declared, the core is loaded */
	LIBCS,		/* the C library is patched: it does all that itself */
	OUT,		/* neither: door 2 */
};

static enum state state;
static const struct defuse_core *core;
static _Atomic(defuse_syscall_t) hook;	/* NULL until the first marker */
static pthread_key_t end_key;
static __thread bool known __attribute__((tls_model("initial-exec")));

typedef long (*syscall_t)(long nr, ...);
syscall_t pre_libc_syscall __attribute__((visibility("hidden")));

static struct defuse_thread *thread(void)
{
	return pre_thread();
}

static const struct defuse_libc libc = {
	.version = DEFUSE_HOOK_VERSION,
	.size = sizeof(libc),
	.raw = pre_raw,
	.thread = thread,
};

static void say(const char *what, const char *why)
{
	char line[512];
	int n = snprintf(line, sizeof(line), "defuse: %s: %s; using the kernel's way\n",
			 what, why);

	if (n >= (int)sizeof(line))
		n = sizeof(line) - 1;
	pre_raw(SYS_write, 2, (long)line, n, 0, 0, 0);
}

void *pre_next(const char *name)
{
	void *next = dlsym(RTLD_NEXT, name);

	if (!next) {
		say(name, "not in this C library");
		abort();
	}
	return next;
}

/*
 * Whether the 48 bytes at PRE_THREAD_OFFSET are what glibc 2.36 keeps unused, and
 * the kernel will find them.
 */
static const char *layout_wrong(void)
{
	static const struct defuse_thread zero;
	uintptr_t head = 0;
	size_t size = 0;

	if (strcmp(gnu_get_libc_version(), LIBC_VERSION))
		return "made for another version of the C library, " LIBC_VERSION;
	if (pre_raw(SYS_get_robust_list, 0, (long)&head, (long)&size, 0, 0, 0) ||
	    head != (uintptr_t)pre_thread() + DEFUSE_ABLE_OFFSET ||
	    memcmp(pre_thread(), &zero, sizeof(zero)))
		return "this C library has another thread control block";
	return NULL;
}

/* Nobody but root can change what CORE_PATH names; chroot() may have moved it. */
static bool core_is_roots(void)
{
	char path[] = CORE_PATH;
	struct stat st;

	while (pre_raw(SYS_stat, (long)path, (long)&st, 0, 0, 0, 0) == 0) {
		char *slash = strrchr(path, '/');

		if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)))
			return false;
		if (slash == path && !slash[1])
			return true;
		slash[slash == path] = '\0';
	}
	return true;	/* dlopen() will tell */
}

static const struct defuse_core *core_load(void)
{
	const char *path = getenv("DEFUSE_CORE");
	const struct defuse_core *got;
	defuse_core_init_t init;
	void *handle;

	if (!path || path[0] != '/') {
		path = CORE_PATH;
		if (!core_is_roots()) {
			say(path, "others than root can write it");
			return NULL;
		}
	}
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND | RTLD_NODELETE);
	init = handle ? (defuse_core_init_t)dlsym(handle, "defuse_core_init") : NULL;
	if (!init) {
		say("cannot load the core", dlerror());
		return NULL;
	}
	got = init(&libc);
	if (got && (got->version != DEFUSE_HOOK_VERSION || got->size < sizeof(*got) ||
		    !got->hook || !got->upcall)) {
		say(path, "made for another front end");
		return NULL;
	}
	return got;	/* NULL: it has told why */
}

/* The thread ends; its memory will be another's before that one comes here. */
static void thread_ends(void *unused)
{
	(void)unused;
	pre_thread()->magic = 0;
}

/*
 * In a child of vfork() that forks: its FDs need not be those that the core
 * knows, so it goes on without.
 */
static void fork_child(void)
{
	struct defuse_thread *t = pre_thread();

	if (state != OURS || !t->vfork)
		return;
	t->vfork = 0;
	t->magic = 0;
	state = OUT;
	atomic_store(&hook, NULL);
}

static void on_exit_announce(int status, void *unused)
{
	(void)status, (void)unused;
	pre_announce_exit();
}

static enum state process_start(void)
{
	const char *wrong;

	pre_libc_syscall = (syscall_t)pre_next("syscall");
	if (getauxval(AT_SECURE))
		return OUT;
	if (pre_thread()->magic == DEFUSE_ABLE_MAGIC)
		return LIBCS;
	wrong = layout_wrong();
	if (wrong) {
		say("libdefuse-preload.so", wrong);
		return OUT;
	}
	if (pthread_key_create(&end_key, thread_ends) ||
	    pthread_atfork(NULL, NULL, fork_child)) {
		say("libdefuse-preload.so", "no memory to start");
		return OUT;
	}
	pre_thread()->depth++;
	core = core_load();
	pre_thread()->depth--;
	if (!core)
		return OUT;
	/*
	 * Handlers that are registered before the program's own, and belong to no
	 * object, run behind all others and behind all destructors.
	 */
	on_exit(on_exit_announce, NULL);
	at_quick_exit(pre_announce_exit);
	return OURS;
}

static void thread_known(void)
{
	struct defuse_thread *t = pre_thread();

	if (known)
		return;
	if (state == UNKNOWN) {
		int error = errno;

		state = STARTING;	/* what is called below comes back here */
		state = process_start();
		errno = error;
	}
	if (state == STARTING)
		return;
	known = true;
	if (state != OURS || pthread_setspecific(end_key, t))
		return;
	*t = (struct defuse_thread){
		.text = (uintptr_t)pre_text,
		.text_size = pre_text_end - pre_text,
	};
	atomic_signal_fence(memory_order_seq_cst);
	t->magic = DEFUSE_ABLE_MAGIC;
}

/* Whether other libraries' constructors came first or not. */
__attribute__((constructor)) static void construct(void)
{
	thread_known();
}

/* The same once more as a thread that is not declared. */
static long undeclared(struct defuse_thread *t, long nr, const long a[6])
{
	uint64_t magic = t->magic;
	long ret;

	t->magic = 0;
	atomic_signal_fence(memory_order_seq_cst);
	ret = pre_raw(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	atomic_signal_fence(memory_order_seq_cst);
	t->magic = magic;
	return ret;
}

/* The kernel answered the marker, or some device an error of the same number. */
static long marked(long nr, const long a[6])
{
	struct defuse_thread *t = pre_thread();

	if (t->magic != DEFUSE_ABLE_MAGIC)
		return -DEFUSE_MARKER;
	if (t->vfork || state != OURS)
		return undeclared(t, nr, a);
	atomic_store_explicit(&hook, core->hook, memory_order_release);
	return core->upcall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static long ask(long nr, long a1, long a2, long a3, long a4, long a5, long a6)
{
	defuse_syscall_t h = atomic_load_explicit(&hook, memory_order_acquire);
	struct defuse_thread *t = pre_thread();
	long ret;

	if (!h || t->depth || t->vfork)
		return DEFUSE_PASS;
	ret = h(nr, a1, a2, a3, a4, a5, a6);
	/* The end of the process is announced, not offered. */
	return nr == SYS_exit_group ? DEFUSE_PASS : ret;
}

/* The C library is patched: its syscall() asks the core. */
static long through_libc(long nr, long a1, long a2, long a3, long a4, long a5, long a6)
{
	int error = errno;
	long ret = pre_libc_syscall(nr, a1, a2, a3, a4, a5, a6);

	if (ret == -1) {
		ret = -errno;
		errno = error;
	}
	return ret;
}

long pre_call(long nr, long a1, long a2, long a3, long a4, long a5, long a6)
{
	long ret;

	if (__builtin_expect(!known, 0))
		thread_known();
	if (__builtin_expect(state == LIBCS, 0))
		return through_libc(nr, a1, a2, a3, a4, a5, a6);
	ret = ask(nr, a1, a2, a3, a4, a5, a6);
	if (ret == DEFUSE_PASS) {
		ret = pre_raw(nr, a1, a2, a3, a4, a5, a6);
		if (__builtin_expect(ret == -DEFUSE_MARKER, 0))
			ret = marked(nr, (long[]){ a1, a2, a3, a4, a5, a6 });
	}
	return ret;
}

/* As glibc 2.36 does it: asynchronous around the system call alone. */
long pre_call_cancel(long nr, long a1, long a2, long a3, long a4, long a5, long a6)
{
	long ret;
	int type;

	if (__libc_single_threaded)
		return pre_call(nr, a1, a2, a3, a4, a5, a6);
	pthread_testcancel();
	if (__builtin_expect(!known, 0))
		thread_known();
	if (__builtin_expect(state == LIBCS, 0)) {
		ret = DEFUSE_PASS;
	} else {
		ret = ask(nr, a1, a2, a3, a4, a5, a6);
		if (ret != DEFUSE_PASS)
			return ret;
	}
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
	if (state == LIBCS)
		ret = through_libc(nr, a1, a2, a3, a4, a5, a6);
	else
		ret = pre_raw(nr, a1, a2, a3, a4, a5, a6);
	pthread_setcanceltype(type, NULL);
	if (ret == -DEFUSE_MARKER && state != LIBCS)
		ret = marked(nr, (long[]){ a1, a2, a3, a4, a5, a6 });
	return ret;
}

/* For entry.S: NULL, or who is to do it where we know nothing of the thread. */
void *pre_vfork_of_libc(void)
{
	thread_known();
	return state == OURS || state == LIBCS ? NULL : pre_next("vfork");
}

int pre_vfork_failed(int error)
{
	errno = error;
	return -1;
}

int pre_forget(int fd)
{
	long ret = fd < 0 || state != OURS ? DEFUSE_PASS :
		ask(DEFUSE_NR_FORGET, fd, 0, 0, 0, 0, 0);

	return ret == DEFUSE_PASS ? 0 : ret;
}

uint64_t pre_suspend(void)
{
	struct defuse_thread *t = pre_thread();
	uint64_t magic;

	if (state != OURS)
		return 0;
	magic = t->magic;
	t->magic = 0;
	return magic;
}

void pre_resume(uint64_t magic)
{
	if (state == OURS)
		pre_thread()->magic = magic;
}

bool pre_counts_children(void)
{
	thread_known();
	return state == OURS;
}

void pre_announce_exit(void)
{
	if (state == OURS)
		ask(SYS_exit_group, 0, 0, 0, 0, 0, 0);
}
