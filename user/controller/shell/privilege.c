// SPDX-License-Identifier: GPL-2.0
#include "privilege.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool failed(struct words *why, const char *what)
{
	return words_set(why, "cannot %s: %s", what, strerror(errno));
}

static const struct passwd *find(const char *user, struct words *why)
{
	const struct passwd *pw;

	errno = 0;
	pw = getpwnam(user);
	if (!pw && errno)
		words_set(why, "user %s: %s", user, strerror(errno));
	else if (!pw)
		words_set(why, "there is no user %s", user);
	return pw;
}

bool privilege_user(const char *user, struct words *why)
{
	return !*user || find(user, why);
}

static bool become(const char *user, struct words *why)
{
	const struct passwd *pw = find(user, why);

	if (!pw)
		return false;
	if (pw->pw_uid == geteuid() && pw->pw_uid == getuid())
		return true;
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) ||
	    initgroups(user, pw->pw_gid) ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid))
		return words_set(why, "cannot become user %s: %s", user,
				 strerror(errno));
	return true;
}

/* Programs that we might start could get no more than what is left here. */
static bool bound(unsigned long keep, struct words *why)
{
	int cap;

	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (!(keep >> cap & 1) &&
		    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) && errno != EPERM)
			return failed(why, "narrow the bounding set");
	return true;
}

static bool hold(unsigned long keep, struct words *why)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
		{ .effective = (__u32)keep, .permitted = (__u32)keep },
	};

	if (syscall(SYS_capset, &header, data))
		return failed(why, keep ? "keep CAP_NET_ADMIN" :
			      "drop capabilities");
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
		return failed(why, "clear ambient capabilities");
	return true;
}

bool privilege_drop(const char *user, enum privilege_keep keep,
		    struct words *why)
{
	unsigned long mask = keep == PRIVILEGE_NET_ADMIN ?
		1ul << CAP_NET_ADMIN : 0;
	struct rlimit no_core = { 0, 0 };

	/* The bounding set while we may still change it, the rest in the end. */
	if (!bound(mask, why) || (*user && !become(user, why)) ||
	    !hold(mask, why))
		return false;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return failed(why, "renounce new privileges");
	/* Keys are in this memory: no core file, and nobody of this user attaches. */
	if (setrlimit(RLIMIT_CORE, &no_core))
		return failed(why, "renounce core files");
#ifndef __SANITIZE_ADDRESS__		/* whose search for leaks attaches too */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return failed(why, "become undumpable");
#endif
	return true;
}
