// SPDX-License-Identifier: GPL-2.0
/* What probe.c loads with dlopen, dlmopen and for an ELF constructor's view. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* In the constructor: the thread's magic, and an open of $PROBE_FILE. */
unsigned long plugin_magic = 1;
int plugin_opened = -1;

int plugin_open(const char *path)
{
	return open(path, O_RDONLY);
}

__attribute__((constructor)) static void construct(void)
{
	const char *path = getenv("PROBE_FILE");

	__asm__ volatile("mov %%fs:0x80, %0" : "=r"(plugin_magic));
	if (path) {
		plugin_opened = open(path, O_RDONLY);
		close(plugin_opened);
	}
}
