// SPDX-License-Identifier: GPL-2.0
/*
 * One datagram after the other from one namespace to the other.  With one CPU a
 * packet is at its receiver when send() returns, so nobody ever waits.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nl.h"
#include "packets.h"

enum { PORT = 2000, SIZE_MAX_UDP = 1472, WARM_UP = 50 };

static int udp_in(const char *namespace)
{
	int ns = open(namespace, O_RDONLY | O_CLOEXEC), s;

	if (ns < 0 || setns(ns, CLONE_NEWNET))
		die(namespace);
	close(ns);
	s = socket(AF_INET, SOCK_DGRAM, 0);
	if (s < 0)
		die("socket");
	return s;
}

void packets_run(struct samples *out, const char *from, const char *to,
		 const char *address, size_t size, int nr)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
	};
	unsigned char data[SIZE_MAX_UDP] = { 0 };
	int sender = udp_in(from), receiver = udp_in(to), i;
	uint64_t start;

	if (inet_pton(AF_INET, address, &a.sin_addr) != 1 || size > sizeof(data))
		die(address);
	if (bind(receiver, (struct sockaddr *)&a, sizeof(a)) ||
	    connect(sender, (struct sockaddr *)&a, sizeof(a)))
		die(address);
	for (i = -WARM_UP; i < nr; i++) {
		start = now();
		if (send(sender, data, size, 0) != (ssize_t)size ||
		    recv(receiver, data, sizeof(data), 0) != (ssize_t)size)
			die("datagram");
		if (i >= 0)
			samples_add(out, now() - start);
	}
	close(sender);
	close(receiver);
}
