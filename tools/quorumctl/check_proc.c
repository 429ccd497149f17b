// SPDX-License-Identifier: GPL-2.0
/* Processes with packet sockets, and Open vSwitch with devices of its own. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "check.h"

/* Something that each file descriptor of each process is shown to */
typedef bool (*fd_visit)(const char *pid, const char *fd, const char *target,
			 void *arg);	/* true: enough */

static void fds_of(const char *pid, fd_visit visit, void *arg, bool *enough)
{
	char path[320], target[128];
	struct dirent *d;
	ssize_t len;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	dir = opendir(path);
	while (dir && !*enough && (d = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%s/fd/%s", pid, d->d_name);
		len = readlink(path, target, sizeof(target) - 1);
		if (len <= 0)
			continue;
		target[len] = '\0';
		*enough = visit(pid, d->d_name, target, arg);
	}
	if (dir)
		closedir(dir);
}

static void every_fd(fd_visit visit, void *arg)
{
	DIR *proc = opendir("/proc");
	bool enough = false;
	struct dirent *d;

	while (proc && !enough && (d = readdir(proc)))
		if (d->d_name[0] >= '1' && d->d_name[0] <= '9')
			fds_of(d->d_name, visit, arg, &enough);
	if (proc)
		closedir(proc);
}

static void comm_of(const char *pid, char *comm, size_t room)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	if (!check_read_line(path, comm, room))
		snprintf(comm, room, "?");
}

struct holder {
	char target[64];
	char text[64];
};

static bool holds(const char *pid, const char *fd, const char *target, void *arg)
{
	struct holder *h = arg;
	char comm[32];

	(void)fd;
	if (strcmp(target, h->target))
		return false;
	comm_of(pid, comm, sizeof(comm));
	snprintf(h->text, sizeof(h->text), "%s (%.20s)", comm, pid);
	return true;
}

/*
 * /proc/net/packet, of this network namespace: a socket bound to a device, or,
 * with index 0, to all.
 */
static void packet_sockets(const struct check *c)
{
	FILE *f = fopen("/proc/net/packet", "re");
	const struct check_port *port;
	struct holder h;
	unsigned int ifindex;
	uint64_t inode;
	bool warned = false;
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*x %*d %*d %*x %u %*d %*u %*u %" SCNu64,
			   &ifindex, &inode) != 2)
			continue;
		port = check_port_by_ifindex(c, ifindex);
		if (ifindex && !port)
			continue;
		snprintf(h.target, sizeof(h.target), "socket:[%" PRIu64 "]",
			 inode);
		snprintf(h.text, sizeof(h.text), "an unknown process");
		every_fd(holds, &h);
		warned = true;
		check_say(CHECK_WARN, "packet-sockets", "%s has one on %s",
			  h.text, port ? port->netdev : "all devices");
	}
	if (!f)
		check_say(CHECK_OK, "packet-sockets", "this kernel has none");
	else if (!warned)
		check_say(CHECK_OK, "packet-sockets", "none on a guarded port");
	if (f)
		fclose(f);
}

/* A tap device of ovs-vswitchd is a port of a datapath in user space. */
static bool tun(const char *pid, const char *fd, const char *target, void *arg)
{
	char comm[32], path[320], line[128], name[IFNAMSIZ] = "?";
	bool *warned = arg;
	FILE *f;

	if (strcmp(target, "/dev/net/tun"))
		return false;
	comm_of(pid, comm, sizeof(comm));
	if (strcmp(comm, "ovs-vswitchd"))
		return false;
	snprintf(path, sizeof(path), "/proc/%s/fdinfo/%s", pid, fd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "iff: %15s", name);
	if (f)
		fclose(f);
	*warned = true;
	check_say(CHECK_WARN, "tun", "ovs-vswitchd forwards for the tap device %s itself",
		  name);
	return false;
}

void check_processes(const struct check *c)
{
	bool warned = false;

	packet_sockets(c);
	every_fd(tun, &warned);
	if (geteuid())
		check_say(CHECK_SKIP, "tun", "only root sees the files of other users");
	else if (!warned)
		check_say(CHECK_OK, "tun", "ovs-vswitchd has no tap device");
}
