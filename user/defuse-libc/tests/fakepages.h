/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef FAKEPAGES_H
#define FAKEPAGES_H

#include <linux/defuse.h>

/* DEFUSE_IOC_PAGES, by what @arg names or on @fd, which it gave; DEFUSE_IOC_LIVE.  As ioctls. */
long fake_pages(struct defuse_pages *arg);
long fake_pages_again(int fd, struct defuse_pages *arg);
long fake_live(void);

#endif /* FAKEPAGES_H */
