// SPDX-License-Identifier: GPL-2.0
/* What keeps root out of the kernel, and files and programs for the others. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"
#include "quorumctl.h"

extern char **environ;

bool check_read_line(const char *path, char *line, size_t room)
{
	FILE *f = fopen(path, "re");
	bool ok = f && fgets(line, (int)room, f);

	if (f)
		fclose(f);
	if (ok)
		line[strcspn(line, "\n")] = '\0';
	return ok;
}

static char *read_all(int fd)
{
	char *buffer;
	size_t room;
	char block[4096];
	ssize_t got;
	FILE *f = open_memstream(&buffer, &room);

	if (!f)
		die(CTL_REFUSED, "out of memory");
	while ((got = read(fd, block, sizeof(block))) > 0)
		fwrite(block, 1, (size_t)got, f);
	fclose(f);
	return buffer;
}

char *check_run(const char *const argv[])
{
	posix_spawn_file_actions_t actions;
	int pipe_fd[2], status, err;
	char *text = NULL;
	pid_t pid;

	if (pipe2(pipe_fd, O_CLOEXEC))
		return NULL;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, pipe_fd[1], 1);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	err = posix_spawnp(&pid, argv[0], &actions, NULL, (char **)argv,
			   environ);
	posix_spawn_file_actions_destroy(&actions);
	close(pipe_fd[1]);
	if (!err) {
		text = read_all(pipe_fd[0]);
		if (waitpid(pid, &status, 0) != pid || status) {
			free(text);
			text = NULL;
		}
	}
	close(pipe_fd[0]);
	return text;
}

static void ftrace(void)
{
	char line[16];

	if (!check_read_line("/proc/sys/kernel/ftrace_enabled", line,
			     sizeof(line)))
		check_say(CHECK_WARN, "ftrace", "this kernel has no ftrace: the module cannot hook openvswitch");
	else if (strcmp(line, "1"))
		check_say(CHECK_WARN, "ftrace", "kernel.ftrace_enabled is %s",
			  line);
	else
		check_say(CHECK_OK, "ftrace", "enabled");
}

static void lockdown(void)
{
	char line[128];

	if (!check_read_line("/sys/kernel/security/lockdown", line, sizeof(line)))
		check_say(CHECK_SKIP, "lockdown", "securityfs does not say");
	else if (strstr(line, "[none]"))
		check_say(CHECK_WARN, "lockdown", "none: root can write kernel memory and start another kernel");
	else
		check_say(CHECK_OK, "lockdown", "%s", line);
}

static void secure_boot(void)
{
	static const char path[] = "/sys/firmware/efi/efivars/"
		"SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
	unsigned char state[5];	/* attributes (4), then the value */
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, state, sizeof(state));

	if (fd >= 0)
		close(fd);
	if (got != sizeof(state))
		check_say(CHECK_SKIP, "secure-boot", "no such EFI variable");
	else if (state[4] != 1)
		check_say(CHECK_WARN, "secure-boot", "off: whoever can write the disk chooses the kernel");
	else
		check_say(CHECK_OK, "secure-boot", "on");
}

static void modules(void)
{
	char line[16];

	if (!check_read_line("/sys/module/module/parameters/sig_enforce", line,
			     sizeof(line)))
		check_say(CHECK_SKIP, "module-signatures", "sysfs does not say");
	else if (strcmp(line, "Y"))
		check_say(CHECK_WARN, "module-signatures", "not enforced: root can load any module");
	else
		check_say(CHECK_OK, "module-signatures", "enforced");
	if (!check_read_line("/proc/sys/kernel/kexec_load_disabled", line,
			     sizeof(line)))
		check_say(CHECK_OK, "kexec", "this kernel has none");
	else if (strcmp(line, "1"))
		check_say(CHECK_WARN, "kexec", "kernel.kexec_load_disabled is %s: root can start another kernel",
			  line);
	else
		check_say(CHECK_OK, "kexec", "disabled");
}

void check_kernel(void)
{
	ftrace();
	lockdown();
	secure_boot();
	modules();
}
