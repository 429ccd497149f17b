// SPDX-License-Identifier: GPL-2.0
/*
 * mounter DIR [OPTION...]: mounts defuse by the new mount calls and prints the
 * errno of the first failure, then what the kernel had to say, on one line; "0"
 * if it worked.  mounter -o DIR OPTIONS: by mount(2).  mounter -u UID ...: as
 * another user.  mounter -b DIR: whether umount(2) succeeds: errno or "0".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

const char *strerrorname_np(int errnum);

static int answer(int fs)
{
	char line[1024];
	int e = errno;
	ssize_t n;

	printf("%s", strerrorname_np(e));
	while (fs >= 0 && (n = read(fs, line, sizeof(line) - 1)) > 0) {
		line[n] = 0;
		line[strcspn(line, "\n")] = 0;
		printf(" %s", n > 2 ? line + 2 : line);
	}
	putchar('\n');
	return 1;
}

static int by_context(const char *dir, char **options)
{
	int fs = fsopen("defuse", FSOPEN_CLOEXEC), mnt;
	char *value;

	if (fs < 0)
		return answer(-1);
	for (; *options; options++) {
		value = strchr(*options, '=');
		if (value)
			*value++ = 0;
		if (fsconfig(fs, value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG,
			     *options, value, 0))
			return answer(fs);
	}
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return answer(fs);
	mnt = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	if (mnt < 0 || move_mount(mnt, "", AT_FDCWD, dir, MOVE_MOUNT_F_EMPTY_PATH))
		return answer(fs);
	puts("0");
	return 0;
}

int main(int argc, char **argv)
{
	int old = 0, c;

	while ((c = getopt(argc, argv, "+ou:b:")) != -1) {
		if (c == 'o') {
			old = 1;
		} else if (c == 'u') {
			if (setuid(atoi(optarg)))
				return 2;
		} else if (c == 'b') {
			if (umount2(optarg, 0))
				return answer(-1);
			puts("0");
			return 0;
		} else {
			return 2;
		}
	}
	if (optind >= argc)
		return 2;
	if (!old)
		return by_context(argv[optind], argv + optind + 1);
	if (mount("defuse", argv[optind], "defuse", 0, argv[optind + 1]))
		return answer(-1);
	puts("0");
	return 0;
}
