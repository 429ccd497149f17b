// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mount.defuse: what mount(8) runs for "mount -t defuse".
 *
 *	mount.defuse SPEC DIR [-sfnv] [-N NAMESPACE] [-o OPTIONS] [-t TYPE]
 *
 * The kernel parses the options of the file system; here only those are dealt
 * with that are not its business.  Compared with plain mount(2) its messages
 * reach the person who asked, and servers that belong to a mount are started here: that
 * of lower=fuse, which door 2 needs, and that of instance=shared (docs/mounting.md).
 *
 * Exit status as mount(8): 1 wrong usage, 2 system error, 32 the mount failed.
 */
#include "mount.server.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define TYPE		"defuse"
#define EX_USAGE	1
#define EX_SYSERR	2
#define EX_FAIL		32

struct request {
	const char *spec, *dir, *options, *namespace;
	char *library, *backend, *lower;
	bool fallback_none, daemon;
	bool instance;		/* of instance=shared, to be started here */
	struct shared shared;
	bool fake, sloppy, verbose, remount;
	unsigned long attr_set, attr_clear;
};

/* Options that are about the mount point. */
static const struct attribute {
	const char *name;
	unsigned long set, clear;
} attributes[] = {
	{ "ro", MOUNT_ATTR_RDONLY, 0 },
	{ "rw", 0, MOUNT_ATTR_RDONLY },
	{ "nosuid", MOUNT_ATTR_NOSUID, 0 },
	{ "suid", 0, MOUNT_ATTR_NOSUID },
	{ "nodev", MOUNT_ATTR_NODEV, 0 },
	{ "dev", 0, MOUNT_ATTR_NODEV },
	{ "noexec", MOUNT_ATTR_NOEXEC, 0 },
	{ "exec", 0, MOUNT_ATTR_NOEXEC },
	{ "nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0 },
	{ "symfollow", 0, MOUNT_ATTR_NOSYMFOLLOW },
	{ "noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME },
	{ "atime", 0, MOUNT_ATTR__ATIME },
	{ "relatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME },
	{ "norelatime", 0, MOUNT_ATTR__ATIME },
	{ "strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME },
	{ "nostrictatime", 0, MOUNT_ATTR__ATIME },
	{ "nodiratime", MOUNT_ATTR_NODIRATIME, 0 },
	{ "diratime", 0, MOUNT_ATTR_NODIRATIME },
	{ "user", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 0 },
	{ "users", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 0 },
	{ "owner", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, 0 },
	{ "group", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, 0 },
};

/* Options for mount(8), systemd and people; the kernel never sees them. */
static const char *const ignored[] = {
	"defaults", "auto", "noauto", "nouser", "nousers", "noowner", "nogroup", "nofail",
	"_netdev", "comment", "quiet", "loud",
};

__attribute__((format(printf, 2, 3), noreturn))
static void die(int status, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "mount.defuse: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(status);
}

/* What the kernel has to say: lines "e text", "w text" and "i text".  Errors said. */
static int kernel_says(int fs, bool verbose)
{
	char line[1024];
	ssize_t n;
	int errors = 0;

	while ((n = read(fs, line, sizeof(line) - 1)) > 0) {
		const char *text = line;

		line[n] = '\0';
		while (n > 0 && line[n - 1] == '\n')
			line[--n] = '\0';
		if (n > 2 && line[1] == ' ')
			text = line + 2;
		if (line[0] == 'e')
			errors++;
		if (line[0] != 'i' || verbose)
			fprintf(stderr, "mount.defuse: %s\n", text);
	}
	return errors;
}

__attribute__((format(printf, 3, 4), noreturn))
static void failed(int fs, const struct request *r, const char *format, ...)
{
	int error = errno;
	char what[512];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	if (fs < 0 || !kernel_says(fs, r->verbose))
		die(EX_FAIL, "%s: %s", what, strerror(error));
	exit(EX_FAIL);
}

/* Cuts the first option off @rest; a value in double quotes may have commas. */
static char *next_option(char **rest)
{
	char *begin = *rest, *to = *rest, *from = *rest;
	bool quoted = false;

	if (!begin)
		return NULL;
	for (; *from && (quoted || *from != ','); from++) {
		if (*from == '"')
			quoted = !quoted;
		else
			*to++ = *from;
	}
	*rest = *from ? from + 1 : NULL;
	*to = '\0';
	return begin;
}

static bool is_ignored(const char *name)
{
	size_t i;

	if (strncmp(name, "x-", 2) == 0 || strncmp(name, "X-", 2) == 0)
		return true;
	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		if (strcmp(name, ignored[i]) == 0)
			return true;
	return false;
}

/* True: nothing of the file system's. */
static bool take_attribute(struct request *r, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		const struct attribute *a = &attributes[i];

		if (strcmp(name, a->name))
			continue;
		r->attr_set = (r->attr_set & ~a->clear) | a->set;
		r->attr_clear = (r->attr_clear & ~a->set) | a->clear;
		if (a->set & MOUNT_ATTR__ATIME)
			r->attr_clear |= MOUNT_ATTR__ATIME;
		/* Read-only is the file system's too, as mount(8) does it. */
		return strcmp(name, "ro") && strcmp(name, "rw");
	}
	return false;
}

/* What the server has to know. */
static void note(struct request *r, const char *name, const char *value)
{
	if (strcmp(name, "library") == 0)
		r->library = strdup(value);
	else if (strcmp(name, "backend") == 0)
		r->backend = strdup(value);
	else if (strcmp(name, "lower") == 0)
		r->lower = strdup(value);
	else if (strcmp(name, "fallback") == 0)
		r->fallback_none = strcmp(value, "none") == 0;
	else if (strcmp(name, "trust") == 0)
		r->daemon = strcmp(value, "daemon") == 0;
}

/* Gives the options to @fs, or with @fs < 0 only looks at those that are ours. */
static void options(struct request *r, int fs)
{
	char *copy = r->options ? strdup(r->options) : NULL, *rest = copy, *name, *value;

	while ((name = next_option(&rest))) {
		int ret;

		value = strchr(name, '=');
		if (value)
			*value++ = '\0';
		if (!*name || is_ignored(name))
			continue;
		if (strcmp(name, "remount") == 0) {
			r->remount = true;
			continue;
		}
		if (take_attribute(r, name))
			continue;
		if (fs < 0) {
			if (value)
				note(r, name, value);
			continue;
		}
		/* Programs are told another one; see shared_start(). */
		if (r->instance && strcmp(name, "backend") == 0)
			continue;
		ret = value ? fsconfig(fs, FSCONFIG_SET_STRING, name, value, 0) :
			      fsconfig(fs, FSCONFIG_SET_FLAG, name, NULL, 0);
		if (ret && !(r->sloppy && errno == EINVAL))
			failed(fs, r, "option %s%s%s", name, value ? "=" : "",
			       value ? value : "");
	}
	free(copy);
}

static void give_lower(struct request *r, int fs)
{
	char number[12];
	int lower;

	/* Else the kernel says what is missing. */
	if (!r->library || !r->backend)
		return;
	lower = server_start(r->library, r->instance ? r->shared.backend : r->backend,
			     r->daemon, r->dir);
	if (lower < 0)
		exit(EX_FAIL);
	snprintf(number, sizeof(number), "%d", lower);
	if (fsconfig(fs, FSCONFIG_SET_STRING, "lower_fd", number, 0))
		failed(fs, r, "lower_fd");
}

/* What the words of instance=shared would not say where they fail. */
static void check_instance(struct request *r)
{
	const char *why = NULL;

	r->instance = r->backend && shared_wanted(r->backend, &why);
	if (why)
		die(EX_USAGE, "backend: %s", why);
	if (r->instance && !r->remount && !r->lower && !r->fallback_none)
		die(EX_USAGE, "instance=shared: say lower=fuse or fallback=none: are "
			      "programs that are not hooked served?");
}

static void give_instance(struct request *r, int fs)
{
	if (!r->library)
		return;		/* the kernel says so */
	if (shared_start(&r->shared, r->backend, r->dir))
		exit(EX_FAIL);
	if (fsconfig(fs, FSCONFIG_SET_STRING, "backend", r->shared.backend, 0))
		failed(fs, r, "backend=%s", r->shared.backend);
}

static int do_mount(struct request *r)
{
	int fs, mount;

	fs = fsopen(TYPE, FSOPEN_CLOEXEC);
	if (fs < 0 && errno == ENODEV)
		die(EX_FAIL, "the kernel does not know file system type %s: "
			     "is defuse.ko loaded?", TYPE);
	if (fs < 0)
		failed(-1, r, "fsopen");
	if (fsconfig(fs, FSCONFIG_SET_STRING, "source", r->spec, 0))
		failed(fs, r, "source %s", r->spec);
	options(r, fs);
	if (r->instance)
		give_instance(r, fs);
	if (r->lower && strcmp(r->lower, "fuse") == 0)
		give_lower(r, fs);
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		failed(fs, r, "cannot make the file system");
	kernel_says(fs, r->verbose);
	mount = fsmount(fs, FSMOUNT_CLOEXEC, r->attr_set);
	if (mount < 0)
		failed(fs, r, "fsmount");
	if (r->instance && shared_tie(&r->shared, mount))
		exit(EX_FAIL);
	if (r->fake)
		return 0;
	if (move_mount(mount, "", AT_FDCWD, r->dir,
		       MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS))
		failed(-1, r, "%s", r->dir);
	return 0;
}

static int do_remount(struct request *r)
{
	struct mount_attr attr = { 0 };
	int fs = fspick(AT_FDCWD, r->dir, FSPICK_CLOEXEC | FSPICK_NO_AUTOMOUNT);

	if (fs < 0)
		failed(-1, r, "%s", r->dir);
	options(r, fs);
	if (r->fake)
		return 0;
	if (fsconfig(fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0))
		failed(fs, r, "cannot change the file system");
	kernel_says(fs, r->verbose);
	attr.attr_set = r->attr_set;
	attr.attr_clr = r->attr_clear;
	if (mount_setattr(AT_FDCWD, r->dir, 0, &attr, sizeof(attr)))
		failed(-1, r, "%s", r->dir);
	return 0;
}

static void usage(void)
{
	die(EX_USAGE, "usage: mount.defuse SPEC DIR [-sfnv] [-N NAMESPACE] "
		      "[-o backend=TEXT,library=FILE[,lower=DIR|fuse][,trust=process|daemon]"
		      "[,fallback=lower|none][,paging=lower|userfaultfd][,...]] [-t defuse]");
}

static void arguments(struct request *r, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "sfnvN:o:t:")) != -1) {
		switch (c) {
		case 's':
			r->sloppy = true;
			break;
		case 'f':
			r->fake = true;
			break;
		case 'n':	/* there is no mtab */
			break;
		case 'v':
			r->verbose = true;
			break;
		case 'N':
			r->namespace = optarg;
			break;
		case 'o':
			r->options = optarg;
			break;
		case 't':
			if (strcmp(optarg, TYPE))
				die(EX_USAGE, "type %s is not mine", optarg);
			break;
		default:
			usage();
		}
	}
	if (argc - optind != 2)
		usage();
	r->spec = argv[optind];
	r->dir = argv[optind + 1];
}

int main(int argc, char **argv)
{
	struct request r = { 0 };
	int ns;

	arguments(&r, argc, argv);
	if (geteuid())
		die(EX_USAGE, "only root can do that");
	if (r.namespace) {
		ns = open(r.namespace, O_RDONLY | O_CLOEXEC);
		if (ns < 0 || setns(ns, CLONE_NEWNS))
			die(EX_SYSERR, "%s: %s", r.namespace, strerror(errno));
	}
	options(&r, -1);
	check_instance(&r);
	r.attr_set = r.attr_clear = 0;
	return r.remount ? do_remount(&r) : do_mount(&r);
}
