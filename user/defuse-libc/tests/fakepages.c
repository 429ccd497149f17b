// SPDX-License-Identifier: LGPL-2.1-or-later
/* Page objects of the fake kernel, which never forgets one. */
#include "fakepages.h"

#include "fakekernel.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static struct object {
	uint64_t device, inode;
	int pages, ledger;
} objects[512];
static unsigned int object_count;

static struct defuse_live *live(void)
{
	static struct defuse_live *page;
	static int fd = -1;

	if (!page) {
		fd = memfd_create("live", MFD_CLOEXEC);
		assert(ftruncate(fd, sizeof(*page)) == 0);
		page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		assert(page != MAP_FAILED);
		fk.live_fd = fd;
	}
	return page;
}

/* With an open file description of its own. */
static int reopened(int fd)
{
	char self[64];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return open(self, O_RDWR | O_CLOEXEC);
}

static long give_pages(const struct object *o, struct defuse_pages *arg)
{
	arg->pages_fd = reopened(o->pages);
	arg->ledger_fd = reopened(o->ledger);
	return 0;
}

long fake_pages(struct defuse_pages *arg)
{
	struct object *o = objects;
	unsigned int i;

	assert(arg->size == sizeof(*arg));
	for (i = 0; i < object_count; i++, o++)
		if (o->device == arg->device && o->inode == arg->inode)
			return give_pages(o, arg);
	if (!(arg->flags & DEFUSE_PAGES_CREATE))
		return -ENOENT;
	assert(object_count < sizeof(objects) / sizeof(objects[0]));
	object_count++;
	o->device = arg->device;
	o->inode = arg->inode;
	o->pages = memfd_create("pages", MFD_CLOEXEC);
	o->ledger = memfd_create("ledger", MFD_CLOEXEC);
	live()->count[DEFUSE_LIVE_CLASS(o->device, o->inode)]++;
	return give_pages(o, arg);
}

long fake_live(void)
{
	live();
	return fcntl(fk.live_fd, F_DUPFD_CLOEXEC, 0);
}

long fake_pages_again(int fd, struct defuse_pages *arg)
{
	struct stat want, st;
	unsigned int i;

	fstat(fd, &want);
	for (i = 0; i < object_count; i++) {
		fstat(objects[i].pages, &st);
		if (st.st_ino == want.st_ino)
			return give_pages(&objects[i], arg);
	}
	return -ENOTTY;
}
